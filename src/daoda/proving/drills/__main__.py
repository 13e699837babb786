"""``daoda drill [NAME ...] [--seed N] [--orders N] [--results FOLDER]``.

Status 0: all held. 1: something did not. 2: no such drill. 3: this machine cannot do it, and
nothing was tried. Of several the worst, where not being tried counts as held.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import traceback
from pathlib import Path
from random import SystemRandom
from time import monotonic

from daoda.proving.drills import page, telling
from daoda.proving.drills.catalogue import DRILLS, Drill
from daoda.proving.drills.place import folder, installed
from daoda.proving.drills.stage import scene
from daoda.proving.drills.telling import BROKEN, HELD, NOT_HERE

ORDERS = 1_000
ORDERS_MIN = 40
SEED_MAX = 1_000_000
ALL = "all"


def main() -> int:
    """Run the named drills, each in a process of its own; the worst status."""
    parser = _parser()
    asked = parser.parse_args()
    if unknown := set(asked.names) - {drill.name for drill in DRILLS} - {ALL}:
        parser.error(f"no drill is called {', '.join(sorted(unknown))}")
    if asked.orders < ORDERS_MIN:
        parser.error(f"a day has {ORDERS_MIN} orders at least")
    if asked.page:
        page.write(asked.page, asked.results)
        return HELD
    if not asked.names:
        print(f"{_list()}\n\ndaoda drill NAME runs one, daoda drill {ALL} runs all; see --help")
        return HELD
    names = [drill.name for drill in DRILLS] if ALL in asked.names else asked.names
    asked.results = asked.results.absolute()
    asked.results.mkdir(parents=True, exist_ok=True)
    if len(names) > 1:
        return _several(names, asked)
    return _one(next(drill for drill in DRILLS if drill.name == names[0]), asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="daoda drill", description="Rehearse what can go wrong on a sale day.",
        epilog=f"drills:\n{_list()}", formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    results = Path(os.environ.get("DAODA_DATA", "data")) / "drills"
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{ALL}: all; none: list them")
    parser.add_argument("--seed", type=int, help="repeats a run; one is thrown if none is given")
    parser.add_argument("--orders", type=int, default=ORDERS, help=f"orders of the day ({ORDERS})")
    parser.add_argument("--results", type=Path, default=results, help=f"folder ({results})")
    parser.add_argument("--page", type=Path, help="put the newest results into this page, run none")
    parser.add_argument("--prepared", type=Path, help="data folder of an idle database to copy")
    return parser


def _list() -> str:
    return "\n".join(f"  {drill.name:<10} {drill.words}" for drill in DRILLS)


def _several(names: list[str], asked: argparse.Namespace) -> int:
    """One after the other on copies of one database, then a table of how they ended."""
    seed = _seed(asked)
    with folder() as made:
        prepared = asked.prepared or made / "data"
        if asked.prepared is None:
            with telling.screen(asked.results / "prepared.log"), installed(prepared):
                pass
        outcomes = [_apart(name, asked, seed=seed, prepared=prepared) for name in names]
    telling.summarize(outcomes, asked.results, orders=asked.orders)
    statuses = {one.status for one in outcomes}
    return max(statuses - {NOT_HERE}, default=NOT_HERE)


def _apart(name: str, asked: argparse.Namespace, *, seed: int, prepared: Path) -> telling.Outcome:
    """One of several: a process reads its keys and settings once."""
    options = {"orders": asked.orders, "results": asked.results, "seed": seed,
               "prepared": prepared}  # fmt: skip
    words = [f"--{option}={value}" for option, value in options.items()]
    command = [sys.executable, "-m", "daoda.proving.drills", name, *words]
    target = _target(asked, name, seed)
    target.unlink(missing_ok=True)
    started = monotonic()
    status = subprocess.run(command, check=False).returncode  # noqa: S603 - our own module
    seconds = monotonic() - started
    return telling.read(target, drill=name, seed=seed, status=status, seconds=seconds)


def _one(drill: Drill, asked: argparse.Namespace) -> int:
    if reason := drill.cannot():
        print(f"drill {drill.name}: not tried on this machine: {reason}")
        return NOT_HERE
    seed, started = _seed(asked), monotonic()
    target = _target(asked, drill.name, seed)
    log = target.with_suffix(".log")
    with telling.screen(log) as shown:
        print(f"drill {drill.name}, seed {seed}, {asked.orders:,} orders: {drill.words}",
              file=shown, flush=True)  # fmt: skip
        try:
            with scene(
                drill.name, seed=seed, orders=asked.orders, place=drill.place,
                prepared=asked.prepared,
            ) as stage:  # fmt: skip
                print(f"  set up in {monotonic() - started:.0f} s", file=shown, flush=True)
                drill.play(stage)
                stage.come_to_rest()
                stage.judge()
        except Exception as problem:
            print(traceback.format_exc(), flush=True)  # into the log, beside what led to it
            print(f"  it could not be brought to its end: {problem}", file=shown)
            telling.tell_log(log, shown)
            return BROKEN
        seconds = monotonic() - started
        held = telling.tell(stage, seconds, shown)
        telling.write(target, stage, seconds=seconds)
        print(f"  result {target}", file=shown)
        if not held:
            telling.tell_log(log, shown)
        return HELD if held else BROKEN


def _seed(asked: argparse.Namespace) -> int:
    return SystemRandom().randrange(SEED_MAX) if asked.seed is None else int(asked.seed)


def _target(asked: argparse.Namespace, name: str, seed: int) -> Path:
    """Where a run writes its result."""
    path: Path = asked.results / f"{name}-{seed}.json"
    return path


if __name__ == "__main__":
    sys.exit(main())
