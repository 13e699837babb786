"""Whether a supplier is bought from: a person pauses it, the breaker trips and tries it."""

from daoda.kit.states import Lifecycle

SUPPLIER = Lifecycle(
    name="supplier",
    initial="working",
    moves={
        "working": frozenset({"paused", "tripped"}),
        # Until a date, or until a person says so.
        "paused": frozenset({"working"}),
        # No purchase until the date; then a few are tried.
        "tripped": frozenset({"probing", "working", "paused"}),
        "probing": frozenset({"working", "tripped", "paused"}),
    },
    closed=frozenset({"working"}),
)
# States in which something may be bought from it; while probing, one purchase at a time.
BUYABLE = frozenset({"working", "probing"})
