"""Filling the texts and values of a recipe with what one request is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from daoda.kit.money import HAO_PER_FEN, unit_price, yuan
from daoda.trade.suppliers.adapters import wire
from daoda.trade.suppliers.adapters.base import CannotBuy, Purchase

_PLACE = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}|(?:0|[1-9][0-9]{0,11})\.[0-9]{1,4}")


def names(config: Mapping[str, str], purchase: Purchase | None, now: datetime) -> dict[str, str]:
    """Everything a text may be filled with, as texts."""
    local = now.astimezone(wire.BEIJING)
    found = {f"setting.{name}": value for name, value in config.items()}
    found |= {
        "now_s": str(int(now.timestamp())),
        "now_ms": str(int(now.timestamp() * 1000)),
        "now_text": local.strftime("%Y-%m-%d %H:%M:%S"),
        "now_stamp": local.strftime("%Y%m%d%H%M%S") + f"{local.microsecond // 1000:03d}",
    }
    return found if purchase is None else found | _of_purchase(purchase)


def _of_purchase(purchase: Purchase) -> dict[str, str]:
    unit_hao = purchase.unit_max_hao or purchase.cost_max_fen * HAO_PER_FEN // purchase.quantity
    found = {
        "number": purchase.number,
        "goods": purchase.goods,
        "quantity": str(purchase.quantity),
        "kind": purchase.kind,
        "cost_max": yuan(purchase.cost_max_fen),
        "unit_max": _short(unit_hao),
        "unit_max3": _short(unit_hao // 10 * 10),
        "notify_url": purchase.notify_url,
        "reference": purchase.reference,
        "account": next(iter(purchase.fields.values()), ""),
    }
    return found | {f"field.{name}": value for name, value in purchase.fields.items()}


def _short(price_hao: int) -> str:
    return unit_price(price_hao).rstrip("0").rstrip(".")


def text(template: str, given: Mapping[str, str]) -> str:
    """A text with its places filled; a field or header that is not there is empty."""
    return _PLACE.sub(lambda place: given.get(place[1], ""), template)


def value(made: Any, given: Mapping[str, str], fields: Mapping[str, str]) -> Any:
    """A value of a body; see ``reading.value``. Raises CannotBuy where a number is none."""
    if isinstance(made, str):
        return text(made, given)
    if "number" in made:
        digits = text(made["number"], given)
        if not _NUMBER.fullmatch(digits):
            raise CannotBuy("a number of the recipe is none for this purchase")
        return wire.Digits(digits)
    if "json" in made:
        return wire.dumped(_object(made["json"], given, fields))
    if "object" in made:
        return _object(made["object"], given, fields)
    if "alone" in made and len(fields) <= 1:
        return text(made["alone"], _one(given, *next(iter(fields.items()), ("", ""))))
    return [value(made["each"], _one(given, *pair), fields) for pair in fields.items()]


def _object(
    made: Mapping[str, Any], given: Mapping[str, str], fields: Mapping[str, str]
) -> dict[str, Any]:
    return {name: value(item, given, fields) for name, item in made.items()}


def _one(given: Mapping[str, str], key: str, content: str) -> dict[str, str]:
    return {**given, "key": key, "value": content}


def is_empty(item: object) -> bool:
    """What "empty values are left out" means: no text and nothing, but neither 0 nor false."""
    return item is None or (isinstance(item, str | list) and not item)
