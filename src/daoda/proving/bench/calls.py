"""Calls to suppliers: thousands in flight on one worker process, and how fast short ones go.

Played suppliers in processes of their own answer after a fixed time. First as many calls as the
goal names hang at slow suppliers at once while a quick one is asked beside them: what does the
process weigh, and does the quick one notice? Then calls to a supplier that takes 200 ms, as many
at once as fit, beside the same calls made by the bare HTTP client in the same run.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep

import aiohttp

from daoda.kit import http
from daoda.kit.dispatch import Dispatcher, Done
from daoda.proving.bench.place import Place
from daoda.proving.bench.results import Figures, Goal, Steps, quantile, table

TITLE = "Calls to suppliers in flight"
SLOW_S = 10.0
SHORT_S = 0.2
QUICK_CALLS = 200
AT_ONCE = 400
_ANSWERING = """
import asyncio, sys
from aiohttp import web
async def answer(request):
    await asyncio.sleep(float(request.query["s"]))
    return web.json_response({"code": 200})
app = web.Application()
app.router.add_get("/", answer)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None, backlog=8192)
"""


@dataclass(frozen=True)
class Size:
    """``in_flight`` calls at slow suppliers; ``calls`` short ones; ``slow_s`` how slow they are."""

    in_flight: int
    calls: int
    slow_s: float = SLOW_S


SIZES = {
    "smoke": Size(50, 100, 0.5),
    "try": Size(2_000, 2_000, 5.0),
    "bench": Size(5_000, 10_000),
    "full": Size(5_000, 40_000),
}


def measure(mould: Place, size: Size, steps: Steps) -> Figures:
    """Memory and fairness with calls hanging, then short calls beside the bare client."""
    del mould, steps
    with _supplier() as slow, _supplier() as quick:
        hanging = _hanging(slow, quick, size)
        ours = _ours(quick, size.calls)
        bare = _bare(quick, size.calls)
    return {**hanging, "ours_per_s": round(ours), "bare_per_s": round(bare)}


def table_of(figures: Figures) -> str:
    rows = [
        ("calls in flight at once", f"{figures['in_flight']:,}"),
        ("memory for each, KB", f"{figures['kb_a_call']:.1f}"),
        ("answered", f"{figures['answered']:,}"),
        ("a quick supplier beside them, median ms", f"{figures['quick_p50_ms']:.0f}"),
        ("a quick supplier beside them, p99 ms", f"{figures['quick_p99_ms']:.0f}"),
        ("calls/s at 200 ms, dispatcher", f"{figures['ours_per_s']:,}"),
        ("calls/s at 200 ms, bare client", f"{figures['bare_per_s']:,}"),
    ]
    return table(("measured", "figure"), rows)


def goals_of(figures: Figures) -> list[Goal]:
    share = figures["ours_per_s"] / max(1, figures["bare_per_s"])
    return [
        Goal(
            "5,000 calls in flight against a 10 s supplier on one worker process, all answered",
            f"{figures['answered']:,} of {figures['in_flight']:,}",
            figures["answered"] == figures["in_flight"],
        ),
        Goal(
            "a quick supplier is answered while they hang",
            f"p99 {figures['quick_p99_ms']:.0f} ms",
            figures["quick_p99_ms"] < 1000 * figures["slow_s"],
        ),
        Goal("calls/s beside the bare HTTP client", f"{share:.0%} of it", share >= 0.8),
    ]


def _hanging(slow: str, quick: str, size: Size) -> Figures:
    dispatcher: Dispatcher[str] = Dispatcher(in_flight_max=size.in_flight + QUICK_CALLS)
    before_kb = _memory_kb()
    call = http.Call("GET", f"{slow}?s={size.slow_s}")
    dispatcher.send([("slow", call)] * size.in_flight, timeout_s=6 * size.slow_s + 30)
    sleep(min(2.0, size.slow_s / 4))
    dispatcher.send([("quick", http.Call("GET", f"{quick}?s=0.02"))] * QUICK_CALLS, timeout_s=60)
    done = _collected(dispatcher, size.in_flight + QUICK_CALLS)
    weight_kb = _memory_kb() - before_kb
    dispatcher.close()
    quick_ms = sorted(1000 * one.took_s for one in done if one.about == "quick")
    answered = [one for one in done if isinstance(one.answer, http.Answer)]
    return {
        "in_flight": size.in_flight,
        "slow_s": size.slow_s,
        "answered": sum(one.about == "slow" for one in answered),
        "kb_a_call": weight_kb / size.in_flight,
        "quick_p50_ms": quantile(quick_ms, 0.5),
        "quick_p99_ms": quantile(quick_ms, 0.99),
    }


def _ours(address: str, calls: int) -> float:
    """Calls a second through the dispatcher, ``AT_ONCE`` in flight."""
    dispatcher: Dispatcher[int] = Dispatcher(in_flight_max=AT_ONCE)
    call = http.Call("GET", f"{address}?s={SHORT_S}")
    began, given, done = monotonic(), 0, 0
    while done < calls:
        some = min(dispatcher.free, calls - given)
        dispatcher.send([(n, call) for n in range(some)], timeout_s=30)
        given += some
        done += len(dispatcher.collect(wait_s=0.1, rows_max=500))
    took_s = monotonic() - began
    dispatcher.close()
    return calls / took_s


def _bare(address: str, calls: int) -> float:
    """The same calls with nothing around the client."""

    async def all_of_them() -> None:
        turns = asyncio.Semaphore(AT_ONCE)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def one() -> None:
                async with turns, session.get(f"{address}?s={SHORT_S}") as response:
                    await response.read()

            await asyncio.gather(*(one() for _ in range(calls)))

    began = monotonic()
    asyncio.run(all_of_them())
    return calls / (monotonic() - began)


def _collected(dispatcher: Dispatcher[str], count: int) -> list[Done[str]]:
    found: list[Done[str]] = []
    while len(found) < count:
        found += dispatcher.collect(wait_s=0.2, rows_max=1000)
    return found


@contextmanager
def _supplier() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _allow_files()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", _ANSWERING, str(port)]
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        while isinstance(http.send(http.Call("GET", f"{address}?s=0")), http.NoAnswer):
            sleep(0.05)
        yield address
    finally:
        process.kill()
        process.wait(10)


def _allow_files() -> None:
    """As many open connections as the system lets us have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _memory_kb() -> int:
    """The most this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
