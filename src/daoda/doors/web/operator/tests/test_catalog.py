"""Products at the desk: drafted, priced, described, dated, pictured, published."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from daoda.doors.web.operator.tests.world import World, at, facts
from daoda.records.promises.models import PromiseRule
from daoda.trade.catalog.models import Category, Coupon, PriceStep, Product, Variant

ENGLISH = {"Accept-Language": "en"}


def product(slug: str = "card") -> Product:
    found: Product = Product.everywhere.get(slug=slug)
    return found


def steps(variant: Variant) -> list[int]:
    rows = PriceStep.everywhere.filter(variant=variant).order_by("min_quantity")
    return list(rows.values_list("unit_price_fen", flat=True))


def draft(browser: Client, **more: Any) -> Any:
    typed = {"kind": "code", "title": "Gift card", "slug": "card", **more}
    return browser.post(at("new_product"), typed)


def form_of(browser: Client, href: str) -> dict[str, str]:
    """What a browser would send back if nothing were touched."""
    page = browser.get(href, headers=ENGLISH).content.decode()
    main = page[page.index("<main") :]
    filled = {}
    for tag in re.findall(r"<input[^>]*>", main):
        name, kind = _attribute(tag, "name"), _attribute(tag, "type")
        if name and (kind not in ("checkbox", "radio", "file") or " checked" in tag):
            filled[name] = _attribute(tag, "value") or ("on" if kind == "checkbox" else "")
    for name, inside in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', main, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        first = re.search(r'<option value="([^"]*)"', inside)
        filled[name] = (chosen or first)[1]  # type: ignore[index]  # every select has options
    for name, inside in re.findall(r'<textarea name="([^"]+)".*?>\n?(.*?)</textarea>', main, re.S):
        filled[name] = inside
    return filled


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def test_a_product_is_drafted_priced_and_published(operator: Client, world: World) -> None:
    assert draft(operator).status_code == 302
    row = product()
    refused = operator.post(at("publication", row.pk))
    assert refused.status_code == 422  # nothing to sell yet
    typed = form_of(operator, at("new_variant", row.pk)) | {
        "title": "100 yuan", "price_fen": "¥98.5", "list_price_fen": "100",
        "steps-0-min_quantity": "10", "steps-0-unit_price_fen": "97",
    }  # fmt: skip
    assert operator.post(at("new_variant", row.pk), typed).status_code == 302
    variant = Variant.everywhere.get(product=row)
    assert (variant.price_fen, variant.list_price_fen) == (9850, 10000)
    assert steps(variant) == [9700]
    assert operator.post(at("publication", row.pk)).status_code == 302
    assert product().published
    assert operator.get("/p/card").status_code == 200
    assert operator.post(at("withdrawal", row.pk)).status_code == 302
    assert not product().published


def test_saving_a_form_untouched_changes_nothing(operator: Client, world: World) -> None:
    plan = world.plan.product_id
    before = Product.everywhere.filter(pk=plan).values().get()
    told = facts(plan)
    for href in (at("details", plan), at("fields", plan), at("variant", world.plan.pk)):
        answer = operator.post(href, form_of(operator, href))
        assert answer.status_code == 302, (href, answer.content.decode()[-3000:])
    after = Product.everywhere.filter(pk=plan).values().get()
    changed = {name for name, value in before.items() if after[name] != value}
    assert changed <= {"fields", "recipe", "changed_at"}  # defaults are written out, once
    assert set(facts(plan)) - set(told) <= {"product.changed"}


def test_wrong_prices_are_said_beside_their_field(operator: Client, world: World) -> None:
    href = at("variant", world.codes.pk)
    good = form_of(operator, href)
    for more in (
        {"price_fen": "twelve"},
        {"price_fen": "0"},
        {"price_fen": "99999999999"},
        {"list_price_fen": "1"},
        {"title": ""},
        {"steps-0-min_quantity": "5"},
        {"steps-0-min_quantity": "5", "steps-0-unit_price_fen": "99"},
        {"steps-0-min_quantity": "1", "steps-0-unit_price_fen": "1"},
    ):
        answer = operator.post(href, {**good, **more})
        assert answer.status_code == 422, more
        assert "field-wrong" in answer.content.decode(), more
    assert Variant.everywhere.get(pk=world.codes.pk).price_fen == 9800


def test_price_and_steps_move_together(operator: Client, world: World) -> None:
    href = at("variant", world.codes.pk)
    step = {"steps-0-min_quantity": "5", "steps-0-unit_price_fen": "90"}
    assert operator.post(href, form_of(operator, href) | step).status_code == 302
    cheaper = {"price_fen": "50", "steps-0-unit_price_fen": "45"}
    assert operator.post(href, form_of(operator, href) | cheaper).status_code == 302
    row = Variant.everywhere.get(pk=world.codes.pk)
    assert (row.price_fen, steps(row)) == (5000, [4500])


def test_typed_fields_are_edited_row_by_row(operator: Client, world: World) -> None:
    href = at("fields", world.plan.product_id)
    typed = form_of(operator, href) | {
        "fields-2-label_zh": "服务器", "fields-2-type": "choice",
        "fields-2-choices": "cn = 国服 = China\nasia = 亚服", "fields-2-required": "on",
        "fields-1-DELETE": "on", "fields-2-ORDER": "1", "fields-0-ORDER": "2",
    }  # fmt: skip
    assert operator.post(href, typed).status_code == 302
    fields = Product.everywhere.get(pk=world.plan.product_id).fields
    assert [field["name"] for field in fields] == ["field_1", "account"]
    assert fields[0]["choices"] == [
        {"value": "cn", "label": {"zh": "国服", "en": "China"}},
        {"value": "asia", "label": {"zh": "亚服"}},
    ]
    assert operator.get(at("product", world.plan.product_id)).status_code == 200


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"fields-0-pattern": "(a+)+"}, "fields-0-pattern"),
        ({"fields-0-name": "Not A Key"}, "fields-0-name"),
        ({"fields-1-name": "account"}, "fields-1-name"),
        ({"fields-0-type": "choice", "fields-0-choices": ""}, "fields-0-choices"),
        ({"fields-0-length_min": "9", "fields-0-length_max": "3"}, "fields-0-length_min"),
        ({"fields-0-label_zh": ""}, "fields-0-label_zh"),
    ],
)
def test_a_wrong_field_is_said_on_its_row(
    operator: Client, world: World, more: dict[str, str], where: str
) -> None:
    href = at("fields", world.plan.product_id)
    answer = operator.post(href, form_of(operator, href) | more)
    assert answer.status_code == 422
    assert f'id="id_{where}_error"' in answer.content.decode()


def test_a_slug_belongs_to_one_product(operator: Client, world: World) -> None:
    assert draft(operator, slug="steam").status_code == 422
    assert draft(operator, kind="other").status_code == 422
    assert draft(operator, title="x" * 121).status_code == 422
    assert Product.everywhere.count() == 2


def test_only_codes_come_from_stock(operator: Client, world: World) -> None:
    href = at("details", world.plan.product_id)
    typed = form_of(operator, href)
    assert typed["hands"] == "operations"
    assert operator.post(href, typed | {"hands": "stock"}).status_code == 422
    assert operator.post(href, typed | {"hands": "bought"}).status_code == 302
    assert "bought" in operator.get(href).content.decode()
    assert operator.post(href, typed | {"hands": "supplier"}).status_code == 302
    recipe = Product.everywhere.get(pk=world.plan.product_id).recipe
    assert recipe == {"via": "hand", "owner": "department:supplier"}


def test_a_date_rule_is_tried_before_it_is_published(operator: Client, world: World) -> None:
    href = at("dates", world.plan.product_id, "handling")
    typed = form_of(operator, href) | {
        "amount": "90", "unit": "60", "windows-0-days": "6", "windows-0-starts": "00:00",
        "windows-0-ends": "24:00", "windows-0-speed": "0", "windows-0-reason": "the weekend",
    }  # fmt: skip
    tried = operator.post(at("preview", world.plan.product_id, "handling"), typed, headers=ENGLISH)
    assert tried.status_code == 200
    assert "on Saturday" in tried.content.decode()
    assert not PromiseRule.everywhere.exists()
    assert operator.post(href, typed, headers=ENGLISH).status_code == 302
    rule = PromiseRule.everywhere.get()
    assert (rule.seconds, rule.version, rule.product_id) == (5400, 1, world.plan.product_id)
    assert rule.windows[0] == {
        "days": [6], "starts": "00:00", "ends": "24:00", "speed": 0.0, "reason": "weekend",
    }  # fmt: skip
    assert "product.dated" in facts(world.plan.product_id)
    again = form_of(operator, href)
    assert (again["amount"], again["windows-0-ends"]) == ("90", "24:00")


def test_a_rule_that_never_ends_is_refused(operator: Client, world: World) -> None:
    href = at("dates", world.plan.product_id, "handling")
    good = form_of(operator, href)
    window = {
        "windows-0-starts": "00:00", "windows-0-ends": "24:00", "windows-0-speed": "0",
        "windows-0-reason": "never", "windows-0-days": ["0", "1", "2", "3", "4", "5", "6"],
    }  # fmt: skip
    for more in (
        window,
        {**window, "windows-0-ends": "00:00x"},
        {**window, "windows-0-starts": "23:00", "windows-0-ends": "02:00"},
        {**window, "windows-0-days": []},
        {"amount": "0"},
        {"amount": "9" * 30},
        {"unit": "1"},
    ):
        assert operator.post(href, {**good, **more}).status_code == 422, more
    assert not PromiseRule.everywhere.exists()
    assert (
        operator.post(
            at("preview", world.plan.product_id, "handling"), {**good, **window}
        ).status_code
        == 200
    )  # tried, and shown to promise nothing
    assert operator.get(at("dates", world.plan.product_id, "stocking")).status_code == 404


def picture(side: int = 12) -> SimpleUploadedFile:
    stored = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(stored, "PNG")
    return SimpleUploadedFile("a.png", stored.getvalue(), "image/png")


def test_a_picture_is_shown_and_what_is_none_is_refused(
    operator: Client, world: World, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    href = at("picture", world.codes.product_id)
    assert operator.post(href, {}).status_code == 422
    script = SimpleUploadedFile("a.png", b"<svg onload=alert(1)>", "image/png")
    assert operator.post(href, {"picture": script}).status_code == 422
    assert operator.post(href, {"picture": picture()}).status_code == 302
    assert Product.everywhere.get(pk=world.codes.product_id).picture.endswith(".webp")


def test_a_coupon_is_made_and_withdrawn(operator: Client, world: World) -> None:
    good = {"code": "hello 10", "kind": "percent", "value": "10%"}
    for more in (
        {"value": "101"},
        {"value": "0"},
        {"kind": "amount", "value": "-1"},
        {"code": " "},
        {"starts_at": "2026-12-02T00:00", "ends_at": "2026-12-01T00:00"},
        {"starts_at": "0001-01-01T00:00"},
        {"product": "none"},
        {"uses_max": "0"},
    ):
        answer = operator.post(at("new_coupon"), {**good, **more})
        assert answer.status_code == 422, more
    assert operator.post(at("new_coupon"), good).status_code == 302
    assert operator.post(at("new_coupon"), good).status_code == 422  # the code is taken
    row = Coupon.everywhere.get()
    assert (row.code, row.value) == ("HELLO10", 10)
    assert operator.get(at("coupons")).status_code == 200
    assert operator.post(at("coupon_withdrawal", row.pk)).status_code == 302
    row.refresh_from_db()
    assert row.withdrawn


def test_a_category_is_made_and_changed(operator: Client, world: World) -> None:
    typed = {"title": "Games", "slug": "games", "rank": "1"}
    assert operator.post(at("new_category"), typed).status_code == 302
    assert operator.post(at("new_category"), typed).status_code == 422
    row = Category.everywhere.get()
    changed = {**typed, "title": "Play"}
    assert operator.post(at("category", row.pk), changed).status_code == 302
    row.refresh_from_db()
    assert row.title == "Play"
