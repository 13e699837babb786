"""Identifiers: UUIDv7 made here (``uuidv7()`` cannot be assumed before PostgreSQL 18), and the
short numbers people read aloud.

UUIDv7 layout: RFC 9562, section 5.7 (48 bits of Unix milliseconds, then random).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

# Crockford's base 32: no I, L, O, U, so that nothing read over the telephone is mistaken.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SHORT_NUMBER_CHARS = 10
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62
_RANDOM_B = (1 << 62) - 1


class _Latest(threading.local):
    """The last id made by this thread: within one millisecond the next one is larger."""

    milliseconds = -1
    value = 0


_latest = _Latest()


def _shape(milliseconds: int, bits: int) -> uuid.UUID:
    """A UUIDv7 of 48 bits of time and the low 74 of ``bits``, in the order of ``bits``."""
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= _VERSION_7 | _VARIANT
    value |= ((bits >> 62) & 0xFFF) << 64
    value |= bits & _RANDOM_B
    return uuid.UUID(int=value)


def uuid7(at: datetime | None = None) -> uuid.UUID:
    """A new UUIDv7. ``at`` (aware) places it in time; without it the machine's clock serves,

    which is good enough for ordering and for choosing a partition, and for nothing else.
    """
    return next(uuid7_many(1, at or datetime.now(UTC)))


def uuid7_many(count: int, at: datetime) -> Iterator[uuid.UUID]:
    """``count`` new UUIDv7 of the same millisecond, each larger than the last of this thread.

    What one transaction writes at one moment is so kept in the order in which it was written.
    A millisecond begins at a random place in half of 74 bits and goes on by random steps.
    """
    milliseconds = int(at.timestamp() * 1000)
    steps = os.urandom(3 * count)
    if milliseconds != _latest.milliseconds:
        _latest.milliseconds = milliseconds
        _latest.value = int.from_bytes(os.urandom(10)) >> 7
    for start in range(0, 3 * count, 3):
        _latest.value += 1 + int.from_bytes(steps[start : start + 3])
        yield _shape(milliseconds, _latest.value)


def derive(base: uuid.UUID, label: str) -> uuid.UUID:
    """The same UUIDv7 every time for the same pair, in the time range (and partition) of ``base``.

    A row whose id is derived from what caused it can be inserted only once: the primary key is
    the guard against repeats, even where a second unique index could not span partitions.
    """
    digest = hashlib.sha256(base.bytes + label.encode()).digest()
    return _shape(base.int >> 80, int.from_bytes(digest[:10]))


def lowest_at(at: datetime) -> uuid.UUID:
    """The smallest UUID a row made at ``at`` can have: a time bound for id ranges."""
    return uuid.UUID(int=(int(at.timestamp() * 1000) & ((1 << 48) - 1)) << 80)


def short_number() -> str:
    """A new number of ten characters, the last one a check character (Luhn, modulo 32).

    45 random bits: uniqueness is the database's to enforce, guessing is stopped by throttles.
    """
    body = "".join(secrets.choice(ALPHABET) for _ in range(SHORT_NUMBER_CHARS - 1))
    return body + _check_character(body)


def normalize_short_number(text: str) -> str | None:
    """What a person typed, as we store it; None when it cannot be one of our numbers."""
    typed = text.upper().translate(_MISREAD)
    number = "".join(character for character in typed if character in ALPHABET)
    if len(number) != SHORT_NUMBER_CHARS or number[-1] != _check_character(number[:-1]):
        return None
    return number


def spoken(number: str) -> str:
    """A short number as it is shown, in two groups of five."""
    return f"{number[:5]}-{number[5:]}"


def _check_character(body: str) -> str:
    total = 0
    for position, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 if position % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]
