"""Every way a request can fail, as problem+json (RFC 9457): one table, one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MEDIA_TYPE = "application/problem+json"

Words = str | Promise


class Kind(NamedTuple):
    """A kind of problem: its status, what it is, and what to do about it."""

    status: int
    title: Words
    do: Words


KINDS: Mapping[str, Kind] = {
    "malformed": Kind(400, _("The request cannot be read."), _("Send well-formed JSON in UTF-8.")),
    "unauthorized": Kind(
        401,
        _("No valid API key was shown."),
        _("Send 'Authorization: Bearer <key>' with a key that is neither expired nor revoked."),
    ),
    "missing_scope": Kind(
        403,
        _("The key may not do this."),
        _("Use a key with the scope named in the detail."),
    ),
    "not_found": Kind(404, _("There is nothing here."), _("Check the address and the id.")),
    "method_not_allowed": Kind(
        405, _("This address does not know this method."), _("See the header 'Allow'.")
    ),
    "key_reused": Kind(
        409,
        _("This Idempotency-Key was used for another request."),
        _("Use a new key for a new request."),
    ),
    "in_flight": Kind(
        409,
        _("The first request with this Idempotency-Key is still being worked on."),
        _("Repeat it after the seconds in 'Retry-After'; the first answer will be waiting."),
    ),
    "not_on_sale": Kind(409, _("This variant is not on sale."), _("Read the products again.")),
    "sold_out": Kind(
        409, _("Not so many are in stock."), _("Order fewer, or try when stock has come in.")
    ),
    "over_limit": Kind(
        409,
        _("This buyer would pass the limit of the product."),
        _("Order fewer; 'left' says how many may still be ordered."),
    ),
    "price_changed": Kind(
        409, _("The price is another by now."), _("Show the price in 'amount_fen' and ask again.")
    ),
    "bad_coupon": Kind(
        409, _("The coupon does not count here."), _("Order without it, or with another.")
    ),
    "cannot_cancel": Kind(
        409, _("Only an unpaid order can be cancelled."), _("Read the order to see its state.")
    ),
    "not_refundable": Kind(
        409,
        _("The money of this order cannot go back so."),
        _("Read its state: a part goes back of what is delivered, else the whole, and once."),
    ),
    "too_much": Kind(
        409, _("So much is not left of what was paid."), _("'left_fen' says how much there is.")
    ),
    "attempt_open": Kind(
        409,
        _("A supplier may still deliver it."),
        _("Ask again when the purchase has ended, or at its cut-off."),
    ),
    "too_many_open": Kind(
        409, _("Several are in line already."), _("Wait until one of them has ended.")
    ),
    "too_large": Kind(413, _("The request is too large."), _("Send less at a time.")),
    "unsupported_media_type": Kind(
        415,
        _("The content is of a kind this address does not read."),
        _("Send the media type named in the detail."),
    ),
    "invalid": Kind(
        422,
        _("Something in the request is not right."),
        _("Each entry of 'errors' says where and why."),
    ),
    "too_many_requests": Kind(
        429,
        _("Too many requests."),
        _("Wait the seconds in 'Retry-After'; the headers 'RateLimit-*' say how many fit."),
    ),
    "internal": Kind(
        500,
        _("We failed, not you."),
        _("Repeat the request with the same Idempotency-Key; nothing is done twice."),
    ),
}


@dataclass(frozen=True)
class Wrong:
    """One thing that is not right: where (``body.quantity``), which code, in words."""

    where: str
    code: str
    says: Words


class Problem(Exception):
    """The request ends here with a problem of this code."""

    def __init__(
        self,
        code: str,
        detail: Words = "",
        *,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.more = dict(more or {})


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as a response. Its ``type`` is an address where it is explained."""
    kind = KINDS[problem.code]
    body: dict[str, Any] = {
        "type": reverse("api-v1:read_problem", args=[problem.code]),
        "title": str(kind.title),
        "status": kind.status,
        "detail": str(problem.detail or kind.do),
        "instance": request.path,
        "code": problem.code,
        **problem.more,
    }
    if problem.errors:
        body["errors"] = [
            {"where": wrong.where, "code": wrong.code, "says": str(wrong.says)}
            for wrong in problem.errors
        ]
    response = JsonResponse(
        body,
        status=kind.status,
        content_type=MEDIA_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response
