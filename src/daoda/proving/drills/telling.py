"""What a drill says: on the screen while it runs, in a file for each run, in one for the last."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from daoda.proving.drills.stage import Stage

SUMMARY = "last.json"
HELD, BROKEN, NOT_HERE = 0, 1, 3
VERDICTS = {HELD: "all holds", BROKEN: "BROKEN", NOT_HERE: "not tried here"}
LOG_LINES_SHOWN = 15
DEEDS_SHOWN = 12


@dataclass(frozen=True)
class Outcome:
    """How one of several drills ended. ``words``: what broke, or why it was not tried."""

    drill: str
    seed: int
    status: int
    words: str
    seconds: float
    interruption_s: float | None = None


@contextmanager
def screen(log: Path) -> Iterator[TextIO]:
    """Whatever we and our children print goes into the log; the screen is for the verdict."""
    kept = os.dup(1), os.dup(2)
    with log.open("wb") as file, os.fdopen(os.dup(1), "w", encoding="utf-8") as shown:
        sys.stdout.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield shown
        finally:
            sys.stdout.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)


def tell(stage: Stage, seconds: float, shown: TextIO) -> bool:
    """What was done, what was checked, the verdict; whether all held."""
    for at_s, words in stage.did[:DEEDS_SHOWN]:
        print(f"  did  {at_s:>6.1f} s    {words}", file=shown)
    if (more := len(stage.did) - DEEDS_SHOWN) > 0:
        print(f"  did  and {more} times more", file=shown)
    for check in stage.checks:
        print(f"  {'ok  ' if check.held else 'FAIL'} {check.name:<11} {check.words}", file=shown)
    for name, value in stage.figures.items():
        print(f"       {name:<15} {value}", file=shown)
    broken = _broken(stage)
    print(f"verdict: {broken or 'all holds'} ({seconds:.0f} s)", file=shown, flush=True)
    return not broken


def write(target: Path, stage: Stage, *, seconds: float) -> None:
    """The same for programs."""
    result = {
        "drill": stage.name, "seed": stage.seed, "orders": stage.orders,
        "held": not _broken(stage), "words": _broken(stage), "seconds": round(seconds, 1),
        "figures": stage.figures, "did": stage.did,
        "checks": [asdict(check) for check in stage.checks],
    }  # fmt: skip
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def tell_log(log: Path, shown: TextIO) -> None:
    """The end of the log, for whom something did not hold."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    print(f"  the last lines of {log}:", file=shown)
    for line in lines[-LOG_LINES_SHOWN:]:
        print(f"    {line[:200]}", file=shown)
    shown.flush()


def read(target: Path, *, drill: str, seed: int, status: int, seconds: float) -> Outcome:
    """How a run ended that wrote to this file, or did not get as far."""
    seconds = round(seconds, 1)
    if not target.exists():
        words = "this machine cannot do it" if status == NOT_HERE else "not brought to its end"
        return Outcome(drill, seed, status, words, seconds)
    said = json.loads(target.read_text(encoding="utf-8"))
    figures = said["figures"]
    interruption_s = figures.get("interruption_s", figures.get("silence_s"))
    return Outcome(drill, seed, status, said["words"], seconds, interruption_s)


def summarize(outcomes: Sequence[Outcome], folder: Path, *, orders: int) -> None:
    """A table on the screen, and the same as JSON beside the results."""
    print(f"\n{'drill':<10} {'seed':>7} {'seconds':>8} {'interrupted':>12}  verdict")
    for one in outcomes:
        interrupted = "" if one.interruption_s is None else f"{one.interruption_s:.1f} s"
        verdict = VERDICTS.get(one.status, f"status {one.status}")
        words = f": {one.words}" if one.words else ""
        print(f"{one.drill:<10} {one.seed:>7} {one.seconds:>8.0f} {interrupted:>12}  "
              f"{verdict}{words}")  # fmt: skip
    target = folder / SUMMARY
    result = {"orders": orders, "drills": [asdict(one) for one in outcomes]}
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    held = sum(one.status == HELD for one in outcomes)
    print(f"{held} of {len(outcomes)} hold; summary {target}")


def _broken(stage: Stage) -> str:
    broken = [check.name for check in stage.checks if not check.held]
    return f"{', '.join(broken)} broken" if broken else ""
