"""Every item of the benchmark runs, in a size nobody looks at; figures are no test's business."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from daoda.proving.bench import results
from daoda.proving.bench.items import ITEMS, SIZES, item

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All items, as an operator measures them; what was kept of each."""
    folder = tmp_path_factory.mktemp("benchmarks")
    ours = ("DAODA_", "DATABASE_", "DJANGO_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "-m", "daoda.proving.bench", "--size", "smoke", "--results", str(folder)],
        env=clean, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    files = {name: results.file_of(folder, "smoke", name) for name in ITEMS}
    return {name: json.loads(file.read_text("utf-8")) for name, file in files.items()}


def test_delivery_runs_beside_the_floor_the_engines_and_the_loop(measured: dict[str, Any]) -> None:
    figures = measured["delivery"]["figures"]
    assert set(figures["per_s"]) == {
        "ours", "floor", "procrastinate_jobs", "dbos_workflows", "django_loop",
    }  # fmt: skip
    assert figures["missing"] == []


def test_flat_cost_counts_pages_for_each_backlog_and_for_history(measured: dict[str, Any]) -> None:
    stands = measured["flat"]["figures"]["stands"]
    assert stands[0]["buffers_ratio"] == 1
    assert all(stand["buffers"] > 10 for stand in stands)
    assert measured["flat"]["figures"]["behind_gb"] > 0


def test_deliveries_go_on_beside_an_old_snapshot(measured: dict[str, Any]) -> None:
    assert measured["snapshot"]["figures"]["delivered_beside"] > 0


def test_every_date_of_the_second_has_its_consequence(measured: dict[str, Any]) -> None:
    assert measured["dates"]["figures"]["wait_p99_s"] > 0
    assert measured["dates"]["figures"]["pages"][0] > 1


def test_a_burst_is_answered_delivered_and_in_order(measured: dict[str, Any]) -> None:
    figures = measured["burst"]["figures"]
    assert (figures["refused"], figures["lost"], figures["laws_broken"]) == (0, 0, 0)
    assert figures["plain_per_s"] > 0


def test_sustained_watches_the_memory_of_both_processes(measured: dict[str, Any]) -> None:
    figures = measured["sustained"]["figures"]
    assert (figures["refused"], figures["lost"]) == (0, 0)
    assert all(one["late_mb"] > 10 for one in figures["memory"].values())


def test_viewers_miss_no_event(measured: dict[str, Any]) -> None:
    figures = measured["live"]["figures"]
    assert figures["turned_away"] == 0
    assert figures["events"] > 0
    assert figures["missed"] == 0
    assert figures["slow"]["resumed"]


def test_pages_and_api_answer_and_their_statements_are_pinned(measured: dict[str, Any]) -> None:
    figures = measured["pages"]["figures"]
    pinned = item("pages").STATEMENTS
    for kind in ("page", "api"):
        assert all(rate > 0 for rate in figures[kind]["per_s"])
        assert max(figures[kind]["statements"]) <= pinned[kind]


def test_an_order_is_weighed_by_table_and_by_process(measured: dict[str, Any]) -> None:
    figures = measured["pod"]["figures"]
    assert figures["bytes_an_order"] > 1000
    assert figures["requests"] == 10
    assert figures["purchase_ms"]["web"] > 1


def test_conditions_are_kept_with_the_figures(measured: dict[str, Any]) -> None:
    for found in measured.values():
        assert {"taken", "cores", "load_before", "load_after", "fsync"} <= set(found["conditions"])
        assert found["conditions"]["fsync"] == "on"
        assert all(goal["asked"] and goal["reached"] for goal in found["goals"])


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_has_all_sizes_and_a_title(name: str) -> None:
    assert set(item(name).SIZES) == set(SIZES)
    assert item(name).TITLE
