"""How tests are dealt out to processes that run side by side: `pytest -n 2 --dist loadfile`."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

BROWSER = "tests/browser/"


class Dealer(LoadFileScheduling):  # type: ignore[misc]  # ships no types
    """Whole files, in the order they were collected; the browser tests as if they were one.

    Those share a house, and a house beside another one is twice the work for the same answer.
    """

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # it begins with what has most tests, not longest

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else str(super()._split_scope(nodeid))


def long_ones_first(items: list[pytest.Item]) -> None:
    """Files with a slow test before all others, so that no process ends the run alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
