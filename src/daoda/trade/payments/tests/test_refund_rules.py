"""What is done next about a refund, and what an answer makes of it: by the rules alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from daoda.trade.payments.adapters.base import Capability, RefundReading, Trouble
from daoda.trade.payments.rules.refunds import (
    ASKS_MAX,
    MACHINE,
    PERSON,
    SENDS_MAX,
    LockedRefund,
    ask_from,
    judge,
    next_step,
    wait,
)

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ONE = UUID(int=1)
ASKED = Capability(
    queries=True, confirms_by_query=False, closes=True, signs="RSA2", refunds=True,
    refund_query=True, refund_earliest_query_s=10,
)  # fmt: skip
ONCE = Capability(
    queries=True, confirms_by_query=True, closes=False, signs="MD5", refunds=True,
    refund_repeats=False, partial_refunds=False,
)  # fmt: skip
NONE = Capability(queries=True, confirms_by_query=True, closes=False, signs="MD5")


def refund(**changed: object) -> LockedRefund:
    stands = LockedRefund(
        id=ONE, shop_id=ONE, receipt_id=ONE, order_id=ONE, state="owed", owner=MACHINE,
        promise_id=ONE, promised_at=NOW + timedelta(hours=24), amount_fen=100, currency="CNY",
        reason="x", reference="", next_at=NOW, claimed_until=None, fence=1, sends=0, asks=0,
        sent_at=None, cut_off_at=NOW + timedelta(hours=2), said="", detail="", done_at=None,
        closed_at=None, verdict="paid", trade_no="T", total_fen=100, out_number="a" * 32,
        channel_id=ONE, channel_code="alipay",
    )  # fmt: skip
    return stands._replace(**changed)  # type: ignore[arg-type]  # named as the fields are


def said(status: str) -> RefundReading:
    return RefundReading(status, ONE.hex, None, "said", None)  # type: ignore[arg-type]


LONG_AGO = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("can", "changed", "step"),
    [
        (ASKED, {}, "send"),
        (NONE, {}, "person"),
        (ONCE, {}, "send"),
        (ONCE, {"amount_fen": 50}, "person"),
        (ASKED, {"state": "sent", "sent_at": LONG_AGO}, "ask"),
        (ASKED, {"state": "sent", "sent_at": NOW}, "wait"),
        (ASKED, {"state": "unknown", "said": "absent", "sends": 1, "sent_at": LONG_AGO}, "send"),
        (ASKED, {"state": "unknown", "said": "absent", "sends": SENDS_MAX, "sent_at": LONG_AGO},
         "ask"),
        (ASKED, {"state": "unknown", "said": "absent", "owner": PERSON, "sent_at": LONG_AGO},
         "ask"),
        (ASKED, {"state": "failed", "said": "failed", "owner": PERSON, "sent_at": LONG_AGO}, "ask"),
        (ONCE, {"state": "sent", "sent_at": LONG_AGO}, "person"),
        (ONCE, {"state": "unknown", "said": "absent", "sent_at": LONG_AGO}, "person"),
    ],
)  # fmt: skip
def test_the_next_step(can: Capability, changed: dict[str, object], step: str) -> None:
    assert next_step(refund(**changed), can, now=NOW) == step


@pytest.mark.parametrize(
    ("answer", "state", "person"),
    [
        (said("confirmed"), "confirmed", ""),
        (said("failed"), "failed", "channel_refused"),
        (said("processing"), "sent", ""),
        (said("absent"), "unknown", ""),
        (said("unknown"), "unknown", ""),
        (Trouble("unknown", "no answer"), "unknown", ""),
        (Trouble("retry_after", "busy", wait_s=900), "unknown", ""),
        (Trouble("person", "credentials"), "unknown", "needs_a_person"),
        (Trouble("never", "x"), "unknown", "needs_a_person"),
    ],
)
def test_what_an_answer_becomes(answer: RefundReading | Trouble, state: str, person: str) -> None:
    judged = judge(refund(state="sent", sent_at=NOW), ASKED, answer, now=NOW)
    assert (judged.state, judged.person) == (state, person)
    assert (judged.next_at is None) == (state in ("confirmed", "failed"))
    if isinstance(answer, Trouble) and answer.wait_s:
        assert judged.next_at == NOW + timedelta(seconds=answer.wait_s)


@pytest.mark.parametrize("status", ["absent", "unknown"])
def test_doubt_is_a_persons_where_nobody_can_be_asked(status: str) -> None:
    judged = judge(refund(state="sent", sent_at=NOW), ONCE, said(status), now=NOW)
    assert (judged.state, judged.person, judged.next_at) == ("unknown", "cannot_be_asked", None)


def test_doubt_is_a_persons_at_the_cut_off_and_asked_about_seldom() -> None:
    late = refund(state="unknown", sent_at=LONG_AGO, cut_off_at=NOW)
    judged = judge(late, ASKED, said("unknown"), now=NOW)
    assert (judged.person, judged.next_at) == ("cut_off", NOW + timedelta(hours=1))
    hers = late._replace(owner=PERSON, asks=ASKS_MAX)
    assert judge(hers, ASKED, said("unknown"), now=NOW).next_at is None


def test_what_never_arrives_is_not_sent_for_ever() -> None:
    tried = refund(state="unknown", sends=SENDS_MAX, sent_at=LONG_AGO)
    assert judge(tried, ASKED, said("absent"), now=NOW).person == "sent_too_often"


def test_questions_come_less_and_less_often_and_never_too_soon() -> None:
    waits = [wait(tries, least_s=10) for tries in range(30)]
    assert waits[0] == timedelta(seconds=10)
    assert all(before <= after for before, after in pairwise(waits))
    assert waits[-1] == timedelta(hours=1)
    assert ask_from(refund(sent_at=NOW), ASKED) == NOW + timedelta(seconds=10)
