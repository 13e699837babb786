"""A supplier's adapter, opened from its sealed configuration."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from functools import lru_cache

from daoda.kit import crypto
from daoda.trade.suppliers.adapters import registry
from daoda.trade.suppliers.adapters.base import SupplierAdapter
from daoda.trade.suppliers.models import Supplier


def adapter_of(supplier: Supplier) -> SupplierAdapter:
    """The adapter of a supplier, kept while its configuration stays the same.

    Raises ConfigProblem: for a supplier who works by hand, or one set up by another version.
    """
    return _opened(
        supplier.adapter, json.dumps(supplier.recipe, sort_keys=True), supplier.key_id,
        bytes(supplier.config), supplier.shop_id, supplier.pk,
    )  # fmt: skip


def open_adapter(
    supplier_id: uuid.UUID,
    shop_id: uuid.UUID,
    adapter: str,
    recipe: Mapping[str, object],
    key_id: str,
    config: bytes,
) -> SupplierAdapter:
    """As ``adapter_of``, for a door that reads the row itself. Raises ConfigProblem."""
    document = json.dumps(recipe, sort_keys=True)
    return _opened(adapter, document, key_id, bytes(config), shop_id, supplier_id)


@lru_cache(maxsize=256)
def _opened(
    adapter: str, recipe: str, key_id: str, config: bytes, shop_id: uuid.UUID, pk: uuid.UUID
) -> SupplierAdapter:
    return registry.adapter(
        adapter, unsealed(key_id, config, shop_id, pk), recipe=json.loads(recipe)
    )


def settings_shown(supplier: Supplier) -> dict[str, str]:
    """The settings of a supplier that are no secrets, by name."""
    secret = _secret_names(supplier)
    return {name: value for name, value in _config(supplier).items() if name not in secret}


def secrets(supplier: Supplier) -> dict[str, str]:
    """The secret settings of a supplier, for keeping those that a page left empty."""
    secret = _secret_names(supplier)
    return {name: value for name, value in _config(supplier).items() if name in secret}


def sealed(config: dict[str, str], *, shop_id: uuid.UUID, supplier_id: uuid.UUID) -> crypto.Sealed:
    """A configuration, bound to its supplier."""
    return crypto.seal(json.dumps(config).encode(), aad=_aad(shop_id, supplier_id))


def unsealed(
    key_id: str, config: bytes, shop_id: uuid.UUID, supplier_id: uuid.UUID
) -> dict[str, str]:
    found: dict[str, str] = json.loads(
        crypto.unseal(key_id, config, aad=_aad(shop_id, supplier_id))
    )
    return found


def _aad(shop_id: uuid.UUID, supplier_id: uuid.UUID) -> bytes:
    return b"supplier" + shop_id.bytes + supplier_id.bytes


def _config(supplier: Supplier) -> dict[str, str]:
    return unsealed(supplier.key_id, bytes(supplier.config), supplier.shop_id, supplier.pk)


def _secret_names(supplier: Supplier) -> set[str]:
    known = registry.settings(supplier.adapter, recipe=supplier.recipe)
    return {setting.name for setting in known if setting.secret}


def tried(*, supplier: Supplier, recipe: Mapping[str, object]) -> SupplierAdapter:
    """The adapter a supplier would have by another recipe; nothing is kept. Raises ConfigProblem.

    Settings the other recipe no longer asks for are left out.
    """
    asked = {setting.name for setting in registry.settings(supplier.adapter, recipe=recipe)}
    config = {name: value for name, value in _config(supplier).items() if name in asked}
    return registry.adapter(supplier.adapter, config, recipe=recipe)
