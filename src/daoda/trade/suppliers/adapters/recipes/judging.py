"""What an answer means by the rules of a recipe: the first that holds, and nothing else.

An answer no rule fits is ``unknown``, and so is one about another order, a final word whose order
number is missing where it should stand, and one that cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from daoda.trade.suppliers.adapters import checks, wire
from daoda.trade.suppliers.adapters.base import Card, Purchase, Reading
from daoda.trade.suppliers.adapters.recipes import ciphers
from daoda.trade.suppliers.adapters.recipes.document import Cards, Reads, Refund, Rule

_FINAL = {"succeeded", "failed", "refunded", "absent"}


def at(fields: object, path: str) -> object:
    """What stands at ``data.0.status``; None where the way ends."""
    found = fields
    for step in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and step.isascii() and step.isdigit() and len(step) < 5:
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    return found


def first(fields: object, paths: Sequence[str]) -> object:
    """The first of some places at which something stands."""
    found = (at(fields, path) for path in paths)
    return next((item for item in found if item not in (None, "")), None)


def holds(fields: object, when: Mapping[str, Sequence[str]]) -> bool:
    """Whether every place bears one of its texts; numbers compare as they were written."""
    for path, allowed in when.items():
        found = at(fields, path)
        if not isinstance(found, str | bool) or wire.plain(found) not in allowed:
            return False
    return True


def unwrapped(fields: dict[str, Any], reads: Reads) -> dict[str, Any]:
    """The answer with JSON texts at some top-level places opened. Raises Unreadable."""
    opened = {
        name: wire.parse_json(item.encode())
        for name in reads.unwrap
        if isinstance(item := fields.get(name), str) and not isinstance(item, wire.Digits) and item
    }
    return fields | opened


def judge(
    fields: dict[str, Any],
    rules: Sequence[Rule],
    reads: Reads,
    purchase: Purchase | None,
    *,
    refusal_bears_number: bool = True,
) -> Reading:
    """The reading of one answer; without a purchase (a notice) kinds and repeats fit nothing.

    A refused order bears no number yet; whatever else is final must bear ours.
    """
    try:
        told = unwrapped(fields, reads)
    except wire.Unreadable as problem:
        return Reading("unknown", f"a part of the answer {problem}")
    cost_fen = wire.fen(at(told, reads.cost)) if reads.cost else None
    back_fen = wire.fen(at(told, reads.refunded), up=False) if reads.refunded else None
    reading = Reading(
        "unknown",
        "no rule of the recipe fits",
        reference=wire.number(first(told, reads.reference)),
        cost_fen=cost_fen,
        refunded_fen=back_fen,
        reason=wire.shown(wire.plain(first(told, reads.reason))),
    )
    refund = _refund(cost_fen, back_fen)
    for position, rule in enumerate(rules):
        if holds(told, rule.when) and _fits(rule, purchase, refund):
            detail = rule.reason or f"rule {position + 1} of the recipe"
            reading = replace(reading, status=rule.status, detail=detail)
            break
    if purchase is None:
        return reading
    final = _FINAL if refusal_bears_number else _FINAL - {"failed"}
    return _own(told, reading, reads, purchase, final)


def _fits(rule: Rule, purchase: Purchase | None, refund: Refund | None) -> bool:
    if rule.refund is not None and rule.refund != refund:
        return False
    if rule.kind is not None and (purchase is None or purchase.kind != rule.kind):
        return False
    return not rule.first_only or (purchase is not None and not purchase.sent_before)


def _refund(cost_fen: int | None, back_fen: int | None) -> Refund | None:
    """How much came back, where both amounts are said."""
    if cost_fen is None or back_fen is None:
        return None
    if not back_fen:
        return "none"
    return "full" if back_fen >= cost_fen else "part"


def _own(
    told: object, reading: Reading, reads: Reads, purchase: Purchase, final: AbstractSet[str]
) -> Reading:
    if not reads.numbers:
        return reading
    found = wire.number(first(told, reads.numbers))
    if found and found != purchase.number:
        return Reading("unknown", "the answer is about another order")
    if not found and reading.status in final:
        return Reading("unknown", "the answer does not say which order it is about")
    return reading


def cards(told: object, plan: Cards, given: Mapping[str, str]) -> list[Card]:
    """The cards of an answer. Raises CannotDecrypt, and Unreadable for a list that is none."""
    found = first(told, plan.at)
    if plan.cipher and plan.cipher.whole and isinstance(found, str):
        found = wire.parse_json(ciphers.decrypt(plan.cipher, found, given).encode())
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > wire.CARDS_MAX:
        raise wire.Unreadable("has cards that are no list")
    made = [_card(item, plan, given) for item in found]
    return [card for card in made if card]


def _card(item: object, plan: Cards, given: Mapping[str, str]) -> Card | None:
    if not isinstance(item, dict):
        return checks.card(wire.plain(item))
    parts = []
    for names in plan.parts:
        text = wire.plain(first(item, names))
        if text and plan.cipher and not plan.cipher.whole:
            text = ciphers.decrypt(plan.cipher, text, given)
        parts.append(text)
    return checks.card(" ".join(filter(None, parts)), wire.plain(first(item, plan.expires)))
