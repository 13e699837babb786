"""What people decide: the buyer whether she waits, a person what needs her word."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from daoda.care.compensation.actions import moving
from daoda.care.compensation.actions.stepping import Done, go_on, locked, record, take_step
from daoda.care.compensation.models import Case

CHOICES = frozenset({"wait", "refund"})


def choose(*, order_id: uuid.UUID, choice: str, actor: str, now: datetime) -> bool:
    """The buyer of a late order keeps waiting, or wants her money back now.

    The money goes back at once, or as soon as no supplier can deliver any more. False when
    nothing is late any more. She may change her mind until the money is on its way. Raises
    ValueError for another choice.
    """
    if choice not in CHOICES:
        raise ValueError("one waits or is refunded")
    with transaction.atomic():
        case = Case.everywhere.select_for_update().filter(order_id=order_id).first()
        if case is None or case.state == "settled":
            return False
        if case.choice == choice:
            return True
        case.choice = choice
        case.save(update_fields=["choice"])
        moving.tell(case, "compensation.chosen", actor, now, {"choice": choice})
        if choice == "refund":
            take_step(case, actor=actor, now=now)
    return True


def approve(*, case_id: uuid.UUID, actor: str, now: datetime) -> bool:
    """A person approves the step that waits for her; it is done at once. False when none does."""
    with transaction.atomic():
        case = locked(case_id)
        if case is None or case.asked != "approval":
            return False
        take_step(case, actor=actor, now=now, approved=True)
    return True


def decline(*, case_id: uuid.UUID, reason: str, actor: str, now: datetime) -> bool:
    """A person refuses the step that waits for her, with a reason; the next one is dated.

    False when none waits. ValueError for an empty reason.
    """
    if not reason.strip():
        raise ValueError("nothing is declined without a reason")
    with transaction.atomic():
        case = locked(case_id)
        if case is None or case.asked != "approval":
            return False
        do = case.policy.steps[case.step]["do"]
        record(case, do, Done("declined", reason.strip()[:40]), actor, now)
        go_on(case, now)
    return True
