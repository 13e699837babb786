"""What the templates in `templates/web/pieces/` show, as plain values without a database.

Each class is drawn by the template (and styled by the CSS block) of the same name. Building one
decides nothing: the words were chosen and the rights were checked before.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Shape = Literal["done", "doing", "late", "broken", "coming", "skipped"]
"""The four meanings, what is still to come, and what was left out on the way."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One node on the bar: `at` when it was reached, or `due` when it will be."""

    name: str
    shape: Shape
    at: datetime | None = None
    due: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Slip:
    """A date that was not kept; it stays on the page beside the new one."""

    due_at: datetime
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A date for a node. `sure` is empty until a confidence was measured.

    `kept_at` is set once the promise was kept; `slips` are the broken ones before it, oldest first.
    """

    node: str
    due_at: datetime
    made_at: datetime
    why: str = ""
    sure: str = ""
    kept_at: datetime | None = None
    slips: tuple[Slip, ...] = ()

    @property
    def slipped(self) -> Slip | None:
        """The first date given, when it was broken: the one a person remembers."""
        return self.slips[0] if self.slips else None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A fact in plain words, with its time and who stands behind it."""

    at: datetime
    says: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Code:
    """A delivered code. `text` is empty while it is masked; `position` counts from 1."""

    position: int
    masked: str
    text: str = ""
    expires_on: datetime | None = None
    revealed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What happened, what is not lost, what to do now, and a number to quote."""

    happened: str
    safe: str = ""
    do: str = ""
    number: str = ""
