"""Which suppliers can be spoken to: a code, its settings, and the adapter made from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from daoda.trade.suppliers.adapters import dujiao_next
from daoda.trade.suppliers.adapters.base import ConfigProblem, Setting, SupplierAdapter

BY_HAND = "by_hand"
ADAPTERS: dict[str, Callable[[Mapping[str, object]], SupplierAdapter]] = {
    dujiao_next.CODE: lambda raw: dujiao_next.DujiaoNext(dujiao_next.Config.parse(raw)),
}
SETTINGS: dict[str, tuple[Setting, ...]] = {
    dujiao_next.CODE: dujiao_next.SETTINGS,
    BY_HAND: (),
}


def adapter(
    code: str, raw: Mapping[str, object], *, recipe: Mapping[str, object] | None = None
) -> SupplierAdapter:
    """A supplier's adapter. Raises ConfigProblem, also for one who works by hand."""
    make = ADAPTERS.get(code)
    if make is None:
        raise ConfigProblem("adapter", "is not one we speak: " + ", ".join(sorted(ADAPTERS)))
    return make(raw)


def check(
    code: str, raw: Mapping[str, object], *, recipe: Mapping[str, object] | None = None
) -> None:
    """Raises ConfigProblem where ``adapter`` would; a supplier by hand has nothing to set."""
    if code != BY_HAND:
        adapter(code, raw, recipe=recipe)
    elif raw:
        raise ConfigProblem(next(iter(raw)), "is not a setting of a supplier who works by hand")


def settings(code: str, *, recipe: Mapping[str, object] | None = None) -> tuple[Setting, ...]:
    """The settings of an adapter; none for one we do not know."""
    return SETTINGS.get(code, ())
