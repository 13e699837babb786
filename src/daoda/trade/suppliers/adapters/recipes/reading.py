"""Reading a recipe from JSON: every name known, every size bounded.

A document that holds one name too many is refused as a whole: what is misspelt would otherwise
silently not be checked or not be signed. Docs: docs/operating/suppliers.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args

from daoda.kit.configs import Setting
from daoda.trade.suppliers.adapters.base import Capability, GoodsKind, Status
from daoda.trade.suppliers.adapters.recipes.document import (
    BalancePlan,
    CallPlan,
    Cards,
    Cipher,
    Digest,
    Encoding,
    NoticePlan,
    Part,
    Reads,
    Recipe,
    RecipeProblem,
    Refund,
    Rule,
    Sign,
    SignedFields,
)
from daoda.trade.suppliers.adapters.recipes.nodes import Node, any_text, path, plain_name

CHARS_MAX = 60_000

# What a text may be filled with, besides {setting.NAME}, {field.NAME} and {header.NAME}.
NAMES = frozenset({
    "number", "goods", "quantity", "kind", "account", "cost_max", "unit_max", "unit_max3",
    "notify_url",
    "reference", "now_s", "now_ms", "now_text", "now_stamp", "key", "value", "body",
})  # fmt: skip
_PLACE = re.compile(r"\{([^{}]*)\}")
_URL_PATH = re.compile(r"(?:/[A-Za-z0-9_.\-{}]{0,60}){0,8}")


def read(raw: Mapping[str, Any]) -> Recipe:
    """A recipe from its document. Raises RecipeProblem, which names the place."""
    if len(json.dumps(raw, ensure_ascii=False)) > CHARS_MAX:
        raise RecipeProblem("recipe", f"is longer than {CHARS_MAX} characters")
    doc = Node("recipe", raw)
    doc.known({
        "recipe", "title", "source", "notes", "settings", "capability", "sign", "create", "query",
        "balance", "cards", "notice", "ask_again_s",
    })  # fmt: skip
    if raw.get("recipe") != 1:
        raise RecipeProblem("recipe", "must be 1, the version of this language")
    named = tuple(_setting(node) for node in doc.nodes("settings"))
    declared = (Setting("gateway"), *(setting for setting, _ in named))
    names = {setting.name for setting in declared}
    if len(names) != len(declared):
        raise RecipeProblem("settings", "a name stands there twice")
    reader = _Reader(names)
    create, query = doc.node("create"), doc.node("query")
    create.known({"call", "card", "topup", "rules", "reads"})
    query.known({"call", "rules", "reads"})
    query_rules = reader.rules(query)
    return Recipe(
        title=doc.text("title"),
        settings=declared,
        addresses=("gateway", *(setting.name for setting, address in named if address)),
        capability=_capability(doc.node("capability")),
        sign=reader.sign(doc.node("sign")),
        create=_create_calls(create, reader),
        query=reader.call(query.node("call")),
        create_rules=reader.rules(create),
        create_reads=reader.reads(create),
        query_rules=query_rules,
        query_reads=reader.reads(query),
        cards=reader.cards(doc.node("cards")) if "cards" in raw else None,
        notice=reader.notice(doc.node("notice"), query_rules) if "notice" in raw else None,
        balance=reader.balance(doc.node("balance")) if "balance" in raw else None,
        ask_again_s=_ask_again(doc),
    )


def _setting(node: Node) -> tuple[Setting, bool]:
    node.known({"name", "secret", "default", "choices", "address"})
    default = node.raw.get("default")
    if default is not None:
        node.text("default")
    setting = Setting(
        plain_name(f"{node.place}.name", node.raw.get("name")),
        secret=node.flag("secret"),
        default=default,
        choices=node.texts("choices", any_text),
    )
    return setting, node.flag("address")


def _capability(node: Node) -> Capability:
    known = {one.name: one for one in fields(Capability)}
    node.known(set(known) - {"currencies"})
    values: dict[str, Any] = {}
    for name, value in node.raw.items():
        if name == "query_by":
            values[name] = node.choice(name, ("ours", "theirs", "none"))
        elif name == "price_guard":
            values[name] = node.choice(name, ("none", "unit", "total"))
        elif "bool" in str(known[name].type):
            values[name] = node.flag(name)
        else:
            values[name] = None if value is None else node.whole(name, 0)
    for name in ("idempotent_create", "query_by"):
        if name not in values:
            raise RecipeProblem(f"{node.place}.{name}", "is missing")
    return Capability(**values)


def _ask_again(doc: Node) -> dict[GoodsKind, int]:
    node = doc.node("ask_again_s")
    node.known(set(get_args(GoodsKind)))
    return {kind: node.whole(kind, 0, 86_400) for kind in get_args(GoodsKind) if kind in node.raw}


def _create_calls(create: Node, reader: _Reader) -> dict[GoodsKind, CallPlan]:
    if "call" in create.raw:
        plan = reader.call(create.node("call"))
        return dict.fromkeys(get_args(GoodsKind), plan)
    calls: dict[GoodsKind, CallPlan] = {
        kind: reader.call(create.node(kind)) for kind in get_args(GoodsKind) if kind in create.raw
    }
    if not calls:
        raise RecipeProblem(create.place, "has neither call nor card nor topup")
    return calls


class _Reader:
    """Reads the parts that hold texts to be filled; it knows which names may stand in them."""

    def __init__(self, settings_: set[str]) -> None:
        self._settings = settings_

    def template(self, place: str, value: object) -> str:
        text = any_text(place, value)
        for name in _PLACE.findall(text):
            kind, _, rest = name.partition(".")
            if name in NAMES or (kind == "setting" and rest in self._settings):
                continue
            if kind in {"field", "header"} and rest and len(rest) <= 60:
                continue
            raise RecipeProblem(place, f"{{{name[:40]}}} is not something to fill in")
        if "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
            raise RecipeProblem(place, "a brace stands alone")
        return text

    def call(self, node: Node) -> CallPlan:
        node.known({
            "path", "encode", "method", "gateway", "headers", "body", "spread_fields", "skip_empty",
        })  # fmt: skip
        path = self.template(f"{node.place}.path", node.raw.get("path"))
        if not _URL_PATH.fullmatch(path):
            raise RecipeProblem(f"{node.place}.path", "must be a path like /api/order")
        gateway = node.text("gateway", "gateway")
        if gateway not in self._settings:
            raise RecipeProblem(f"{node.place}.gateway", "is not a setting")
        headers, body = node.node("headers"), node.node("body")
        return CallPlan(
            path=path,
            encode=node.choice("encode", get_args(Encoding)),
            method=node.choice("method", ("POST", "GET"), "POST"),
            gateway=gateway,
            headers={
                plain_name(headers.place, name): self.template(f"{headers.place}.{name}", value)
                for name, value in headers.raw.items()
            },
            body={name: self.value(f"{body.place}.{name}", v) for name, v in body.raw.items()},
            spread_fields=node.flag("spread_fields"),
            skip_empty=node.flag("skip_empty"),
        )

    def value(self, place: str, raw: object, depth: int = 0) -> Any:
        """A value of a body: a text, or an object with one word that says what is made."""
        if isinstance(raw, str):
            return self.template(place, raw)
        node = Node(place, raw)
        if depth > 3 or not node.raw:
            raise RecipeProblem(place, "is empty or nested too deep")
        word = next(iter(node.raw))
        if word == "number":
            node.known({"number"})
            return {"number": self.template(place, node.raw["number"])}
        if word in {"json", "object"}:
            node.known({word})
            inner = node.node(word)
            return {
                word: {
                    name: self.value(f"{inner.place}.{name}", item, depth + 1)
                    for name, item in inner.raw.items()
                }
            }
        if word in {"each", "alone"}:
            node.known({"each", "alone"})
            made = {"each": self.value(place, {"object": node.raw.get("each", {})}, depth + 1)}
            if "alone" in node.raw:
                made["alone"] = self.template(place, node.raw["alone"])
            return made
        raise RecipeProblem(place, "must be a text, number, json, object or each")

    def sign(self, node: Node) -> Sign:
        node.known({"digest", "letters", "key", "text", "header", "field"})
        sign = Sign(
            digest=node.choice("digest", get_args(Digest)),
            parts=tuple(self._part(part) for part in node.nodes("text")),
            upper=node.choice("letters", ("lower", "upper"), "lower") == "upper",
            key=self.template(f"{node.place}.key", node.text("key", "")),
            header=node.text("header", ""),
            field=node.text("field", ""),
        )
        if not sign.parts or bool(sign.header) == bool(sign.field):
            raise RecipeProblem(node.place, "needs a text, and either a header or a field")
        if bool(sign.key) != (sign.digest == "hmac_sha256"):
            raise RecipeProblem(node.place, "a key belongs to hmac_sha256 and to nothing else")
        secret = json.dumps(node.raw)
        if "{setting." not in secret:
            raise RecipeProblem(node.place, "no setting takes part, so anybody could sign")
        return sign

    def _part(self, node: Node) -> Part:
        if "fields" in node.raw:
            node.known({"fields"})
            return Part(fields=self._signed(node.node("fields")))
        if "characters" in node.raw:
            node.known({"characters"})
            return Part(characters=node.flag("characters"))
        node.known({"text"})
        return Part(text=self.template(node.place, node.raw.get("text")))

    def _signed(self, node: Node) -> SignedFields:
        node.known({"of", "join", "pair", "skip_empty", "only", "leave_out", "extra"})
        extra = node.node("extra")
        return SignedFields(
            of=node.choice("of", ("body", "headers"), "body"),
            join=node.text("join", "&"),
            pair=node.text("pair", "="),
            skip_empty=node.flag("skip_empty", True),
            only=node.texts("only", plain_name),
            leave_out=node.texts("leave_out", plain_name),
            extra={
                plain_name(extra.place, name): self.template(extra.place, value)
                for name, value in extra.raw.items()
            },
        )

    def rules(self, node: Node) -> tuple[Rule, ...]:
        return tuple(self._rule(rule) for rule in node.nodes("rules"))

    def _rule(self, node: Node) -> Rule:
        node.known({"when", "status", "kind", "first_only", "refund", "reason"})
        when = self.when(node)
        kind = node.raw.get("kind")
        refund = node.raw.get("refund")
        rule = Rule(
            status=node.choice("status", get_args(Status)),
            when=when,
            kind=node.choice("kind", get_args(GoodsKind)) if kind is not None else None,
            first_only=node.flag("first_only"),
            refund=node.choice("refund", get_args(Refund)) if refund is not None else None,
            reason=node.text("reason", ""),
        )
        if not when:
            raise RecipeProblem(f"{node.place}.when", "is empty: a rule without a condition")
        return rule

    def when(self, node: Node) -> dict[str, tuple[str, ...]]:
        conditions = node.node("when")
        return {
            path(conditions.place, name): conditions.texts(name, any_text)
            for name in conditions.raw
        }

    def reads(self, node: Node) -> Reads:
        reads = node.node("reads")
        reads.known({"numbers", "reference", "cost", "refunded", "reason", "unwrap"})
        return Reads(
            numbers=reads.texts("numbers", path),
            reference=reads.texts("reference", path),
            cost=path(reads.place, reads.raw["cost"]) if "cost" in reads.raw else "",
            refunded=path(reads.place, reads.raw["refunded"]) if "refunded" in reads.raw else "",
            reason=reads.texts("reason", path),
            unwrap=reads.texts("unwrap", path),
        )

    def cards(self, node: Node) -> Cards:
        node.known({"at", "parts", "expires", "cipher"})
        parts = node.raw.get("parts", [])
        if not isinstance(parts, list) or len(parts) > 6:
            raise RecipeProblem(f"{node.place}.parts", "must be a list of at most 6")
        cipher = node.node("cipher")
        return Cards(
            at=node.texts("at", path),
            parts=tuple(
                Node(node.place, {"parts": part}).texts("parts", plain_name) for part in parts
            ),
            expires=node.texts("expires", plain_name),
            cipher=self._cipher(cipher) if "cipher" in node.raw else None,
        )

    def _cipher(self, node: Node) -> Cipher:
        node.known({"kind", "key", "key_is_md5", "whole"})
        return Cipher(
            kind=node.choice("kind", ("aes-ecb", "aes-cbc-iv-prefix")),
            key=self.template(f"{node.place}.key", node.raw.get("key")),
            key_is_md5=node.flag("key_is_md5"),
            whole=node.flag("whole"),
        )

    def notice(self, node: Node, query_rules: tuple[Rule, ...]) -> NoticePlan:
        node.known({
            "number", "reference", "sign", "age", "age_s_max", "same", "rules", "event",
            "accepted", "refused", "json",
        })  # fmt: skip
        same = node.node("same")
        if any(part.get("characters") for part in node.node("sign").raw.get("text", [])):
            raise RecipeProblem(
                f"{node.place}.sign", "sorted characters prove no order of them: leave it a hint"
            )
        return NoticePlan(
            number=path(f"{node.place}.number", node.raw.get("number")),
            reference=path(node.place, node.raw["reference"]) if "reference" in node.raw else "",
            sign=self.sign(node.node("sign")) if "sign" in node.raw else None,
            age=self.template(f"{node.place}.age", node.text("age", "")),
            age_s_max=node.whole("age_s_max", 0),
            same={
                path(same.place, name): self.template(same.place, value)
                for name, value in same.raw.items()
            },
            rules=self.rules(node) if "rules" in node.raw else query_rules,
            event=node.texts("event", path),
            accepted=node.text("accepted", "ok"),
            refused=node.text("refused", "fail"),
            json=node.flag("json"),
        )

    def balance(self, node: Node) -> BalancePlan:
        node.known({"call", "when", "add"})
        when, add = self.when(node), node.texts("add", path)
        if not when or not add:
            raise RecipeProblem(node.place, "needs when it counts and where it stands")
        return BalancePlan(self.call(node.node("call")), when, add)
