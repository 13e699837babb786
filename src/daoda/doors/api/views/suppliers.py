"""Suppliers and what they sell us."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from ninja.params.functions import Path

from daoda.doors.api import schemas
from daoda.doors.api.keys import ApiRequest, Bearer
from daoda.doors.api.problems import Problem, Wrong
from daoda.doors.api.views.common import problems
from daoda.kit import money
from daoda.records.accounts.roles import Scope
from daoda.trade.catalog.models import Variant
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.models import Offer, Supplier

router = Router(tags=["suppliers"])
ROWS_MAX = 1_000

SupplierId = Annotated[schemas.AskedId, Path(description="The supplier's `id`.")]
VariantId = Annotated[schemas.AskedId, Path(description="The variant's `id`.")]
UnitPrice = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,8}(\.[0-9]{1,4})?$",
        description="Yuan apiece, at most four decimals.",
        examples=["9.8765"],
    ),
]


class SupplierOut(Schema):
    """A supplier, without anything of how it is spoken to."""

    id: schemas.Id
    code: str
    name: str
    state: str = Field(description="`working`, `paused`, `tripped` or `probing`.")
    reason: str
    until: datetime | None = Field(description="End of the pause, or the next probe.")
    balance_fen: int | None
    balance_at: datetime | None
    emergency: bool


class OfferOut(Schema):
    """A variant as a supplier's goods."""

    id: schemas.Id
    supplier_id: schemas.Id
    variant_id: schemas.Id
    goods: str
    unit_cost: str
    guard_percent: int
    quantity_max: int | None
    rank: int
    enabled: bool
    shelf_per_day: int
    changed_at: datetime


class OfferIn(Schema):
    """What an offer is to be."""

    goods: schemas.Line = Field(min_length=1, max_length=80)
    unit_cost: UnitPrice
    guard_percent: int = Field(default=0, ge=0, le=100)
    quantity_max: int | None = Field(default=None, ge=1, le=100_000)
    rank: int = Field(default=0, ge=-1_000, le=1_000)
    enabled: bool = True
    shelf_per_day: int = Field(default=0, ge=0, le=1_000_000)


class SuppliersOut(Schema):
    """Every supplier of the shop."""

    items: list[SupplierOut]


class OffersOut(Schema):
    """Every offer of a supplier."""

    items: list[OfferOut]


@router.get(
    "",
    operation_id="list_suppliers",
    summary="List suppliers",
    auth=Bearer(Scope.SUPPLIERS_READ),
    response={200: SuppliersOut, **problems(401, 403, 429)},
)
def list_suppliers(request: ApiRequest) -> dict[str, Any]:
    """Every supplier of the shop, by name. Scope `suppliers:read`."""
    rows = Supplier.objects.order_by("name", "id")[:ROWS_MAX]
    return {"items": [_supplier(row) for row in rows]}


@router.get(
    "/{supplier_id}/offers",
    operation_id="list_offers",
    summary="List what a supplier sells",
    auth=Bearer(Scope.SUPPLIERS_READ),
    response={200: OffersOut, **problems(401, 403, 404, 422, 429)},
)
def list_offers(request: ApiRequest, supplier_id: SupplierId) -> dict[str, Any]:
    """Every offer of a supplier. Scope `suppliers:read`."""
    rows = Offer.objects.filter(supplier=_the_supplier(supplier_id)).order_by("id")[:ROWS_MAX]
    return {"items": [_offer(row) for row in rows]}


@router.put(
    "/{supplier_id}/offers/{variant_id}",
    operation_id="put_offer",
    summary="Set what a supplier sells for a variant",
    auth=Bearer(Scope.SUPPLIERS_WRITE),
    response={200: OfferOut, **problems(400, 401, 403, 404, 409, 413, 415, 422, 429)},
)
def put_offer(
    request: ApiRequest, supplier_id: SupplierId, variant_id: VariantId, offer: OfferIn
) -> dict[str, Any]:
    """Make or change the offer of a variant; sent twice it is the same offer.

    Scope `suppliers:write`. The names of the buyer's fields stay as they are.
    """
    supplier = _the_supplier(supplier_id)
    variant = Variant.objects.filter(pk=uuid.UUID(variant_id)).first()
    if variant is None:
        raise Problem("not_found", _("This shop has no variant with this id."))
    cost = money.parse_unit_price(offer.unit_cost)
    if not cost:
        says = _("A price above nothing.")
        raise Problem("invalid", errors=[Wrong("body.offer.unit_cost", "out_of_range", says)])
    present = Offer.objects.filter(supplier=supplier, variant=variant).first()
    ask = suppliers.OfferAsk(
        unit_cost_hao=cost,
        field_map=present.field_map if present else {},
        **offer.dict(exclude={"unit_cost"}),
    )
    row, _made = suppliers.put_offer(
        supplier_id=supplier.pk,
        variant_id=variant.pk,
        ask=ask,
        actor=request.auth.actor,
        now=request.now,
    )
    return _offer(row)


def _the_supplier(supplier_id: str) -> Supplier:
    found: Supplier | None = Supplier.objects.filter(pk=uuid.UUID(supplier_id)).first()
    if found is None:
        raise Problem("not_found", _("This shop has no supplier with this id."))
    return found


def _supplier(row: Supplier) -> dict[str, Any]:
    same = ("code", "name", "state", "reason", "balance_fen", "balance_at", "emergency")
    return {name: getattr(row, name) for name in same} | {"id": row.pk, "until": row.promised_at}


def _offer(row: Offer) -> dict[str, Any]:
    same = (
        "supplier_id", "variant_id", "goods", "guard_percent", "quantity_max", "rank", "enabled",
        "shelf_per_day", "changed_at",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same} | {
        "id": row.pk,
        "unit_cost": money.unit_price(row.unit_cost_hao),
    }
