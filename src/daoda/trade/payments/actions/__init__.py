"""The verbs of payments."""

from daoda.trade.payments.actions.accepting import NewNotice, accepted, columns, prepare
from daoda.trade.payments.actions.asking import ask_batch, ask_soon
from daoda.trade.payments.actions.channels import (
    adapter_of,
    configure,
    open_adapter,
    set_enabled,
    settings_shown,
)
from daoda.trade.payments.actions.confirming import confirm_batch
from daoda.trade.payments.actions.erasing import erase_buyer
from daoda.trade.payments.actions.lapsing import pass_dates, pass_order_dates
from daoda.trade.payments.actions.payees import (
    PAYEE_CHARS_MAX,
    give_payee,
    payee_kind,
    show_payee,
)
from daoda.trade.payments.actions.refunding import (
    NotGivenBack,
    ask_refund,
    confirm_refund,
    match_notice,
    refund_order,
    refund_part,
    retry_refund,
    vouch_for_notice,
)
from daoda.trade.payments.actions.sending import refund_batch
from daoda.trade.payments.actions.settling import settle_batch
from daoda.trade.payments.actions.starting import Addresses, start

__all__ = [
    "PAYEE_CHARS_MAX",
    "Addresses",
    "NewNotice",
    "NotGivenBack",
    "accepted",
    "adapter_of",
    "ask_batch",
    "ask_refund",
    "ask_soon",
    "columns",
    "configure",
    "confirm_batch",
    "confirm_refund",
    "erase_buyer",
    "give_payee",
    "match_notice",
    "open_adapter",
    "pass_dates",
    "pass_order_dates",
    "payee_kind",
    "prepare",
    "refund_batch",
    "refund_order",
    "refund_part",
    "retry_refund",
    "set_enabled",
    "settings_shown",
    "settle_batch",
    "show_payee",
    "start",
    "vouch_for_notice",
]
