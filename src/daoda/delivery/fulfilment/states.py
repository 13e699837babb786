"""The lifecycle of an attempt to buy one order's goods from one supplier."""

from daoda.kit.states import Lifecycle

_OUTCOMES = ("succeeded", "returned", "failed", "cut_off")

ATTEMPT = Lifecycle(
    name="attempt",
    initial="planned",
    moves={
        # failed: called off before anything was sent.
        "planned": frozenset({"sent", "failed"}),
        # planned: it is certain that nothing left this house, so the same number may be sent.
        "sent": frozenset({"planned", "accepted", "processing", "unknown", *_OUTCOMES}),
        "accepted": frozenset({"processing", "unknown", *_OUTCOMES}),
        "processing": frozenset({"unknown", *_OUTCOMES}),
        "unknown": frozenset({"accepted", "processing", *_OUTCOMES}),
        # Money we may have paid for nothing: a claim, until it ends one way or another.
        "cut_off": frozenset({"returned", "refunded", "written_off"}),
        "succeeded": frozenset(),
        # The goods came when the order wanted them no more: they stand on our shelf.
        "returned": frozenset(),
        # A supplier that contradicts itself: goods for the shelf, or money to claim back.
        "failed": frozenset({"returned", "cut_off"}),
        "refunded": frozenset(),
        "written_off": frozenset(),
    },
    closed=frozenset({"succeeded", "returned", "failed", "refunded", "written_off"}),
)
# The supplier has been asked, and may still deliver.
ASKED = frozenset({"sent", "accepted", "processing", "unknown"})
# It may be asked how the purchase stands.
ASKABLE = frozenset({"accepted", "processing", "unknown", "cut_off"})

NODES = {
    "planned": "sending",
    "sent": "sending",
    "accepted": "supplying",
    "processing": "supplying",
    "unknown": "asking",
    "cut_off": "claiming_back",
}

NOTICE = Lifecycle(
    name="supplier_notice",
    initial="received",
    moves={
        "received": frozenset({"heard", "refused"}),
        "heard": frozenset(),
        "refused": frozenset(),
    },
    closed=frozenset({"heard", "refused"}),
)
