"""Every page of the desk, opened by every role on a shop that is in use; every act without a token.

That a stranger is sent away, and that every view names its permission, is shown for all pages of
staff in ``staff/tests/test_gate.py``.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from daoda.care.compensation import actions as compensation
from daoda.delivery.risk import actions as risk
from daoda.doors.web.operator.tests.purchases import a_doubtful_purchase
from daoda.doors.web.operator.tests.test_rehearsals import rehearsed
from daoda.doors.web.operator.tests.world import World
from daoda.doors.web.staff.tests.world import walked_in
from daoda.records.accounts.roles import ROLE_MAY, Permission, Role
from daoda.records.shops.models import Shop
from daoda.trade.catalog import actions as catalog
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Notice, Refund
from daoda.trade.stock import actions as stock
from daoda.trade.stock.models import Code, Import
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters import registry
from daoda.trade.suppliers.models import Offer


def pages() -> Iterator[tuple[str, URLPattern]]:
    """Every address of the desk with its pattern."""
    for part in get_resolver().url_patterns:
        if isinstance(part, URLResolver) and str(part.pattern) == "desk/":
            for one in part.url_patterns:
                assert isinstance(one, URLPattern)
                yield f"desk/{one.pattern}", one


PAGES = dict(pages())


@pytest.fixture
def filled(world: World) -> dict[str, str]:
    """An id for everything a page may be about."""
    purchase = a_doubtful_purchase(world)
    order, hand = world.buy(), world.buy(variant=world.plan)
    payments.refund_order(order_id=hand.pk, reason="buyer_asked", actor="machine:t", now=world.now)
    world.notice("f" * 32, 4950)
    world.work()
    coupon = catalog.create_coupon(
        shop_id=world.shop.pk, code="HELLO", kind="percent", value=10, actor="machine:t",
        now=world.now,
    )  # fmt: skip
    category = catalog.create_category(
        shop_id=world.shop.pk, slug="games", title="Games", actor="machine:t", now=world.now
    )
    terms = risk.Terms("large", "Large", "Looked at", [{"kind": "new_contact"}])
    rule = risk.publish_rule(shop_id=world.shop.pk, terms=terms, actor="machine:t", now=world.now)
    supplied = an_offer(world)
    policy = compensation.publish_policy(
        shop_id=world.shop.pk,
        terms=compensation.Terms("late", "Late", [{"do": "refund", "after_min": 5}], 1, 1, 1, 1),
        actor="machine:t",
        now=world.now,
    )
    free = Code.everywhere.filter(place="shelf").values_list("pk", flat=True)[:1]
    (inspected,) = stock.quarantine(
        code_ids=list(free), reason="odd", actor="machine:t", now=world.now
    )
    return {
        "uuid:order_id": str(order.pk),
        "uuid:refund_id": str(Refund.everywhere.get().pk),
        "uuid:notice_id": str(Notice.everywhere.get(state="unmatched").pk),
        "uuid:variant_id": str(world.codes.pk),
        "uuid:product_id": str(world.codes.product_id),
        "uuid:import_id": str(Import.everywhere.get().pk),
        "uuid:quarantine_id": str(inspected.pk),
        "uuid:coupon_id": str(coupon.pk),
        "uuid:category_id": str(category.pk),
        "uuid:rule_id": str(rule.pk),
        "uuid:policy_id": str(policy.pk),
        "uuid:case_id": str(uuid.uuid4()),
        "uuid:attempt_id": str(purchase.pk),
        "uuid:channel_id": str(world.channel.pk),
        "uuid:supplier_id": str(supplied.supplier_id),
        "uuid:offer_id": str(supplied.pk),
        "slug:kind": "kayixin",
        "uuid:rehearsal_id": str(rehearsed(world).pk),
        "int:position": "1",
        "slug:node": "stocking",
        "slug:adapter": "alipay",
    }


def an_offer(world: World) -> Offer:
    """Codes of the shop as a supplier's goods, spoken to by recipe."""
    recipe = registry.shipped()["kayixin"]
    config = {"gateway": "https://b.example", "app_id": "1", "secret": "s" * 32}
    made = suppliers.create(
        shop_id=world.shop.pk, code="b", name="B",
        speech=suppliers.Speech(registry.RECIPE, config, recipe), terms=suppliers.Terms(),
        actor="machine:t", now=world.now,
    )  # fmt: skip
    return suppliers.put_offer(
        supplier_id=made.pk, variant_id=world.codes.pk, ask=suppliers.OfferAsk("1", 50_000),
        actor="machine:t", now=world.now,
    )[0]  # fmt: skip


