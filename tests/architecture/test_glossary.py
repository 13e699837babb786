"""The glossary is law: states, nodes, roles, departments and accounts stand in it by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from daoda.config.commands import states
from daoda.records.accounts.roles import Role
from daoda.records.ledger import rules as ledger
from daoda.records.promises import rules as promises

PAGE = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
TERMS = {
    term
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("|")
    for term in re.findall(r"`([^`]+)`", line.split("|")[1])
}


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("state", {state for each in states.lifecycles().values() for state in each.states}),
        ("node", set(promises.DEFAULT_SECONDS)),
        ("role", {role.value for role in Role}),
        ("account", set(ledger.DEBIT_GROWS)),
        ("owner", {f"department:{name}" for name in promises.DEPARTMENTS}),
    ],
)
def test_the_glossary_has_every(what: str, words: set[str]) -> None:
    assert not words - TERMS, f"{what} without a line in docs/glossary.md"


def test_every_line_has_both_languages() -> None:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            _, _, chinese, english, *_ = line.split("|")
            assert chinese.strip(), line
            assert english.strip(), line
