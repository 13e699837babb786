"""Answers that survive: twins at the same moment, a crash between act and answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from daoda.doors.api import actions
from daoda.doors.api.models import KeptAnswer
from daoda.doors.api.tests.world import Program, opened, stocked, token, wanted
from daoda.kit import clock
from daoda.records.accounts.models import ApiKey
from daoda.records.shops.models import Shop, scope
from daoda.trade.orders.models import Order

pytestmark = pytest.mark.committed


@pytest.fixture
def shop() -> Iterator[Shop]:
    yield from opened("lamp")


@pytest.fixture
def key(shop: Shop) -> ApiKey:
    token(shop)
    found: ApiKey = ApiKey.everywhere.get()
    return found


def do_once(key: ApiKey, act: Any, *, asked: bytes = b"asked") -> actions.Answer:
    return actions.once(
        key=key,
        idempotency_key="once-0001",
        request_hash=asked.ljust(32),
        act=act,
        now=clock.now(),
    )


def test_ten_twins_at_the_same_moment_place_one_order(shop: Shop) -> None:
    variant, shown = stocked(shop, codes=5), token(shop)
    together = threading.Barrier(10)

    def place(_: int) -> Any:
        try:
            together.wait()
            return Program(shop, shown).post("/orders", wanted(variant), once="order-0001")
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(place, range(10)))
    assert Order.everywhere.count() == 1
    placed = {answer.content for answer in answers if answer.status_code == 201}
    assert len(placed) == 1
    others = [answer for answer in answers if answer.status_code != 201]
    assert all(answer.json()["code"] == "in_flight" for answer in others)


def test_a_twin_of_something_slow_is_told_when_to_come_back(key: ApiKey) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> actions.Answer:
        begun.set()
        assert go_on.wait(20)
        return actions.Answer(201, b"first")

    def first() -> actions.Answer:
        try:
            with scope(key.shop_id):
                return do_once(key, slowly)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(first)
        assert begun.wait(20)
        with pytest.raises(actions.InFlight):
            do_once(key, lambda: actions.Answer(201, b"second"))
        go_on.set()
        assert answer.result(20).body == b"first"
    again = do_once(key, lambda: actions.Answer(201, b"second"))
    assert (again.body, again.repeated) == (b"first", True)


def test_an_act_that_fails_leaves_neither_deed_nor_answer(shop: Shop, key: ApiKey) -> None:
    def fail() -> actions.Answer:
        Shop.objects.filter(pk=shop.pk).update(name="changed")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do_once(key, fail)
    shop.refresh_from_db()
    assert shop.name == "Lamp"
    assert not KeptAnswer.everywhere.exists()
    assert do_once(key, lambda: actions.Answer(201, b"second try")).body == b"second try"


def test_another_request_under_the_same_key_is_refused(key: ApiKey) -> None:
    do_once(key, lambda: actions.Answer(201, b"first"))
    with pytest.raises(actions.KeyReused):
        do_once(key, lambda: actions.Answer(201, b"second"), asked=b"other")


def test_what_is_kept_is_sealed(key: ApiKey) -> None:
    do_once(key, lambda: actions.Answer(201, b"a link that opens an order"))
    assert b"link" not in bytes(KeptAnswer.everywhere.get().sealed_body)


def test_answers_are_forgotten_after_a_week(key: ApiKey) -> None:
    do_once(key, lambda: actions.Answer(201, b"first"))
    now = clock.now()
    assert actions.sweep_answers(now=now + actions.KEPT_FOR - timedelta(minutes=1)) == 0
    assert actions.sweep_answers(now=now + actions.KEPT_FOR) == 1
