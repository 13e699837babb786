"""Today: the page one opens in the morning and leaves open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from daoda.doors.web.operator.queries import rights, today, waiting
from daoda.doors.web.operator.views.page import show
from daoda.doors.web.staff.gate import StaffRequest, requires
from daoda.kit import clock
from daoda.records.accounts.roles import Permission
from daoda.records.promises import queries as promises

SHOWN_AT_FIRST = 12


@requires(Permission.TODAY_SEE)
@require_safe
def page(request: StaffRequest) -> HttpResponse:
    """Everything at once; one part of it when htmx asks for that.

    What costs as much as is open is asked anew every few seconds, what costs as much as the day
    seldom, and what reads whole tables (the law) once a minute.
    """
    now = clock.now()
    part = request.htmx.target if request.htmx else None
    context: dict[str, Any] = {"now": now, "part": part}
    if part in (None, "present"):
        context |= _present(request, now)
    if part in (None, "law"):
        context["law"] = today.law(request.shop)
    if part in (None, "balance"):
        context |= _balance(request)
    if part in (None, "day"):
        context |= _day(request, now)
    return show(request, "today", **context)


def _present(request: StaffRequest, now: datetime) -> dict[str, Any]:
    may = rights.of(request.staff)
    department, everyone = request.GET.get("who", ""), request.GET.get("all") == "1"
    everything = waiting.waiting(may, now=now)
    mine = [one for one in everything if not department or one.department == department]
    return {
        "nodes": today.nodes(now=now),
        "dates": today.dates(now=now),
        "waiting": mine if everyone else mine[:SHOWN_AT_FIRST],
        "waiting_left_off": 0 if everyone else max(0, len(mine) - SHOWN_AT_FIRST),
        "waiting_all": len(everything),
        "departments": waiting.by_department(everything),
        "department": department,
    }


def _balance(request: StaffRequest) -> dict[str, Any]:
    may = rights.of(request.staff)
    return {
        "balances": today.balances(request.shop) if Permission.MONEY_READ in may else (),
        "owed": today.refunds_owed() if Permission.MONEY_READ in may else None,
        "low": today.low_stock() if Permission.STOCK_READ in may else None,
    }


def _day(request: StaffRequest, now: datetime) -> dict[str, Any]:
    may = rights.of(request.staff)
    began = today.day_began(now)
    return {
        "chart": today.chart(since=began),
        "judged": promises.judged_since(request.shop.pk, began),
        "moved": today.moved(request.shop, since=began) if Permission.MONEY_READ in may else (),
    }
