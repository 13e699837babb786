"""Orders: placing, reading, cancelling."""

from __future__ import annotations

import hashlib
import uuid
from typing import Annotated, Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router
from ninja.params.functions import Header, Path, Query

from daoda.doors.api import schemas
from daoda.doors.api.actions import Answer
from daoda.doors.api.keys import ApiRequest, Bearer
from daoda.doors.api.problems import Problem, Wrong
from daoda.doors.api.views.common import PageQuery, once, page_of, problems
from daoda.records.accounts.roles import Scope
from daoda.trade.catalog.rules import FieldError
from daoda.trade.orders import actions as orders
from daoda.trade.orders import queries
from daoda.trade.orders.models import Order

router = Router(tags=["orders"])
OrderId = Annotated[schemas.AskedId, Path(description="The order's `id`.")]
State = Annotated[schemas.OrderState | None, Query(description="Only orders in this state.")]
Key = Annotated[
    schemas.IdempotencyKey,
    Header(
        alias="Idempotency-Key",
        description="A new value for each new order, 8 to 200 visible ASCII characters.",
    ),
]


@router.get(
    "",
    operation_id="list_orders",
    summary="List orders, newest first",
    auth=Bearer(Scope.ORDERS_READ),
    response={200: schemas.OrdersOut, **problems(401, 403, 422, 429)},
)
def list_orders(
    request: ApiRequest,
    page: PageQuery,
    state: State = None,
) -> dict[str, Any]:
    """The shop's orders, whoever placed them. Scope `orders:read`."""
    rows = Order.objects.all() if state is None else Order.objects.filter(state=state)
    found: tuple[Any, str | None] = page_of(rows, page)
    return {"items": [_order(request, order) for order in found[0]], "next_cursor": found[1]}


@router.post(
    "",
    operation_id="create_order",
    summary="Place an order",
    auth=Bearer(Scope.ORDERS_WRITE),
    response={201: schemas.OrderOut, **problems(400, 401, 403, 409, 413, 422, 429)},
)
def create_order(
    request: ApiRequest,
    wanted: schemas.OrderIn,
    idempotency_key: Key,
) -> HttpResponse:
    """Place an order: price locked, stock kept until `pay_by`. The buyer pays on `page_url`.

    Scope `orders:write`. Problems with 409: `not_on_sale`, `sold_out`, `over_limit`,
    `price_changed`, `bad_coupon`, `key_reused`, `in_flight`. A refusal keeps nothing: the same
    Idempotency-Key may be tried again.
    """
    asked = wanted.model_dump_json().encode()
    client_key = hashlib.sha256(idempotency_key.encode() + b"\0" + asked).hexdigest()

    def act() -> Answer:
        order = _place(request, wanted, client_key)
        body = schemas.OrderOut.model_validate(_order(request, order)).model_dump_json()
        location = reverse("api-v1:read_order", args=[order.pk.hex])
        return Answer(201, body.encode(), location)

    return once(
        request,
        operation="create_order",
        idempotency_key=idempotency_key,
        asked=asked,
        act=act,
    )


@router.get(
    "/{order_id}",
    operation_id="read_order",
    url_name="read_order",
    summary="Read an order",
    auth=Bearer(Scope.ORDERS_READ),
    response={200: schemas.OrderOut, **problems(401, 403, 404, 422, 429)},
)
def read_order(request: ApiRequest, order_id: OrderId) -> dict[str, Any]:
    """Where the order stands, who has it, and by when. Scope `orders:read`."""
    return _order(request, _found(uuid.UUID(order_id)))


@router.post(
    "/{order_id}/cancellation",
    operation_id="cancel_order",
    summary="Cancel an unpaid order",
    auth=Bearer(Scope.ORDERS_WRITE),
    response={200: schemas.OrderOut, **problems(401, 403, 404, 409, 422, 429)},
)
def cancel_order(request: ApiRequest, order_id: OrderId) -> dict[str, Any]:
    """Call off an order nobody has paid; what was kept for it is free again.

    Scope `orders:write`. Safe to repeat: an order cancelled before is answered as it is. An
    order that is paid, or expired, is refused with `cannot_cancel`.
    """
    order = _found(uuid.UUID(order_id))
    orders.cancel(order_id=order.pk, actor=request.auth.actor, now=request.now)
    order = _found(order.pk)
    if order.state != "cancelled":
        raise Problem("cannot_cancel", more={"state": order.state})
    return _order(request, order)


