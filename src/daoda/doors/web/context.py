"""What every template knows."""

from __future__ import annotations

from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, object]:
    """The shop of this request; absent on the page that says there is none."""
    return {"shop": getattr(request, "shop", None)}
