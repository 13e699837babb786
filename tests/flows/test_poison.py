"""One order or notice that cannot be worked on goes to a person; the others go on."""

from __future__ import annotations

import psycopg
import pytest

from daoda.delivery.fulfilment import actions as fulfilment
from daoda.delivery.fulfilment import queries as deliveries


@pytest.mark.committed
def test_an_order_that_cannot_be_delivered_is_held_and_the_others_are_delivered(
    real_world, world_db
):
    world = real_world
    world.stock_up("AAAA-1111", "BBBB-2222", "CCCC-3333")
    first, poison, last = (world.place(contact=f"buyer{n}@example.cn") for n in range(3))
    for order in (first, poison, last):
        world.receive(world.notice(world.start(order)))
    with psycopg.connect(world_db.superuser_url, autocommit=True) as superuser:
        # Its delivery exists already, as after a mistaken restore: the primary key refuses.
        superuser.execute(
            "INSERT INTO fulfilment_delivery (order_id, shop_id, quantity, how, actor, at)"
            " VALUES (%s, %s, 1, 'stock', 'x', now())",
            [poison.pk, world.shop.pk],
        )
    world.work()
    assert world.again(first).state == world.again(last).state == "delivered"
    held = world.again(poison)
    assert (held.state, held.owner, held.hold_reason) == (
        "held",
        "department:technical",
        "delivery_failed",
    )
    assert held.promised_at > world.now
    assert deliveries.codes_of(poison.pk) == []
    assert fulfilment.deliver_batch(now=world.now) == 0
