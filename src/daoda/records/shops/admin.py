"""The base of every admin page of ours: it shows rows of the shop entered and changes none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
    Pages = Paginator[Any]
else:
    Base = admin.ModelAdmin  # Django's classes are generic for the type checker only
    Pages = Paginator

COUNTED_ROWS_MAX = 10_000


class CountedSoFar(Pages):
    """Counts no further than one would ever turn pages: a count of all facts would read them."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows.order_by()[:COUNTED_ROWS_MAX].count()
        return counted


class ShownOnly(Base):
    """Rows are changed by verbs, which also write fact, date and money.

    Sealed columns are bytes, which Django's forms do not show.
    """

    list_per_page = 50
    paginator = CountedSoFar
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}
