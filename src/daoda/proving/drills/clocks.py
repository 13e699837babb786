"""Clocks that go wrong: by an hour, between processes and in the middle of the day."""

from __future__ import annotations

from daoda.proving.drills import listening
from daoda.proving.drills.stage import Stage

HOUR_S = 3600


def an_hour_apart(stage: Stage) -> None:
    """Two workers an hour fast and an hour slow, then the other way round; the door as well.

    A door an hour off refuses every notice, because it looks too old or too new to it; nothing
    is lost by that, since the channel repeats what was refused.
    """
    house, day_s = stage.house, stage.day_s
    house.keep("web", "web")
    house.keep("reader", listening.LIVE, module=listening.__name__)
    for name, offset_s in (("fast", HOUR_S), ("slow", -HOUR_S)):
        house.keep(name, "worker", DAODA_CLOCK_OFFSET_S=str(offset_s))
    house.ready()
    stage.begin_day()
    stage.does("a worker an hour fast, one an hour slow")
    house.pause(day_s / 3)
    house.dismiss("web")
    offset_s = stage.dice.choice((HOUR_S, -HOUR_S))
    stage.does(f"the web {offset_s:+} s off")
    house.keep("web", "web", DAODA_CLOCK_OFFSET_S=str(offset_s))
    house.pause(day_s / 3)
    refused = stage.traffic.failures
    stage.does("the web on time, the workers the other way round")
    house.dismiss("web", "fast", "slow")
    for name, offset_s in (("web", 0), ("turned back", -HOUR_S), ("turned on", HOUR_S)):
        words = "web" if name == "web" else "worker"
        house.keep(name, words, DAODA_CLOCK_OFFSET_S=str(offset_s))
    house.pause(day_s / 3)
    house.dismiss("turned back", "turned on")
    house.keep("worker", "worker")
    stage.check("refused", refused > 0, f"the door an hour off refused {refused} notices")
