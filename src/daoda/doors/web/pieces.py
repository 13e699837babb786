"""What the templates in `templates/web/pieces/` show, as plain values without a database.

Each class is drawn by the template (and styled by the CSS block) of the same name. Building one
decides nothing: the words were chosen and the rights were checked before.
"""

from dataclasses import dataclass
from datetime import date, datetime
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
    """A date that moved; it stays on the page beside the new one. Broken: it had passed."""

    due_at: datetime
    broken: bool = True
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A date for a node. `sure` is empty until a confidence was measured.

    `kept_at` is set once the thing was done; `slips` are the dates given before, oldest first.
    """

    node: str
    due_at: datetime
    made_at: datetime
    why: str = ""
    sure: str = ""
    kept_at: datetime | None = None
    slips: tuple[Slip, ...] = ()

    @property
    def late_at(self) -> datetime | None:
        """When it was done, if that was after the date."""
        return self.kept_at if self.kept_at and self.kept_at > self.due_at else None

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
    """A delivered code. `text` is empty while it is masked; `action` is posted to to show it."""

    position: int
    masked: str
    action: str
    text: str = ""
    expires_on: date | None = None
    revealed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Return:
    """Money that goes back for its own reason: where it stands, by when, or when it went."""

    fen: int
    currency: str
    why: str
    stands: str = ""
    due_at: datetime | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Glance:
    """An order in a list: what it is and where it stands."""

    href: str
    number: str
    title: str
    shape: Shape
    heading: str


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What happened, what is not lost, what to do now, and a number to quote."""

    happened: str
    safe: str = ""
    do: str = ""
    number: str = ""
