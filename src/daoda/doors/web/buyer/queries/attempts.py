"""Attempts to buy an order's goods, in the buyer's words: who was asked, and when we ask again.

Suppliers are not named: with whom the shop buys is its own affair, that it is being done is hers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.doors.web import moments
from daoda.records.journal.models import Fact

REASONS = {
    "supplier_failed": gettext_lazy("the supplier says that it has none"),
    "refunded_whole": gettext_lazy("the supplier gave the money back"),
    "refunded_in_part": gettext_lazy("the supplier gave part of the money back"),
    "absent": gettext_lazy("the supplier knows no such order"),
    "unreachable": gettext_lazy("the supplier could not be reached"),
    "needs_human": gettext_lazy("the supplier wants a person"),
    "cards_missing": gettext_lazy("the codes have not come yet"),
    "cards_mismatch": gettext_lazy("another number of codes came than was bought"),
    "duplicate_card": gettext_lazy("a code came that was there before"),
    "card_unusable": gettext_lazy("what came cannot be a code"),
    "answer_unusable": gettext_lazy("the answer could not be used"),
    "came_late": gettext_lazy("it was done after it had been given up"),
    "order_moved": gettext_lazy("the order had gone another way"),
    "order_held": gettext_lazy("the order is under review"),
    "lease_lapsed": gettext_lazy("we were interrupted while asking"),
    "past_cut_off": gettext_lazy("the last date of not knowing has passed"),
    "risk_limit": gettext_lazy("the risk limit of the supplier is reached"),
    "cut_off_elsewhere": gettext_lazy("bought elsewhere, the money is claimed back"),
    "cut_off_refund": gettext_lazy("the buyer is refunded, we bear the loss"),
    "not_sent": gettext_lazy("nothing was sent"),
    "called_off": gettext_lazy("called off before anything was sent"),
    "suppliers_failed": gettext_lazy("no further supplier has it"),
    "attempts_used_up": gettext_lazy("several suppliers have failed"),
    "no_offer": gettext_lazy("no supplier offers it"),
    "on_our_shelf": gettext_lazy("it stands on our own shelf"),
    "supply_unknown": gettext_lazy("the supplier does not say whether it will come"),
}
Sentence = Callable[[Mapping[str, Any], str], str]


def doing(past: Sequence[Fact], *, now: datetime) -> str:
    """The present act of the purchase that is open; empty when nothing was asked yet."""
    told = next((fact for fact in reversed(past) if fact.kind.startswith("attempt.")), None)
    if told is None:
        return ""
    asked = next((fact for fact in reversed(past) if fact.kind == "attempt.sent"), told)
    words = {
        "attempt.sent": _("%(asked)s the supplier was asked; it has the order now."),
        "attempt.waiting": _("%(asked)s the supplier was asked and works on it."),
        "attempt.unknown": _("%(asked)s the supplier was asked; its answer did not come."),
        "attempt.needs_person": _(
            "%(asked)s the supplier was asked; a person looks at its answer."
        ),
        "attempt.redated": _("%(asked)s the supplier was asked; we hold it to its word."),
        "attempt.failed": _("The supplier asked at %(asked)s has none; another is being chosen."),
        "attempt.cut_off": _("The supplier asked at %(asked)s was given up; it goes on elsewhere."),
    }.get(told.kind)
    if words is None:
        return ""
    said = words % {"asked": moments.day_and_time(asked.at, now=now)}
    next_at = _moment(told.data)
    if next_at is None or next_at <= now or told.kind == "attempt.sent":
        return said
    when = moments.day_and_time(next_at, now=now)
    return _("%(said)s Next check %(when)s.") % {"said": said, "when": when}


def _with_check(words: Callable[[], str]) -> Sentence:
    def write(data: Mapping[str, Any], _amount: str) -> str:
        next_at = _moment(data)
        if next_at is None:
            return words()
        when = moments.day_and_time(next_at, now=next_at)
        return _("%(said)s; next check %(when)s") % {"said": words(), "when": when}

    return write


def _plain(words: Callable[[], str]) -> Sentence:
    return lambda _data, _amount: words()


def _moment(data: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(data.get("next_at", "")))
    except ValueError:
        return None


SENTENCES: dict[str, Sentence] = {
    "attempt.sent": _plain(lambda: _("The supplier was asked")),
    "attempt.waiting": _with_check(lambda: _("The supplier works on it")),
    "attempt.unknown": _with_check(lambda: _("The supplier's answer did not come")),
    "attempt.redated": _with_check(lambda: _("The supplier was given more time")),
    "attempt.needs_person": _plain(
        lambda: _("A person of the shop looks at the supplier's answer")
    ),
    "attempt.failed": _plain(lambda: _("The supplier has none; another one is asked")),
    "attempt.succeeded": _plain(lambda: _("The supplier has done it")),
    "attempt.cut_off": _plain(lambda: _("The supplier did not say in time; it was given up")),
}
