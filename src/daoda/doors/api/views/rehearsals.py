"""Asking for a day to be played in a copy of the shop, and reading what came of it."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router
from ninja.params.functions import Header, Path

from daoda.doors.api import schemas
from daoda.doors.api.actions import Answer
from daoda.doors.api.keys import ApiRequest, Bearer
from daoda.doors.api.problems import Problem, Wrong
from daoda.doors.api.views.common import once, problems
from daoda.records.accounts.roles import Scope
from daoda.watch.rehearsals import actions, queries, rules
from daoda.watch.rehearsals.models import Rehearsal

router = Router(tags=["rehearsals"])

RehearsalId = Annotated[schemas.AskedId, Path(description="The rehearsal's `id`.")]
Key = Annotated[
    schemas.IdempotencyKey,
    Header(
        alias="Idempotency-Key",
        description="A new value for each new rehearsal, 8 to 200 visible ASCII characters.",
    ),
]


@router.post(
    "",
    operation_id="ask_rehearsal",
    summary="Ask for a day to be played",
    auth=Bearer(Scope.REHEARSALS_RUN),
    response={202: schemas.RehearsalOut, **problems(400, 401, 403, 409, 413, 422, 429)},
)
def ask_rehearsal(
    request: ApiRequest, wanted: schemas.RehearsalIn, idempotency_key: Key
) -> HttpResponse:
    """Play a day in a copy of the shop, in the background: follow `Location` until the state is
    `done` or `failed`.

    Scope `rehearsals:run`. `daoda rehearse --show-day` prints a day to begin with. What is wrong
    with a day is told place by place (`invalid`); 409 `too_many_open` while several are in line.
    """

    def act() -> Answer:
        row = _ask(request, wanted)
        body = schemas.RehearsalOut.model_validate(_rehearsal(row)).model_dump_json()
        location = reverse("api-v1:read_rehearsal", args=[row.pk.hex])
        return Answer(202, body.encode(), location)

    return once(
        request,
        operation="ask_rehearsal",
        idempotency_key=idempotency_key,
        asked=wanted.model_dump_json().encode(),
        act=act,
    )


@router.get(
    "/{rehearsal_id}",
    operation_id="read_rehearsal",
    url_name="read_rehearsal",
    summary="Read a rehearsal",
    auth=Bearer(Scope.REHEARSALS_RUN),
    response={200: schemas.RehearsalOut, **problems(401, 403, 404, 422, 429)},
)
def read_rehearsal(request: ApiRequest, rehearsal_id: RehearsalId) -> dict[str, Any]:
    """How far it is, and once it is `done` what came of it. Scope `rehearsals:run`."""
    row = queries.one(uuid.UUID(rehearsal_id))
    if row is None:
        raise Problem("not_found", _("This shop has no rehearsal with this id."))
    return _rehearsal(row)


def _ask(request: ApiRequest, wanted: schemas.RehearsalIn) -> Rehearsal:
    try:
        return actions.ask(
            shop_id=request.shop.pk,
            day=wanted.day,
            name=wanted.name,
            actor=request.auth.actor,
            now=request.now,
        )
    except rules.BadDay as bad:
        errors = [
            Wrong(
                f"body.day.{place}" if place else "body.day",
                code,
                _("The day cannot be played with this here: %(code)s.") % {"code": code},
            )
            for place, code in list(bad.problems.items())[:50]
        ]
        raise Problem("invalid", errors=errors) from None
    except actions.TooManyOpen:
        raise Problem("too_many_open") from None


def _rehearsal(row: Rehearsal) -> dict[str, Any]:
    promise = None
    if row.promised_at is not None:
        promise = {"node": row.node, "owner": row.owner, "due_at": row.promised_at, "slips": 0}
    return {
        "id": row.pk,
        "name": row.name,
        "state": row.state,
        "promise": promise,
        "reason": row.reason,
        "asked_at": row.asked_at,
        "ended_at": row.ended_at,
        "buyers": row.whole,
        "buyers_come": row.done,
        "day": row.day,
        "outcome": row.outcome or None,
    }
