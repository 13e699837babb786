"""How a paid order of a product becomes goods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["code", "topup", "membership", "manual"]
Via = Literal["stock", "supplier", "hand"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# Who does it when nobody is named: whoever talks to the one who can.
_BY_DEFAULT: dict[Kind, tuple[Via, str]] = {
    "code": ("stock", ""),
    "topup": ("hand", "department:supplier"),
    "membership": ("hand", "department:operations"),
    "manual": ("hand", "department:operations"),
}
_HANDS = frozenset({"department:supplier", "department:operations", "department:technical"})


@dataclass(frozen=True)
class Recipe:
    """``via`` stock: codes from our shelf; ``via`` supplier: bought for the order when it is paid;

    ``via`` hand: ``owner`` does it and says so.
    """

    via: Via
    owner: str = ""


def read_recipe(kind: Kind, raw: object) -> Recipe:
    """The recipe of a product from its stored JSON; what is not said is the kind's default.

    ValueError for an unknown way, an unknown owner, or hand-made codes without an owner.
    """
    via, owner = _BY_DEFAULT[kind]
    if not isinstance(raw, dict) or set(raw) - {"via", "owner"}:
        raise ValueError("a recipe has the keys via and owner")
    via, owner = raw.get("via", via), raw.get("owner", owner)
    if via == "stock":
        if kind != "code" or owner:
            raise ValueError("only codes come from stock, and stock has no owner to name")
        return Recipe("stock")
    if via == "supplier":
        if kind == "manual" or owner not in ("", _BY_DEFAULT[kind][1]):
            raise ValueError("a supplier is chosen for each order, and does nothing by hand")
        return Recipe("supplier")
    if via != "hand" or owner not in _HANDS:
        raise ValueError(
            f"a recipe goes via stock, via supplier, or via hand by one of {sorted(_HANDS)}"
        )
    return Recipe("hand", owner)