def _found(order_id: uuid.UUID) -> Order:
    order = queries.get(order_id)
    if order is None:
        raise Problem("not_found", _("This shop has no order with this id."))
    return order


def _place(request: ApiRequest, wanted: schemas.OrderIn, client_key: str) -> Order:
    try:
        return orders.place(
            wanted=orders.Wanted(
                shop_id=request.shop.pk,
                variant_id=uuid.UUID(wanted.variant_id),
                quantity=wanted.quantity,
                contact=wanted.contact,
                password=wanted.password,
                answers=wanted.fields,
                coupon_code=wanted.coupon,
                expected_fen=wanted.expected_fen,
                source=request.auth.actor,
                client_key=client_key,
            ),
            actor=request.auth.actor,
            now=request.now,
        )
    except orders.OrderRefused as refused:
        raise _problem(refused) from refused


def _problem(refused: orders.OrderRefused) -> Problem:
    """Why the order cannot be placed, as a problem."""
    code, params = refused.code, refused.params
    if code == "bad_fields":
        errors = [_wrong_field(name, error) for name, error in params.items()]
        return Problem("invalid", errors=errors)
    if code in _WRONG:
        return Problem("invalid", errors=[Wrong(_WRONG[code], code, str(_words(code)))])
    if code == "price_changed":
        return Problem(code, more={"amount_fen": params["amount_fen"]})
    if code == "over_limit":
        left = max(0, params["limit"] - params["already"])
        return Problem(code, more={"limit": params["limit"], "left": left})
    if code == "bad_coupon":
        return Problem(code, more={"refusal": params.get("refusal", "unknown")})
    return Problem(code)


_WRONG = {
    "bad_quantity": "body.quantity",
    "bad_contact": "body.contact",
    "bad_password": "body.password",
}


def _words(code: str) -> str:
    return {
        "bad_quantity": _("This quantity cannot be ordered."),
        "bad_contact": _("This is no contact we can reach."),
        "bad_password": _("The query password has 4 to 64 characters."),
    }[code]


def _wrong_field(name: str, error: FieldError) -> Wrong:
    words = {
        "required": _("This is needed to deliver your order."),
        "unknown": _("The product asks for no such field."),
        "too_short": _("This is too short."),
        "too_long": _("This is too long."),
        "not_phone": _("This is not a phone number: 11 digits, or + and the country code."),
        "not_email": _("This is not an email address."),
        "not_number": _("Digits only."),
        "not_a_choice": _("Choose one from the list."),
    }
    says = words.get(error.code) or _("This does not look right; compare it with the hint.")
    return Wrong(f"body.fields.{name}", error.code, says)


def _order(request: ApiRequest, order: Order) -> dict[str, Any]:
    promise = None
    if order.promised_at is not None:
        promise = {
            "node": order.node,
            "owner": order.owner,
            "due_at": order.promised_at,
            "slips": order.slips,
        }
    return {
        "id": order.pk,
        "number": f"{order.number[:5]}-{order.number[5:]}",
        "state": order.state,
        "promise": promise,
        "product_id": order.product_id,
        "variant_id": order.variant_id,
        "title": f"{order.told.get('product', '')} · {order.told.get('variant', '')}",
        "quantity": order.quantity,
        "unit_price_fen": order.unit_price_fen,
        "discount_fen": order.discount_fen,
        "amount_fen": order.amount_fen,
        "currency": order.currency,
        "placed_at": order.placed_at,
        "pay_by": order.pay_by,
        "paid_at": order.paid_at,
        "closed_at": order.closed_at,
        "page_url": request.build_absolute_uri(f"/o/{queries.link_token(order.pk)}"),
    }
