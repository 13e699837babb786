"""When a channel is asked whether an attempt was paid, though nobody has told us.

Notices get lost, and some channels say so themselves. Every attempt is asked about: a while after
it began, at once and then ever more seldom after its buyer says that she paid, before the window
to pay closes, when it closes, and after that until a day has passed or the channel takes no more
money.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Sign = Literal["returned", "pressed", "cancelled"]

# A question is not put again sooner than this, however often a buyer presses.
GAP = timedelta(seconds=3)
# How long after the last moment a channel that has not answered once is still asked.
PATIENCE = timedelta(days=7)
# From then on a person is named: a channel that cannot be asked for so long is out of order.
WARN_AFTER = timedelta(minutes=10)
_AFTER_START_S = (30, 90, 240, 480)
_AFTER_SIGN_S = (0, 4, 10, 20, 40, 80, 160)
_BEFORE_END_S = (45,)
_AFTER_END_S = (1, 30, 300, 1800, 7200, 21600, 86400)
_TROUBLE_S = (5, 10, 20, 40, 80, 160, 300, 600, 1800, 3600)


@dataclass(frozen=True)
class Open:
    """An attempt that is asked about, as it was claimed."""

    payment_id: uuid.UUID
    shop_id: uuid.UUID
    channel_id: uuid.UUID
    order_id: uuid.UUID
    reference: str
    tries: int
    silent: int
    started_at: datetime
    window_ends_at: datetime
    signed_at: datetime | None
    said_at: datetime | None
    order_state: str
    receipted: bool
    told: bool

    @property
    def number(self) -> str:
        return self.payment_id.hex


def first_at(*, started_at: datetime, window_ends_at: datetime) -> datetime:
    """When a new attempt is asked about first, if its buyer does not say that she paid."""
    soon = started_at + timedelta(seconds=_AFTER_START_S[0])
    return max(started_at + GAP, min(soon, window_ends_at + timedelta(seconds=_AFTER_END_S[0])))


def next_at(
    *,
    started_at: datetime,
    window_ends_at: datetime,
    signed_at: datetime | None,
    now: datetime,
) -> datetime | None:
    """The next moment to ask at by schedule; None when there is none any more."""
    regular = [started_at + timedelta(seconds=after) for after in _AFTER_START_S]
    regular += [window_ends_at - timedelta(seconds=before) for before in _BEFORE_END_S]
    # What hangs on the beginning ends with the window; after it everything hangs on its end.
    moments = [moment for moment in regular if moment < window_ends_at]
    moments += [window_ends_at + timedelta(seconds=after) for after in _AFTER_END_S]
    if signed_at is not None:
        moments += [signed_at + timedelta(seconds=after) for after in _AFTER_SIGN_S]
    return min((moment for moment in moments if moment >= now + GAP), default=None)


def after_silence(one: Open, *, wait_s: int, now: datetime) -> datetime | None:
    """When to ask again a channel that said nothing of use; None when patience is over."""
    if now >= one.window_ends_at + timedelta(seconds=_AFTER_END_S[-1]) + PATIENCE:
        return None
    backoff_s = _TROUBLE_S[min(one.silent, len(_TROUBLE_S) - 1)]
    return now + timedelta(seconds=max(wait_s, backoff_s))


def owner_of(*, silent_since: datetime | None, kind: str, now: datetime) -> str:
    """Whose turn it is while there is no answer of use."""
    long = silent_since is not None and now - silent_since > WARN_AFTER
    return "department:technical" if kind == "person" or long else "machine:asking"


def may_close(one: Open, *, now: datetime) -> bool:
    """Whether nobody is meant to pay by this attempt any more."""
    return now >= one.window_ends_at or one.order_state != "awaiting_payment"
