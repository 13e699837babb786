"""Ids are ordered by time, derived ids repeat, short numbers survive being read aloud."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from daoda.kit import ids

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_uuid7_says_its_version_and_its_millisecond():
    made = ids.uuid7(NOON)
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(NOON.timestamp() * 1000)


def test_ids_of_one_millisecond_ascend_also_from_one_call_to_the_next():
    made = [*ids.uuid7_many(50, NOON), ids.uuid7(NOON), *ids.uuid7_many(50, NOON)]
    assert made == sorted(made)


def test_later_ids_are_larger_and_none_repeat():
    early = set(ids.uuid7_many(2000, NOON))
    late = set(ids.uuid7_many(2000, NOON + timedelta(milliseconds=1)))
    assert len(early) == len(late) == 2000
    assert max(early) < min(late)
    assert ids.lowest_at(NOON) <= min(early)


@given(st.uuids(), st.text(max_size=20), st.text(max_size=20))
def test_a_derived_id_depends_on_base_and_label_and_stays_in_their_time(base, label, other):
    made = ids.derive(base, label)
    assert made == ids.derive(base, label)
    assert made.int >> 80 == base.int >> 80
    assert (made == ids.derive(base, other)) == (label == other)


@given(st.integers(0, 9), st.sampled_from(ids.ALPHABET))
def test_one_wrong_character_is_noticed(position, wrong):
    number = ids.short_number()
    changed = number[:position] + wrong + number[position + 1 :]
    assert ids.normalize_short_number(changed) == (number if changed == number else None)


def test_a_number_is_understood_as_people_type_it():
    number = "10VAB" + "CDEF"
    whole = next(number + c for c in ids.ALPHABET if ids.normalize_short_number(number + c))
    typed = f" {ids.spoken(whole)} ".lower().replace("1", "l").replace("0", "o").replace("v", "u")
    assert ids.normalize_short_number(typed) == whole


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_none(text):
    found = ids.normalize_short_number(text)
    assert found is None or len(found) == ids.SHORT_NUMBER_CHARS
