"""Imports: checked, reported, decided, brought in whole or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from daoda.kit import crypto
from daoda.records.promises import queries as promises
from daoda.records.shops.models import Shop, scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Variant
from daoda.trade.stock import actions as stock
from daoda.trade.stock import queries, rules
from daoda.trade.stock.actions import importing
from daoda.trade.stock.models import Code, Import, ImportContent, StagedCode
from daoda.trade.stock.tests.world import (
    ME,
    again,
    facts,
    finish,
    level,
    offer,
    open_shop,
    places,
    put,
    send,
)

pytestmark = pytest.mark.django_db


def ends(row: Import) -> list[str | None]:
    """How the promises made for an import ended, oldest first."""
    return [promise.how for promise in promises.story(row.id)]


def test_good_lines_come_on_the_shelf_and_are_counted(variant: Variant, now: datetime) -> None:
    row = finish(send(variant, "C1----s1\nC2----s2\n", now), now)
    assert (row.state, row.imported, row.lines_done, row.lines_total) == ("imported", 2, 2, 2)
    assert level(variant) == (2, 0)
    assert places(variant) == {"shelf": 2}
    assert [fact.data["codes"] for fact in facts("stock.imported")] == [2]
    assert ends(row) == ["kept"]


def test_nothing_stands_on_the_shelf_before_everything_does(
    variant: Variant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "STRETCH_LINES", 2)
    row = send(variant, "a\nb\nc\nd\ne", now)
    seen = []
    while stock.work_on_import(now=now, import_id=row.id):
        at = again(row)
        seen.append((at.state, at.lines_done, Code.everywhere.count()))
    assert seen == [
        ("checking", 2, 0),
        ("checking", 4, 0),
        ("importing", 5, 0),
        ("imported", 5, 5),
    ]


def test_codes_keep_the_order_of_their_lines(variant: Variant, now: datetime) -> None:
    ids = put(variant, ["x", "y", "z"], now)
    assert stock.reserve(variant_id=variant.id, quantity=3)
    want = stock.Need(variant.id, variant.id, 3)
    assert stock.take(needs=[want], now=now)[want.order_id] == ids
    assert [stock.reveal(code_id=code_id, actor=ME, now=now) for code_id in ids] == ["x", "y", "z"]


def test_bad_lines_and_doubles_are_reported_by_line(variant: Variant, now: datetime) -> None:
    put(variant, ["old"], now)
    row = finish(send(variant, "new\nold\n\nnew\nbad\x01", now), now)
    assert row.state == "imported"
    assert row.imported == 1
    assert row.report["lines"] == [
        [2, "in_stock", 0],
        [4, "twice", 1],
        [5, "control_character", 0],
    ]
    assert row.report["counts"] == {"in_stock": 1, "twice": 1, "control_character": 1}
    assert (row.bad_lines, row.report["good"]) == (3, 1)
    assert level(variant) == (2, 0)


def test_all_or_nothing_brings_nothing_when_one_line_is_bad(
    variant: Variant, now: datetime
) -> None:
    row = finish(send(variant, "a\nb\na", now, mode="all_or_nothing"), now)
    assert (row.state, row.refusal, row.imported) == ("refused", "bad_lines", 0)
    assert Code.everywhere.count() == 0
    assert row.report["lines"] == [[3, "twice", 1]]


def test_with_bad_lines_the_sender_is_asked_by_a_date(variant: Variant, now: datetime) -> None:
    row = finish(send(variant, "a\nb\na", now, mode="ask"), now)
    assert (row.state, row.node, row.owner) == ("ready", "decision", ME)
    assert row.promised_at
    assert row.promised_at > now
    assert Code.everywhere.count() == 0
    assert stock.confirm_import(import_id=row.id, actor=ME, now=now)
    assert not stock.confirm_import(import_id=row.id, actor=ME, now=now)
    assert finish(row, now).imported == 2
    assert ends(row) == ["kept", "kept", "kept"]


def test_without_bad_lines_nobody_is_asked(variant: Variant, now: datetime) -> None:
    assert finish(send(variant, "a\nb", now, mode="ask"), now).state == "imported"


def test_an_import_can_be_abandoned_until_it_is_decided(variant: Variant, now: datetime) -> None:
    row = finish(send(variant, "a\na", now, mode="ask"), now)
    assert stock.abandon_import(import_id=row.id, actor=ME, now=now)
    assert not stock.abandon_import(import_id=row.id, actor=ME, now=now)
    assert again(row).refusal == "abandoned"
    assert not stock.confirm_import(import_id=row.id, actor=ME, now=now)


def test_what_nobody_decided_about_is_dropped_at_its_date(variant: Variant, now: datetime) -> None:
    row = finish(send(variant, "a\na", now, mode="ask"), now)
    later = now + timedelta(days=2)
    assert stock.pass_import_dates(now=now) == 0
    assert stock.pass_import_dates(now=later) == 1
    assert stock.pass_import_dates(now=later) == 0
    row = again(row)
    assert (row.state, row.refusal) == ("refused", "not_decided")
    assert ends(row) == ["kept", "broken"]


def test_an_import_the_machine_is_late_with_goes_to_technical_and_on(
    variant: Variant, now: datetime
) -> None:
    row = send(variant, "a", now)
    later = now + timedelta(hours=1)
    assert stock.pass_import_dates(now=later) == 1
    late = again(row)
    assert (late.state, late.owner) == ("received", "department:technical")
    assert late.promised_at
    assert late.promised_at > later
    assert facts("import.late")
    assert finish(row, later).state == "imported"
    assert ends(row) == ["broken", "kept"]


@pytest.mark.parametrize("mode", ["skip_bad", "all_or_nothing", "ask"])
def test_a_list_without_one_good_line_is_refused(
    variant: Variant, now: datetime, mode: str
) -> None:
    row = finish(send(variant, "secret,note\n\x01,x\n", now, mode=mode), now)
    assert (row.state, row.refusal) == ("refused", "no_good_lines")


def test_a_list_that_cannot_be_read_says_why(variant: Variant, now: datetime) -> None:
    row = finish(send(variant, "a,b", now, layout=stock.Layout("csv")), now)
    assert (row.state, row.refusal) == ("refused", "no_secret_column")
    assert ends(row) == ["kept"]


@pytest.mark.parametrize("mode", ["skip_bad", "all_or_nothing"])
def test_what_was_uploaded_is_deleted_when_it_ends(
    variant: Variant, now: datetime, mode: str
) -> None:
    row = send(variant, "planted-secret\nplanted-secret", now, mode=mode)
    kept = ImportContent.everywhere.get(of_import=row)
    assert b"planted" not in bytes(kept.ciphertext)
    finish(row, now)
    assert not ImportContent.everywhere.exists()
    assert not StagedCode.everywhere.exists()


def test_the_same_list_sent_again_is_the_same_import(variant: Variant, now: datetime) -> None:
    first = finish(send(variant, "a\nb", now), now)
    assert send(variant, "a\nb", now).id == first.id
    assert send(variant, "a\nb\nc", now).id != first.id
    assert Import.everywhere.count() == 2


def test_a_key_answers_for_one_list_only(variant: Variant, now: datetime) -> None:
    first = send(variant, "a", now, key="form-1")
    assert send(variant, "a", now, key="form-1").id == first.id
    assert send(variant, "a", now, key="form-2").id != first.id
    with pytest.raises(stock.ImportKeyReused):
        send(variant, "b", now, key="form-1")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"content": b" \n "}, "empty"),
        ({"content": b"x" * (rules.IMPORT_BYTES_MAX + 1)}, "too_big"),
        ({"mode": "half"}, "mode"),
        ({"key": "x" * 81}, "key"),
        ({"key": "a\x00"}, "key"),
    ],
)
def test_what_cannot_be_begun_is_refused_at_once(
    variant: Variant, now: datetime, wrong: dict[str, bytes], code: str
) -> None:
    sound = {"content": b"a", "mode": "ask", "key": ""}
    with pytest.raises(stock.ImportRefused, match=code):
        stock.begin_import(
            shop_id=variant.shop_id,
            variant_id=variant.id,
            layout=stock.Layout(),
            actor=ME,
            now=now,
            **(sound | wrong),  # type: ignore[arg-type]  # one of them is wrong on purpose
        )


def test_codes_are_imported_for_variants_of_codes_of_this_shop_only(
    variant: Variant, now: datetime
) -> None:
    other = open_shop(now, "other")
    by_hand = catalog.create_product(
        shop_id=variant.shop_id, kind="manual", slug="hand", title="代办", actor=ME, now=now
    )
    handmade = catalog.create_variant(
        product_id=by_hand.id, title="x", price_fen=1, actor=ME, now=now
    )
    for shop_id, variant_id in ((other.id, variant.id), (variant.shop_id, handmade.id)):
        with pytest.raises(stock.ImportRefused, match="variant"):
            stock.begin_import(
                shop_id=shop_id,
                variant_id=variant_id,
                content=b"a",
                layout=stock.Layout(),
                mode="ask",
                actor=ME,
                now=now,
            )


def test_the_same_code_in_two_shops_is_two_codes(variant: Variant, now: datetime) -> None:
    elsewhere = offer(open_shop(now, "other"), now)
    put(variant, ["same"], now)
    put(elsewhere, ["same"], now)
    prints = Code.everywhere.values_list("fingerprint", flat=True)
    assert len({bytes(one) for one in prints}) == 2


def test_the_expiry_column_is_kept(variant: Variant, now: datetime) -> None:
    finish(send(variant, "secret,expires\na,2099-12-31\nb,2001-01-01\n", now), now)
    (code,) = Code.everywhere.all()
    assert str(code.expires_on) == "2099-12-31"


def test_an_import_that_never_gets_on_is_refused(
    variant: Variant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("planted")

    row = send(variant, "a", now)
    with monkeypatch.context() as patch:
        patch.setattr(importing, "seal_code", broken)
        for _ in range(importing.TRIES_MAX):
            with pytest.raises(RuntimeError):
                stock.work_on_import(now=now)
            assert stock.work_on_import(now=now) == 0  # leased
            now += importing.LEASE
    stock.work_on_import(now=now)
    assert again(row).refusal == "failed"


def test_a_crash_between_two_stretches_goes_on_where_it_was(
    variant: Variant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "STRETCH_LINES", 2)
    row = send(variant, "a\nb\nc\nd", now)
    stock.work_on_import(now=now)
    importing._last_read.forget()  # another process
    with monkeypatch.context() as patch:
        patch.setattr(importing, "fingerprint", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            stock.work_on_import(now=now)
    assert again(row).staged == 2
    row = finish(row, now + importing.LEASE)
    assert (row.imported, level(variant)) == (4, (4, 0))


def test_a_crash_while_bringing_in_brings_nothing_and_then_everything_once(
    variant: Variant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = send(variant, "a\nb", now)
    stock.work_on_import(now=now)
    with monkeypatch.context() as patch:
        patch.setattr(importing, "shift_levels", lambda shifts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            stock.work_on_import(now=now)
    assert Code.everywhere.count() == 0
    finish(row, now + importing.LEASE)
    assert (Code.everywhere.count(), level(variant)) == (2, (2, 0))
    assert stock.work_on_import(now=now + 2 * importing.LEASE) == 0


def test_a_code_brought_in_by_another_import_meanwhile_is_reported(
    variant: Variant, now: datetime
) -> None:
    slow = send(variant, "a\nb", now)
    strict = send(variant, "a\nc", now, mode="all_or_nothing")
    for row in (slow, strict):
        stock.work_on_import(now=now, import_id=row.id)
        assert again(row).state == "importing"
    put(variant, ["a"], now)
    slow, strict = finish(slow, now), finish(strict, now)
    assert (slow.state, slow.imported) == ("imported", 1)
    assert slow.report["lines"] == [[1, "in_stock", 0]]
    assert (strict.state, strict.refusal) == ("refused", "bad_lines")
    assert level(variant) == (2, 0)


def test_codes_lie_sealed_and_bound_to_their_rows(variant: Variant, now: datetime) -> None:
    first, second = put(variant, ["planted-1", "planted-2"], now)
    rows = {row.id: row for row in Code.everywhere.all()}
    assert all(b"planted" not in bytes(row.ciphertext) for row in rows.values())
    stock.quarantine(code_ids=[first, second], reason="test", actor=ME, now=now)
    Code.everywhere.filter(pk=first).update(ciphertext=rows[second].ciphertext)
    with pytest.raises(crypto.CannotUnseal):
        stock.reveal(code_id=first, actor=ME, now=now)


def test_an_import_is_seen_in_its_own_shop_only(
    shop: Shop, variant: Variant, now: datetime
) -> None:
    row = send(variant, "a", now)
    with scope(shop.id):
        assert queries.one_import(row.id) == row
        assert queries.imports() == [row]
        assert list(queries.open_imports()) == [row]
    with scope(open_shop(now, "other").id):
        assert queries.one_import(row.id) is None
        assert queries.imports() == []
