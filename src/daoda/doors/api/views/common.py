"""What several addresses share: declared problems, pages by cursor, answers given once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Protocol, TypeVar

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Schema
from ninja.params.functions import Query
from pydantic import StringConstraints

from daoda.doors.api import actions, schemas
from daoda.doors.api.keys import ApiRequest
from daoda.doors.api.problems import Problem, Wrong

ROWS = 50
ROWS_MAX = 100
_CURSOR_BYTES = 16


class Row(Protocol):
    """Something listed newest first by its UUIDv7."""

    @property
    def pk(self) -> Any: ...


R = TypeVar("R", bound=Row)


class Page(Schema):
    """Which page of a list, newest first."""

    cursor: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{22}$")] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )
    limit: int = Field(default=ROWS, ge=1, le=ROWS_MAX)


PageQuery = Annotated[Page, Query()]


def problems(*statuses: int) -> dict[int, type[schemas.ProblemOut]]:
    """The problems an operation may answer with, for its description."""
    return dict.fromkeys(statuses, schemas.ProblemOut)


def page_of(rows: Any, page: Page) -> tuple[Sequence[R], str | None]:
    """The rows of a page and the cursor of the next one, from a query set of rows by id.

    Weakness: a row whose transaction committed late may stand on a page that was read already;
    whoever mirrors a list reads its newest hours again.
    """
    rows = rows.order_by("-pk")
    if page.cursor is not None:
        rows = rows.filter(pk__lt=_read_cursor(page.cursor))
    found = list(rows[: page.limit + 1])
    more = len(found) > page.limit
    return found[: page.limit], _cursor(found[page.limit - 1].pk) if more else None


def once(
    request: ApiRequest,
    *,
    operation: str,
    idempotency_key: str,
    asked: bytes,
    act: Callable[[], actions.Answer],
) -> HttpResponse:
    """Act, or answer as before; see ``actions.once``. ``asked`` is the request in bytes."""
    digest = hashlib.sha256(operation.encode() + b"\0" + asked).digest()
    try:
        answer = actions.once(
            key=request.auth,
            idempotency_key=idempotency_key,
            request_hash=digest,
            act=act,
            now=request.now,
        )
    except actions.KeyReused:
        raise Problem("key_reused") from None
    except actions.InFlight:
        raise Problem("in_flight", headers={"Retry-After": "2"}) from None
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
    if answer.location:
        response.headers["Location"] = answer.location
    if answer.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _cursor(row_id: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(row_id.bytes).rstrip(b"=").decode()


def _read_cursor(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(bytes=base64.urlsafe_b64decode(text + "=="))
    except (binascii.Error, ValueError):
        wrong = Wrong("query.cursor", "unreadable", _("This is no cursor of ours."))
        raise Problem("invalid", errors=[wrong]) from None
