"""What the buying side asks of suppliers: the way, the slots, the counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daoda.kit.configs import ConfigProblem
from daoda.records.journal.models import Fact
from daoda.records.shops.models import Shop
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers import queries
from daoda.trade.suppliers.models import Lease, Supplier, Tally
from daoda.trade.suppliers.tests import world
from daoda.trade.suppliers.tests.world import NOON


@pytest.fixture
def lamp(db: None) -> Shop:
    return world.shop()


def take(supplier: Supplier, count: int, *, after_s: float = 0, buying: bool = True):
    return suppliers.take_slots(
        wanted={supplier.pk: count}, shop_ids={supplier.pk: supplier.shop_id}, lease_s=30,
        now=NOON + timedelta(seconds=after_s), buying=buying,
    )[supplier.pk]  # fmt: skip


def test_a_supplier_that_cannot_be_spoken_to_is_not_made(lamp: Shop) -> None:
    with pytest.raises(ConfigProblem):
        suppliers.create(
            shop_id=lamp.pk, code="x", name="X",
            speech=suppliers.Speech("dujiao_next", {**world.CONFIG, "api_secret": ""}),
            terms=suppliers.Terms(), actor="machine:test", now=NOON,
        )  # fmt: skip
    assert not Supplier.everywhere.exists()


def test_a_secret_left_empty_stays_and_none_is_shown(lamp: Shop) -> None:
    made = world.supplier(lamp)
    changed = suppliers.change(
        supplier_id=made.pk, name="B", terms=suppliers.Terms(concurrency=3),
        speech=suppliers.Speech(
            "dujiao_next", {"gateway": "https://c.example", "api_key": "ak-2", "api_secret": ""}
        ),
        actor="machine:test", now=NOON,
    )  # fmt: skip
    assert suppliers.adapter_of(changed).config.api_secret == "s" * 32  # type: ignore[attr-defined]
    assert "api_secret" not in suppliers.settings_shown(changed)
    assert Fact.everywhere.filter(kind="supplier.changed").get().data["changed"] == ["concurrency"]


def test_the_cheaper_one_comes_first_and_the_paused_one_not_at_all(lamp: Shop) -> None:
    light = world.variant(lamp)
    dear, cheap = world.supplier(lamp, "dear"), world.supplier(lamp, "cheap")
    world.offer(dear, light, 60_000)
    world.offer(cheap, light, 50_000)
    route = queries.offers_for(light.pk, now=NOON).route(now=NOON)
    assert [(way.terms.supplier_id, way.why) for way in route.ways] == [
        (cheap.pk, "price"), (dear.pk, "price"),
    ]  # fmt: skip
    assert suppliers.pause(
        supplier_id=cheap.pk, until=NOON + timedelta(hours=2), reason="prices rose",
        actor="staff:1", now=NOON,
    )  # fmt: skip
    route = queries.offers_for(light.pk, now=NOON).route(now=NOON)
    assert [(way.terms.supplier_id, way.why) for way in route.ways] == [(dear.pk, "only")]
    assert [(left.terms.supplier_id, left.why) for left in route.left_out] == [(cheap.pk, "paused")]


def test_nobody_gets_more_slots_than_there_are(lamp: Shop) -> None:
    made = world.supplier(lamp, concurrency=5, calls_per_minute=6000)
    assert take(made, 3).count == 3
    second = take(made, 9)
    assert second.count == 2
    assert take(made, 1).count == 0
    suppliers.give_back(ended={second.lease_id: 2})
    assert take(made, 9, after_s=1).count == 2


def test_the_slots_of_who_died_come_back_by_themselves(lamp: Shop) -> None:
    made = world.supplier(lamp, concurrency=2)
    assert take(made, 2).count == 2
    assert take(made, 2, after_s=29).count == 0
    assert take(made, 2, after_s=30).count == 2
    assert Lease.everywhere.count() == 1


def test_the_pace_is_kept(lamp: Shop) -> None:
    made = world.supplier(lamp, concurrency=100, calls_per_minute=120)
    assert take(made, 50).count == 2
    none = take(made, 50)
    assert none.count == 0
    assert none.retry_at == NOON + timedelta(seconds=0.5)
    assert take(made, 50, after_s=0.5).count == 1


def test_a_paused_supplier_is_asked_and_not_bought_from(lamp: Shop) -> None:
    made = world.supplier(lamp)
    suppliers.pause(
        supplier_id=made.pk, until=NOON + timedelta(days=1), reason="x", actor="a", now=NOON
    )
    assert take(made, 1).count == 0
    assert take(made, 1, buying=False).count == 1


def test_counts_cost_rows_by_kind_and_not_by_number(lamp: Shop) -> None:
    made = world.supplier(lamp)
    suppliers.record_outcomes(
        outcomes=[
            suppliers.Outcome(made.pk, "purchase", "succeeded", 40_000 + n, NOON)
            for n in range(500)
        ]
        + [suppliers.Outcome(made.pk, "call", "unknown", 10_000, NOON, count=7)]
    )
    suppliers.record_outcomes(
        outcomes=[suppliers.Outcome(made.pk, "call", "unknown", 10_000, NOON)]
    )
    assert Tally.everywhere.count() == 4
    counted = queries.counts_of([made.pk], since=NOON, span="minute")
    assert counted[made.pk, "purchase"].succeeded == 500
    assert counted[made.pk, "purchase"].quantile_ms(0.5) == 60_000
    assert counted[made.pk, "call"].unknown == 8
    assert suppliers.forget(now=NOON + timedelta(days=3)) == 2
