"""A small day rehearsed: in a copy by itself, and by real processes as the worker starts them."""

from __future__ import annotations

import os
import signal
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest

from daoda.config import database
from daoda.kit import clock
from daoda.proving import checker
from daoda.proving.simulation import blueprint, player
from daoda.proving.simulation.blueprint import Blueprint
from daoda.records.promises import actions as promises
from daoda.records.shops import actions as shops
from daoda.records.shops.models import scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.orders.models import Order
from daoda.trade.stock import actions as stock
from daoda.trade.stock.models import Code
from daoda.watch.rehearsals import actions as rehearsals
from daoda.watch.rehearsals import rules
from daoda.watch.rehearsals.loops import Stage
from daoda.watch.rehearsals.models import Rehearsal

ACTOR = "staff:00000000000000000000000000000001"
REAL_CODE = "REAL-CODE-OF-THE-SHOP"
ON = date(2026, 11, 28)
WAIT_S_MAX = 90.0


def open_shop(*, codes: int) -> uuid.UUID:
    """A shop with one shelf and one product a person delivers within the hour."""
    now = clock.now()
    shop = shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=now)
    with scope(shop.pk):
        card = _sell(shop.pk, "code", "card")
        _sell(shop.pk, "membership", "plan")
        promises.publish_rule(shop_id=shop.pk, node="handling", seconds=1800, now=now)
        content = "\n".join(f"{REAL_CODE}-{n}" for n in range(codes)).encode()
        stock.begin_import(
            shop_id=shop.pk, variant_id=card, content=content, layout=stock.Layout(),
            mode="all_or_nothing", actor=ACTOR, now=now,
        )  # fmt: skip
        while stock.work_on_import(now=now):
            pass
    found: uuid.UUID = shop.pk
    return found


def _sell(shop_id: uuid.UUID, kind: str, slug: str, **details: Any) -> uuid.UUID:
    now = clock.now()
    product = catalog.create_product(
        shop_id=shop_id, kind=kind, slug=slug, title=slug.title(), details=details,
        actor=ACTOR, now=now,
    )  # fmt: skip
    made = catalog.create_variant(
        product_id=product.pk, title="One", price_fen=100, actor=ACTOR, now=now
    )
    catalog.publish_product(product_id=product.pk, actor=ACTOR, now=now)
    variant_id: uuid.UUID = made.pk
    return variant_id


def evening(plan: Blueprint, **changes: Any) -> dict[str, Any]:
    """Half an hour at two orders a minute: half for the shelf, half for one person's hands."""
    mix = [{"variant": variant_id.hex, "share": 1} for variant_id in plan.sold]
    day = rules.preset("quiet", on=ON, mix=mix)
    day |= {"curve": [{"from": "19:00", "per_minute": 2}], "ends": "19:30", "seed": 11}
    day["agents"] |= {"at_once": 1, "takes": {"median_s": 300, "p90_s": 600}}
    return day | changes


@pytest.fixture
def world(world_db: Any) -> Blueprint:
    """The shop in the database of this test, and what a copy is made from."""
    return blueprint.read(open_shop(codes=20), now=clock.now())


@pytest.fixture
def rehearsed(
    world: Blueprint, world_db: Any, server: Any, template: str
) -> Iterator[Callable[..., dict[str, Any]]]:
    """``rehearsed(day)``: the outcome of a day, played in a fresh database beside the shop's."""
    name = f"{world_db.name}_copy"

    @contextmanager
    def copy() -> Iterator[Any]:
        beside = server.create(name, template=template)
        database.point_at(beside.url)
        try:
            yield beside
        finally:
            database.point_at(world_db.url)
            server.drop(name)

    def play(day: dict[str, Any], look: Callable[[Any], object] = str) -> dict[str, Any]:
        with copy() as beside:
            read = rules.read_day(day)
            outcome = player.play(read, world, beside.superuser_url, started=monotonic())
            look(beside)
        return outcome

    yield play
    database.point_at(world_db.url)


