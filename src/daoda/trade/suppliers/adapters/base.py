"""What a supplier's adapter must be able to do, and the values that go in and out.

A supplier's answer becomes a ``Reading``, in a closed world: a code, state or shape the vendor
never documented is ``unknown``, never a guess and never a failure. A reading says what the supplier
said; whether the order may be delivered, bought elsewhere or refunded is decided by the caller.
Nothing here touches the database or the network: calls are values, made by ``kit.http``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from daoda.kit.http import Answer, Call, NoAnswer

# accepted: they have it · processing: they work on it · succeeded: done, with or without cards ·
# failed: they say it was not and will not be done, and nothing is charged · refunded: done or not,
# they gave (part of) the money back · absent: they know no such order · needs_human: a person of
# theirs or ours must look · unknown: nothing may be concluded.
Status = Literal[
    "accepted", "processing", "succeeded", "failed", "refunded", "absent", "needs_human", "unknown"
]
# unsigned: this supplier signs no notices; one is a hint to ask now, and nothing more.
Verdict = Literal["genuine", "unsigned", "forged", "unreadable"]
GuardScope = Literal["none", "unit", "total"]
GoodsKind = Literal["card", "topup"]


class CannotBuy(ValueError):
    """This supplier cannot be asked for this: quantity, currency, or a field that is missing."""


class NotOffered(Exception):
    """The supplier has no such call; its ``Capability`` says so beforehand."""


@dataclass(frozen=True)
class Capability:
    """What a supplier's interface can do; a False is a reason for a person and a date.

    ``idempotent_create``: a repeated create of one number returns the first order, so a lost
    answer may be recovered by sending it again. ``query_by``: whether a query needs our number or
    theirs. ``query_earliest_s`` and ``query_every_s`` bound how soon and how often it may be asked;
    Where that differs by kind of goods this is the sooner one, and a reading's ``ask_again_s``
    holds back further. ``absent_is_failed_after_s``: so long after it was sent, "no such order"
    means that it never was (None: never, however long).
    ``refund_is_state``: money back is said apart from the state of the order. ``cards_signed``:
    cards in a notice stand inside the signature; if not, they are fetched by query.
    """

    idempotent_create: bool
    query_by: Literal["ours", "theirs", "none"]
    query_earliest_s: int = 0
    query_every_s: int = 10
    query_history_days: int | None = None
    absent_is_failed_after_s: int | None = None
    refund_is_state: bool = False
    cards_signed: bool = False
    notices: bool = False
    balance: bool = False
    price_guard: GuardScope = "none"
    quantity_max: int | None = None
    currencies: tuple[str, ...] = ("CNY",)


@dataclass(frozen=True)
class Purchase:
    """One attempt to buy. ``number`` is ours, 32 hex characters, stored before any call.

    ``cost_max_fen`` is the most the whole purchase may cost and ``unit_max_hao`` the most a piece
    may, in ten-thousandths of a yuan (0: as follows from the whole); ``fields`` are what the buyer
    typed (account, server), keyed as the offer maps them. ``kind`` says whether cards are due or
    an account is topped up: some suppliers' states mean another thing for each. ``reference`` is
    the supplier's own number once it is known. ``sent_before`` says that this number has been sent
    already, after which some refusals no longer mean that nothing was bought.
    """

    number: str
    goods: str
    quantity: int
    cost_max_fen: int
    currency: str
    notify_url: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    kind: GoodsKind = "card"
    reference: str = ""
    sent_before: bool = False
    unit_max_hao: int = 0


@dataclass(frozen=True)
class Card:
    """One card as the supplier gave it. ``content`` is bearer value and stays out of repr."""

    content: str = field(repr=False)
    expires_on: str = ""


@dataclass(frozen=True)
class Reading:
    """What the supplier said about one purchase.

    ``reference`` is the supplier's number, ``cost_fen`` what it charged (None: not said),
    ``refunded_fen`` what it gave back so far. ``cards`` only with ``succeeded``; ``cards_missing``
    says that cards are due but were not in this answer (they are fetched by query). ``reason`` is
    the supplier's own word for a person to read, bounded and without secrets; ``ask_again_s`` is
    set where the supplier wishes to be asked no sooner.
    """

    status: Status
    detail: str
    reference: str = ""
    cost_fen: int | None = None
    refunded_fen: int | None = None
    cards: tuple[Card, ...] = field(default=(), repr=False)
    cards_missing: bool = False
    reason: str = ""
    ask_again_s: int | None = None


@dataclass(frozen=True)
class Notice:
    """A request of a supplier at our door. ``headers`` has lower-case names, ``query`` is raw;

    ``path`` is the one it was sent to: some sign it.
    """

    method: str
    headers: Mapping[str, str] = field(repr=False)
    query: str = field(repr=False)
    body: bytes = field(repr=False)
    path: str = ""


@dataclass(frozen=True)
class Told:
    """What a notice says. ``number`` is our own, empty where only ``reference`` is given.

    ``event_key`` is the same for every repeat and is never under the control of somebody without
    the key. ``reading`` holds only what stands inside the signature; a field outside of it is left
    out, as if it had not been sent. It never holds cards: ``cards_missing`` stands with every
    ``succeeded``, and who knows that cards are due fetches them by query.
    """

    verdict: Verdict
    event_key: str
    detail: str
    number: str = ""
    reference: str = ""
    reading: Reading | None = None


@dataclass(frozen=True)
class Reply:
    """What the supplier wants to hear back on a notice."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Balance:
    """What is left of our money with a supplier, or why that could not be read."""

    fen: int | None
    detail: str = ""


class SupplierAdapter(Protocol):
    """One supplier under one configuration. Nothing here raises but as stated."""

    @property
    def capability(self) -> Capability: ...

    def create(self, *, purchase: Purchase, now: datetime) -> Call:
        """The call that buys. Raises CannotBuy."""
        ...

    def read_create(
        self, *, purchase: Purchase, answer: Answer | NoAnswer, now: datetime
    ) -> Reading:
        """What the answer to ``create`` says. Silence and errors are ``unknown``."""
        ...

    def query(self, *, purchase: Purchase, now: datetime) -> Call:
        """Ask about a purchase. Raises NotOffered, also where a reference is needed and missing."""
        ...

    def read_query(
        self, *, purchase: Purchase, answer: Answer | NoAnswer, now: datetime
    ) -> Reading:
        """What the answer to ``query`` says; numbers are compared, a mismatch is ``unknown``."""
        ...

    def read_notice(self, *, notice: Notice, now: datetime) -> Told:
        """What arrived, whatever bytes it consists of."""
        ...

    def answer(self, *, accepted: bool) -> Reply:
        """The reply that ends repeats (``accepted``, also for a repeat) or asks for another."""
        ...

    def balance(self, *, now: datetime) -> Call:
        """Ask for our balance. Raises NotOffered."""
        ...

    def read_balance(self, *, answer: Answer | NoAnswer, now: datetime) -> Balance:
        """What the answer to ``balance`` says."""
        ...

    def mask(self, *, raw: bytes) -> str:
        """A request's or answer's body as it may be kept and shown: no keys, cards, accounts."""
        ...
