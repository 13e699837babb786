"""A purchase from a supplier that needs a person."""

from __future__ import annotations

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment.actions.calling import Heard
from daoda.delivery.fulfilment.models import Attempt
from daoda.doors.web.operator.tests.world import ACTOR, World
from daoda.records.shops.models import scope
from daoda.trade.catalog import actions as catalog
from daoda.trade.suppliers import actions as suppliers
from daoda.trade.suppliers.adapters.base import Reading


def a_doubtful_purchase(world: World) -> Attempt:
    """A card that a supplier was asked for, and whose answer wants a person."""
    with scope(world.shop.pk):
        product = catalog.create_product(
            shop_id=world.shop.pk, kind="code", slug="bought", title="Bought card", actor=ACTOR,
            now=world.now, details={"recipe": {"via": "supplier"}},
        )  # fmt: skip
        variant = catalog.create_variant(
            product_id=product.pk, title="100", price_fen=9800, actor=ACTOR, now=world.now
        )
        catalog.publish_product(product_id=product.pk, actor=ACTOR, now=world.now)
    speech = suppliers.Speech(
        "kasushou", {"gateway": "http://127.0.0.1:1", "user_id": "1", "key": "k" * 32}
    )
    made = suppliers.create(
        shop_id=world.shop.pk, code="far", name="Far Away Cards", speech=speech,
        terms=suppliers.Terms(), actor=ACTOR, now=world.now,
    )  # fmt: skip
    suppliers.put_offer(
        supplier_id=made.pk, variant_id=variant.pk,
        ask=suppliers.OfferAsk("1001", 700_000, guard_percent=1), actor=ACTOR, now=world.now,
    )  # fmt: skip
    world.buy(variant=variant)
    fulfilment.plan_batch(now=world.now)
    ((asked, _call),) = fulfilment.claim_sends(now=world.now, room=10).calls
    said = Heard(
        asked.attempt_id, asked.order_id, Reading("needs_human", "9999", reason="ask us"), "create",
        asked.fence, response="200 {}",
    )  # fmt: skip
    fulfilment.hear_batch([said], now=world.now)
    found: Attempt = Attempt.everywhere.get(pk=asked.attempt_id)
    return found
