"""Lists as PostgreSQL array parameters, written fast.

Hot statements take a batch as one array a column. psycopg writes arrays element by element with
a dumper and a search for characters to quote each, which was a third of the worker's time; here
a column is written in one pass, and a value that stands there many times in a row only once.
Source of the binary form: PostgreSQL, src/backend/utils/adt/arrayfuncs.c, array_recv.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from psycopg import DataError
from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_UUID, _UUIDS = 2950, 2951
_TIMESTAMPTZ, _TIMESTAMPTZS = 1184, 1185
_HEAD = struct.Struct("!iiIii")  # dimensions, may hold nulls, type of an element, length, first
_MOMENT = struct.Struct("!iq")
_NULL = struct.pack("!i", -1)
_SIXTEEN = struct.pack("!i", 16)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
T = TypeVar("T")


class Column:
    """A written array; ``raw`` is what is sent."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw


class Words(Column):
    """An array as text, its type known from the statement."""


class Uuids(Column):
    """A binary uuid[]."""


class Moments(Column):
    """A binary timestamptz[]."""


def bound(params: Mapping[str, object] | Sequence[object] | None) -> Any:
    """Parameters with every list written as a column. Raises psycopg.DataError for a NUL."""
    if not isinstance(params, Mapping):
        return params
    return {
        name: column(value) if isinstance(value, list) else value for name, value in params.items()
    }


def column(values: list[Any]) -> Column | list[Any]:
    """A list as a column; the list itself where its values are not of a kind we write.

    All values are of the kind of the first one, or None.
    """
    first = next((value for value in values if value is not None), None)
    if isinstance(first, uuid.UUID):
        return Uuids(_binary(values, _UUID, _uuid))
    if isinstance(first, datetime) and first.tzinfo is not None:
        return Moments(_binary(values, _TIMESTAMPTZ, _moment))
    write = _TEXTS.get(type(first))
    if write is None:
        return values
    text = "{" + ",".join(_each(values, write, "NULL")) + "}"
    if "\0" in text:
        raise DataError("PostgreSQL text cannot hold a NUL character")
    return Words(text.encode())


def register(context: AdaptContext) -> None:
    """Let a connection or cursor send columns."""
    for kind, dumper in ((Words, _WordsDumper), (Uuids, _UuidsDumper), (Moments, _MomentsDumper)):
        context.adapters.register_dumper(kind, dumper)


def _each(values: Iterable[Any], write: Callable[[Any], T], null: T) -> list[T]:
    written: list[T] = []
    last, same = None, null
    for value in values:
        if value is not last:
            last, same = value, null if value is None else write(value)
        written.append(same)
    return written


def _binary(values: Sequence[Any], element: int, write: Callable[[Any], bytes]) -> bytes:
    return _HEAD.pack(1, 1, element, len(values), 1) + b"".join(_each(values, write, _NULL))


def _uuid(value: uuid.UUID) -> bytes:
    return _SIXTEEN + value.bytes


def _moment(value: datetime) -> bytes:
    return _MOMENT.pack(8, (value - _EPOCH) // _MICROSECOND)


def _text(value: str) -> str:
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    if '"' in value:
        value = value.replace('"', '\\"')
    return f'"{value}"'


def _bytes(value: bytes) -> str:
    return f'"\\\\x{value.hex()}"'


def _boolean(value: bool) -> str:
    return "t" if value else "f"


_TEXTS: dict[type, Callable[[Any], str]] = {
    str: _text,
    int: str,
    bool: _boolean,
    bytes: _bytes,
}


class _ColumnDumper(Dumper):
    def dump(self, obj: Any) -> bytes:
        raw: bytes = obj.raw
        return raw


class _WordsDumper(_ColumnDumper):
    pass


class _UuidsDumper(_ColumnDumper):
    format = Format.BINARY
    oid = _UUIDS


class _MomentsDumper(_ColumnDumper):
    format = Format.BINARY
    oid = _TIMESTAMPTZS
