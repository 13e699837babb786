"""Quarantine, void, rotation of keys."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from daoda.kit import crypto, rotation
from daoda.records.promises import queries as promises
from daoda.records.shops.models import scope
from daoda.trade.catalog.models import Variant
from daoda.trade.stock import actions as stock
from daoda.trade.stock import queries
from daoda.trade.stock.models import Code, Quarantine
from daoda.trade.stock.tests.world import ME, buy, facts, level, places, put

pytestmark = pytest.mark.django_db


def test_a_code_in_quarantine_is_for_nobody_and_has_an_owner_and_a_date(
    variant: Variant, now: datetime
) -> None:
    ids = put(variant, ["a", "b"], now)
    (row,) = stock.quarantine(code_ids=ids[:1], reason="reported dead", actor=ME, now=now)
    assert (row.node, row.owner) == ("inspection", "department:operations")
    assert row.promised_at
    assert row.promised_at > now
    assert (level(variant), places(variant)) == ((1, 0), {"quarantine": 1, "shelf": 1})
    assert stock.quarantine(code_ids=ids[:1], reason="again", actor=ME, now=now) == []
    with scope(variant.shop_id):
        assert list(queries.inspections()) == [row]
    _, codes = buy(variant, 1, now)
    assert list(codes) == ids[1:]


def test_an_inspected_code_goes_back_to_the_shelf(variant: Variant, now: datetime) -> None:
    ids = put(variant, ["a"], now)
    (row,) = stock.quarantine(code_ids=ids, reason="odd", actor=ME, now=now)
    assert stock.end_quarantine(quarantine_id=row.id, verdict="returned", actor=ME, now=now)
    assert not stock.end_quarantine(quarantine_id=row.id, verdict="voided", actor=ME, now=now)
    assert (level(variant), places(variant)) == ((1, 0), {"shelf": 1})
    assert [promise.how for promise in promises.story(row.id)] == ["kept"]
    _, codes = buy(variant, 1, now)
    assert list(codes) == ids


def test_a_taken_code_nobody_saw_goes_back_as_a_new_row(variant: Variant, now: datetime) -> None:
    put(variant, ["a"], now)
    _, codes = buy(variant, 1, now)
    (row,) = stock.quarantine(code_ids=codes, reason="late delivery", actor=ME, now=now)
    assert level(variant) == (0, 0)
    assert stock.end_quarantine(quarantine_id=row.id, verdict="returned", actor=ME, now=now)
    assert (level(variant), places(variant)) == ((1, 0), {"returned": 1, "shelf": 1})


def test_a_seen_code_can_only_be_voided(variant: Variant, now: datetime) -> None:
    put(variant, ["a"], now)
    _, codes = buy(variant, 1, now)
    stock.reveal(code_id=codes[0], actor="buyer", now=now)
    (row,) = stock.quarantine(code_ids=codes, reason="reported dead", actor=ME, now=now)
    with pytest.raises(ValueError, match="seen"):
        stock.end_quarantine(quarantine_id=row.id, verdict="returned", actor=ME, now=now)
    assert stock.end_quarantine(quarantine_id=row.id, verdict="voided", actor=ME, now=now)
    assert places(variant) == {"void": 1}
    assert Quarantine.everywhere.get(pk=row.pk).ended_at == now


def test_a_late_inspection_gets_the_next_date_and_it_is_told(
    variant: Variant, now: datetime
) -> None:
    ids = put(variant, ["a"], now)
    (row,) = stock.quarantine(code_ids=ids, reason="odd", actor=ME, now=now)
    later = now + timedelta(days=3)
    assert stock.pass_inspection_dates(now=now) == 0
    assert stock.pass_inspection_dates(now=later) == 1
    assert stock.pass_inspection_dates(now=later) == 0
    again = Quarantine.everywhere.get(pk=row.pk)
    assert again.promised_at > later
    assert facts("quarantine.late")
    assert [promise.how for promise in promises.story(row.id)] == ["broken", None]


def test_void_codes_leave_what_can_be_sold(variant: Variant, now: datetime) -> None:
    ids = put(variant, ["a", "b", "c"], now)
    assert stock.void(code_ids=ids[:2], reason="recalled", actor=ME, now=now) == 2
    assert stock.void(code_ids=ids[:2], reason="recalled", actor=ME, now=now) == 0
    assert (level(variant), places(variant)) == ((1, 0), {"shelf": 1, "void": 2})
    assert len(facts("code.voided")) == 2


def test_a_new_key_reaches_every_code_and_all_can_still_be_read(
    variant: Variant, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = tmp_path / "keys.json"
    crypto.ensure_keyring(ring)
    monkeypatch.setenv("DAODA_KEYS", str(ring))
    _forget_keys()
    try:
        put(variant, [f"c{n}" for n in range(7)], now)
        assert crypto.add_sealing_key(ring) == "k2"
        after: uuid.UUID | None = uuid.UUID(int=0)
        while after:
            after = stock.rotate(after=after, limit_rows=3)
        assert set(Code.everywhere.values_list("key_id", flat=True)) == {"k2"}
        _, codes = buy(variant, 7, now)
        shown = stock.reveal_many(code_ids=list(codes), actor=ME, now=now)
        assert sorted(shown.values()) == [f"c{n}" for n in range(7)]
    finally:
        monkeypatch.undo()
        _forget_keys()


def _forget_keys() -> None:
    crypto.keyring.cache_clear()
    crypto._cipher.cache_clear()


def test_the_rotation_walks_once_and_again_a_day_later(variant: Variant, now: datetime) -> None:
    put(variant, ["a"], now)
    walker = rotation.KeyRotation(stock.rotate)
    assert [walker.run_once(now) for _ in range(3)] == [1, 0, 0]
    assert walker.run_once(now + rotation.AGAIN) == 1
