from __future__ import annotations

from urllib.parse import urlencode

from daoda.doors.api.tests.world import Program, token, work_on
from daoda.records.shops.models import Shop
from daoda.trade.catalog.models import Variant
from daoda.trade.stock import queries as stock
from daoda.trade.stock.models import Import
from daoda.trade.stock.rules import IMPORT_BYTES_MAX

LIST = b"AAAA-1\nAAAA-2\nAAAA-2\n"


def query(variant: Variant, **more: str) -> str:
    return urlencode({"variant_id": variant.pk.hex, **more})


def test_a_list_is_taken_in_and_followed_to_the_shelf(till: Program, card: Variant) -> None:
    begun = till.send_list(query(card, mode="skip_bad"), LIST, once="import-0001")
    assert (begun.status_code, begun.json()["state"]) == (202, "received")
    assert begun.json()["promise"]["due_at"]
    row = Import.everywhere.get(pk=begun.json()["id"])
    work_on(row.pk)
    done = till.get(begun.headers["Location"].removeprefix("/api/v1")).json()
    assert (done["state"], done["imported"], done["bad_lines"]) == ("imported", 2, 1)
    assert done["bad"] == [{"line": 3, "code": "twice", "other_line": 2}]
    assert done["promise"] is None
    assert stock.available([card.pk])[card.pk] == 7


def test_the_same_list_again_is_the_same_import(till: Program, card: Variant) -> None:
    first = till.send_list(query(card), LIST, once="import-0001").json()
    assert till.send_list(query(card), LIST, once="import-0001").json()["id"] == first["id"]
    other = till.send_list(query(card), LIST + b"AAAA-3\n", once="import-0001")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def test_two_programs_may_use_the_same_idempotency_key(
    lamp: Shop, till: Program, card: Variant
) -> None:
    first = till.send_list(query(card), LIST, once="import-0001").json()
    other = Program(lamp, token(lamp)).send_list(query(card), LIST, once="import-0001").json()
    assert first["id"] != other["id"]


def test_an_empty_list_is_refused(till: Program, card: Variant) -> None:
    answer = till.send_list(query(card), b" \n\n", once="import-0001")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "empty")


def test_a_list_too_large_is_refused_unread(till: Program, card: Variant) -> None:
    answer = till.send_list(query(card), b"x" * (IMPORT_BYTES_MAX + 1), once="import-0001")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_list_of_another_kind_is_refused(till: Program, card: Variant) -> None:
    answer = till.send_list(query(card), b"{}", once="import-0001", kind="application/json")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_what_is_not_sold_from_stock_takes_no_list(till: Program, topup: Variant) -> None:
    answer = till.send_list(query(topup), LIST, once="import-0001")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_another_shops_variant_and_import_are_not_there(
    till: Program, card: Variant, pine: Shop
) -> None:
    other = Program(pine, token(pine))
    assert other.send_list(query(card), LIST, once="import-0001").status_code == 404
    begun = till.send_list(query(card), LIST, once="import-0001").json()
    assert other.get(f"/stock/imports/{begun['id']}").status_code == 404


def test_no_code_comes_back(till: Program, card: Variant) -> None:
    begun = till.send_list(query(card, mode="skip_bad"), LIST, once="import-0001")
    work_on(Import.everywhere.get(pk=begun.json()["id"]).pk)
    done = till.get(f"/stock/imports/{begun.json()['id']}")
    assert b"AAAA" not in begun.content + done.content
