"""What a payment channel must be able to do, and the values that go in and out.

A notice or an answer becomes a ``Reading``; what keeps us from reading one is a ``Trouble``, and
both are closed worlds: a word a vendor never documented is ``unknown``, never a guess. A reading
says what the channel said, not what it means for an order: amount, currency and number are for
the caller to compare with its own payment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from daoda.kit.http import Answer, Call, NoAnswer

Verdict = Literal["genuine", "forged", "unreadable", "wrong_merchant", "probe"]
Status = Literal["paid", "closed", "refunded", "pending", "absent", "unknown"]
RefundStatus = Literal["confirmed", "processing", "failed", "absent", "unknown"]
TroubleKind = Literal["retry_after", "person", "never", "unknown"]

NUMBER_CHARS_MAX = 64
EVENT_KEY_CHARS_MAX = 160


class CannotStart(ValueError):
    """This channel cannot take this payment: wrong currency, amount or number."""


class NotOffered(Exception):
    """The channel has no such call; its ``Capability`` says so beforehand."""


@dataclass(frozen=True)
class Capability:
    """What the adapter can do with this channel; a False is a reason for a person and a date.

    ``confirms_by_query``: a genuine notice alone must not release goods, the query decides.
    ``prepares``: a page needs a call first (``Preparing``); where ``start`` works without it, it
    is the other way. ``queries_per_s``: how many questions about payments a second the channel
    bears from us. ``signs`` names what a notice is signed with.
    ``refunds``: money can be sent back by a call; without ``refund_query`` an answer to it that
    settles nothing is for a person. No refund is asked about sooner than
    ``refund_earliest_query_s`` after it was sent. Without ``partial_refunds`` the channel gives
    back a trade whole or not at all; without ``refund_repeats`` the same ask sent again may move
    money again, so that it is sent once and never after an answer that settles nothing.
    """

    queries: bool
    confirms_by_query: bool
    closes: bool
    signs: str
    refunds: bool = False
    refund_query: bool = False
    refund_earliest_query_s: int = 0
    partial_refunds: bool = True
    refund_repeats: bool = True
    prepares: bool = False
    queries_per_s: int = 10
    currencies: tuple[str, ...] = ("CNY",)


@dataclass(frozen=True)
class Start:
    """One payment attempt to be paid on the channel's page. ``number`` is 32 hex characters.

    ``openid`` is the buyer's id at the merchant's WeChat account, where she came by WeChat.
    """

    number: str
    amount_fen: int
    currency: str
    subject: str
    notify_url: str
    return_url: str
    client_ip: str
    expires_at: datetime
    phone: bool = False
    openid: str = ""


@dataclass(frozen=True)
class PayPage:
    """Where the buyer pays: GET has a complete ``url``; POST is a form of ``fields`` to it.

    ``qr_text`` is set where the buyer may scan instead of following the link; with an empty
    ``url`` there is no link, only the QR text. ``bridge`` are the terms WeChat's own browser is
    called with instead. ``reference`` is the channel's number of the page, where it is needed to
    ask about it.
    """

    method: Literal["GET", "POST"]
    url: str
    fields: Mapping[str, str] = field(default_factory=dict)
    qr_text: str | None = None
    bridge: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""


@dataclass(frozen=True)
class Notice:
    """A request that reached our door. ``headers`` has lower-case names, ``query`` is raw."""

    method: str
    headers: Mapping[str, str] = field(repr=False)
    query: str = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Reading:
    """What the channel said.

    ``event_key`` is the same for every repeat of one event and is never under the control of
    somebody without the key: what is not genuine gets a key of its own kind, so that a forged
    notice cannot occupy the place of the true one. Beyond ``detail``, the other fields are empty
    unless the verdict is genuine or wrong_merchant. ``amount_fen`` is the amount of the trade;
    for ``refunded``, what has gone back so far, if the channel says it. ``absent``: the channel
    knows no such trade, so nothing has been paid yet. ``detail`` is English, for operators.
    """

    verdict: Verdict
    event_key: str
    detail: str
    out_number: str = ""
    trade_no: str = ""
    amount_fen: int | None = None
    currency: str = ""
    status: Status = "unknown"
    paid_at: datetime | None = None
    payer: str = ""


@dataclass(frozen=True)
class Trouble:
    """An answer that settles nothing, and who has to do what about it.

    retry_after: ask again in ``wait_s`` seconds · person: configuration or contract, a person
    must act · never: asking again cannot help · unknown: nothing may be concluded.
    """

    kind: TroubleKind
    detail: str
    wait_s: int = 0


@dataclass(frozen=True)
class RefundAsk:
    """One refund, the same in every word on every try.

    ``number`` is our refund number, 32 hex characters; ``out_number`` and ``trade_no`` are ours
    and the channel's number of the trade of ``total_fen`` it goes back from. ``reason`` may be
    shown to the payer by the channel.
    """

    number: str
    out_number: str
    trade_no: str
    amount_fen: int
    total_fen: int
    currency: str
    reason: str
    notify_url: str


@dataclass(frozen=True)
class RefundReading:
    """What the channel said of one refund, signed by it or as strongly as it ever speaks.

    ``confirmed``: the money has left the merchant for the payer. ``processing``: the channel has
    taken it on. ``failed``: it will not go back by this number as things stand. ``absent``: the
    channel knows no such refund, so the same ask may be sent again. ``unknown``: none of these.
    ``amount_fen`` is what the channel says goes back by this number, if it says it.
    """

    status: RefundStatus
    refund_no: str
    amount_fen: int | None
    detail: str
    done_at: datetime | None


@dataclass(frozen=True)
class Reply:
    """What the channel wants to hear back on a notice."""

    status: int
    content_type: str
    body: bytes


class ChannelAdapter(Protocol):
    """One channel under one merchant's configuration. Nothing here raises but as stated."""

    @property
    def capability(self) -> Capability: ...

    def start(self, *, start: Start, now: datetime) -> PayPage:
        """The page of this payment. Raises CannotStart."""
        ...

    def read(self, *, notice: Notice, now: datetime) -> Reading:
        """What arrived, whatever bytes it consists of. ``now`` is the time of arrival."""
        ...

    def answer(self, *, accepted: bool) -> Reply:
        """The reply that ends repeats (``accepted``, also for a repeat) or asks for another."""
        ...

    def query(self, *, number: str, now: datetime, reference: str = "") -> Call:
        """Ask the channel about our own number. Raises NotOffered.

        ``reference`` is that of the page; some channels cannot be asked without it.
        """
        ...

    def read_query(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        """What the answer to ``query`` says; the number is compared, a mismatch is trouble."""
        ...

    def close(self, *, number: str, now: datetime, reference: str = "") -> Call:
        """Ask the channel to take no more money for this number. Raises NotOffered."""
        ...

    def read_close(
        self, *, number: str, answer: Answer | NoAnswer, now: datetime
    ) -> Reading | Trouble:
        """``closed``: no money can come any more. ``absent``: there was nothing to close, and the
        page may still be opened until its own expiry. Anything else: query."""
        ...

    def refund(self, *, ask: RefundAsk, now: datetime) -> Call:
        """Ask the channel to give money back. Raises NotOffered."""
        ...

    def read_refund(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        """What the answer to ``refund`` says; numbers and amounts are compared."""
        ...

    def refund_query(self, *, ask: RefundAsk, now: datetime) -> Call:
        """Ask the channel what became of a refund. Raises NotOffered."""
        ...

    def read_refund_query(
        self, *, ask: RefundAsk, answer: Answer | NoAnswer, now: datetime
    ) -> RefundReading | Trouble:
        """What the answer to ``refund_query`` says; numbers and amounts are compared."""
        ...

    def mask(self, *, notice: Notice) -> dict[str, object]:
        """The notice as it may be kept and shown: no keys, payers and contacts shortened."""
        ...


@runtime_checkable
class Preparing(ChannelAdapter, Protocol):
    """A channel that makes a page by a call; see ``Capability.prepares``."""

    def prepare(self, *, start: Start, now: datetime) -> Call:
        """The call that makes the page. Raises CannotStart."""
        ...

    def read_prepared(
        self, *, start: Start, answer: Answer | NoAnswer, now: datetime
    ) -> PayPage | Trouble:
        """The page the channel made."""
        ...
