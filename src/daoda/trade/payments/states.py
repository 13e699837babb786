"""The lifecycles of a notice, of a refund, and of asking about an attempt to pay."""

from __future__ import annotations

from daoda.kit.states import Lifecycle

NOTICE = Lifecycle(
    name="notice",
    initial="received",
    moves={
        # A genuine notice of a channel whose word alone does not release goods.
        "confirming": frozenset({"received", "settled", "unmatched"}),
        "received": frozenset({"settled", "unmatched"}),
        # Money, or a claim of it, that fits nothing of ours: a person finds out by a date. What
        # nothing was booked of may be settled after all on her word that the money is there.
        "unmatched": frozenset({"settled", "received"}),
        # Not signed by the channel: kept for a day for risk to look at, then refused by itself.
        "suspect": frozenset({"refused"}),
        "settled": frozenset(),
        "refused": frozenset(),
    },
    closed=frozenset({"settled", "refused"}),
)

REFUND = Lifecycle(
    name="refund",
    initial="owed",
    moves={
        # By hand where the channel has no call for it; else it is about to be sent.
        "owed": frozenset({"sent", "confirmed"}),
        # Sent under its number, or taken on by the channel and not done yet.
        "sent": frozenset({"unknown", "failed", "confirmed"}),
        # What became of it is not known: asked about, never guessed. It is sent again only when
        # the channel says that it knows no such refund, or when a person has found that out.
        "unknown": frozenset({"sent", "owed", "failed", "confirmed"}),
        # The channel said no, and why: a person corrects the cause or pays by hand.
        "failed": frozenset({"owed", "sent", "confirmed"}),
        "confirmed": frozenset(),
    },
    closed=frozenset({"confirmed"}),
)

ASKING = Lifecycle(
    name="asking",
    initial="asking",
    moves={
        # An attempt to pay whose channel is asked by schedule, because notices get lost.
        "asking": frozenset({"found", "closed", "ended"}),
        # Its money is here, by a notice or by an answer.
        "found": frozenset(),
        # The channel takes no more money for it.
        "closed": frozenset(),
        # The last question was asked long after the window to pay had closed.
        "ended": frozenset(),
    },
    closed=frozenset({"found", "closed", "ended"}),
)
