"""API v1 put together, and made to answer every failure as a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any

import structlog
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Swagger
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.params.functions import Path

from daoda.doors.api import schemas
from daoda.doors.api.keys import tell_limits
from daoda.doors.api.problems import KINDS, MEDIA_TYPE, Problem, Wrong, answer
from daoda.doors.api.views import ledger, orders, products, refunds, rehearsals, stock, suppliers
from daoda.doors.api.views.common import problems
from daoda.trade.stock.rules import IMPORT_BYTES_MAX

log = structlog.get_logger(__name__)
JSON_BYTES_MAX = 64 * 1024
PATH = "api/v1/"

View = Callable[..., HttpResponse]

ABOUT = """\
What programs may do in a shop.

**Keys.** Send `Authorization: Bearer <key>`. A key belongs to one shop, holds scopes, and is
issued by staff under *API keys*. A key may ask 600 times a minute; `RateLimit-Limit`,
`RateLimit-Remaining` and `RateLimit-Reset` (seconds) say what is left.

**Repeating.** What creates something wants an `Idempotency-Key`. The same key with the same
request gives the first answer, marked `Idempotency-Replayed: true`, and does nothing; with
another request it is refused (`key_reused`); while the first is being worked on, `in_flight` with
`Retry-After`. Answers are kept for 7 days.

**Errors** are `application/problem+json` (RFC 9457); `code` stays the same and is explained under
`/api/v1/problems/<code>`. Money is in whole fen, times are UTC, ids are 32 hex characters.
"""


class Api(NinjaAPI):
    """Ninja's API whose description names problem+json where problems are answered."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(**kwargs)
        for methods in schema["paths"].values():
            for operation in methods.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in response.get("content", {}):
                        response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        return schema


api = Api(
    title="Daoda API",
    version="1",
    description=ABOUT,
    urls_namespace="api-v1",
    docs=Swagger(settings={"validatorUrl": None, "persistAuthorization": False}),
)
api.add_router("/products", products.router)
api.add_router("/orders", orders.router)
api.add_router("/stock", stock.router)
api.add_router("/ledger", ledger.router)
api.add_router("/suppliers", suppliers.router)
api.add_router("/refunds", refunds.router)
api.add_router("/rehearsals", rehearsals.router)


@api.get(
    "/problems/{code}",
    operation_id="read_problem",
    url_name="read_problem",
    summary="Read what a problem means",
    tags=["problems"],
    auth=None,
    response={200: schemas.ProblemKindOut, **problems(404)},
)
def read_problem(
    request: HttpRequest, code: Annotated[str, Path(description="The `code` of a problem.")]
) -> dict[str, Any]:
    """What a problem's code means and what to do about it. Needs no key."""
    if code not in KINDS:
        raise Problem("not_found")
    kind = KINDS[code]
    return {"code": code, "status": kind.status, "title": str(kind.title), "do": str(kind.do)}


@api.exception_handler(Problem)
def _on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return answer(request, problem)


@api.exception_handler(AuthenticationError)
def _on_no_key(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return answer(request, Problem("unauthorized", headers={"WWW-Authenticate": "Bearer"}))


@api.exception_handler(ValidationError)
def _on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        # Where, and what is asked for; never what was sent, which may be a secret.
        Wrong(".".join(str(part) for part in one["loc"][:6]), one["type"], one["msg"])
        for one in error.errors[:50]
    ]
    return answer(request, Problem("invalid", errors=errors))


@api.exception_handler(Http404)
def _on_missing(request: HttpRequest, _error: Http404) -> HttpResponse:
    return answer(request, Problem("not_found"))


@api.exception_handler(HttpError)
def _on_http_error(request: HttpRequest, _error: HttpError) -> HttpResponse:
    # Ninja raises it for one reason only: the body is not JSON.
    return answer(request, Problem("malformed"))


@api.exception_handler(Exception)
def _on_failure(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("api_failed", path=request.path, method=request.method, exc_info=error)
    return answer(request, Problem("internal"))


def _answering(view: View, known: Mapping[str, frozenset[str]]) -> View:
    """Wrap a view so that what fails around it is a problem too.

    ``known`` names the query parameters by method; a method that is not there takes any.
    """

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_list = request.content_type in stock.MEDIA_TYPES
        if _length(request) > (IMPORT_BYTES_MAX if is_list else JSON_BYTES_MAX):
            return answer(request, Problem("too_large"))
        try:
            _refuse_unknown_names(request, known.get(request.method or ""))
            response = view(request, *args, **kwargs)
        except Problem as problem:
            response = answer(request, problem)
        except Http404:
            response = answer(request, Problem("not_found"))
        except SuspiciousOperation:
            response = answer(request, Problem("malformed"))
        if response.status_code == 405 and response.headers.get("Content-Type") != MEDIA_TYPE:
            allowed = response.headers.get("Allow", "")
            response = answer(request, Problem("method_not_allowed", headers={"Allow": allowed}))
        tell_limits(request, response)
        return response

    return answering


def _refuse_unknown_names(request: HttpRequest, known: frozenset[str] | None) -> None:
    """A parameter we do not know is a typing error that would otherwise go unseen."""
    if known is not None and (unknown := sorted(set(request.GET) - known)):
        says = _("There is no such parameter here.")
        errors = [Wrong(f"query.{name[:40]}", "unknown", says) for name in unknown[:20]]
        raise Problem("invalid", errors=errors)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return 0


@csrf_exempt
def _nothing_here(request: HttpRequest) -> HttpResponse:
    return answer(request, Problem("not_found"))


def _wrapped(pattern: URLPattern, names: Mapping[str, Mapping[str, frozenset[str]]]) -> URLPattern:
    address = "/" + str(pattern.pattern).replace("<", "{").replace(">", "}")
    view = _answering(pattern.callback, names.get(address, {}))
    return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)


def _query_names() -> dict[str, dict[str, frozenset[str]]]:
    """The names of query parameters by address and method, from our own description."""
    return {
        address: {
            method.upper(): frozenset(
                one["name"] for one in operation["parameters"] if one["in"] == "query"
            )
            for method, operation in methods.items()
        }
        for address, methods in api.get_openapi_schema(path_prefix="")["paths"].items()
    }


app_name = "api-v1"
_names = _query_names()
urlpatterns = [
    *(_wrapped(one, _names) for one in api.urls[0] if isinstance(one, URLPattern)),
    re_path("", _nothing_here, name="nothing_here"),
]
