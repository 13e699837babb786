"""One reader of the journal for all open pages of a process."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import structlog
from prometheus_client import Gauge
from psycopg_pool import AsyncConnectionPool

from daoda.kit import snapshots, sql

POLL_S = 0.3
RETRY_S = 1.0
READ_ROWS = 2000
# A viewer who does not read is dropped; its browser comes back with Last-Event-ID.
UNREAD_MAX = 32
SQL = sql.load("daoda.records.journal")
log = structlog.get_logger(__name__)
viewers_open = Gauge("daoda_live_viewers", "open live pages")


@dataclass(eq=False)
class Viewer:
    """An open page: the newest facts of its order that it has not been told yet."""

    subject_id: uuid.UUID
    events: asyncio.Queue[str | None] = field(
        default_factory=lambda: asyncio.Queue(maxsize=UNREAD_MAX)
    )


class Tail:
    """Reads facts as they are committed and tells those who look at their subjects."""

    def __init__(self, database: AsyncConnectionPool[Any]) -> None:
        self._database = database
        self._viewers: dict[uuid.UUID, set[Viewer]] = defaultdict(set)
        self._somebody = asyncio.Event()
        self._cursor: snapshots.Snapshot | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._database.open()
        self._reader = asyncio.create_task(self._read_for_ever())

    async def stop(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        for viewers in self._viewers.values():
            for viewer in viewers:
                _drop(viewer)
        await self._database.close()

    def join(self, subject_id: uuid.UUID) -> Viewer:
        viewer = Viewer(subject_id)
        self._viewers[subject_id].add(viewer)
        viewers_open.inc()
        self._somebody.set()
        return viewer

    def leave(self, viewer: Viewer) -> None:
        viewers = self._viewers.get(viewer.subject_id, set())
        if viewer in viewers:
            viewers.discard(viewer)
            viewers_open.dec()
        if not viewers:
            self._viewers.pop(viewer.subject_id, None)
        if not self._viewers:
            self._somebody.clear()

    async def newest(self, subject_id: uuid.UUID) -> str:
        """The id of the newest fact about a subject, as the pages carry it; '' without any."""
        async with self._database.connection() as lent:
            cursor = await lent.execute(
                SQL.newest_fact.encode(), {"subject_id": subject_id}, prepare=True
            )
            row = await cursor.fetchone()
        return row[0].hex if row else ""

    async def _read_for_ever(self) -> None:
        while True:
            await self._somebody.wait()
            try:
                read = await self._read()
            except Exception as problem:
                # Whatever it was, this one reader serves every open page: begin afresh.
                log.warning("live_tail_lost", problem=type(problem).__name__)
                self._cursor = None
                await asyncio.sleep(RETRY_S)
                continue
            if read < READ_ROWS:
                await asyncio.sleep(POLL_S)
            if not self._somebody.is_set():
                self._cursor = None  # nobody looks: begin afresh with the next viewer

    async def _read(self) -> int:
        async with self._database.connection() as lent:
            if self._cursor is None:
                cursor = await lent.execute(SQL.seen_now.encode())
                row = await cursor.fetchone()
                assert row is not None
                self._cursor = snapshots.Snapshot.parse(row[0])
                # What happened between a page's own reading and this moment nobody will tell:
                # every page asks for itself once.
                self._tell_everybody()
            cursor = await lent.execute(
                SQL.read_since.encode(),
                {
                    "running": [str(xid) for xid in self._cursor.running],
                    "xmax": str(self._cursor.xmax),
                    "batch_rows": READ_ROWS,
                },
                prepare=True,
            )
            found = await cursor.fetchall()
        if not found:
            return 0
        cut, seen = found[0][9], snapshots.Snapshot.parse(found[0][10])
        self._cursor = snapshots.advance(self._cursor, seen, int(cut) if cut is not None else None)
        for row in found:
            self._tell(row[4], row[0].hex)
        return len(found)

    def _tell(self, subject_id: uuid.UUID, fact: str) -> None:
        for viewer in list(self._viewers.get(subject_id, ())):
            try:
                viewer.events.put_nowait(fact)
            except asyncio.QueueFull:
                self.leave(viewer)
                _drop(viewer)

    def _tell_everybody(self) -> None:
        for subject_id in list(self._viewers):
            self._tell(subject_id, "")


def _drop(viewer: Viewer) -> None:
    while not viewer.events.empty():
        viewer.events.get_nowait()
    viewer.events.put_nowait(None)
