"""Lifecycles of cases and of goodwill coupons."""

from __future__ import annotations

from daoda.kit.states import Lifecycle

CASE = Lifecycle(
    name="compensation",
    initial="running",
    moves={
        "running": frozenset({"with_person", "settled"}),
        "with_person": frozenset({"running", "settled"}),
        "settled": frozenset(),
    },
    closed=frozenset({"settled"}),
)
GRANT = Lifecycle(
    name="goodwill",
    initial="usable",
    moves={"usable": frozenset({"used", "lapsed"}), "used": frozenset(), "lapsed": frozenset()},
    closed=frozenset({"used", "lapsed"}),
)
