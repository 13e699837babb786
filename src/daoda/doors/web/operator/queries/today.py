"""Today's page: what stands where, what is promised, what waits for a person, what came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import ExtractHour
from django.urls import reverse
from django.utils import timezone

from daoda.doors.web.operator.queries import words
from daoda.doors.web.operator.queries.chart import Chart, Counted, draw
from daoda.doors.web.pieces import Shape
from daoda.records.ledger import queries as ledger
from daoda.records.promises import queries as promises
from daoda.records.shops.models import Shop
from daoda.trade.orders import queries as orders
from daoda.trade.orders.models import Order
from daoda.trade.orders.states import ORDER
from daoda.trade.payments import queries as payments
from daoda.trade.stock import queries as stock
from daoda.trade.stock.models import Level

SOON = timedelta(hours=1)
LOW_ROWS = 8
UNPAID = ("awaiting_payment", "expired", "cancelled")
# Balances told on the page, each with the way its growth is meant.
BALANCES = ("channel_cash", "owed_to_buyers", "suspense", "revenue")


@dataclass(frozen=True, kw_only=True)
class AtNode:
    """The open orders of one state."""

    href: str
    name: str
    shape: Shape
    orders: int
    late: int
    soonest: datetime


@dataclass(frozen=True, kw_only=True)
class Dates:
    """How many open orders are due within the hour, by whose turn it is, and how many slipped.

    ``passed``: past their date at this moment, which the sweep changes within a second.
    """

    machine: int
    person: int
    buyer: int
    passed: int
    slipped: int

    @property
    def ours(self) -> int:
        """Due within the hour and not the buyer's to do."""
        return self.machine + self.person


@dataclass(frozen=True, kw_only=True)
class Sum:
    """An amount of today or a balance. ``shape`` is empty where nothing is meant by it."""

    name: str
    amount_fen: int
    currency: str
    times: int | None = None
    shape: Shape | str = ""


@dataclass(frozen=True, kw_only=True)
class Law:
    """The first law as a fact that was just checked."""

    undated: int
    tables: int
    rows: int
    open: int
    unguarded: tuple[str, ...]
    looked: tuple[promises.Looked, ...]

    @property
    def holds(self) -> bool:
        """Nothing waits undated, and the database guards every table."""
        return not self.undated and not self.unguarded and self.tables > 0


def nodes(*, now: datetime) -> list[AtNode]:
    """The open orders by state, in the order of an order's way."""
    way = list(words.ORDER_STATES)
    found = sorted(orders.at_nodes(now=now), key=lambda one: way.index(one.state))
    desk = reverse("desk:orders")
    return [
        AtNode(
            href=f"{desk}?state={one.state}",
            name=words.of(words.ORDER_STATES, one.state),
            shape=words.shape(one.state, late=one.late > 0 or one.state == "short"),
            orders=one.orders,
            late=one.late,
            soonest=one.soonest,
        )
        for one in found
    ]


def dates(*, now: datetime) -> Dates:
    """Cost follows what is open."""
    soon = Q(promised_at__gt=now, promised_at__lte=now + SOON)
    person = Q(owner__startswith="department:") | Q(owner__startswith="staff:")
    found = Order.objects.filter(~Q(state__in=sorted(ORDER.closed))).aggregate(
        machine=Count("id", filter=soon & Q(owner__startswith="machine:")),
        person=Count("id", filter=soon & person),
        buyer=Count("id", filter=soon & Q(owner="buyer")),
        passed=Count("id", filter=Q(promised_at__lte=now)),
        slipped=Count("id", filter=Q(slips__gt=0)),
    )
    return Dates(**found)


def balances(shop: Shop) -> list[Sum]:
    """What the books hold at this moment, told by the accounts a day is steered by."""
    held = ledger.balances(shop.pk)
    return [
        Sum(
            name=words.of(words.ACCOUNTS, kind),
            amount_fen=sum(one.balance_fen for one in held if one.kind == kind),
            currency=shop.currency,
            shape="late" if kind == "suspense" and any(
                one.balance_fen for one in held if one.kind == kind
            ) else "",
        )
        for kind in BALANCES
    ]  # fmt: skip


def moved(shop: Shop, *, since: datetime) -> list[Sum]:
    """What was booked since the day began, by cause."""
    found = {(one.kind, one.currency): one for one in ledger.moved_since(shop.pk, since)}
    told = []
    for kind in words.TRANSFERS:
        one = found.get((kind, shop.currency))
        told.append(
            Sum(
                name=words.of(words.TRANSFERS, kind),
                amount_fen=one.amount_fen if one else 0,
                currency=shop.currency,
                times=one.transfers if one else 0,
            )
        )
    return told


def refunds_owed() -> tuple[int, int]:
    """How many refunds are owed, and how much in all (fen)."""
    return payments.owed_fen()


def low_stock() -> Sequence[Level]:
    """The emptiest shelves of what is on sale."""
    return list(stock.low()[:LOW_ROWS])


def law(shop: Shop) -> Law:
    """Look at every dated row of this shop, now. Cost follows all rows; see ``promises.look``."""
    looked = tuple(promises.look_in_shop(shop.pk))
    return Law(
        undated=sum(one.undated for one in looked),
        tables=len(looked),
        rows=sum(one.rows for one in looked),
        open=sum(one.open for one in looked),
        unguarded=tuple(one.table for one in looked if not one.guarded),
        looked=looked,
    )


def chart(*, since: datetime) -> Chart:
    """The orders placed since the day began, by the hour of the reader's zone."""
    found = (
        Order.objects.filter(placed_at__gte=since)
        .annotate(hour=ExtractHour("placed_at", tzinfo=timezone.get_current_timezone()))
        .values("hour")
        .annotate(
            arrived=Count("id", filter=Q(state="delivered")),
            unpaid=Count("id", filter=Q(state__in=UNPAID)),
            everything=Count("id"),
        )
        .order_by("hour")
    )
    return draw(
        {
            row["hour"]: Counted(
                row["arrived"], row["everything"] - row["arrived"] - row["unpaid"], row["unpaid"]
            )
            for row in found
        }
    )


def day_began(now: datetime) -> datetime:
    """Midnight where the reader is."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
