"""Reading the books."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from ninja import Router
from ninja.params.functions import Query

from daoda.doors.api import schemas
from daoda.doors.api.keys import ApiRequest, Bearer
from daoda.doors.api.views.common import PageQuery, page_of, problems
from daoda.records.accounts.roles import Scope
from daoda.records.ledger import queries as ledger
from daoda.records.ledger.models import Transfer

router = Router(tags=["ledger"])
Subject = Annotated[schemas.AskedId | None, Query(description="Only what this one caused.")]


@router.get(
    "/accounts",
    operation_id="list_accounts",
    summary="List accounts with their balances",
    auth=Bearer(Scope.LEDGER_READ),
    response={200: schemas.AccountsOut, **problems(401, 403, 429)},
)
def list_accounts(request: ApiRequest) -> dict[str, Any]:
    """Every account of the shop. Debits and credits over all of them are equal.

    Scope `ledger:read`.
    """
    return {
        "items": [
            {
                "id": balance.account_id,
                "kind": balance.kind,
                "of": balance.of,
                "currency": balance.currency,
                "debit_fen": balance.debit_fen,
                "credit_fen": balance.credit_fen,
                "balance_fen": balance.balance_fen,
            }
            for balance in ledger.balances(request.shop.pk)
        ]
    }


@router.get(
    "/transfers",
    operation_id="list_transfers",
    summary="List transfers, newest first",
    auth=Bearer(Scope.LEDGER_READ),
    response={200: schemas.TransfersOut, **problems(401, 403, 422, 429)},
)
def list_transfers(
    request: ApiRequest,
    page: PageQuery,
    subject_id: Subject = None,
) -> dict[str, Any]:
    """Money moved between two accounts; a row is never changed.

    Scope `ledger:read`. A transfer that was committed late may stand on a page you have read
    already: whoever mirrors the books reads the newest hour again.
    """
    rows = Transfer.objects.select_related("debit", "credit")
    if subject_id is not None:
        rows = rows.filter(subject_id=uuid.UUID(subject_id))
    found: tuple[Any, str | None] = page_of(rows, page)
    return {"items": [_transfer(row) for row in found[0]], "next_cursor": found[1]}


def _transfer(row: Transfer) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": row.at,
        "kind": row.kind,
        "subject_id": row.subject_id,
        "debit": row.debit.kind,
        "debit_of": row.debit.of,
        "credit": row.credit.kind,
        "credit_of": row.credit.of,
        "amount_fen": row.amount_fen,
        "currency": row.currency,
    }
