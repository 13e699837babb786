"""Refunds: owing money back, and reading where it stands."""

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
from daoda.doors.api.problems import Problem
from daoda.doors.api.views.common import PageQuery, once, page_of, problems
from daoda.records.accounts.roles import Scope
from daoda.trade.orders import actions as orders
from daoda.trade.orders import queries as placed
from daoda.trade.orders.models import Order
from daoda.trade.payments import actions as payments
from daoda.trade.payments import queries
from daoda.trade.payments.models import Refund

router = Router(tags=["refunds"])
RefundId = Annotated[schemas.AskedId, Path(description="The refund's `id`: its number for ever.")]
State = Annotated[schemas.RefundState | None, Query(description="Only refunds in this state.")]
OfOrder = Annotated[schemas.AskedId | None, Query(description="Only refunds of this order.")]
Key = Annotated[
    schemas.IdempotencyKey,
    Header(
        alias="Idempotency-Key",
        description="A new value for each new decision, 8 to 200 visible ASCII characters.",
    ),
]


@router.get(
    "",
    operation_id="list_refunds",
    summary="List refunds, newest first",
    auth=Bearer(Scope.REFUNDS_READ),
    response={200: schemas.RefundsOut, **problems(401, 403, 422, 429)},
)
def list_refunds(
    request: ApiRequest, page: PageQuery, state: State = None, order_id: OfOrder = None
) -> dict[str, Any]:
    """Money that goes or went back, whoever decided it. Scope `refunds:read`."""
    rows = Refund.objects.select_related("receipt__channel")
    if state is not None:
        rows = rows.filter(state=state)
    if order_id is not None:
        rows = rows.filter(order_id=uuid.UUID(order_id))
    found: tuple[Any, str | None] = page_of(rows, page)
    return {"items": [_refund(row) for row in found[0]], "next_cursor": found[1]}


@router.post(
    "",
    operation_id="create_refunds",
    summary="Give money back",
    auth=Bearer(Scope.REFUNDS_WRITE),
    response={201: schemas.RefundsOut, **problems(400, 401, 403, 404, 409, 413, 422, 429)},
)
def create_refunds(
    request: ApiRequest, wanted: schemas.RefundIn, idempotency_key: Key
) -> HttpResponse:
    """Owe money back; it is sent by the channel it came by, or by a person where that cannot.

    An order that is not delivered is refunded whole, every payment of it by itself: leave
    `amount_fen` out. Of one that is delivered a part goes back, or all that is left. Scope
    `refunds:write`. Problems with 409: `not_refundable`, `too_much`, `attempt_open`,
    `key_reused`, `in_flight`. A refusal keeps nothing: the same Idempotency-Key may be tried
    again.
    """
    asked = wanted.model_dump_json().encode()
    cause = hashlib.sha256(idempotency_key.encode() + b"\0" + asked).hexdigest()[:40]

    def act() -> Answer:
        rows = _owe(request, wanted, cause)
        body = schemas.RefundsOut.model_validate(
            {"items": [_refund(row) for row in rows], "next_cursor": None}
        ).model_dump_json()
        location = reverse("api-v1:read_refund", args=[rows[0].pk.hex])
        return Answer(201, body.encode(), location)

    return once(
        request,
        operation="create_refunds",
        idempotency_key=idempotency_key,
        asked=asked,
        act=act,
    )


@router.get(
    "/{refund_id}",
    operation_id="read_refund",
    url_name="read_refund",
    summary="Read a refund",
    auth=Bearer(Scope.REFUNDS_READ),
    response={200: schemas.RefundOut, **problems(401, 403, 404, 422, 429)},
)
def read_refund(request: ApiRequest, refund_id: RefundId) -> dict[str, Any]:
    """Where a refund stands, who has it, and by when. Scope `refunds:read`."""
    found = queries.one_refund(uuid.UUID(refund_id))
    if found is None:
        raise Problem("not_found", _("This shop has no refund with this id."))
    return _refund(found)


def _owe(request: ApiRequest, wanted: schemas.RefundIn, cause: str) -> list[Refund]:
    order = placed.get(uuid.UUID(wanted.order_id))
    if order is None:
        raise Problem("not_found", _("This shop has no order with this id."))
    before = {row.pk for row in queries.refunds_of(order.pk)}
    if order.state == "delivered":
        _give_back(request, order, wanted, cause)
    else:
        _refund_whole(request, order, wanted)
    return [row for row in queries.refunds_of(order.pk) if row.pk not in before]


def _give_back(request: ApiRequest, order: Order, wanted: schemas.RefundIn, cause: str) -> None:
    left_fen = queries.left_of(order.pk)[1]
    try:
        payments.refund_part(
            order_id=order.pk,
            amount_fen=left_fen if wanted.amount_fen is None else wanted.amount_fen,
            reason=wanted.reason,
            cause=cause,
            actor=request.auth.actor,
            now=request.now,
        )
    except payments.NotGivenBack as refused:
        if refused.why == "too_much":
            raise Problem("too_much", more={"left_fen": refused.left_fen}) from refused
        raise Problem("not_refundable", more={"state": order.state}) from refused


def _refund_whole(request: ApiRequest, order: Order, wanted: schemas.RefundIn) -> None:
    if wanted.amount_fen is not None:
        raise Problem("not_refundable", more={"state": order.state})
    try:
        owed = payments.refund_order(
            order_id=order.pk, reason=wanted.reason, actor=request.auth.actor, now=request.now
        )
    except orders.AttemptOpen as refused:
        raise Problem("attempt_open") from refused
    if not owed:
        raise Problem("not_refundable", more={"state": order.state})


def _refund(row: Refund) -> dict[str, Any]:
    standing = None
    if row.promised_at is not None:
        standing = {"node": row.node, "owner": row.owner, "due_at": row.promised_at}
    return {
        "id": row.pk,
        "order_id": row.order_id,
        "state": row.state,
        "promise": standing,
        "channel": row.receipt.channel.code,
        "trade_no": row.receipt.trade_no,
        "amount_fen": row.amount_fen,
        "currency": row.currency,
        "reason": row.reason,
        "reference": row.reference,
        "detail": row.detail,
        "owed_at": row.owed_at,
        "sent_at": row.sent_at,
        "next_at": row.next_at,
        "closed_at": row.closed_at,
    }
