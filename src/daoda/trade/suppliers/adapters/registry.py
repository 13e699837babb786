"""Which suppliers can be spoken to: a code, its settings, and the adapter made from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from daoda.kit.configs import ConfigProblem, Setting
from daoda.trade.suppliers.adapters import dujiao_next, kasushou
from daoda.trade.suppliers.adapters.base import SupplierAdapter
from daoda.trade.suppliers.adapters.recipes import reading, speaking

BY_HAND = "by_hand"
RECIPE = speaking.CODE
ADAPTERS: dict[str, Callable[[Mapping[str, object]], SupplierAdapter]] = {
    dujiao_next.CODE: lambda raw: dujiao_next.DujiaoNext(dujiao_next.Config.parse(raw)),
    kasushou.CODE: lambda raw: kasushou.Kasushou(kasushou.Config.parse(raw)),
}
SETTINGS: dict[str, tuple[Setting, ...]] = {
    dujiao_next.CODE: dujiao_next.SETTINGS,
    kasushou.CODE: kasushou.SETTINGS,
    BY_HAND: (),
}


def adapter(
    code: str, raw: Mapping[str, object], *, recipe: Mapping[str, object] | None = None
) -> SupplierAdapter:
    """A supplier's adapter. Raises ConfigProblem, also for one who works by hand."""
    if code == RECIPE:
        return speaking.Speaker.parse(reading.read(recipe or {}), raw)
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
    """The settings of an adapter; none for one we do not know. Raises RecipeProblem."""
    if code == RECIPE:
        return reading.read(recipe or {}).settings
    return SETTINGS.get(code, ())


def shipped() -> dict[str, dict[str, Any]]:
    """The recipes that come with the house, by code."""
    folder = resources.files(f"{__package__}.recipes")
    return {
        entry.name.removesuffix(".json"): json.loads(entry.read_text(encoding="utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".json")
    }
