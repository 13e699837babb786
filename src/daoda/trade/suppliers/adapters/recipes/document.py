"""A recipe as values: what ``reading`` makes of a document and the adapter works from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from daoda.kit.configs import ConfigProblem, Setting
from daoda.trade.suppliers.adapters.base import Capability, GoodsKind, Status

Digest = Literal["md5", "sha1", "sha256", "hmac_sha256"]
Encoding = Literal["json", "form", "multipart", "query"]
Refund = Literal["none", "part", "full"]


class RecipeProblem(ConfigProblem):
    """A recipe cannot be used; ``setting`` is the place in the document."""


@dataclass(frozen=True)
class SignedFields:
    """Fields as one text: sorted by name (or in the order of ``only``) and joined."""

    of: Literal["body", "headers"] = "body"
    join: str = "&"
    pair: str = "="
    skip_empty: bool = True
    only: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One piece of the text that is signed: a text, the fields, or sorted characters of JSON."""

    text: str = ""
    fields: SignedFields | None = None
    characters: bool = False


@dataclass(frozen=True)
class Sign:
    """``at`` a header or a field (of the body, or of the query) stands the digest."""

    digest: Digest
    parts: tuple[Part, ...]
    upper: bool = False
    key: str = ""
    header: str = ""
    field: str = ""


@dataclass(frozen=True)
class CallPlan:
    """One kind of request. ``gateway`` names the setting with the address."""

    path: str
    encode: Encoding
    method: Literal["POST", "GET"] = "POST"
    gateway: str = "gateway"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    spread_fields: bool = False
    skip_empty: bool = False


@dataclass(frozen=True)
class Rule:
    """When all of this holds, the answer means ``status``. There is no "otherwise"."""

    status: Status
    when: Mapping[str, tuple[str, ...]]
    kind: GoodsKind | None = None
    first_only: bool = False
    refund: Refund | None = None
    reason: str = ""


@dataclass(frozen=True)
class Reads:
    """Where in an answer stands what. ``numbers`` must bear our number where they are there."""

    numbers: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    cost: str = ""
    refunded: str = ""
    reason: tuple[str, ...] = ()
    unwrap: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cipher:
    """How cards are encrypted: the whole list, or each part of a card."""

    kind: Literal["aes-ecb", "aes-cbc-iv-prefix"]
    key: str
    key_is_md5: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Cards:
    """Where cards stand; each is its ``parts`` (by the first name that is there) in a line."""

    at: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...] = ()
    expires: tuple[str, ...] = ()
    cipher: Cipher | None = None


@dataclass(frozen=True)
class NoticePlan:
    """How a notice is verified and read. Without ``sign`` it is a hint to ask, and no more."""

    number: str
    reference: str = ""
    sign: Sign | None = None
    age: str = ""
    age_s_max: int = 0
    same: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    event: tuple[str, ...] = ()
    accepted: str = "ok"
    refused: str = "fail"
    json: bool = False


@dataclass(frozen=True)
class BalancePlan:
    """Where the balance stands; several places are added up (credit)."""

    call: CallPlan
    when: Mapping[str, tuple[str, ...]]
    add: tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """A whole recipe, checked."""

    title: str
    settings: tuple[Setting, ...]
    addresses: tuple[str, ...]
    capability: Capability
    sign: Sign
    create: Mapping[GoodsKind, CallPlan]
    query: CallPlan
    create_rules: tuple[Rule, ...]
    create_reads: Reads
    query_rules: tuple[Rule, ...]
    query_reads: Reads
    cards: Cards | None
    notice: NoticePlan | None
    balance: BalancePlan | None
    ask_again_s: Mapping[GoodsKind, int]
