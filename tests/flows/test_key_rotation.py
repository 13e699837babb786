"""A new key reaches everything that is kept sealed, and all of it can still be read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps

from daoda.config import worker
from daoda.delivery.fulfilment import queries as deliveries
from daoda.delivery.fulfilment.actions import noticing
from daoda.kit import crypto, rotation, sql
from daoda.records.accounts import actions as accounts
from daoda.records.accounts.roles import Role
from daoda.records.persons import actions as persons
from daoda.records.persons import queries as people
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Channel
from daoda.trade.stock import actions as stock
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters.base import Notice
from tests.flows import supplied
from tests.flows.world import OPERATOR

DELIVERY = sql.load("daoda.delivery.fulfilment")
# Gone within days, and older keys stay on the ring for years.
SHORT_LIVED = {"api_keptanswer", "stock_importcontent", "stock_stagedcode"}
SEALED = {
    "stock_code",
    "persons_person",
    "accounts_secondfactor",
    "payments_channel",
    "payments_notice",
    "suppliers_supplier",
    "fulfilment_suppliernotice",
}


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "keys.json"
    crypto.ensure_keyring(path)
    monkeypatch.setenv("DAODA_KEYS", str(path))
    # The loops are the process's: another story may have ended their walk of the day.
    monkeypatch.setattr(rotation, "AGAIN", timedelta(days=-1))
    _forget()
    yield path
    monkeypatch.undo()
    _forget()


def test_every_package_seals_anew_what_it_keeps(ring, world):
    world.stock_up("AAAA-1111", "BBBB-2222")
    order = world.buy()
    _told_by_a_supplier(world)
    wei = accounts.invite(
        shop_id=world.shop.pk,
        login="wei",
        name="Wei",
        role=Role.OPERATOR,
        actor=OPERATOR,
        now=world.now,
    ).staff
    enrolment = accounts.begin_enrolment(staff=wei, issuer="Lamp", now=world.now)
    assert _keys() == {table: {"k1"} for table in SEALED}

    assert crypto.add_sealing_key(ring) == "k2"
    _rotate(world)
    assert _keys() == {table: {"k2"} for table in SEALED}

    code_ids = deliveries.codes_of(order.pk)
    shown = stock.reveal_many(code_ids=code_ids, actor=OPERATOR, now=world.now)
    assert list(shown.values()) == ["AAAA-1111"]
    assert people.get(order.person_id, "contact") == "lilei@example.cn"
    assert accounts.begin_enrolment(staff=wei, issuer="Lamp", now=world.now) == enrolment
    assert payments.settings_shown(Channel.everywhere.get())["merchant"] == "m-1"


def test_what_is_erased_or_cannot_be_opened_holds_nobody_up(ring, world):
    world.stock_up("AAAA-1111")
    erased = world.place(contact="gone@example.cn").person_id
    persons.erase(person_id=erased, actor=OPERATOR, now=world.now)
    Channel.everywhere.filter(pk=world.channel.pk).update(config=b"damaged")
    world.another_channel("two")
    crypto.add_sealing_key(ring)
    _rotate(world)
    assert {one.code: one.key_id for one in Channel.everywhere.all()} == {
        "sandbox": "k1",
        "two": "k2",
    }


def _told_by_a_supplier(world):
    """A supplier with keys, and a notice of it, kept as it came."""
    _, supplier = supplied.unspoken(world)
    prepared = noticing.prepare(
        shop_id=world.shop.pk, supplier_id=supplier.pk, adapter=suppliers.adapter_of(supplier),
        notice=Notice("POST", {}, "", b"{}"), now=world.now,
    )  # fmt: skip
    sql.count(DELIVERY.store_supplier_notices, noticing.columns([prepared], world.now))


def _rotate(world):
    """Let the worker walk over everything once."""
    for loop in worker.loops():
        if "rotat" in loop.name:
            while loop.run_once(world.now):
                pass


def _keys() -> dict[str, set[str]]:
    """Under which keys the rows of every table that says so are sealed."""
    models = [
        model
        for model in apps.get_models()
        if any(field.name == "key_id" for field in model._meta.fields)
    ]
    return {
        model._meta.db_table: set(model._base_manager.values_list("key_id", flat=True))
        for model in models
        if model._meta.db_table not in SHORT_LIVED
    }


def _forget():
    crypto.keyring.cache_clear()
    crypto._cipher.cache_clear()
