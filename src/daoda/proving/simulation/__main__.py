"""``python -m daoda.proving.simulation``: play a day that was asked for, or one given here.

``--rehearsal ID`` plays one of the shop's rehearsals and writes into it how it goes: the worker
starts this. Everything else is for people: see ``daoda rehearse --help``.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import uuid
from typing import Any

from daoda.config import installation
from daoda.proving.simulation import choosing

NICE = 10  # the shop goes first


def main() -> int:
    """Play; 0 when it was played to its end."""
    options = _parser().parse_args()
    os.nice(NICE)
    if options.rehearsal:
        installation.use_running()
        return _play_asked(uuid.UUID(options.rehearsal))
    with installation.opened():
        from daoda.config import django_ready

        django_ready()
        return choosing.main(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="daoda rehearse", description="Play a day in a copy of the shop before it comes."
    )
    parser.add_argument("--rehearsal", metavar="ID", help=argparse.SUPPRESS)
    choosing.arguments(parser)
    return parser


def _play_asked(rehearsal_id: uuid.UUID) -> int:
    from daoda.config import django_ready

    django_ready()
    from daoda.kit import clock
    from daoda.proving.simulation import blueprint, running
    from daoda.watch.rehearsals import actions as rehearsals
    from daoda.watch.rehearsals.models import Rehearsal

    row: Rehearsal = Rehearsal.everywhere.get(pk=rehearsal_id)

    def give_up(reason: str) -> None:
        rehearsals.give_up(rehearsal_id=rehearsal_id, reason=reason, now=clock.now())

    def stopped(_number: int, _frame: Any) -> None:
        raise SystemExit(1)

    def hear(said: running.Said) -> None:
        still = rehearsals.progress(
            rehearsal_id=rehearsal_id, step=said.step, done=said.done, whole=said.of,
            clock_at=said.at, now=clock.now(),
        )  # fmt: skip
        if not still:
            raise SystemExit(1)  # its date has passed: nobody waits for this any more

    signal.signal(signal.SIGTERM, stopped)
    try:
        plan = blueprint.read(row.shop_id, now=clock.now())
        outcome = running.run(blueprint=plan, day=row.day, hear=hear)
    except running.Broke as broke:
        print(broke, file=sys.stderr)
        give_up("broke")
        return 1
    except BaseException:
        give_up("stopped")
        raise
    rehearsals.finish(rehearsal_id=rehearsal_id, outcome=outcome, now=clock.now())
    return 0


if __name__ == "__main__":
    sys.exit(main())
