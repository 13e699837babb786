"""Products as those who keep the shop see them: what is sold, at which price, by when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from daoda.doors.web import moments
from daoda.doors.web.buyer.queries.story import in_language
from daoda.doors.web.operator.forms.fields import TYPE_WORDS
from daoda.doors.web.operator.queries import words
from daoda.doors.web.pieces import Shape
from daoda.records.promises import queries as promises
from daoda.records.promises.rules import NoWorkingTime, Rule, due
from daoda.trade.catalog import queries as catalog
from daoda.trade.catalog.models import Coupon, Product, Variant
from daoda.trade.catalog.rules import read_recipe
from daoda.trade.orders.rules import shown
from daoda.trade.stock import queries as stock


@dataclass(frozen=True, kw_only=True)
class Line:
    """A product in the list."""

    href: str
    title: str
    picture: str
    kind: str
    category: str
    shape: Shape
    state: str
    variants: int
    low_fen: int | None
    high_fen: int | None
    currency: str
    left: int | None


@dataclass(frozen=True, kw_only=True)
class ShownVariant:
    """A variant with its prices and how many are left (None: not counted)."""

    row: Variant
    steps: tuple[tuple[int, int], ...]
    left: int | None


@dataclass(frozen=True, kw_only=True)
class ShownField:
    """A typed field, in a line."""

    label: str
    type: str
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A step of a product that is dated, by which rule, and the date it would give now."""

    href: str
    node: str
    name: str
    length: str
    slower: tuple[str, ...]
    whose: str
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Try:
    """What a rule would promise to whoever pays at a moment."""

    when: str
    paid_at: datetime
    due_at: datetime | None
    why: str


def lines() -> tuple[Line, ...]:
    """Every product, on sale or not."""
    rows = list(catalog.products())
    left = stock.available([variant.pk for row in rows for variant in row.variants.all()])
    return tuple(_line(row, left) for row in rows)


def one(product_id: UUID) -> Product | None:
    """A product of this shop, on sale or not, with its variants and steps."""
    found: Product | None = catalog.products().filter(pk=product_id).first()
    return found


def picture(row: Product) -> str:
    """The address of its picture; '' without one."""
    return default_storage.url(row.picture) if row.picture else ""


def kind_words(row: Product) -> str:
    """How it is delivered and by whom, in a line."""
    recipe = read_recipe(row.kind, row.recipe)  # type: ignore[arg-type]  # one of KINDS, by CHECK
    kind = words.of(words.KINDS, row.kind)
    if recipe.via == "supplier":
        return f"{kind} · {_('bought from a supplier')}"
    return f"{kind} · {words.owner(recipe.owner)}" if recipe.owner else kind


def variants(row: Product) -> tuple[ShownVariant, ...]:
    """The variants of a product read by ``one``."""
    rows = list(row.variants.all())
    counted = from_stock(row)
    left = stock.available([variant.pk for variant in rows]) if counted else {}
    return tuple(
        ShownVariant(
            row=variant,
            steps=tuple((step.min_quantity, step.unit_price_fen) for step in variant.steps.all()),
            left=left.get(variant.pk, 0) if counted else None,
        )
        for variant in rows
    )


def fields(row: Product) -> tuple[ShownField, ...]:
    """The typed fields of a product."""
    return tuple(
        ShownField(
            label=in_language(field.label),
            type=words.of(TYPE_WORDS, field.type),
            notes=tuple(
                note
                for note, holds in (
                    (_("must be filled"), field.required),
                    (_("confirmed"), field.confirm),
                    (_("secret"), field.secret),
                )
                if holds
            ),
        )
        for field in catalog.fields_of(row)
    )


def from_stock(row: Product) -> bool:
    """Whether the machine delivers it from the shelf."""
    return read_recipe(row.kind, row.recipe).via == "stock"  # type: ignore[arg-type]  # one of KINDS