def address(pattern: str, filled: dict[str, str]) -> str:
    return "/" + re.sub(r"<([^>]+)>", lambda found: filled[found[1]], pattern)


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_every_page_it_may_and_no_other(
    lamp: Shop, filled: dict[str, str], role: Role
) -> None:
    browser = walked_in(lamp, "wei", role)
    for pattern, page in PAGES.items():
        answer = browser.get(address(pattern, filled))
        guard = page.callback.guard  # type: ignore[attr-defined]  # see test_gate
        expected = {200, 405} if guard in ROLE_MAY[role] else {403}
        assert answer.status_code in expected, (pattern, answer.status_code)


@pytest.mark.parametrize("role", Role)
def test_no_link_of_the_navigation_leads_to_a_closed_door(
    lamp: Shop, world: World, role: Role
) -> None:
    browser = walked_in(lamp, "wei", role)
    page = browser.get("/desk/").content.decode()
    rail = page[page.index('class="rail"') : page.index('class="thumb"')]
    links = re.findall(r'href="([^"]+)"', rail)
    assert "/desk/" in links
    for link in links:
        assert browser.get(link).status_code == 200, link


def test_no_act_is_done_without_a_token(lamp: Shop, filled: dict[str, str]) -> None:
    browser = Client(HTTP_HOST="lamp.example", enforce_csrf_checks=True)
    browser.cookies = walked_in(lamp, "wei", Role.OPERATOR).cookies
    for pattern in PAGES:
        answer = browser.post(address(pattern, filled), {"reason": "own"})
        assert answer.status_code in (403, 405), pattern


def test_what_belongs_to_another_shop_is_not_there(pine: Shop, filled: dict[str, str]) -> None:
    browser = walked_in(pine, "mo", Role.OPERATOR)
    for pattern in PAGES:
        if "<uuid:" in pattern:
            for ask in (browser.get, browser.post):
                assert ask(address(pattern, filled)).status_code in (404, 405), pattern


def test_the_auditor_has_no_act_on_any_page(lamp: Shop, filled: dict[str, str]) -> None:
    browser = walked_in(lamp, "an", Role.AUDITOR)
    allowed = {"/desk/orders", "/staff/sign-out", "/i18n/setlang/"}
    for pattern, page in PAGES.items():
        if page.callback.guard not in ROLE_MAY[Role.AUDITOR]:  # type: ignore[attr-defined]  # see test_gate
            continue
        content = browser.get(address(pattern, filled)).content.decode()
        acts = set(re.findall(r'<form[^>]*action="([^"?]+)', content)) - allowed
        assert not acts, (pattern, acts)


def test_a_closed_door_keeps_the_desk_around_it(lamp: Shop, world: World) -> None:
    browser = walked_in(lamp, "an", Role.AGENT)
    for href, status in (("/desk/money", 403), (f"/desk/orders/{uuid.uuid4()}", 404)):
        answer = browser.get(href, headers={"Accept-Language": "en"})
        assert answer.status_code == status
        page = answer.content.decode()
        assert 'class="rail"' in page
        assert "your bill" not in page


def test_every_permission_of_the_desk_is_used_by_some_page() -> None:
    used = {page.callback.guard for page in PAGES.values()}  # type: ignore[attr-defined]  # see test_gate
    elsewhere = {
        Permission.CONTACTS_READ, Permission.PERSONS_ERASE, Permission.PROMISES_READ,
        Permission.JOURNAL_READ, Permission.STAFF_READ, Permission.STAFF_MANAGE,
        Permission.API_KEYS_MANAGE, Permission.RECORDS_READ,
    }  # fmt: skip
    assert used | elsewhere == set(Permission)
