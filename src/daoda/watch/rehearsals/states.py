"""The lifecycle of a rehearsal: what is not played by its date is ended, with a reason."""

from daoda.kit.states import Lifecycle

REHEARSAL = Lifecycle(
    name="rehearsal",
    initial="asked",
    moves={
        "asked": frozenset({"running", "failed"}),
        "running": frozenset({"done", "failed"}),
        "done": frozenset(),
        "failed": frozenset(),
    },
    closed=frozenset({"done", "failed"}),
)