def dated_nodes(row: Product) -> tuple[str, ...]:
    """The steps whose dates a product may have rules of its own for."""
    via = read_recipe(row.kind, row.recipe).via  # type: ignore[arg-type]  # one of KINDS
    if via == "stock":
        return ("stocking", "shortage", "review")
    return ("supplying", "handling", "review") if via == "supplier" else ("handling", "review")


def clocks(row: Product, *, now: datetime) -> tuple[Clock, ...]:
    """The rules that date the steps of a product."""
    rules = promises.rules_of(row.shop_id, now=now)
    return tuple(_clock(row, node, rules, now) for node in dated_nodes(row))


def tries(row: Product, rule: Rule, *, now: datetime) -> tuple[Try, ...]:
    """The dates a rule would give now and at other hours of the next days."""
    zone = promises.rules_of(row.shop_id, now=now).zone
    local = timezone.localtime(now, zone).replace(minute=0, second=0, microsecond=0)
    tomorrow = local + timedelta(days=1)
    saturday = local + timedelta(days=(5 - local.weekday()) % 7 or 7)
    moments_of = (
        (_("now"), now),
        (_("this evening"), local.replace(hour=20)),
        (_("tonight"), tomorrow.replace(hour=2)),
        (_("tomorrow morning"), tomorrow.replace(hour=10)),
        (_("on Saturday"), saturday.replace(hour=12)),
    )
    found = []
    for when, paid_at in moments_of:
        if paid_at < now:
            continue
        try:
            given = due(paid_at, rule, zone)
        except NoWorkingTime:
            found.append(Try(when=when, paid_at=paid_at, due_at=None, why=""))
            continue
        listed = " · ".join(words.reason(code) for code in given.reasons)
        found.append(Try(when=when, paid_at=paid_at, due_at=shown(given.due_at), why=listed))
    return tuple(found)


def coupons() -> tuple[Coupon, ...]:
    """The newest coupons, usable or not."""
    rows = Coupon.objects.select_related("product").order_by("withdrawn", "-created_at")
    return tuple(rows[:200])


def coupon_state(row: Coupon, *, now: datetime) -> tuple[Shape, str]:
    """Whether a coupon can be used now, as a mark and in words."""
    if row.withdrawn:
        return "skipped", _("withdrawn")
    if row.uses_max is not None and row.used >= row.uses_max:
        return "skipped", _("used up")
    if row.ends_at is not None and row.ends_at <= now:
        return "skipped", _("over")
    if row.starts_at is not None and row.starts_at > now:
        return "coming", _("begins later")
    return "done", _("usable")


def _line(row: Product, left: Mapping[UUID, int]) -> Line:
    offered = [variant for variant in row.variants.all() if variant.published]
    prices = [variant.price_fen for variant in offered]
    return Line(
        href=reverse("desk:product", args=[row.pk]),
        title=row.title,
        picture=picture(row),
        kind=words.of(words.KINDS, row.kind),
        category=row.category.title if row.category else "",
        shape="done" if row.published else "skipped",
        state=_("on sale") if row.published else _("not on sale"),
        variants=len(row.variants.all()),
        low_fen=min(prices, default=None),
        high_fen=max(prices, default=None),
        currency=offered[0].currency if offered else "CNY",
        left=sum(left.get(variant.pk, 0) for variant in offered) if from_stock(row) else None,
    )


def _clock(row: Product, node: str, rules: promises.ShopRules, now: datetime) -> Clock:
    rule = rules.rule(node, row.pk)
    own, shops = rules.by_node.get((node, row.pk)), rules.by_node.get((node, None))
    try:
        due_at = shown(rules.due(node, now, row.pk).due_at)
    except NoWorkingTime:
        due_at = None
    return Clock(
        href=reverse("desk:dates", args=[row.pk, node]),
        node=node,
        name=words.of(words.NODES, node),
        length=moments.span(timedelta(seconds=rule.seconds)),
        slower=tuple(dict.fromkeys(words.reason(one.reason) for one in rule.windows)),
        whose=_("its own rule") if own else _("the shop's rule") if shops else _("as usual"),
        due_at=due_at,
    )
