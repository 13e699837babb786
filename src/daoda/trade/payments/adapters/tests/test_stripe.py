"""Stripe as its documents and its own library show it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from daoda.kit.configs import ConfigProblem
from daoda.kit.http import Answer, NoAnswer
from daoda.trade.payments.adapters import stripe, stripe_signing
from daoda.trade.payments.adapters.base import (
    CannotStart,
    NotOffered,
    PayPage,
    Reading,
    RefundAsk,
    RefundReading,
    Start,
    Trouble,
)
from daoda.trade.payments.adapters.tests import world
from daoda.trade.payments.adapters.tests.world import NOW, NUMBER, START, a_stripe

ASK = RefundAsk(
    number="a" * 32,
    out_number=NUMBER,
    trade_no="pi_0001",
    amount_fen=500,
    total_fen=1990,
    currency="CNY",
    reason="paid twice",
    notify_url="https://shop.example/inbound/7",
)


def test_every_vector_of_the_signature(vectors: Callable[[str], Any]) -> None:
    cases = vectors("stripe_webhook")["cases"]
    assert cases
    for case in cases:
        assert case["tolerance_seconds"] == stripe_signing.TOLERANCE_S
        now = datetime.fromtimestamp(case["now"], UTC)
        flaw = stripe_signing.flaw((case["secret"],), case["header"], case["payload"].encode(), now)
        assert (flaw == "") is case["expected_valid"], case["note"]


def read(body: bytes, **more: Any) -> Reading:
    return a_stripe().read(notice=world.stripe_notice(body, **more), now=NOW)


def test_a_paid_session_is_read() -> None:
    assert read(world.stripe_event(world.stripe_session())) == Reading(
        verdict="genuine",
        event_key="evt_0001",
        detail="Stripe says checkout.session.completed",
        out_number=NUMBER,
        trade_no="pi_0001",
        amount_fen=1990,
        currency="CNY",
        status="paid",
        paid_at=NOW,
    )


def test_the_payment_itself_is_the_same_trade() -> None:
    payment = {
        "id": "pi_0001",
        "object": "payment_intent",
        "amount_received": 1990,
        "currency": "cny",
        "metadata": {"number": NUMBER},
    }
    reading = read(world.stripe_event(payment, kind="payment_intent.succeeded"))
    assert (reading.out_number, reading.trade_no) == (NUMBER, "pi_0001")
    assert (reading.status, reading.amount_fen) == ("paid", 1990)


@pytest.mark.parametrize(
    ("kind", "changed", "status"),
    [
        ("checkout.session.completed", {"payment_status": "unpaid"}, "pending"),
        ("checkout.session.async_payment_succeeded", {}, "paid"),
        (
            "checkout.session.expired",
            {"status": "expired", "payment_status": "unpaid"},
            "closed",
        ),
        ("checkout.session.something", {}, "unknown"),
        ("customer.created", {"object": "customer", "client_reference_id": None}, "pending"),
    ],
)
def test_events_are_a_closed_world(kind: str, changed: dict[str, Any], status: str) -> None:
    reading = read(world.stripe_event(world.stripe_session(**changed), kind=kind))
    assert (reading.verdict, reading.status) == ("genuine", status)


def test_a_refund_is_told_of_the_payment_it_goes_back_from() -> None:
    refund = {
        "id": "re_1",
        "object": "refund",
        "amount": 500,
        "currency": "cny",
        "payment_intent": "pi_0001",
        "status": "succeeded",
        "metadata": {"number": ASK.number, "payment": NUMBER},
    }
    reading = read(world.stripe_event(refund, kind="refund.updated"))
    assert (reading.status, reading.out_number) == ("refunded", NUMBER)
    assert (reading.trade_no, reading.amount_fen) == ("pi_0001", 500)


def test_events_of_the_other_mode_are_not_ours() -> None:
    assert read(world.stripe_event(world.stripe_session(), livemode=True)).verdict == (
        "wrong_merchant"
    )


def test_both_secrets_are_good_while_they_are_changed() -> None:
    body = world.stripe_event(world.stripe_session())
    assert read(body, secret=world.OLD_WEBHOOK_SECRET).verdict == "genuine"
    assert read(body, secret="whsec_stranger").verdict == "forged"


@pytest.mark.parametrize(
    ("age_s", "verdict"), [(300, "genuine"), (301, "forged"), (-600, "genuine")]
)
def test_age_counts_backwards_only(age_s: int, verdict: str) -> None:
    body = world.stripe_event(world.stripe_session())
    assert read(body, at=NOW - timedelta(seconds=age_s)).verdict == verdict


def test_what_is_kept_names_no_buyer() -> None:
    body = world.stripe_event(world.stripe_session())
    kept = json.dumps(a_stripe().mask(notice=world.stripe_notice(body)))
    assert "pi_0001" in kept
    assert "example.cn" not in kept


def test_the_session_is_made_by_our_number() -> None:
    call = a_stripe().prepare(start=START, now=NOW)
    assert call.url == "https://api.stripe.com/v1/checkout/sessions"
    assert call.headers["idempotency-key"] == NUMBER
    assert call.headers["authorization"] == f"Bearer {world.STRIPE_CONFIG['secret_key']}"
    fields = dict(parse_qsl(call.body.decode()))
    assert fields["client_reference_id"] == NUMBER
    assert fields["payment_intent_data[metadata][number]"] == NUMBER
    assert fields["line_items[0][price_data][unit_amount]"] == "1990"
    assert fields["line_items[0][price_data][currency]"] == "cny"
    assert int(fields["expires_at"]) == int((NOW + stripe.SESSION_MIN).timestamp())
    assert call == a_stripe().prepare(start=START, now=NOW), "the same in every word"


def test_a_currency_without_cents_is_refused() -> None:
    with pytest.raises(CannotStart):
        a_stripe().prepare(start=Start(**{**vars(START), "currency": "JPY"}), now=NOW)


def said(told: dict[str, Any], *, status: int = 200) -> Answer:
    return Answer(status, {}, json.dumps(told).encode())


def test_the_page_and_its_reference() -> None:
    made = world.stripe_session(status="open", payment_status="unpaid")
    page = a_stripe().read_prepared(start=START, answer=said(made), now=NOW)
    assert page == PayPage(
        method="GET", url="https://checkout.stripe.com/c/pay/cs_test_1", reference="cs_test_1"
    )
    for odd in (made | {"url": None}, made | {"client_reference_id": "x"}, made | {"id": "pi_1"}):
        told = a_stripe().read_prepared(start=START, answer=said(odd), now=NOW)
        assert isinstance(told, Trouble)


def test_a_session_is_asked_about_and_ended_by_its_own_id() -> None:
    call = a_stripe().query(number=NUMBER, now=NOW, reference="cs_test_1")
    assert call.url.endswith("/v1/checkout/sessions/cs_test_1")
    call = a_stripe().close(number=NUMBER, now=NOW, reference="cs_test_1")
    assert (call.method, call.url.rpartition("/")[2]) == ("POST", "expire")
    with pytest.raises(NotOffered):
        a_stripe().query(number=NUMBER, now=NOW)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, "paid"),
        ({"payment_status": "unpaid"}, "pending"),
        ({"status": "open", "payment_status": "unpaid"}, "pending"),
        ({"status": "expired", "payment_status": "unpaid"}, "closed"),
        ({"status": "new"}, "unknown"),
    ],
)
def test_answers_about_a_session(changed: dict[str, Any], status: str) -> None:
    for ask in (a_stripe().read_query, a_stripe().read_close):
        told = ask(number=NUMBER, answer=said(world.stripe_session(**changed)), now=NOW)
        assert isinstance(told, Reading)
        assert told.status == status


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (NoAnswer("TimeoutError"), "unknown"),
        (Answer(200, {}, b"<html>"), "unknown"),
        (said({"error": {"type": "api_error"}}, status=500), "unknown"),
        (said({"error": {"type": "idempotency_error"}}, status=409), "retry_after"),
        (said({"error": {"code": "rate_limit"}}, status=429), "retry_after"),
        (said({"error": {"type": "invalid_request_error"}}, status=400), "person"),
        (said({"error": {"code": "resource_missing"}}, status=404), "unknown"),
        (Answer(401, {}, b""), "person"),
        (said(world.stripe_session(client_reference_id="f" * 32)), "unknown"),
    ],
)
def test_troubles_have_names(answer: Answer | NoAnswer, kind: str) -> None:
    told = a_stripe().read_query(number=NUMBER, answer=answer, now=NOW)
    assert isinstance(told, Trouble)
    assert told.kind == kind


def a_refund(**changed: Any) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 500,
        "currency": "cny",
        "payment_intent": "pi_0001",
        "status": "succeeded",
        "created": int(NOW.timestamp()),
        "metadata": {"number": ASK.number},
        **changed,
    }


def test_a_refund_bears_our_number_twice() -> None:
    call = a_stripe().refund(ask=ASK, now=NOW)
    assert call.headers["idempotency-key"] == ASK.number
    fields = dict(parse_qsl(call.body.decode()))
    assert (fields["payment_intent"], fields["amount"]) == ("pi_0001", "500")
    assert (fields["metadata[number]"], fields["metadata[payment]"]) == (ASK.number, NUMBER)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("succeeded", "confirmed"),
        ("pending", "processing"),
        ("requires_action", "processing"),
        ("failed", "failed"),
        ("canceled", "failed"),
        ("new", "unknown"),
    ],
)
def test_states_of_a_refund(word: str, status: str) -> None:
    told = a_stripe().read_refund(ask=ASK, answer=said(a_refund(status=word)), now=NOW)
    assert isinstance(told, RefundReading)
    assert told.status == status


def test_what_cannot_go_back_has_failed_and_what_is_odd_is_for_a_person() -> None:
    poor = said({"error": {"code": "balance_insufficient"}}, status=400)
    told = a_stripe().read_refund(ask=ASK, answer=poor, now=NOW)
    assert isinstance(told, RefundReading)
    assert told.status == "failed"
    other = said({"error": {"type": "idempotency_error"}}, status=400)
    told = a_stripe().read_refund(ask=ASK, answer=other, now=NOW)
    assert isinstance(told, Trouble)
    assert told.kind == "person"


def test_a_refund_is_found_among_those_of_its_payment() -> None:
    def listed(*refunds: dict[str, Any], more: bool = False) -> Answer:
        return said({"object": "list", "data": list(refunds), "has_more": more})

    def found(answer: Answer) -> RefundReading | Trouble:
        return a_stripe().read_refund_query(ask=ASK, answer=answer, now=NOW)

    other = a_refund(id="re_0", metadata={"number": "b" * 32})
    told = found(listed(other, a_refund()))
    assert isinstance(told, RefundReading)
    assert (told.status, told.refund_no, told.done_at) == ("confirmed", "re_1", NOW)
    told = found(listed(other))
    assert isinstance(told, RefundReading)
    assert told.status == "absent"
    assert isinstance(found(listed(other, more=True)), Trouble)
    assert isinstance(found(listed(a_refund(amount=499))), Trouble)
    assert isinstance(found(said({"object": "refund"})), Trouble)
    call = a_stripe().refund_query(ask=ASK, now=NOW)
    assert call.url.endswith("/v1/refunds?payment_intent=pi_0001&limit=100")


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"secret_key": "pk_test_1"}, "secret_key"),
        ({"secret_key": "sk_тест"}, "secret_key"),
        ({"webhook_secret": "AAAA"}, "webhook_secret"),
        ({"gateway": "http://api.stripe.com"}, "gateway"),
    ],
)
def test_configuration_problems_name_the_setting_only(
    changed: dict[str, object], setting: str
) -> None:
    with pytest.raises(ConfigProblem) as problem:
        stripe.Config.parse(world.STRIPE_CONFIG | changed)
    assert problem.value.setting == setting
    assert "AAAA" not in str(problem.value)


def test_secrets_do_not_show() -> None:
    shown = repr(a_stripe()) + repr(a_stripe().prepare(start=START, now=NOW))
    assert "sk_test" not in shown
    assert "whsec" not in shown
