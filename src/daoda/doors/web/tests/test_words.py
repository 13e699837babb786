"""Times, lengths, owners and colours in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import template
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from daoda.doors.web import colours, moments, owners
from daoda.doors.web.templatetags import words

TEMPLATES = Path(words.__file__).parents[1] / "templates"
NOON = datetime(2026, 7, 4, 4, 0, tzinfo=UTC)  # noon in Shanghai


@pytest.fixture(autouse=True)
def shanghai() -> Iterator[None]:
    with timezone.override(ZoneInfo("Asia/Shanghai")), translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("apart", "words"),
    [
        (timedelta(0), "12:00 today"),
        (timedelta(hours=12), "00:00 tomorrow"),
        (timedelta(hours=-13), "23:00 yesterday"),
        (timedelta(days=3), "12:00 7/7"),
        (timedelta(days=300), "12:00 2027-4-30"),
    ],
)
def test_a_day_is_said_from_where_the_reader_is(apart: timedelta, words: str) -> None:
    assert moments.day_and_time(NOON + apart, now=NOON) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59.9), "59 seconds"),
        (timedelta(minutes=9, seconds=59), "9 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=2, minutes=5), "2 hours 5 minutes"),
        (timedelta(days=2, hours=3), "2 days"),
    ],
)
def test_a_length_is_said_in_its_largest_units(length: timedelta, words: str) -> None:
    assert moments.span(length) == words


def test_the_exact_time_names_its_zone() -> None:
    assert moments.exact(NOON) == "2026-07-04 12:00:00 UTC+08:00"


@pytest.mark.parametrize("style", ["", "short"])
def test_a_promised_minute_is_never_before_the_promise(style: str) -> None:
    context = template.Context({"now": NOON})
    said = words.due(context, NOON + timedelta(minutes=5, seconds=1), style)
    assert ">12:06" in said
    assert 'title="2026-07-04 12:05:01 UTC+08:00"' in said
    assert ">12:05" in words.due(context, NOON + timedelta(minutes=5), style)


def test_every_page_says_a_promised_date_in_this_one_way() -> None:
    for page in TEMPLATES.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"{% moment [^%]*(due|promised)", text), page


def test_a_wait_is_rounded_up() -> None:
    assert moments.seconds_span(61) == "2 minutes"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("buyer", "You"),
        ("machine:fulfilment", "Automatic delivery"),
        ("machine:unheard", "Automatic handling"),
        ("department:finance", "Finance department"),
        ("staff:ab", "A shop agent"),
        ("", "Shop staff"),
    ],
)
def test_an_owner_is_never_called_the_system(text: str, words: str) -> None:
    assert owners.words(text) == words


def test_an_agent_is_named_where_the_page_knows_her() -> None:
    assert owners.words("staff:ab", staff={"ab": "Wei · 7"}) == "Wei · 7"


@given(accent=st.from_regex(r"[0-9a-f]{6}", fullmatch=True))
def test_every_accent_is_made_readable_on_every_ground(accent: str) -> None:
    for dark in (False, True):
        tones = colours.tones(accent, dark=dark)
        grounds = colours.DARK_GROUNDS if dark else colours.LIGHT_GROUNDS
        for ground in (*grounds, tones.soft):
            assert colours.contrast(tones.accent, ground) >= 4.5
        assert colours.contrast(tones.on_accent, tones.accent) >= 4.5