def judged(outcome: dict[str, Any]) -> dict[str, Any]:
    """An outcome without what this machine took for it."""
    return {name: value for name, value in outcome.items() if name != "machine"}


def test_everybody_who_came_is_accounted_for_and_the_laws_hold(
    rehearsed: Callable[..., dict[str, Any]], world: Blueprint
) -> None:
    def look(beside: Any) -> None:
        with psycopg.connect(beside.superuser_url) as connection:
            assert checker.findings(connection) == []

    outcome = rehearsed(evening(world), look)
    orders = outcome["orders"]
    assert orders["wanted"] == sum(outcome["series"]["wanted"]) > 30
    assert orders["wanted"] == orders["placed"] + orders["refused"]
    assert orders["placed"] == orders["delivered"] + orders["expired"] + orders["open"]
    assert orders["open"] == 0
    assert outcome["laws"]["findings"] == []
    assert outcome["dates"]["standing"] == 0


def test_the_shelf_and_the_hands_it_sticks_at_are_named(
    rehearsed: Callable[..., dict[str, Any]], world: Blueprint
) -> None:
    outcome = rehearsed(evening(world))
    (empty,) = outcome["ran_out"]
    assert empty["name"] == "Card · One"
    assert empty["codes"] == outcome["refused"]["sold_out"] == outcome["orders"]["refused"]
    (people,) = outcome["crews"]
    assert people["broken"] == outcome["dates"]["broken"] > 0
    assert people["enough"] > people["at_once"]
    assert {stick["what"] for stick in outcome["sticks"]} >= {"shelf", "crew"}
    firsts = [one["at"] for one in outcome["sticks"] if one["what"] in ("shelf", "crew")]
    assert firsts == sorted(firsts)


def test_what_it_says_would_help_helps(
    rehearsed: Callable[..., dict[str, Any]], world: Blueprint
) -> None:
    before = rehearsed(evening(world))
    (people,) = before["crews"]
    helped = evening(world)
    helped["agents"]["at_once"] = people["enough"]
    helped["restock"] = {"after_s": 60, "codes": before["ran_out"][0]["codes"] + 5}
    after = rehearsed(helped)
    assert after["dates"]["broken"] == people["broken_anyway"] == 0
    assert after["orders"]["refused"] < before["orders"]["refused"]


def test_the_same_throw_has_the_same_outcome(
    rehearsed: Callable[..., dict[str, Any]], world: Blueprint
) -> None:
    first, second = rehearsed(evening(world)), rehearsed(evening(world))
    assert judged(first) == judged(second)
    assert judged(rehearsed(evening(world, seed=12))) != judged(first)


def test_a_sample_stands_for_the_whole(
    rehearsed: Callable[..., dict[str, Any]], world: Blueprint
) -> None:
    outcome = rehearsed(evening(world, one_in=3))
    orders = outcome["orders"]
    assert orders["wanted"] == orders["placed"] + orders["refused"]
    assert orders["played"] < orders["wanted"]
    assert outcome["laws"]["findings"] == []


def test_no_person_and_no_code_of_the_shop_is_in_the_copy(
    rehearsed: Callable[..., dict[str, Any]], world: Blueprint
) -> None:
    real = {bytes(one) for one in Code.everywhere.values_list("fingerprint", flat=True)}
    seen: list[int] = []

    def look(_beside: Any) -> None:
        made_up = {bytes(one) for one in Code.everywhere.values_list("fingerprint", flat=True)}
        assert not made_up & real
        seen.append(len(made_up))

    rehearsed(evening(world), look)
    assert seen == [20]
    assert REAL_CODE not in str(world.to_json())
    assert "lamp.example" not in str(world.to_json())
    assert not Order.everywhere.exists()


def test_the_day_is_the_shops_own(world: Blueprint) -> None:
    """Midnight is where the shop is, so that its weekly hours fall where they do."""
    midnight = datetime.combine(ON, time.min, UTC) - timedelta(hours=8)
    assert player.midnight_of(rules.read_day(evening(world)), world) == midnight


