"""What a supplier's word makes of an attempt, word by word; when it is asked; what a cut-off is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoda.delivery.fulfilment import rules
from daoda.delivery.fulfilment.states import ASKED, ATTEMPT
from daoda.trade.suppliers.adapters.base import Capability, Card, Reading

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ASKS = Capability(idempotent_create=False, query_by="ours", query_earliest_s=30, query_every_s=10)
WORDS = (
    "accepted", "processing", "succeeded", "failed", "refunded", "absent", "needs_human", "unknown",
)  # fmt: skip


def standing(state: str, *, needs_cards: bool = False, current: bool = True) -> rules.Standing:
    return rules.Standing(
        state=state, needs_cards=needs_cards, quantity=1, cost_fen=100, sent_at=NOON,
        current=current,
    )  # fmt: skip


def judge(one: rules.Standing, reading: Reading, capability: Capability = ASKS) -> rules.Verdict:
    return rules.judge(one, reading, capability=capability, now=NOON + timedelta(minutes=5))


@given(
    st.sampled_from(sorted(ASKED | {"cut_off", "failed"})), st.sampled_from(WORDS), st.booleans()
)
def test_every_verdict_is_a_move_of_the_table(state: str, word: str, current: bool) -> None:
    verdict = judge(standing(state, current=current), Reading(word, "said"))  # type: ignore[arg-type]
    assert verdict.state == state or ATTEMPT.permits(state, verdict.state)


@pytest.mark.parametrize("state", sorted(ASKED))
@pytest.mark.parametrize("word", ["accepted", "processing", "needs_human", "unknown", "absent"])
def test_nothing_fails_without_being_said(state: str, word: str) -> None:
    assert judge(standing(state), Reading(word, "said")).state != "failed"  # type: ignore[arg-type]


def test_no_such_order_is_a_failure_only_where_the_supplier_says_so_and_late_enough() -> None:
    absent = Reading("absent", "4")
    slow = Capability(idempotent_create=False, query_by="ours", absent_is_failed_after_s=600)
    quick = Capability(idempotent_create=False, query_by="ours", absent_is_failed_after_s=180)
    again = Capability(idempotent_create=True, query_by="ours")
    assert judge(standing("unknown"), absent).state == "unknown"
    assert judge(standing("unknown"), absent, slow).state == "unknown"
    assert judge(standing("unknown"), absent, quick).state == "failed"
    assert judge(standing("unknown"), absent, again).resend


def test_an_overtaken_answer_counts_only_if_it_says_done() -> None:
    old = standing("unknown", current=False)
    assert judge(old, Reading("failed", "no")).state == "unknown"
    assert judge(old, Reading("succeeded", "yes")).state == "succeeded"


def test_cards_are_whole_or_a_person_looks() -> None:
    waiting = standing("processing", needs_cards=True)
    assert judge(waiting, Reading("succeeded", "3")).reason == "cards_missing"
    two = (Card("A"), Card("B"))
    mismatch = judge(waiting, Reading("succeeded", "3", cards=two))
    assert (mismatch.state, mismatch.person) == ("unknown", True)
    assert judge(waiting, Reading("succeeded", "3", cards=two[:1])).state == "succeeded"


def test_part_of_the_money_back_is_no_failure() -> None:
    part = judge(standing("processing"), Reading("refunded", "5", refunded_fen=99))
    whole = judge(standing("processing"), Reading("refunded", "5", refunded_fen=100))
    assert (part.state, part.person, whole.state) == ("unknown", True, "failed")


def test_what_was_given_up_never_becomes_a_success() -> None:
    card = (Card("A"),)
    for state in ("cut_off", "failed"):
        late = judge(standing(state, needs_cards=True), Reading("succeeded", "3", cards=card))
        assert late.state == "returned"
        done = judge(standing(state), Reading("succeeded", "3"))
        assert (done.state, done.person) == ("cut_off", True)


@given(st.integers(0, 50), st.integers(0, 100_000))
def test_questions_keep_to_the_limits_of_the_supplier(asked: int, after_s: int) -> None:
    now = NOON + timedelta(seconds=after_s)
    due_at = NOON + timedelta(minutes=30)
    at = rules.ask_at(ASKS, sent_at=NOON, asked=asked, now=now, due_at=due_at)
    assert at is not None
    assert at >= NOON + timedelta(seconds=30)
    assert timedelta(seconds=10) <= at - now or at == NOON + timedelta(seconds=30)
    assert at <= max(now, NOON + timedelta(seconds=30)) + timedelta(minutes=10)


def test_a_question_comes_by_the_promised_date() -> None:
    due_at = NOON + timedelta(seconds=100)
    at = rules.ask_at(ASKS, sent_at=NOON, asked=20, now=NOON + timedelta(seconds=60), due_at=due_at)
    assert at == due_at


def test_news_of_the_suppliers_own_are_followed_up_as_soon_as_it_allows() -> None:
    now = NOON + timedelta(seconds=60)
    assert rules.ask_at(ASKS, sent_at=NOON, asked=0, now=now, told=True) == now
    again = rules.ask_at(ASKS, sent_at=NOON, asked=9, now=now, told=True)
    assert again == now + timedelta(seconds=10)
    early = NOON + timedelta(seconds=1)
    first = rules.ask_at(ASKS, sent_at=NOON, asked=0, now=early, told=True)
    assert first == NOON + timedelta(seconds=30)


def test_who_cannot_be_asked_is_not() -> None:
    theirs = Capability(idempotent_create=False, query_by="theirs")
    assert rules.ask_at(theirs, sent_at=NOON, asked=0, now=NOON) is None
    assert rules.ask_at(theirs, sent_at=NOON, asked=0, now=NOON, has_reference=True)


@pytest.mark.parametrize(
    ("policy", "open_fen", "for_order", "way"),
    [
        ("wait", 0, True, "wait"),
        ("elsewhere", 0, True, "elsewhere"),
        ("refund", 0, True, "refund"),
        ("refund", 0, False, "elsewhere"),
        ("elsewhere", 901, True, "person"),
        ("elsewhere", 900, True, "elsewhere"),
        ("no such policy", 0, True, "wait"),
    ],
)
def test_a_cut_off_keeps_within_the_risk_limit(
    policy: str, open_fen: int, for_order: bool, way: str
) -> None:
    assert way == rules.cut_off(
        policy, cost_fen=100, open_claims_fen=open_fen, risk_limit_fen=1000, for_order=for_order
    )
