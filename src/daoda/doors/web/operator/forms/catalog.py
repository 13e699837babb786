"""What staff type about products, variants, shelves and coupons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.doors.web.operator.forms import widgets
from daoda.doors.web.operator.queries import words
from daoda.trade.catalog.models import NOTE_CHARS_MAX, TITLE_CHARS_MAX, Category, Product, Variant
from daoda.trade.catalog.rules import COUPON_CODE_CHARS_MAX, KINDS, Recipe, Step, read_recipe

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

HANDS = ("supplier", "operations", "technical")
FROM_STOCK = "stock"
FROM_SUPPLIER = "bought"
NOT_YUAN = gettext_lazy("An amount of yuan, like 12 or 12.50.")
STEP_ROWS = 6


def _rank(label: StrOrPromise) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=gettext_lazy("Smaller comes first."),
        initial=0,
        min_value=-10_000,
        max_value=10_000,
        widget=widgets.number(),
    )


class NewProduct(forms.Form):
    """A draft: what it is, and how it is called."""

    kind = forms.ChoiceField(
        label=gettext_lazy("How it is delivered"),
        choices=lambda: [(kind, words.of(words.KINDS, kind)) for kind in KINDS],
        widget=widgets.select(),
    )
    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=TITLE_CHARS_MAX, widget=widgets.text()
    )
    slug = forms.SlugField(
        label=gettext_lazy("Address"),
        max_length=60,
        widget=widgets.text(placeholder="steam-100"),
        help_text=gettext_lazy("Letters, digits and -; it stands in the link of the product."),
    )


class Details(NewProduct):
    """Everything a product says, who delivers it, and how many one buyer may have."""

    field_order = ("title", "slug", "kind", "hands", "category", "summary")

    hands = forms.ChoiceField(
        label=gettext_lazy("Who delivers it"),
        choices=lambda: [
            (FROM_STOCK, _("The machine, from stock")),
            (FROM_SUPPLIER, _("The machine, bought from a supplier when it is paid")),
            *((name, words.owner(f"department:{name}")) for name in HANDS),
        ],
        widget=widgets.select(),
    )
    category = forms.UUIDField(
        label=gettext_lazy("Category"), required=False, widget=widgets.select()
    )
    summary = forms.CharField(
        label=gettext_lazy("In one line"), required=False, max_length=300, widget=widgets.text()
    )
    usage_notice = forms.CharField(
        label=gettext_lazy("Notice before buying"),
        required=False,
        max_length=NOTE_CHARS_MAX,
        widget=widgets.area(4),
        help_text=gettext_lazy("Read before paying: what it works with, what cannot be undone."),
    )
    region_note = forms.CharField(
        label=gettext_lazy("Region"), required=False, max_length=300, widget=widgets.text()
    )
    platform_note = forms.CharField(
        label=gettext_lazy("Platform"), required=False, max_length=300, widget=widgets.text()
    )
    how_to_use = forms.CharField(
        label=gettext_lazy("How to use it"),
        required=False,
        max_length=NOTE_CHARS_MAX,
        widget=widgets.area(4),
        help_text=gettext_lazy("Shown beside the code after it has arrived."),
    )
    confirm_text = forms.CharField(
        label=gettext_lazy("What the buyer confirms"),
        required=False,
        max_length=300,
        widget=widgets.text(),
        help_text=gettext_lazy("A sentence to tick before paying; empty for none."),
    )
    limit_per_buyer = forms.IntegerField(
        label=gettext_lazy("At most per buyer"),
        required=False,
        min_value=1,
        max_value=100_000,
        widget=widgets.number(min=1),
    )
    rank = _rank(gettext_lazy("Place on the shelf"))

    def __init__(self, *args: Any, categories: Sequence[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {one.pk for one in categories}
        widget: forms.Select = self.fields["category"].widget
        widget.choices = [("", _("None")), *((str(one.pk), one.title) for one in categories)]

    def clean_category(self) -> Any:
        chosen = self.cleaned_data["category"]
        if chosen is not None and chosen not in self.known:
            raise forms.ValidationError(_("Choose one from the list."))
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("hands") == FROM_STOCK and cleaned.get("kind") not in (None, "code"):
            self.add_error("hands", _("Only codes come from stock: choose who delivers it."))
        if cleaned.get("hands") == FROM_SUPPLIER and cleaned.get("kind") == "manual":
            self.add_error("hands", _("What a person delivers is not bought by the machine."))
        return cleaned

    @property
    def changes(self) -> dict[str, Any]:
        """What the catalogue is told."""
        told = dict(self.cleaned_data)
        hands = told.pop("hands")
        by_machine = {FROM_STOCK: {"via": "stock"}, FROM_SUPPLIER: {"via": "supplier"}}
        by_hand = {"via": "hand", "owner": f"department:{hands}"}
        told["recipe"] = by_machine.get(hands, by_hand)
        told["category_id"] = told.pop("category")
        return told


def details_of(row: Product) -> dict[str, Any]:
    """A product as its form shows it."""
    recipe = read_recipe(row.kind, row.recipe)  # type: ignore[arg-type]  # one of KINDS, by CHECK
    names = Details.base_fields.keys() - {"hands", "category"}
    return {
        **{name: getattr(row, name) for name in names},
        "hands": _hands(recipe),
        "category": str(row.category_id or ""),
    }


def _hands(recipe: Recipe) -> str:
    if recipe.via == "supplier":
        return FROM_SUPPLIER
    return recipe.owner.partition(":")[2] or FROM_STOCK


class Shelf(forms.Form):
    """A category."""

    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=TITLE_CHARS_MAX, widget=widgets.text()
    )
    slug = forms.SlugField(
        label=gettext_lazy("Address"),
        max_length=60,
        widget=widgets.text(),
        help_text=gettext_lazy("Letters, digits and -."),
    )
    rank = _rank(gettext_lazy("Place in the shop"))


class VariantForm(forms.Form):
    """What is priced: a title, a price, and what more pieces cost apiece."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=TITLE_CHARS_MAX,
        widget=widgets.text(),
        help_text=gettext_lazy("What sets it apart: “100 yuan”, “12 months”."),
    )
    price_fen = widgets.Yuan(label=gettext_lazy("Price"), wrong=NOT_YUAN)
    list_price_fen = widgets.Yuan(
        label=gettext_lazy("Price struck through"),
        required=False,
        wrong=NOT_YUAN,
        help_text=gettext_lazy("Empty for none."),
    )
    rank = _rank(gettext_lazy("Place in the list"))


