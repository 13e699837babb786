"""The verbs of fulfilment: everything by which a paid order becomes goods."""

from daoda.delivery.fulfilment.actions.calling import (
    TIMEOUT_S,
    Claimed,
    claim_asks,
    claim_sends,
    give_back,
    read,
)
from daoda.delivery.fulfilment.actions.cutting_off import (
    CannotSettle,
    cut_off,
    cut_off_due,
    pass_claim_dates,
    settle_claim,
    wait_until,
)
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
from daoda.delivery.fulfilment.actions.hearing import hear_batch, hear_person
from daoda.delivery.fulfilment.actions.noticing import hear_notices
from daoda.delivery.fulfilment.actions.planning import call_off, plan_batch, replan_overdue

__all__ = [
    "ACTOR",
    "BATCH_CODES",
    "BATCH_ROWS",
    "SQL",
    "TIMEOUT_S",
    "CannotSettle",
    "Claimed",
    "NotInHand",
    "call_off",
    "claim_asks",
    "claim_sends",
    "cut_off",
    "cut_off_due",
    "deliver_batch",
    "deliver_by_hand",
    "give_back",
    "handover_kind",
    "heal_shortage",
    "hear_batch",
    "hear_notices",
    "hear_person",
    "pass_claim_dates",
    "plan_batch",
    "read",
    "replan_overdue",
    "settle_claim",
    "wait_until",
]
