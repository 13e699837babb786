"""Regular expressions written by shopkeepers and run on what strangers type.

Python's ``re`` can be made to run for hours by a careless pattern. Only patterns without groups
and with few open repetitions are accepted; on values of bounded length these end soon.
"""

from __future__ import annotations

import re

PATTERN_CHARS_MAX = 200
_WIDE_REPEATS_MAX = 3  # cost grows with the value's length to this power
_OPTIONAL_MAX = 8
_CLASS = r"\[\^?(?:\\[dDwWsS]|\\[^\w\s]|[^\]\[\\])+\]"
_ATOM = re.compile(rf"\\[dDwWsS]|\\[^\w\s]|{_CLASS}|[^\\\[\](){{}}*+?|^$]")
_REPEAT = re.compile(r"(?P<optional>\?)|(?P<wide>[*+])|\{(?P<least>\d{1,3})(?P<most>,\d{0,3})?\}")
_SET_OPERATIONS = re.compile(r"--|&&|~~|\|\|")  # reserved in character classes


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern is not accepted, as a code; None when it is.

    It must match the whole value; ``^`` and ``$`` around it may be left out.
    """
    if len(pattern) > PATTERN_CHARS_MAX:
        return "pattern_too_long"
    if _SET_OPERATIONS.search(pattern):
        return "pattern_not_simple"
    position = 0
    while position <= len(pattern):
        end, problem = _alternative(pattern, position)
        if problem:
            return problem
        position = end + 1
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        return "pattern_unreadable"
    return None


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value fits. The pattern was accepted by ``pattern_problem``."""
    return re.fullmatch(pattern, value) is not None


def _alternative(pattern: str, start: int) -> tuple[int, str | None]:
    """Read one of the alternatives between ``|``; where it ends, and what is wrong with it."""
    position = start + pattern.startswith("^", start)
    wide = optional = 0
    while position < len(pattern) and pattern[position] not in "|$":
        atom = _ATOM.match(pattern, position)
        if atom is None:
            return position, "pattern_not_simple"
        position = atom.end()
        repeat = _REPEAT.match(pattern, position)
        if repeat is not None:
            position = repeat.end()
            optional += repeat["optional"] is not None
            wide += repeat["wide"] is not None or repeat["most"] is not None
    position += pattern.startswith("$", position)
    if position < len(pattern) and pattern[position] != "|":
        return position, "pattern_not_simple"
    if wide > _WIDE_REPEATS_MAX or optional > _OPTIONAL_MAX:
        return position, "pattern_too_open"
    return position, None
