"""Lifecycles of what can be open here: an import, and a code under inspection."""

from daoda.kit.states import Lifecycle

IMPORT = Lifecycle(
    name="import",
    initial="received",
    moves={
        "received": frozenset({"checking", "refused"}),
        "checking": frozenset({"ready", "importing", "refused"}),
        "ready": frozenset({"importing", "refused"}),
        "importing": frozenset({"imported", "refused"}),
        "imported": frozenset(),
        "refused": frozenset(),
    },
    closed=frozenset({"imported", "refused"}),
)

QUARANTINE = Lifecycle(
    name="quarantine",
    initial="inspecting",
    moves={
        "inspecting": frozenset({"returned", "voided"}),
        "returned": frozenset(),
        "voided": frozenset(),
    },
    closed=frozenset({"returned", "voided"}),
)
