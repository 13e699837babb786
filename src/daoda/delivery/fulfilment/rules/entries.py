"""What the moves of an attempt mean in the books: a table of debit and credit."""

from __future__ import annotations

from typing import NamedTuple

RECEIVABLE = "supplier_receivable"
LOSSES = "losses"
Side = tuple[str, str]


class Entry(NamedTuple):
    """A transfer's kind and its two accounts."""

    kind: str
    debit: Side
    credit: Side


def entry(before: str, state: str, *, code: str, borne_by: str) -> Entry | None:
    """What is booked when an attempt at supplier ``code`` moves from ``before`` to ``state``.

    ``borne_by`` is the account that bears a purchase cut off. None where no money moves.
    """
    if before == state:
        return None
    payable: Side = ("supplier_payable", code)
    borne: Side = (borne_by, code if borne_by == RECEIVABLE else "")
    cost: Side = ("goods_cost", "")
    found = {
        "succeeded": Entry("attempt.bought", cost, payable),
        "returned": Entry("attempt.bought", cost, borne if before == "cut_off" else payable),
        "cut_off": Entry("attempt.cut_off", borne, payable),
        "refunded": Entry("attempt.given_back", payable, borne),
        "written_off": Entry("attempt.written_off", (LOSSES, ""), borne),
    }.get(state)
    return found if found and found.debit != found.credit else None
