"""The texts that code and templates ask gettext for, read without xgettext.

Weakness: only literal texts are found; one put together at run time cannot be translated anyway.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from django.utils.translation.template import templatize


class Text(NamedTuple):
    """One message: its context if it has one, its text, its plural if it has one."""

    context: str | None
    text: str
    plural: str | None = None


# Function to the positions of its text, of its context and of its plural, if it has them.
_CALLS = {
    "_": (0, None, None),
    "gettext": (0, None, None),
    "gettext_lazy": (0, None, None),
    "gettext_noop": (0, None, None),
    "ngettext": (0, None, 1),
    "ngettext_lazy": (0, None, 1),
    "pgettext": (1, 0, None),
    "pgettext_lazy": (1, 0, None),
    "npgettext": (1, 0, 2),
    "npgettext_lazy": (1, 0, 2),
}
_LITERAL = r"u?(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
_TEMPLATE_CALL = re.compile(
    rf"\b(?P<function>_|gettext|ngettext|pgettext|npgettext)"
    rf"\((?P<texts>{_LITERAL}(?:\s*,\s*{_LITERAL})*)"
)


def asked(path: Path) -> Iterator[tuple[int, Text]]:
    """Line and text, with its context, of every message a file asks for."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _of_code(ast.parse(text, filename=str(path)))
    else:
        yield from _of_template(templatize(text, origin=str(path)))


def _of_code(tree: ast.Module) -> Iterator[tuple[int, Text]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else None
            name = function.id if isinstance(function, ast.Name) else name
            values = [a.value if isinstance(a, ast.Constant) else None for a in node.args]
            yield from ((node.lineno, text) for text in _text(name, values))


def _of_template(shadow: str) -> Iterator[tuple[int, Text]]:
    for match in _TEMPLATE_CALL.finditer(shadow):
        values = list(ast.literal_eval(f"({match['texts']},)"))
        line = shadow.count("\n", 0, match.start()) + 1
        yield from ((line, text) for text in _text(match["function"], values))


def _text(function: str | None, values: Sequence[object]) -> Iterator[Text]:
    position, context, plural = _CALLS.get(function or "", (None, None, None))
    if position is None or position >= len(values):
        return
    text, told = values[position], None if context is None else values[context]
    many = values[plural] if plural is not None and plural < len(values) else None
    if isinstance(text, str) and text and (told is None or isinstance(told, str)):
        yield Text(told, text, many if isinstance(many, str) else None)
