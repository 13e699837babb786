"""The desk's navigation: only what this person may open, so that no link ends at a closed door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy, pgettext_lazy

from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import Permission, Role, role_may

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

register = template.Library()

UNDER_THE_THUMB = 4


@dataclass(frozen=True)
class Place:
    """A page one can go to: its address by name, its icon, and who may."""

    to: str
    name: StrOrPromise
    icon: str
    permission: Permission | None = None
    also: tuple[str, ...] = ()
    """Further beginnings of addresses under which it is the present place."""


@dataclass(frozen=True)
class Link:
    """A place as it is drawn."""

    href: str
    name: str
    icon: str
    here: bool


GROUPS: tuple[tuple[Place, ...], ...] = (
    (
        Place("desk:today", pgettext_lazy("desk", "Today"), "today", Permission.TODAY_SEE),
        Place("desk:orders", pgettext_lazy("desk", "Orders"), "orders", Permission.ORDERS_READ),
        Place(
            "desk:money", pgettext_lazy("desk", "Money"), "money", Permission.MONEY_READ,
            also=("/desk/refunds",),
        ),
        Place("desk:notices", pgettext_lazy("desk", "Notices"), "notices", Permission.NOTICES_READ),
    ),
    (
        Place(
            "desk:stock", pgettext_lazy("desk", "Stock"), "stock", Permission.STOCK_READ,
            also=("/desk/imports",),
        ),
        Place(
            "desk:products", pgettext_lazy("desk", "Products"), "products",
            Permission.CATALOG_READ, also=("/desk/variants", "/desk/categories"),
        ),
        Place("desk:coupons", pgettext_lazy("desk", "Coupons"), "coupons", Permission.CATALOG_READ),
        Place(
            "desk:suppliers", pgettext_lazy("desk", "Suppliers"), "suppliers",
            Permission.SUPPLIERS_READ, also=("/desk/offers",),
        ),
    ),
    (
        Place(
            "desk:channels", pgettext_lazy("desk", "Channels"), "channels",
            Permission.CHANNELS_READ,
        ),
        Place(
            "desk:attempts", pgettext_lazy("desk", "Purchases"), "suppliers",
            Permission.SUPPLIERS_READ,
        ),
        Place(
            "desk:compensation", pgettext_lazy("desk", "Compensation"), "compensation",
            Permission.COMPENSATION_READ,
        ),
        Place("desk:risk", pgettext_lazy("desk", "Risk"), "risk", Permission.RISK_READ),
        Place(
            "desk:rehearsals", gettext_lazy("Rehearsals"), "rehearsals",
            Permission.REHEARSALS_RUN,
        ),
        Place("desk:shop", gettext_lazy("Shop settings"), "shop", Permission.SHOP_EDIT),
        Place("staff:people", gettext_lazy("Staff"), "people", Permission.STAFF_READ),
        Place("staff:keys", gettext_lazy("API keys"), "keys", Permission.API_KEYS_MANAGE),
        Place("admin:index", pgettext_lazy("desk", "Records"), "records", Permission.RECORDS_READ),
        Place("staff:me", gettext_lazy("My account"), "me"),
    ),
)  # fmt: skip
# What stands under the thumb on a phone, in this order, as far as one may.
FIRST = (
    "desk:today", "desk:orders", "desk:stock", "desk:products", "desk:money", "desk:notices",
)  # fmt: skip


@register.inclusion_tag("web/operator/nav.html", takes_context=True)
def desk_nav(context: template.Context) -> dict[str, Any]:
    """Everything this person may open, in groups; the first few again for the thumb."""
    request = context["request"]
    groups = [
        [(place.to, _link(place, request.path)) for place in group if _may(request.staff, place)]
        for group in GROUPS
    ]
    by_name = {name: link for group in groups for name, link in group}
    first = [by_name[name] for name in FIRST if name in by_name][:UNDER_THE_THUMB]
    return {
        "groups": [[link for _name, link in group] for group in groups if group],
        "first": first,
        "elsewhere": not any(link.here for link in first),
    }


def _may(staff: Staff, place: Place) -> bool:
    return place.permission is None or role_may(Role(staff.role), place.permission)


def _link(place: Place, path: str) -> Link:
    href = reverse(place.to)
    begins = (href, *place.also)
    here = path == href if place.to == "desk:today" else path.startswith(begins)
    return Link(href, str(place.name), place.icon, here)
