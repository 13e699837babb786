"""A lifecycle as one table: drawn once, guarded by code, CHECK and picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Lifecycle:
    """The states of one kind of thing and the moves between them.

    ``moves`` maps each state to the states it may become; ``closed`` states owe nobody anything.
    """

    name: str
    initial: str
    moves: Mapping[str, frozenset[str]]
    closed: frozenset[str]

    def __post_init__(self) -> None:
        known = set(self.moves)
        reached = {target for targets in self.moves.values() for target in targets}
        strangers = (reached | self.closed | {self.initial}) - known
        if strangers:
            raise ValueError(f"{self.name}: states without a row in moves: {sorted(strangers)}")

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(self.moves)

    @property
    def open_states(self) -> tuple[str, ...]:
        return tuple(state for state in self.moves if state not in self.closed)

    def sources(self, target: str) -> list[str]:
        """The states from which ``target`` may be reached; KeyError for an unknown state."""
        if target not in self.moves:
            raise KeyError(target)
        return [state for state, targets in self.moves.items() if target in targets]

    def permits(self, source: str, target: str) -> bool:
        return target in self.moves[source]
