"""Bringing codes to the shelf."""

from __future__ import annotations

import hashlib
import uuid
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status
from ninja.params.functions import Header, Path, Query

from daoda.doors.api import schemas
from daoda.doors.api.keys import ApiRequest, Bearer
from daoda.doors.api.problems import Problem, Wrong
from daoda.doors.api.views.common import problems
from daoda.records.accounts.roles import Scope
from daoda.trade.stock import actions as stock
from daoda.trade.stock import queries, rules
from daoda.trade.stock.models import Import
from daoda.trade.stock.rules.parsing import SEPARATOR_CHARS_MAX

router = Router(tags=["stock"])
MEDIA_TYPES = ("text/plain", "text/csv")

ImportId = Annotated[schemas.AskedId, Path(description="The import's `id`.")]
Key = Annotated[
    schemas.IdempotencyKey,
    Header(
        alias="Idempotency-Key",
        description="A new value for each new import, 8 to 200 visible ASCII characters.",
    ),
]


class HowToRead(Schema):
    """Which variant the codes are for, and how the lines are to be read."""

    variant_id: schemas.AskedId
    mode: Literal["all_or_nothing", "skip_bad"] = Field(
        default="all_or_nothing",
        description="With bad lines bring in nothing, or the good ones.",
    )
    layout: Literal["auto", "lines", "split", "csv"] = Field(
        default="auto", description="One code a line, parts with a separator, or CSV with headers."
    )
    separator: schemas.Line = Field(default="", max_length=SEPARATOR_CHARS_MAX)
    source: schemas.Line = Field(
        default="", max_length=200, description="A name for people, for example the file's."
    )


@router.post(
    "/imports",
    operation_id="begin_import",
    summary="Import codes",
    auth=Bearer(Scope.STOCK_WRITE),
    response={202: schemas.ImportOut, **problems(400, 401, 403, 404, 409, 413, 415, 422, 429)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                media_type: {"schema": {"type": "string", "minLength": 1}, "example": example}
                for media_type, example in (
                    ("text/plain", "AAAA-BBBB-CCCC\ncard-0001----secret-0001\n"),
                    ("text/csv", "card,secret,valid until\n0001,aaaa,2027-12-31\n"),
                )
            },
        }
    },
)
def begin_import(
    request: ApiRequest,
    response: HttpResponse,
    how: Annotated[HowToRead, Query()],
    idempotency_key: Key,
) -> Status[dict[str, Any]]:
    """Send a list of codes, one a line, as the body (`text/plain` or `text/csv`, at most 16 MiB
    and 200,000 lines).

    Scope `stock:write`. The list is read in the background: follow `Location` until the state is
    `imported` or `refused`. Nothing of it is on the shelf until all of it is. The same
    Idempotency-Key with the same list is the same import; with another list, `key_reused`.
    """
    if request.content_type not in MEDIA_TYPES:
        raise Problem("unsupported_media_type", ", ".join(MEDIA_TYPES))
    content = request.read(rules.IMPORT_BYTES_MAX + 1)
    row = _begin(request, how, content, idempotency_key)
    response.headers["Location"] = reverse("api-v1:read_import", args=[row.pk.hex])
    return Status(202, _import(row))


@router.get(
    "/imports/{import_id}",
    operation_id="read_import",
    url_name="read_import",
    summary="Read an import's progress",
    auth=Bearer(Scope.STOCK_READ),
    response={200: schemas.ImportOut, **problems(401, 403, 404, 422, 429)},
)
def read_import(request: ApiRequest, import_id: ImportId) -> dict[str, Any]:
    """How far an import is, and which lines were bad. Scope `stock:read`."""
    row = queries.one_import(uuid.UUID(import_id))
    if row is None:
        raise Problem("not_found", _("This shop has no import with this id."))
    return _import(row)


def _begin(request: ApiRequest, how: HowToRead, content: bytes, idempotency_key: str) -> Import:
    # Two API keys of a shop may use the same Idempotency-Key; the import knows one key a shop.
    key = hashlib.sha256(f"{request.auth.pk.hex}/{idempotency_key}".encode()).hexdigest()
    try:
        layout = rules.read_layout({"kind": how.layout, "separator": how.separator})
        return stock.begin_import(
            shop_id=request.shop.pk,
            variant_id=uuid.UUID(how.variant_id),
            content=content,
            layout=layout,
            mode=how.mode,
            actor=request.auth.actor,
            now=request.now,
            source=how.source,
            key=key,
        )
    except stock.ImportKeyReused:
        raise Problem("key_reused") from None
    except stock.ImportRefused as refused:
        raise _problem(refused.code) from refused
    except ValueError:
        raise _problem("separator") from None


def _problem(code: str) -> Problem:
    if code == "too_big":
        return Problem("too_large")
    if code == "variant":
        return Problem("not_found", _("This shop sells no such variant from codes."))
    where, says = {
        "empty": ("body", _("There is no line in it.")),
        "separator": ("query.separator", _("Lines cannot be parted by this.")),
    }[code]
    return Problem("invalid", errors=[Wrong(where, code, says)])


def _import(row: Import) -> dict[str, Any]:
    report = row.report or {}
    promise = None
    if row.promised_at is not None:
        promise = {"node": row.node, "owner": row.owner, "due_at": row.promised_at, "slips": 0}
    return {
        "id": row.pk,
        "state": row.state,
        "promise": promise,
        "variant_id": row.variant_id,
        "mode": row.mode,
        "source": row.source,
        "received_at": row.received_at,
        "ended_at": row.ended_at,
        "lines_total": row.lines_total,
        "lines_done": row.lines_done,
        "imported": row.imported,
        "bad_lines": row.bad_lines,
        "refusal": row.refusal,
        "bad": [
            {"line": line, "code": code, "other_line": other}
            for line, code, other in report.get("lines", [])
        ],
        "bad_left_off": report.get("lines_left_off", 0),
    }
