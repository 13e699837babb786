"""The items that start the house's own processes run too."""

from __future__ import annotations

from typing import Any

import pytest

from daoda.proving.bench.items import ITEMS
from daoda.proving.bench.tests.test_items import FIRST, run

SECOND = ("burst", "sustained", "live", "pages")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run(tmp_path_factory.mktemp("benchmarks"), SECOND)


def test_every_item_is_tried() -> None:
    assert set(FIRST) | set(SECOND) == set(ITEMS)


def test_a_burst_is_answered_delivered_and_in_order(measured: dict[str, Any]) -> None:
    figures = measured["burst"]["figures"]
    assert figures["refused"] == 0
    assert figures["laws_broken"] == 0
    assert figures["plain_per_s"] > 0


def test_sustained_watches_the_memory_of_both_processes(measured: dict[str, Any]) -> None:
    figures = measured["sustained"]["figures"]
    assert figures["refused"] == 0
    assert all(one["late_mb"] > 10 for one in figures["memory"].values())


def test_viewers_miss_no_event(measured: dict[str, Any]) -> None:
    figures = measured["live"]["figures"]
    assert figures["turned_away"] == 0
    assert figures["events"] > 0
    assert figures["missed"] == 0
    assert figures["slow"]["resumed"]


def test_pages_and_api_answer_in_both_databases(measured: dict[str, Any]) -> None:
    figures = measured["pages"]["figures"]
    assert all(rate > 0 for kind in ("page", "api") for rate in figures[kind]["per_s"])
