"""Small files made or kept by us: the tokens of a shop's accent, and pictures."""

from __future__ import annotations

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from daoda.doors.web import colours

FOR_EVER = "public, max-age=31536000, immutable"
PICTURES = ("catalog/", "shops/")
KINDS = {"webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}


@require_safe
def theme(_request: HttpRequest, accent: str) -> HttpResponse:
    """The tokens of an accent; the address holds the colour, so it never changes."""
    if not colours.ACCENT.fullmatch(accent):
        raise Http404("not a colour")
    sheet = HttpResponse(colours.stylesheet(accent), content_type="text/css; charset=utf-8")
    sheet["Cache-Control"] = FOR_EVER
    return sheet


@require_safe
def picture(_request: HttpRequest, name: str) -> HttpResponseBase:
    """A stored picture; its name holds the hash of its content, so it never changes."""
    kind = KINDS.get(name.rpartition(".")[2])
    if kind is None or not name.startswith(PICTURES):
        raise Http404("no such picture")
    try:
        file = default_storage.open(name)
    except (FileNotFoundError, SuspiciousFileOperation) as missing:
        raise Http404("no such picture") from missing
    response = FileResponse(file, content_type=kind)
    response["Cache-Control"] = FOR_EVER
    return response
