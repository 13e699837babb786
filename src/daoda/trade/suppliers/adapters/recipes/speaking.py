"""The adapter that speaks by recipe."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from daoda.kit import configs
from daoda.kit.http import Answer, Call, NoAnswer
from daoda.trade.suppliers.adapters import checks, wire
from daoda.trade.suppliers.adapters.base import (
    Balance,
    CannotBuy,
    Capability,
    Notice,
    NotOffered,
    Purchase,
    Reading,
    Reply,
    Told,
)
from daoda.trade.suppliers.adapters.recipes import ciphers, judging, templates
from daoda.trade.suppliers.adapters.recipes.document import (
    CallPlan,
    NoticePlan,
    Reads,
    Recipe,
    Rule,
    Sign,
)

CODE = "recipe"
_HTTP_SAYING = (400, 401, 402, 403, 404, 409, 422)


@dataclass(frozen=True)
class Speaker:
    """Speaks for one account at one supplier, as a recipe says."""

    recipe: Recipe
    config: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, recipe: Recipe, raw: Mapping[str, object]) -> Speaker:
        """Raises ConfigProblem."""
        values = configs.read(raw, recipe.settings)
        for name in recipe.addresses:
            values[name] = configs.gateway(name, values[name])
        return cls(recipe, values)

    @property
    def capability(self) -> Capability:
        return self.recipe.capability

    def create(self, *, purchase: Purchase, now: datetime) -> Call:
        checks.buyable(purchase, self.capability)
        plan = self.recipe.create.get(purchase.kind)
        if plan is None:
            raise CannotBuy(f"the recipe buys no goods of the kind {purchase.kind}")
        return self._call(plan, purchase, now)

    def read_create(
        self, *, purchase: Purchase, answer: Answer | NoAnswer, now: datetime
    ) -> Reading:
        reading = self._read(
            answer, self.recipe.create_rules, self.recipe.create_reads, purchase, now
        )
        wait_s = self.recipe.ask_again_s.get(purchase.kind)
        if wait_s and reading.status in {"accepted", "processing", "unknown"}:
            return replace(reading, ask_again_s=max(wait_s, reading.ask_again_s or 0))
        return reading

    def query(self, *, purchase: Purchase, now: datetime) -> Call:
        by = self.capability.query_by
        if by == "none" or (by == "theirs" and not purchase.reference):
            raise NotOffered("there is no number this supplier could be asked by")
        return self._call(self.recipe.query, purchase, now)

    def read_query(
        self, *, purchase: Purchase, answer: Answer | NoAnswer, now: datetime
    ) -> Reading:
        return self._read(answer, self.recipe.query_rules, self.recipe.query_reads, purchase, now)

    def read_notice(self, *, notice: Notice, now: datetime) -> Told:
        plan = self.recipe.notice
        if plan is None:
            return wire.not_genuine("forged", notice, "this supplier sends no notices")
        try:
            fields = wire.parse_notice(notice)
            if plan.sign is not None and (wrong := self._wrong(plan, plan.sign, notice, fields)):
                return wire.not_genuine("forged", notice, wrong)
            if stale := self._stale(plan, notice, fields, now):
                return wire.not_genuine("forged", notice, stale)
            return self._told(plan, notice, fields)
        except wire.Unreadable as problem:
            return wire.not_genuine("unreadable", notice, f"the notice {problem}")

    def answer(self, *, accepted: bool) -> Reply:
        plan = self.recipe.notice
        body = (plan.accepted if accepted else plan.refused) if plan else "fail"
        if plan and plan.json:
            return Reply(200, "application/json", body.encode())
        return wire.text_reply(body)

    def balance(self, *, now: datetime) -> Call:
        if self.recipe.balance is None:
            raise NotOffered("the recipe has no call for the balance")
        return self._call(self.recipe.balance.call, None, now)

    def read_balance(self, *, answer: Answer | NoAnswer, now: datetime) -> Balance:
        plan = self.recipe.balance
        if silent := wire.silent(answer):
            return Balance(None, silent.detail)
        assert isinstance(answer, Answer)
        try:
            fields = judging.unwrapped(wire.parse_object(answer.body), self.recipe.query_reads)
        except wire.Unreadable as problem:
            return Balance(None, f"the answer {problem}")
        if plan is None or not judging.holds(fields, plan.when):
            return Balance(None, "the supplier refuses to say")
        parts = [wire.signed_fen(judging.at(fields, path)) for path in plan.add]
        if None in parts:
            return Balance(None, "an amount cannot be read")
        return Balance(sum(part for part in parts if part is not None), "as the supplier says")

    def mask(self, *, raw: bytes) -> str:
        return wire.masked(raw)

    def _call(self, plan: CallPlan, purchase: Purchase | None, now: datetime) -> Call:
        given = templates.names(self.config, purchase, now)
        fields = purchase.fields if purchase else {}
        made = {name: templates.value(item, given, fields) for name, item in plan.body.items()}
        if plan.spread_fields:
            made |= fields
        if plan.skip_empty:
            made = {name: item for name, item in made.items() if not templates.is_empty(item)}
        headers = {name: templates.text(item, given) for name, item in plan.headers.items()}
        sign = self.recipe.sign
        raw = _encoded(plan, made)
        given |= {"body": raw.decode()}
        given |= {f"header.{name.lower()}": item for name, item in headers.items()}
        text = ciphers.source(sign, given=given, body=made, headers=headers)
        signature = ciphers.digest(sign, text, given)
        if sign.header:
            headers[sign.header] = signature
        else:
            made[sign.field] = signature
            raw = _encoded(plan, made)
        if not all(item.isprintable() for item in headers.values()):
            raise CannotBuy("a header of the recipe would hold more than one line")
        steps = templates.text(
            plan.path, {name: quote(item, safe="") for name, item in given.items()}
        )
        url = self.config[plan.gateway] + steps
        if plan.encode == "query":
            return Call(plan.method, f"{url}?{raw.decode()}", headers)
        kind = _content_type(plan)
        return Call(plan.method, url, {"content-type": kind, **headers}, raw)

    def _read(
        self,
        answer: Answer | NoAnswer,
        rules: tuple[Rule, ...],
        reads: Reads,
        purchase: Purchase,
        now: datetime,
    ) -> Reading:
        if silent := wire.silent(answer, also=_HTTP_SAYING):
            return silent
        assert isinstance(answer, Answer)
        fields = wire.said(answer)
        if isinstance(fields, Reading):
            return fields
        refused = rules is not self.recipe.create_rules
        reading = judging.judge(fields, rules, reads, purchase, refusal_bears_number=refused)
        # A status that says "refused" beside a body that says "done" is no clear word.
        if answer.status != 200 and reading.status not in {"failed", "unknown"}:
            return Reading("unknown", f"HTTP {answer.status} beside {reading.status}")
        plan = self.recipe.cards
        if reading.status != "succeeded" or plan is None or purchase.kind != "card":
            return checks.with_cards(reading, purchase, ())
        given = templates.names(self.config, purchase, now)
        try:
            cards = judging.cards(judging.unwrapped(fields, reads), plan, given)
        except (wire.Unreadable, ciphers.CannotDecrypt) as problem:
            return replace(reading, status="needs_human", detail=f"cards came, but {problem}")
        return checks.with_cards(reading, purchase, cards)

    def _wrong(
        self, plan: NoticePlan, sign: Sign, notice: Notice, fields: Mapping[str, Any]
    ) -> str:
        """Why a notice is not the supplier's; empty when it is."""
        given = {f"setting.{name}": value for name, value in self.config.items()}
        given |= {f"header.{name}": item for name, item in notice.headers.items()}
        given |= {"body": notice.body.decode(errors="replace")}
        text = ciphers.source(sign, given=given, body=fields, headers=notice.headers)
        expected = ciphers.digest(sign, text, given)
        at_header = notice.headers.get(sign.header.lower(), "")
        shown = at_header if sign.header else wire.plain(fields.get(sign.field))
        if not hmac.compare_digest(shown.encode(errors="replace"), expected.encode()):
            return "the signature does not fit our key"
        for path, made in plan.same.items():
            if wire.plain(judging.at(fields, path)) != templates.text(made, given):
                return "signed for somebody else"
        return ""

    def _stale(
        self, plan: NoticePlan, notice: Notice, fields: Mapping[str, Any], now: datetime
    ) -> str:
        if not plan.age_s_max:
            return ""
        given = {f"header.{name}": item for name, item in notice.headers.items()}
        given |= {f"field.{name}": wire.plain(item) for name, item in fields.items()}
        second = templates.text(plan.age, given)
        if not second.isascii() or not second.isdigit() or len(second) > 13:
            return "it does not say when it was sent"
        sent = int(second) / (1000 if len(second) > 10 else 1)
        return "it was sent too long ago" if abs(now.timestamp() - sent) > plan.age_s_max else ""

    def _told(self, plan: NoticePlan, notice: Notice, fields: dict[str, Any]) -> Told:
        number = wire.number(judging.at(fields, plan.number))
        if not number:
            return wire.not_genuine("unreadable", notice, "it is about no order of ours")
        if plan.sign is None:
            return Told("unsigned", f"hint:{number}", "a hint to ask", number=number)
        # In a notice all stands at the top, without the envelope answers have.
        reads = Reads(
            reference=(plan.reference,) if plan.reference else (),
            cost=_last(self.recipe.query_reads.cost),
            refunded=_last(self.recipe.query_reads.refunded),
            reason=tuple(map(_last, self.recipe.query_reads.reason)),
        )
        reading = judging.judge(fields, plan.rules, reads, None)
        said = [wire.plain(judging.at(fields, path)) for path in plan.event]
        key = hashlib.sha256("\n".join([number, *said]).encode(errors="replace")).hexdigest()
        return Told(
            "genuine", f"{number}:{key[:24]}", reading.detail, number=number,
            reference=reading.reference,
            reading=replace(reading, cards_missing=reading.status == "succeeded"),
        )  # fmt: skip


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _encoded(plan: CallPlan, made: Mapping[str, Any]) -> bytes:
    if plan.encode == "json":
        return wire.dumped(made).encode()
    texts = {name: _as_text(item) for name, item in made.items()}
    if plan.encode == "multipart":
        return wire.multipart(texts)
    return urlencode(texts).encode()


def _as_text(item: object) -> str:
    return wire.dumped(item) if isinstance(item, dict | list) else wire.plain(item)


def _content_type(plan: CallPlan) -> str:
    if plan.encode == "json":
        return "application/json; charset=utf-8"
    if plan.encode == "multipart":
        return f"multipart/form-data; boundary={wire.BOUNDARY}"
    return "application/x-www-form-urlencoded; charset=utf-8"
