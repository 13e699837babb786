"""A rehearsal is asked for, taken up, heard of and ended; by itself, if nobody ends it."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from daoda.kit import clock
from daoda.records.journal.models import Fact
from daoda.records.promises import queries as promises
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop, scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.orders import actions as orders
from daoda.watch.rehearsals import actions as rehearsals
from daoda.watch.rehearsals import queries, rules
from daoda.watch.rehearsals.models import Rehearsal

pytestmark = pytest.mark.django_db
ACTOR = "staff:00000000000000000000000000000001"
SECOND = timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def shop(now: datetime) -> Shop:
    return shops.create(slug="lamp", name="Lamp", hosts=[], now=now)


@pytest.fixture
def variant(shop: Shop, now: datetime) -> uuid.UUID:
    with scope(shop.pk):
        product = catalog.create_product(
            shop_id=shop.pk, kind="manual", slug="help", title="Help", actor=ACTOR, now=now
        )
        made = catalog.create_variant(
            product_id=product.pk, title="One", price_fen=100, actor=ACTOR, now=now
        )
        catalog.publish_product(product_id=product.pk, actor=ACTOR, now=now)
    found: uuid.UUID = made.pk
    return found


@pytest.fixture
def day(variant: uuid.UUID) -> dict[str, Any]:
    return rules.preset("quiet", on=date(2026, 11, 28), mix=[{"variant": variant.hex, "share": 1}])


def ask(shop: Shop, day: dict[str, Any], now: datetime) -> Rehearsal:
    return rehearsals.ask(shop_id=shop.pk, day=day, name="Eve", actor=ACTOR, now=now)


def again(row: Rehearsal) -> Rehearsal:
    found: Rehearsal = Rehearsal.everywhere.get(pk=row.pk)
    return found


def facts(row: Rehearsal) -> list[str]:
    found = Fact.everywhere.filter(subject_id=row.pk).order_by("at", "xid", "id")
    return list(found.values_list("kind", flat=True))


def ended(row: Rehearsal) -> list[tuple[str, str | None]]:
    return [(past.node, past.how) for past in promises.story(row.pk)]


def test_its_way_to_the_end(shop: Shop, day: dict[str, Any], now: datetime) -> None:
    row = ask(shop, day, now)
    assert (row.state, row.node, row.owner) == ("asked", "turn", "machine:rehearsals")
    begun = rehearsals.begin(now=now + SECOND)
    assert begun is not None
    assert begun.pk == row.pk
    heard = rehearsals.progress(
        rehearsal_id=row.pk, step="playing", done=3, whole=9, clock_at=now, now=now + SECOND
    )
    assert heard
    assert rehearsals.finish(rehearsal_id=row.pk, outcome={"version": 1}, now=now + 2 * SECOND)
    done = again(row)
    assert (done.state, done.outcome, done.promised_at) == ("done", {"version": 1}, None)
    assert ended(row) == [("turn", "kept"), ("rehearsing", "kept")]
    assert facts(row) == ["rehearsal.asked", "rehearsal.begun", "rehearsal.done"]


def test_one_is_played_at_a_time_in_the_order_of_asking(
    shop: Shop, day: dict[str, Any], now: datetime
) -> None:
    first, second = ask(shop, day, now), ask(shop, day, now + SECOND)
    taken = rehearsals.begin(now=now + 2 * SECOND)
    assert taken is not None
    assert taken.pk == first.pk
    assert rehearsals.begin(now=now + 3 * SECOND) is None
    rehearsals.finish(rehearsal_id=first.pk, outcome={}, now=now + 4 * SECOND)
    taken = rehearsals.begin(now=now + 5 * SECOND)
    assert taken is not None
    assert taken.pk == second.pk


def test_nobody_plays_it_so_it_ends_by_its_date(
    shop: Shop, day: dict[str, Any], now: datetime
) -> None:
    row = ask(shop, day, now)
    assert row.promised_at is not None
    assert rehearsals.pass_dates(now=row.promised_at - SECOND) == 0
    assert rehearsals.pass_dates(now=row.promised_at + SECOND) == 1
    assert (again(row).state, again(row).reason) == ("failed", "not_begun")
    assert ended(row) == [("turn", "broken")]


def test_who_plays_it_falls_silent_so_it_ends(
    shop: Shop, day: dict[str, Any], now: datetime
) -> None:
    row = ask(shop, day, now)
    rehearsals.begin(now=now)
    said_at = now + 5 * SECOND
    rehearsals.progress(
        rehearsal_id=row.pk, step="playing", done=0, whole=9, clock_at=None, now=said_at
    )
    assert rehearsals.pass_dates(now=said_at + rehearsals.SILENT_MAX) == 0
    assert rehearsals.pass_dates(now=said_at + rehearsals.SILENT_MAX + SECOND) == 1
    assert again(row).reason == "silent"
    assert ended(row) == [("turn", "kept"), ("rehearsing", "superseded")]


def test_it_takes_too_long_so_it_ends(shop: Shop, day: dict[str, Any], now: datetime) -> None:
    row = ask(shop, day, now)
    begun = rehearsals.begin(now=now)
    assert begun is not None
    assert begun.promised_at is not None
    late = begun.promised_at + SECOND
    rehearsals.progress(
        rehearsal_id=row.pk, step="playing", done=1, whole=9, clock_at=None, now=late
    )
    assert rehearsals.pass_dates(now=late) == 1
    assert again(row).reason == "late"
    assert not rehearsals.finish(rehearsal_id=row.pk, outcome={"version": 1}, now=late)
    assert again(row).outcome == {}


def test_what_has_ended_is_not_heard_of_again(
    shop: Shop, day: dict[str, Any], now: datetime
) -> None:
    row = ask(shop, day, now)
    assert rehearsals.give_up(rehearsal_id=row.pk, reason="stopped", now=now)
    assert not rehearsals.give_up(rehearsal_id=row.pk, reason="killed", now=now)
    assert not rehearsals.progress(
        rehearsal_id=row.pk, step="playing", done=1, whole=2, clock_at=None, now=now
    )
    assert again(row).reason == "stopped"


def test_a_day_of_what_is_not_on_sale_is_refused(
    shop: Shop, day: dict[str, Any], now: datetime
) -> None:
    day["mix"] = [{"variant": uuid.uuid4().hex, "share": 1}]
    with pytest.raises(rules.BadDay) as refused:
        ask(shop, day, now)
    assert refused.value.problems == {"mix.0.variant": "unknown"}


def test_the_line_has_an_end(shop: Shop, day: dict[str, Any], now: datetime) -> None:
    for _ in range(rehearsals.OPEN_MAX):
        ask(shop, day, now)
    with pytest.raises(rehearsals.TooManyOpen):
        ask(shop, day, now)


def test_the_usual_mix_is_what_was_ordered(shop: Shop, variant: uuid.UUID, now: datetime) -> None:
    with scope(shop.pk):
        assert queries.usual_mix(now=now) == {variant: 1}
        for _ in range(2):
            wanted = orders.Wanted(
                shop_id=shop.pk, variant_id=variant, quantity=1,
                contact=f"{uuid.uuid4().hex}@example.cn", password="sesame",
            )  # fmt: skip
            orders.place(wanted=wanted, actor="buyer", now=now)
        assert queries.usual_mix(now=now) == {variant: 2}
