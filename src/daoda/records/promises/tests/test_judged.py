"""What became of promises, counted for a day's page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from daoda.kit import ids
from daoda.records.promises import actions
from daoda.records.promises import queries as promises

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SHOP = ids.uuid7(NOON)


def promise(at: datetime, owner: str = "machine:fulfilment") -> actions.NewPromise:
    return actions.NewPromise(
        SHOP, "order", ids.uuid7(at), "stocking", owner, at, at + timedelta(hours=1), "escalate",
        id=ids.uuid7(at),
    )  # fmt: skip


def test_what_was_promised_since_is_counted_by_its_end(db):
    made = [promise(NOON + timedelta(minutes=n)) for n in range(5)]
    actions.make_many([*made, promise(NOON - timedelta(days=1)), promise(NOON, owner="buyer")])
    hows = [("kept", ""), ("kept", ""), ("broken", "late"), ("superseded", "out_of_stock")]
    actions.end_many(
        [
            actions.NewEnding(one.id, SHOP, NOON + timedelta(hours=1), *how)
            for one, how in zip(made[:4], hows, strict=True)
        ]
    )
    since = NOON - timedelta(hours=1)
    assert promises.judged_since(SHOP, since) == promises.Judged(2, 1, 1, 1)
