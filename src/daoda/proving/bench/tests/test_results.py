"""Figures are kept, shown and put on the page by commands, never by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from daoda.proving.bench import page, results
from daoda.proving.bench.results import Goal, Steps

ROOT = Path(__file__).resolve().parents[5]


def test_the_page_is_what_the_figures_make_it() -> None:
    wanted = page.build(ROOT / "benchmarks")
    written = (ROOT / page.PAGE).read_text(encoding="utf-8")
    assert written == wanted, "run  python -m daoda.proving.bench.page"


def test_a_page_without_figures_says_so(tmp_path: Path) -> None:
    assert page.NOT_YET in page.build(tmp_path)


def test_a_stopped_item_goes_on_after_the_last_step_it_finished(tmp_path: Path) -> None:
    file = tmp_path / "steps.json"
    assert Steps(file).once("first", lambda: {"rate": 1}) == {"rate": 1}

    def again() -> None:
        raise AssertionError("done before")

    resumed = Steps(file)
    assert resumed.once("first", again) == {"rate": 1}
    resumed.forget()
    assert Steps(file).once("first", lambda: 2) == 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1234567, "1,234,567"), (12.3456, "12.3"), (0.00123, "0.00123"), (1234.5, "1,234"),
        (True, "yes"), (None, "-"), ("2 of 3", "2 of 3"),
    ],
)  # fmt: skip
def test_figures_are_printed_with_the_digits_they_deserve(value: object, shown: str) -> None:
    assert results.figure(value) == shown


def test_a_missed_goal_stands_out() -> None:
    shown = results.goal_table([Goal("a", "1", True), Goal("b", "2", False)])
    assert "| a | 1 | reached |" in shown
    assert "| b | 2 | **missed** |" in shown


def test_a_quantile_is_a_value_that_was_there() -> None:
    assert results.quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert results.quantile([1.0], 0.99) == 1.0
    assert results.quantile([], 0.5) == 0.0
