"""A proxy between the house and its database that loses, delays and half-closes at commits.

The worst moment to lose a database is between its commit and the answer: the work is done and
nobody was told. So the proxy reads just enough of PostgreSQL's protocol to know that moment.
Source: PostgreSQL documentation, "Message Formats".
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random

SOCKET = ".s.PGSQL.5432"
CHUNK_BYTES = 256 * 1024
DELAY_S = (0.2, 1.5)
# A host that went away leaves its session, with all its locks, to the server for a while.
LINGER_S = 3.0
HARMS = (
    "cut before COMMIT", "half-closed before COMMIT",
    "COMMIT lost", "COMMIT half-closed", "COMMIT delayed",
    "INSERT lost", "INSERT half-closed", "INSERT delayed",
)  # fmt: skip
_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
_COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
_INSERTED = b"INSERT 0 "
_IDLE = b"Z\x00\x00\x00\x05I"


class Proxy:
    """Listens in ``folder`` and passes on to the socket ``upstream``, in a thread of its own.

    While ``harm`` is set, that share of commits comes to harm; ``harmed`` counts what was done.
    """

    def __init__(self, folder: Path, upstream: Path, *, dice: Random) -> None:
        self._folder, self._upstream, self._dice = folder, upstream, dice
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._listening = threading.Event()
        self.harm = 0.0
        self.harmed: Counter[str] = Counter()

    def start(self) -> None:
        self._folder.mkdir(mode=0o700)
        self._thread.start()
        self._listening.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_unix_server(self._meet, self._folder / SOCKET)
        )
        self._listening.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream = await asyncio.open_unix_connection(self._upstream / SOCKET)
        except OSError:
            writer.close()
            return
        link = _Link(self, (reader, writer), upstream)
        await link.live()

    def chosen(self) -> bool:
        """Whether this commit is one that comes to harm."""
        return self._dice.random() < self.harm

    def one_of(self, *harms: str) -> str:
        return self._dice.choice(harms)

    def delay_s(self) -> float:
        return self._dice.uniform(*DELAY_S)


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Link:
    """One connection of the house, and ours to the server for it."""

    def __init__(self, proxy: Proxy, client: Stream, server: Stream) -> None:
        self._proxy, self._client, self._server = proxy, client, server

    async def live(self) -> None:
        with suppress(OSError, asyncio.CancelledError):
            pumps = [asyncio.create_task(self._ask()), asyncio.create_task(self._answer())]
            _, left = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in left:
                pump.cancel()
        for _, writer in (self._client, self._server):
            writer.close()

    async def _ask(self) -> None:
        """From the house to the server."""
        reader, writer = self._client[0], self._server[1]
        while chunk := await reader.read(CHUNK_BYTES):
            if _COMMIT in chunk and self._proxy.chosen():
                harm = f"{self._proxy.one_of('cut', 'half-closed')} before COMMIT"
                self._proxy.harmed[harm] += 1
                if harm.startswith("half"):
                    self._client[1].write_eof()
                    await asyncio.sleep(LINGER_S)
                return
            writer.write(chunk)
            await writer.drain()

    async def _answer(self) -> None:
        """From the server to the house."""
        reader, writer = self._server[0], self._client[1]
        while chunk := await reader.read(CHUNK_BYTES):
            what = _done(chunk)
            if what and self._proxy.chosen():
                harm = self._proxy.one_of("lost", "half-closed", "delayed")
                self._proxy.harmed[f"{what} {harm}"] += 1
                if harm != "delayed":
                    if harm.startswith("half"):
                        writer.write_eof()
                        await asyncio.sleep(LINGER_S)
                    return
                await asyncio.sleep(self._proxy.delay_s())
            writer.write(chunk)
            await writer.drain()


def _done(chunk: bytes) -> str:
    """What has just been committed for good, if this answer says so."""
    if not chunk.endswith(_IDLE):
        return ""
    if _COMMITTED in chunk:
        return "COMMIT"
    return "INSERT" if _INSERTED in chunk else ""
