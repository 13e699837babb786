"""A list travels as one array parameter, whatever stands in it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from daoda.kit import columns, sql

KINDS = {
    "uuid": st.uuids(),
    "text": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
    "bytea": st.binary(),
    "timestamptz": st.datetimes(
        datetime(1970, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(9999, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
    ),
}


@pytest.fixture(scope="module")
def connected(server):
    with psycopg.connect(server.url(None, "postgres"), autocommit=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        columns.register(connection)
        yield connection


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_sent_comes_back(connected, kind):
    @given(st.lists(st.none() | KINDS[kind]))
    def there_and_back(values):
        echo = f"SELECT %(values)s::{kind}[]"
        (read,) = connected.execute(echo, columns.bound({"values": values})).fetchone()
        assert read == values

    there_and_back()


def test_words_that_look_like_array_syntax_stay_words(connected):
    values = ["NULL", "", "{}", "a,b", '"', "\\", "{1,2}", " x ", None]
    params = columns.bound({"values": values})
    assert connected.execute("SELECT %(values)s::text[]", params).fetchone() == (values,)


def test_a_nul_is_refused_before_it_cuts_a_text_short():
    with pytest.raises(psycopg.DataError, match="NUL"):
        columns.column(["one\0two"])


def test_what_it_does_not_know_is_left_to_the_driver():
    values = [[1], [2]]
    assert columns.column(values) is values
    assert columns.column([]) == []
    assert columns.bound(["one"]) == ["one"]


@pytest.mark.django_db
def test_hot_statements_get_their_times_in_utc():
    same = uuid.uuid4()
    now = datetime(2026, 11, 22, tzinfo=UTC)
    rows = sql.rows(
        "SELECT * FROM unnest(%(ids)s::uuid[], %(ats)s::timestamptz[])",
        {"ids": [same, same], "ats": [now, None]},
    )
    assert rows == [(same, now), (same, None)]
    assert rows[0][1].utcoffset() == timedelta(0)
    assert connection.timezone_name == "UTC"
