"""``python -m daoda.proving.drills [NAME ...] [--seed N] [--orders N] [--results FOLDER]``.

Status 0: all held. 1: something did not. 3: this machine cannot do it, and nothing was tried.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from random import SystemRandom
from time import monotonic
from typing import TextIO

from daoda.proving.drills.catalogue import DRILLS, Drill
from daoda.proving.drills.stage import Stage, scene

ORDERS = 1_000
SEED_MAX = 1_000_000
HELD, BROKEN, NOT_HERE = 0, 1, 3
LOG_LINES_SHOWN = 15


def main() -> int:
    """Run the named drills, each in a process of its own; the worst status."""
    parser = _parser()
    asked = parser.parse_args()
    if unknown := set(asked.names) - {drill.name for drill in DRILLS} - {"all"}:
        parser.error(f"no drill is called {', '.join(sorted(unknown))}")
    if not asked.names:
        print("\n".join(f"{drill.name:<12}{drill.words}" for drill in DRILLS))
        return HELD
    names = [drill.name for drill in DRILLS] if "all" in asked.names else asked.names
    if len(names) > 1:
        return max(_apart(name, asked) for name in names)
    drill = next(drill for drill in DRILLS if drill.name == names[0])
    if reason := drill.cannot():
        print(f"drill {drill.name}: not tried on this machine: {reason}")
        return NOT_HERE
    seed = SystemRandom().randrange(SEED_MAX) if asked.seed is None else asked.seed
    asked.results.mkdir(parents=True, exist_ok=True)
    target = asked.results.absolute() / f"{drill.name}-{seed}.json"
    return _run(drill, seed=seed, orders=asked.orders, target=target, prepared=asked.prepared)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="daoda drill", description="Rehearse what can go wrong on a sale day."
    )
    results = Path(os.environ.get("DAODA_DATA", "data")) / "drills"
    parser.add_argument("names", nargs="*", metavar="NAME", help="none: list them")
    parser.add_argument("--seed", type=int, help="repeats a run; one is thrown if none is given")
    parser.add_argument("--orders", type=int, default=ORDERS, help=f"orders of the day ({ORDERS})")
    parser.add_argument("--results", type=Path, default=results, help=f"folder ({results})")
    parser.add_argument("--prepared", type=Path, help="data folder of an idle database to copy")
    return parser


def _apart(name: str, asked: argparse.Namespace) -> int:
    """One of several: a process reads its keys and settings once."""
    options = {"--orders": asked.orders, "--results": asked.results, "--seed": asked.seed,
               "--prepared": asked.prepared}  # fmt: skip
    words = [f"{option}={value}" for option, value in options.items() if value is not None]
    command = [sys.executable, "-m", "daoda.proving.drills", name, *words]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own module


def _run(drill: Drill, *, seed: int, orders: int, target: Path, prepared: Path | None) -> int:
    log = target.with_suffix(".log")
    started = monotonic()
    with _screen(log) as screen:
        print(f"drill {drill.name}, seed {seed}, {orders:,} orders: {drill.words}", file=screen)
        try:
            with scene(
                drill.name,
                seed=seed,
                orders=orders,
                place=drill.place,
                prepared=prepared,
            ) as stage:
                print(f"  set up in {monotonic() - started:.0f} s", file=screen, flush=True)
                drill.play(stage)
                stage.come_to_rest()
                stage.judge()
        except Exception as problem:
            print(traceback.format_exc(), flush=True)  # into the log, beside what led to it
            print(f"  it could not be brought to its end: {problem}", file=screen)
            _tell_log(log, screen)
            return BROKEN
        seconds = monotonic() - started
        held = _tell(stage, seconds, screen)
        _write(target, stage, held=held, seconds=seconds)
        print(f"  result {target}", file=screen)
        if not held:
            _tell_log(log, screen)
        return HELD if held else BROKEN


@contextmanager
def _screen(log: Path) -> Iterator[TextIO]:
    """Whatever we and our children print goes into the log; the screen is for the verdict."""
    kept = os.dup(1), os.dup(2)
    with log.open("wb") as file, os.fdopen(os.dup(1), "w", encoding="utf-8") as screen:
        sys.stdout.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield screen
        finally:
            sys.stdout.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)


def _tell(stage: Stage, seconds: float, screen: TextIO) -> bool:
    for check in stage.checks:
        print(f"  {'ok  ' if check.held else 'FAIL'} {check.name:<11} {check.words}", file=screen)
    for name, value in stage.figures.items():
        print(f"       {name:<11} {value}", file=screen)
    broken = [check.name for check in stage.checks if not check.held]
    verdict = f"{', '.join(broken)} broken" if broken else "all holds"
    print(f"verdict: {verdict} ({seconds:.0f} s)", file=screen, flush=True)
    return not broken


def _write(target: Path, stage: Stage, *, held: bool, seconds: float) -> None:
    result = {
        "drill": stage.name, "seed": stage.seed, "orders": stage.orders, "held": held,
        "seconds": round(seconds, 1), "figures": stage.figures,
        "checks": [asdict(check) for check in stage.checks],
    }  # fmt: skip
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _tell_log(log: Path, screen: TextIO) -> None:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    print(f"  the last lines of {log}:", file=screen)
    for line in lines[-LOG_LINES_SHOWN:]:
        print(f"    {line[:200]}", file=screen)
    screen.flush()


if __name__ == "__main__":
    sys.exit(main())
