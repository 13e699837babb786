"""The verbs of fulfilment: everything by which a paid order becomes goods."""

from daoda.delivery.fulfilment.actions.handing_over import (
    ACTOR,
    BATCH_CODES,
    BATCH_ROWS,
    SQL,
    NotInHand,
    deliver_batch,
    deliver_by_hand,
    handover_kind,
    heal_shortage,
)

__all__ = [
    "ACTOR",
    "BATCH_CODES",
    "BATCH_ROWS",
    "SQL",
    "NotInHand",
    "deliver_batch",
    "deliver_by_hand",
    "handover_kind",
    "heal_shortage",
]
