"""What every template knows."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from daoda.doors.web import colours
from daoda.doors.web.account import gate


def shop(request: HttpRequest) -> dict[str, object]:
    """The shop of this request, its colours, the languages, and whether a buyer is signed in."""
    found = getattr(request, "shop", None)
    return {
        "shop": found,
        "theme_href": _theme_href(found.accent_colour) if found else "",
        "reader_languages": [{"code": code, "name": name} for code, name in settings.LANGUAGES],
        "buyer_signed_in": gate.seems_in(request),
    }


def _theme_href(accent: str) -> str:
    """Where the accent's tokens are; empty for the house's own, which daoda.css has."""
    tone = accent.lstrip("#").lower()
    if tone == colours.HOUSE_ACCENT or not colours.ACCENT.fullmatch(tone):
        return ""
    return reverse("theme", kwargs={"accent": tone})
