"""The verbs of suppliers."""

from daoda.trade.suppliers.actions.managing import Speech, Terms, change, create, pause, resume
from daoda.trade.suppliers.actions.offers import OfferAsk, put_offer
from daoda.trade.suppliers.actions.opening import adapter_of, settings_shown
from daoda.trade.suppliers.actions.outcomes import Outcome, forget, record_outcomes
from daoda.trade.suppliers.actions.slots import Slots, give_back, take_slots

__all__ = [
    "OfferAsk",
    "Outcome",
    "Slots",
    "Speech",
    "Terms",
    "adapter_of",
    "change",
    "create",
    "forget",
    "give_back",
    "pause",
    "put_offer",
    "record_outcomes",
    "resume",
    "settings_shown",
    "take_slots",
]
