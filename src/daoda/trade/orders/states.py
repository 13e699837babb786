"""The lifecycle of an order, and what being in each open state means for whoever waits."""

from __future__ import annotations

from dataclasses import dataclass

from daoda.kit.states import Lifecycle

ORDER = Lifecycle(
    name="order",
    initial="awaiting_payment",
    moves={
        "awaiting_payment": frozenset(
            {
                *("screening", "paid", "sourcing", "short", "in_hand"),
                *("expired", "cancelled", "refund_owed"),
            }
        ),
        "screening": frozenset({"paid", "sourcing", "short", "in_hand", "held", "refund_owed"}),
        "paid": frozenset({"delivered", "short", "held", "refund_owed"}),
        "sourcing": frozenset({"delivered", "paid", "in_hand", "held", "refund_owed"}),
        "short": frozenset({"paid", "sourcing", "held", "refund_owed"}),
        "in_hand": frozenset({"delivered", "sourcing", "held", "refund_owed"}),
        "held": frozenset({"paid", "sourcing", "short", "in_hand", "refund_owed"}),
        "refund_owed": frozenset({"refunded"}),
        "delivered": frozenset(),
        # Money may arrive late for these two; it is delivered if it can be, else owed back.
        "expired": frozenset({"screening", "paid", "sourcing", "short", "in_hand", "refund_owed"}),
        "cancelled": frozenset(
            {"screening", "paid", "sourcing", "short", "in_hand", "refund_owed"}
        ),
        "refunded": frozenset(),
    },
    closed=frozenset({"delivered", "expired", "cancelled", "refunded"}),
)


@dataclass(frozen=True)
class Standing:
    """What an open state carries: its node, whose turn it is, which rule makes the date, and

    what happens by itself when the date passes.
    """

    node: str
    owner: str
    clock: str
    consequence: str


STANDING = {
    "awaiting_payment": Standing("payment", "buyer", "payment", "expire"),
    # The date of screening is that of the step behind it: checking costs the buyer no time.
    "screening": Standing("review", "machine:risk", "review", "escalate"),
    "paid": Standing("stocking", "machine:fulfilment", "stocking", "escalate"),
    "sourcing": Standing("supplying", "machine:supply", "supplying", "escalate"),
    "short": Standing("stocking", "department:operations", "shortage", "escalate"),
    "in_hand": Standing("handling", "department:operations", "handling", "escalate"),
    "held": Standing("review", "department:risk", "review", "escalate"),
    "refund_owed": Standing("refund", "department:finance", "refund", "escalate"),
}
# Who takes over when the owner has let a date pass.
AFTER_BREACH = {
    "machine:fulfilment": "department:operations",
    "machine:supply": "department:supplier",
    "machine:risk": "department:risk",
}

# Money that arrives in these states pays the order.
PAYABLE = frozenset({"awaiting_payment", "expired", "cancelled"})
HOLDABLE = frozenset(ORDER.sources("held"))
# Money may be with us, and the goods are not with the buyer.
REFUNDABLE = frozenset(ORDER.sources("refund_owed")) - {"awaiting_payment"}
