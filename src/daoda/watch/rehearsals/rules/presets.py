"""Days to begin with: their curve is what tells them apart, everything else is a usual shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

# From when on, how many orders a minute.
_CURVES: Mapping[str, Sequence[tuple[str, float]]] = {
    # 200 orders
    "quiet": (("00:00", 0.02), ("08:00", 0.12), ("12:00", 0.2), ("18:00", 0.33), ("23:00", 0.1)),
    # 1,800 orders
    "weekend": (("00:00", 0.4), ("09:00", 1.0), ("12:00", 1.5), ("18:00", 2.6), ("23:00", 1.0)),
    # 50,000 orders, a third of them within the first twenty minutes of the sale
    "sale": (
        ("00:00", 4), ("08:00", 10), ("12:00", 13), ("18:00", 25), ("20:00", 1004),
        ("20:10", 300), ("21:00", 120), ("22:00", 48),
    ),
}  # fmt: skip
PRESETS = tuple(_CURVES)


def preset(name: str, *, on: date, mix: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A day in its stored form, to be changed. KeyError for a name that is none of PRESETS."""
    return {
        "date": on.isoformat(),
        "curve": [{"from": at, "per_minute": rate} for at, rate in _CURVES[name]],
        "ends": "24:00",
        "mix": [dict(part) for part in mix],
        "paying": {
            "share": 0.85,
            "takes": {"median_s": 60, "p90_s": 240},
            "notice": {"median_s": 2, "p90_s": 10},
        },
        "agents": {
            "at_once": 3,
            "takes": {"median_s": 300, "p90_s": 900},
            "starts": "09:00",
            "ends": "23:00",
        },
        "supplier": {
            "at_once": 10,
            "takes": {"median_s": 120, "p90_s": 600},
            "starts": "00:00",
            "ends": "24:00",
        },
        "restock": {"after_s": 3600, "codes": 0},
        "one_in": 1,
        "seed": 1,
    }
