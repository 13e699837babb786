"""The verbs of suppliers."""

from daoda.trade.suppliers.actions.balances import Read, note, read_due
from daoda.trade.suppliers.actions.breaker import judge
from daoda.trade.suppliers.actions.managing import Speech, Terms, change, create, pause, resume
from daoda.trade.suppliers.actions.offers import OfferAsk, put_offer
from daoda.trade.suppliers.actions.opening import adapter_of, open_adapter, settings_shown, tried
from daoda.trade.suppliers.actions.outcomes import Outcome, forget, record_outcomes
from daoda.trade.suppliers.actions.slots import Slots, give_back, take_slots
from daoda.trade.suppliers.actions.windows import publish, set_windows

__all__ = [
    "OfferAsk",
    "Outcome",
    "Read",
    "Slots",
    "Speech",
    "Terms",
    "adapter_of",
    "change",
    "create",
    "forget",
    "give_back",
    "judge",
    "note",
    "open_adapter",
    "pause",
    "publish",
    "put_offer",
    "read_due",
    "record_outcomes",
    "resume",
    "set_windows",
    "settings_shown",
    "take_slots",
    "tried",
]
