"""A statements.sql is a document: every statement has a name and a purpose."""

from __future__ import annotations

import pytest

from daoda.kit import sql


def test_statements_are_found_by_name():
    found = sql.parse("-- name: one\n-- Says one.\nSELECT 1;\n\n-- name: two\n-- Two.\nSELECT 2\n")
    assert found == {"one": "SELECT 1", "two": "SELECT 2"}


def test_a_statement_without_a_name_is_an_error():
    with pytest.raises(ValueError, match="purpose"):
        sql.parse("SELECT 1;\n-- name: two\n-- Two.\nSELECT 2\n")


def test_a_statement_that_does_not_exist_is_named_in_the_error():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = sql.load("daoda.records.journal").nonsense