def test_what_is_bought_from_suppliers_keeps_the_dates_of_buying(world: Blueprint) -> None:
    now = clock.now()
    promises.publish_rule(shop_id=world.shop_id, node="supplying", seconds=777, now=now)
    with scope(world.shop_id):
        _sell(world.shop_id, "topup", "coins", recipe={"via": "supplier"})
    plan = blueprint.read(world.shop_id, now=clock.now())
    (coins,) = [one for one in plan.sold.values() if one.name.startswith("Coins")]
    assert coins.crew == "supplier"
    (own,) = [
        row["fields"]
        for row in plan.rows
        if row["model"] == "promises.promiserule" and row["fields"]["product_id"]
    ]
    assert (own["node"], own["seconds"]) == ("handling", 777)


def until(holds: Callable[[], bool]) -> None:
    ends_at = monotonic() + WAIT_S_MAX
    while not holds():
        assert monotonic() < ends_at, "not within its time"
        sleep(0.1)


def asked(world: Blueprint) -> Rehearsal:
    return rehearsals.ask(shop_id=world.shop_id, day=evening(world), actor=ACTOR, now=clock.now())


def again(row: Rehearsal) -> Rehearsal:
    found: Rehearsal = Rehearsal.everywhere.get(pk=row.pk)
    return found


@pytest.fixture
def stage(process_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The worker's part, whose processes work on this test's database."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DAODA_DATA"):
        monkeypatch.setenv(name, process_env[name])
    made = Stage()
    yield made
    if made.playing is not None and made.playing.process.poll() is None:
        made.playing.process.kill()
        made.playing.process.wait()


@pytest.mark.slow
def test_the_worker_has_it_played_and_keeps_the_outcome(world: Blueprint, stage: Stage) -> None:
    row = asked(world)

    def ended() -> bool:
        stage.look(clock.now())
        return again(row).state in ("done", "failed")

    until(ended)
    done = again(row)
    assert (done.state, done.reason) == ("done", "")
    assert done.outcome["laws"]["findings"] == []
    assert done.done == done.whole > 0
    assert not Order.everywhere.exists()


@pytest.mark.slow
def test_killed_while_it_plays_it_ends_with_a_reason(world: Blueprint, stage: Stage) -> None:
    row = asked(world)
    stage.look(clock.now())
    until(lambda: again(row).step != "")
    assert stage.playing is not None
    os.kill(stage.playing.process.pid, signal.SIGKILL)
    stage.playing.process.wait()
    running = again(row)
    assert running.state == "running"
    assert running.promised_at is not None
    until(lambda: bool(stage.look(clock.now())))
    assert (again(row).state, again(row).reason) == ("failed", "killed")


@pytest.mark.slow
def test_killed_with_its_worker_the_sweep_ends_it(world: Blueprint, stage: Stage) -> None:
    row = asked(world)
    stage.look(clock.now())
    until(lambda: again(row).step != "")
    assert stage.playing is not None
    os.kill(stage.playing.process.pid, signal.SIGKILL)
    stage.playing.process.wait()
    heard_at = again(row).heard_at
    assert heard_at is not None
    assert rehearsals.pass_dates(now=heard_at) == 0
    soon = heard_at + rehearsals.SILENT_MAX + timedelta(seconds=1)
    assert rehearsals.pass_dates(now=soon) == 1
    assert (again(row).state, again(row).reason) == ("failed", "silent")


@pytest.mark.slow
def test_stopped_with_its_worker_it_says_so(world: Blueprint, stage: Stage) -> None:
    row = asked(world)
    stage.look(clock.now())
    until(lambda: again(row).step != "")
    assert stage.playing is not None
    stage.playing.process.terminate()
    stage.playing.process.wait()
    assert (again(row).state, again(row).reason) == ("failed", "stopped")


def test_nothing_of_a_run_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder nobody holds any more goes when the next day is played."""
    from daoda.proving.simulation import copying

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{copying.PREFIX}left"
    left.mkdir()
    os.utime(left, (0, 0))
    with copying.folder() as made:
        assert made.is_dir()
        assert not left.exists()
    assert list(tmp_path.iterdir()) == []
