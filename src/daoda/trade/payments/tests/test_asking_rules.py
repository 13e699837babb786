"""The schedule by which a channel is asked, over a whole day without a database."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from daoda.trade.payments.rules import asking as rules

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=15)
ENDS = NOON + WINDOW


def an_open(**changed: object) -> rules.Open:
    fields: dict[str, object] = {
        "payment_id": uuid.uuid4(), "shop_id": uuid.uuid4(), "channel_id": uuid.uuid4(),
        "order_id": uuid.uuid4(), "reference": "", "tries": 1, "silent": 0, "started_at": NOON,
        "window_ends_at": ENDS, "signed_at": None, "said_at": None,
        "order_state": "awaiting_payment", "receipted": False, "told": False,
    }  # fmt: skip
    return rules.Open(**{**fields, **changed})  # type: ignore[arg-type]  # by name


def asked(signed_at: datetime | None = None, since: datetime = NOON) -> list[datetime]:
    """Every moment it is asked at, from the first to the last."""
    moments: list[datetime] = []
    now = since
    while True:
        found = rules.next_at(started_at=NOON, window_ends_at=ENDS, signed_at=signed_at, now=now)
        if found is None:
            return moments
        moments.append(found)
        now = found


def test_an_attempt_nobody_speaks_of_is_asked_about_a_dozen_times() -> None:
    after_s = [(moment - NOON).total_seconds() for moment in asked()]
    assert after_s == [
        30, 90, 240, 480, 855, 901, 930, 1200, 2700, 8100, 22500, 87300,
    ]  # fmt: skip


def test_it_is_asked_just_before_and_just_after_the_window_closes() -> None:
    near = [moment - ENDS for moment in asked() if abs(moment - ENDS) <= timedelta(minutes=1)]
    assert [each.total_seconds() for each in near] == [-45, 1, 30]


def test_a_buyer_who_says_that_she_paid_is_asked_for_at_once_and_then_more_seldom() -> None:
    sign = NOON + timedelta(minutes=5)
    gaps = [(moment - sign).total_seconds() for moment in asked(sign, since=sign)]
    assert gaps[:6] == [4, 10, 20, 40, 80, 160]


@given(
    signed_s=st.none() | st.floats(0, 100_000),
    now_s=st.floats(0, 200_000),
    window_s=st.floats(1, 86_400),
)
def test_no_two_questions_stand_nearer_than_the_gap(
    signed_s: float | None, now_s: float, window_s: float
) -> None:
    now = NOON + timedelta(seconds=now_s)
    found = rules.next_at(
        started_at=NOON,
        window_ends_at=NOON + timedelta(seconds=window_s),
        signed_at=None if signed_s is None else NOON + timedelta(seconds=signed_s),
        now=now,
    )
    assert found is None or found - now >= rules.GAP


@given(window_s=st.floats(-60, 86_400))
def test_a_new_attempt_is_always_asked_about(window_s: float) -> None:
    ends = NOON + timedelta(seconds=window_s)
    first = rules.first_at(started_at=NOON, window_ends_at=ends)
    assert rules.GAP <= first - NOON <= timedelta(seconds=30)


def test_silence_is_asked_again_for_a_week_and_named_after_ten_minutes() -> None:
    one, now, times = an_open(), NOON, 0
    while (later := rules.after_silence(one, wait_s=0, now=now)) is not None:
        assert timedelta(seconds=5) <= later - now <= timedelta(hours=1)
        one, now, times = an_open(silent=one.silent + 1), later, times + 1
    assert now - ENDS > rules.PATIENCE
    assert times < 300
    soon, late = NOON + timedelta(minutes=9), NOON + timedelta(minutes=11)
    assert rules.owner_of(silent_since=NOON, kind="unknown", now=soon) == "machine:asking"
    assert rules.owner_of(silent_since=NOON, kind="unknown", now=late) == "department:technical"
    assert rules.owner_of(silent_since=NOON, kind="person", now=soon) == "department:technical"


def test_a_busy_channel_is_left_alone_for_as_long_as_it_wants() -> None:
    later = rules.after_silence(an_open(), wait_s=60, now=NOON)
    assert later == NOON + timedelta(seconds=60)


def test_nothing_is_closed_while_somebody_may_pay_by_it() -> None:
    assert not rules.may_close(an_open(), now=ENDS - timedelta(seconds=1))
    assert rules.may_close(an_open(), now=ENDS)
    assert rules.may_close(an_open(order_state="cancelled"), now=NOON)
