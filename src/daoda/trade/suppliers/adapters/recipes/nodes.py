"""Places of a document: objects whose every word is known and whose every value is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daoda.trade.suppliers.adapters.recipes.document import RecipeProblem

TEXT_CHARS_MAX = 400
LIST_MAX = 100
_PATH = re.compile(r"[A-Za-z0-9_\-]{1,40}(?:\.[A-Za-z0-9_\-]{1,40}){0,5}")
_NAME = re.compile(r"[A-Za-z0-9_\-]{1,60}")


class Node:
    """An object of the document and its place in it; everything read is checked."""

    def __init__(self, place: str, raw: object) -> None:
        if not isinstance(raw, Mapping):
            raise RecipeProblem(place, "must be an object")
        self.place = place
        self.raw: Mapping[str, Any] = raw

    def known(self, names: set[str]) -> None:
        for name in self.raw:
            if name not in names:
                raise RecipeProblem(f"{self.place}.{str(name)[:40]}", "is not a word of recipes")

    def node(self, name: str) -> Node:
        return Node(f"{self.place}.{name}", self.raw.get(name, {}))

    def nodes(self, name: str) -> list[Node]:
        found = self.raw.get(name, [])
        if not isinstance(found, list) or len(found) > LIST_MAX:
            raise RecipeProblem(f"{self.place}.{name}", f"must be a list of at most {LIST_MAX}")
        return [Node(f"{self.place}.{name}[{i}]", item) for i, item in enumerate(found)]

    def text(self, name: str, default: str | None = None) -> str:
        value = self.raw.get(name, default)
        if not isinstance(value, str) or len(value) > TEXT_CHARS_MAX or "\0" in value:
            raise RecipeProblem(f"{self.place}.{name}", "must be a short text")
        return value

    def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> Any:
        value = self.raw.get(name, default)
        if value not in choices:
            raise RecipeProblem(
                f"{self.place}.{name}", "must be one of " + ", ".join(map(str, choices))
            )
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.raw.get(name, default)
        if not isinstance(value, bool):
            raise RecipeProblem(f"{self.place}.{name}", "must be true or false")
        return value

    def whole(self, name: str, default: int, most: int = 10_000_000) -> int:
        value = self.raw.get(name, default)
        if type(value) is not int or not 0 <= value <= most:
            raise RecipeProblem(f"{self.place}.{name}", f"must be a whole number up to {most}")
        return value

    def texts(self, name: str, check: Callable[[str, str], str]) -> tuple[str, ...]:
        """A text, or a list of them, each checked."""
        value = self.raw.get(name, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or len(listed) > LIST_MAX:
            raise RecipeProblem(f"{self.place}.{name}", "must be a text or a list of texts")
        return tuple(check(f"{self.place}.{name}", item) for item in listed)


def path(place: str, value: object) -> str:
    """A path like ``data.status``. Raises RecipeProblem."""
    if not isinstance(value, str) or not _PATH.fullmatch(value):
        raise RecipeProblem(place, "must be a path like data.status")
    return value


def plain_name(place: str, value: object) -> str:
    """A name of letters, digits, _ and -. Raises RecipeProblem."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise RecipeProblem(place, "must be a name of letters, digits, _ and -")
    return value


def any_text(place: str, value: object) -> str:
    """A short text. Raises RecipeProblem."""
    if not isinstance(value, str) or len(value) > TEXT_CHARS_MAX:
        raise RecipeProblem(place, "must be a short text; write numbers as texts")
    return value