class StepRow(forms.Form):
    """From so many pieces on, so much apiece; an empty row is none."""

    min_quantity = forms.IntegerField(
        label=gettext_lazy("From pieces"),
        required=False,
        min_value=2,
        max_value=1_000,
        widget=widgets.number(min=2),
    )
    unit_price_fen = widgets.Yuan(
        label=gettext_lazy("Price apiece"), required=False, wrong=NOT_YUAN
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        quantity, fen = cleaned.get("min_quantity"), cleaned.get("unit_price_fen")
        if not self.errors and (quantity is None) != (fen is None):
            raise forms.ValidationError(_("A step has both: pieces and price."))
        return cleaned


StepRows = forms.formset_factory(StepRow, extra=0, max_num=12, absolute_max=24)


def step_rows(variant: Variant | None, data: Any = None) -> Any:
    """The steps of a variant as rows, with empty ones to fill."""
    known = [
        {"min_quantity": row.min_quantity, "unit_price_fen": row.unit_price_fen}
        for row in (variant.steps.all() if variant else ())
    ]
    blank: list[dict[str, Any]] = [{} for _row in range(max(2, STEP_ROWS - len(known)))]
    return StepRows(data, initial=[*known, *blank], prefix="steps")


def steps_of(rows: Any) -> list[Step]:
    """The steps that were filled in."""
    return [
        Step(row["min_quantity"], row["unit_price_fen"])
        for row in (form.cleaned_data for form in rows)
        if row.get("min_quantity") is not None
    ]


class CouponForm(forms.Form):
    """A coupon: how much off, for what, from when to when, how often."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=COUPON_CODE_CHARS_MAX,
        widget=widgets.text(placeholder="HELLO10"),
        help_text=gettext_lazy("Buyers may type it in small letters and with blanks."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it takes off"),
        choices=[("percent", gettext_lazy("percent")), ("amount", gettext_lazy("yuan"))],
        widget=widgets.select(),
    )
    value = forms.CharField(
        label=gettext_lazy("How much"), max_length=12, widget=widgets.text(inputmode="decimal")
    )
    min_amount_fen = widgets.Yuan(
        label=gettext_lazy("From an amount of"), required=False, wrong=NOT_YUAN
    )
    product = forms.UUIDField(
        label=gettext_lazy("Only for"), required=False, widget=widgets.select()
    )
    starts_at = widgets.Moment(label=gettext_lazy("From"), required=False)
    ends_at = widgets.Moment(label=gettext_lazy("Until"), required=False)
    uses_max = forms.IntegerField(
        label=gettext_lazy("How often in all"),
        required=False,
        min_value=1,
        max_value=10_000_000,
        widget=widgets.number(min=1),
        help_text=gettext_lazy("Empty for without limit."),
    )

    def __init__(self, *args: Any, products: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {one.pk for one in products}
        widget: forms.Select = self.fields["product"].widget
        widget.choices = [("", _("Everything")), *((str(one.pk), one.title) for one in products)]

    def clean_product(self) -> Any:
        chosen = self.cleaned_data["product"]
        if chosen is not None and chosen not in self.known:
            raise forms.ValidationError(_("Choose one from the list."))
        return chosen

    def clean_value(self) -> int:
        typed = self.cleaned_data["value"]
        if self.cleaned_data.get("kind") == "amount":
            fen: int | None = widgets.Yuan(wrong=NOT_YUAN).clean(typed)
            return fen or 0
        percent = typed.strip().rstrip("%％").strip()
        if not percent.isascii() or not percent.isdigit() or not 1 <= int(percent) <= 100:
            raise forms.ValidationError(_("A whole number from 1 to 100."))
        return int(percent)

    @property
    def terms(self) -> dict[str, Any]:
        """What the catalogue is told."""
        told = dict(self.cleaned_data)
        told["product_id"] = told.pop("product")
        told["min_amount_fen"] = told["min_amount_fen"] or 0
        return told


class Picture(forms.Form):
    """A picture to upload; what is in it is checked by who stores it."""

    picture = forms.FileField(
        label=gettext_lazy("Picture"),
        widget=forms.FileInput(
            attrs={"class": "input", "accept": "image/png,image/jpeg,image/webp,image/gif"}
        ),
        help_text=gettext_lazy("PNG, JPEG, WebP or GIF, up to 8 MB; it is made small."),
    )
