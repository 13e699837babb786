"""Whatever is typed into a form of the desk is answered in words, never by a failure of ours."""

from __future__ import annotations

import random
import re

import pytest
from django.test import Client

from daoda.doors.web.operator.tests.test_doors import PAGES, address, filled
from daoda.doors.web.operator.tests.world import World

__all__ = ["filled"]

ODD = [
    "", " ", "\0", "\x07", "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "-1", "0", "9" * 400, "9" * 5000, "1e9", "٣", "½", "∞", "nan", "null", "true", "[]", "{}",
    "'; DROP TABLE orders_order; --", "<script>alert(1)</script>", "{{ 7*7 }}", "%s%n", "../../x",
    "2026-02-30T25:61", "0001-01-01T00:00", "9999-12-31T23:59", "24:00", "👩‍👩‍👧" * 50, "x" * 4000,
    "on", "own", "own words", "00000000-0000-0000-0000-000000000000",
]  # fmt: skip


def names_in(page: str) -> list[str]:
    """The fields of every form on a page."""
    main = page[page.find("<main") :] if "<main" in page else ""  # a picture has no form
    found = re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', main)
    return sorted({name for name in found if name != "csrfmiddlewaretoken"})


@pytest.mark.parametrize("seed", range(3))
def test_no_form_fails_whatever_is_typed(
    operator: Client, world: World, filled: dict[str, str], seed: int
) -> None:
    dice = random.Random(seed)
    fields = ["reason", "hold-reason", "outcome", "reference", "verdict", "low_threshold"]
    for pattern in PAGES:
        href = address(pattern, filled)
        shown = operator.get(href)
        names = [*names_in(shown.content.decode()), *fields] if shown.status_code == 200 else fields
        for _round in range(4):
            typed = {name: dice.choice(ODD) for name in names if dice.random() < 0.7}
            for ask in (operator.get, operator.post):
                answer = ask(href, typed)
                assert answer.status_code < 500, (pattern, typed)


@pytest.mark.parametrize("odd", ["x", "-1", "9" * 30, "0-" + "f" * 32, "1-" + "f" * 31, "９-f"])
def test_an_odd_place_in_the_list_begins_it_anew(operator: Client, world: World, odd: str) -> None:
    world.place()
    page = operator.get("/desk/orders", {"after": odd})
    assert page.status_code == 200
