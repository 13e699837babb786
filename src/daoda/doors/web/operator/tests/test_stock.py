"""Stock at the desk: a list is checked before anything of it stands on a shelf."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from daoda.doors.web.operator.tests.world import World, at, facts
from daoda.trade.stock import actions as stock
from daoda.trade.stock.models import Code, Import, Level

ENGLISH = {"Accept-Language": "en"}


def send(browser: Client, world: World, **more: Any) -> Any:
    typed = {"variant": str(world.codes.pk), "mode": "ask", "text": "", "key": "k1", **more}
    return browser.post(at("new_import"), typed)


def work(world: World) -> None:
    while stock.work_on_import(now=world.now):
        pass


def newest() -> Import:
    found: Import = Import.everywhere.order_by("-id")[:1].get()
    return found


def test_a_good_list_is_on_the_shelf(operator: Client, world: World) -> None:
    answer = send(operator, world, text="N-1\r\nN-2\r\n")
    row = newest()
    assert answer.headers["Location"] == at("import", row.pk)
    page = operator.get(at("import", row.pk)).content.decode()
    assert 'hx-trigger="load' in page  # it asks again until it has ended
    work(world)
    page = operator.get(at("import", row.pk)).content.decode()
    assert 'hx-trigger="load' not in page
    assert Level.everywhere.get(variant=world.codes).available == 12


def test_bad_lines_wait_for_a_decision_and_are_told_by_number(
    operator: Client, world: World
) -> None:
    send(operator, world, text="N-1\nCODE-0001\nN-1\nN-2")
    work(world)
    row = newest()
    page = operator.get(at("import", row.pk), headers=ENGLISH).content.decode()
    assert row.state == "ready"
    for told in ("Import the 2 good lines", "is in stock already", "first in line 1"):
        assert told in page, told
    assert "N-2" not in page  # no line is ever shown
    assert operator.post(at("confirmation", row.pk)).status_code == 302
    work(world)
    assert newest().imported == 2
    assert operator.post(at("confirmation", row.pk)).status_code == 302  # it has moved on


def test_nothing_is_imported_where_somebody_says_so(operator: Client, world: World) -> None:
    send(operator, world, text="N-1\nN-1")
    work(world)
    row = newest()
    assert operator.post(at("abandonment", row.pk)).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.refusal) == ("refused", "abandoned")
    assert Level.everywhere.get(variant=world.codes).available == 10


def test_a_file_is_taken_as_well_and_its_name_kept(operator: Client, world: World) -> None:
    file = SimpleUploadedFile("november.csv", "卡密,有效期\nN-1,2030-01-01\n".encode("gb18030"))
    send(operator, world, file=file)
    work(world)
    row = newest()
    assert (row.state, row.source, row.imported) == ("imported", "november.csv", 1)
    assert Code.everywhere.get(import_id=row.pk).expires_on is not None


def test_the_same_page_sent_twice_is_one_import(operator: Client, world: World) -> None:
    first = send(operator, world, text="N-1")
    second = send(operator, world, text="N-1")
    third = send(operator, world, text="N-1", key="k2")
    assert first.headers["Location"] == second.headers["Location"] != third.headers["Location"]


def test_what_cannot_be_imported_is_said_beside_its_field(operator: Client, world: World) -> None:
    file = SimpleUploadedFile("a.txt", b"X")
    for more in (
        {"text": " \n "},
        {"text": "N-1", "variant": str(world.plan.pk)},
        {"text": "N-1", "variant": "none"},
        {"text": "N-1", "file": file},
        {"file": SimpleUploadedFile("empty.txt", b"")},
        {"text": "N-1", "mode": "maybe"},
        {"text": "N-1", "kind": "split"},
        {"text": "N-1", "kind": "other"},
    ):
        answer = send(operator, world, **more)
        assert answer.status_code == 422, more
        assert "field-wrong" in answer.content.decode(), more
    assert Import.everywhere.count() == 1


def test_the_warning_is_set_by_number(operator: Client, world: World) -> None:
    href = at("threshold", world.codes.pk)
    assert operator.post(href, {"low_threshold": "-1"}).status_code == 422
    assert operator.post(href, {"low_threshold": "12"}).status_code == 302
    assert Level.everywhere.get(variant=world.codes).low_threshold == 12
    assert "stock.threshold_set" in facts(world.codes.pk)
    page = operator.get(at("today"), headers=ENGLISH).content.decode()
    assert at("stock_of", world.codes.pk) in page  # and ten are few now


def test_a_quarantined_code_is_judged(operator: Client, world: World) -> None:
    code_id = Code.everywhere.values_list("pk", flat=True)[:1].get()
    (row,) = stock.quarantine(code_ids=[code_id], reason="odd", actor="machine:t", now=world.now)
    assert at("verdict", row.pk) in operator.get(at("stock")).content.decode()
    assert operator.post(at("verdict", row.pk), {"verdict": "eaten"}).status_code == 302
    assert Code.everywhere.get(pk=code_id).place == "quarantine"
    assert operator.post(at("verdict", row.pk), {"verdict": "voided"}).status_code == 302
    assert Code.everywhere.get(pk=code_id).place == "void"
