"""The format of a leaf is fixed for ever: these bytes must never change."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from daoda.records.journal import rules

FACT: dict[str, Any] = {
    "fact_id": uuid.UUID("01a16e30f8007000800000000000000a"),
    "shop_id": uuid.UUID("01a16e30f8007000800000000000000b"),
    "kind": "order.paid",
    "subject": "order",
    "subject_id": uuid.UUID("01a16e30f8007000800000000000000c"),
    "actor": "machine:settle",
    "at": datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC),
    "data": {"b": 1, "a": "值"},
    "salt": uuid.UUID("00112233445566778899aabbccddeeff"),
}


def test_the_leaf_of_a_known_fact():
    expected = "78bd8b4bb5515c7cc3530d310d6499d40b04b925f35bbaeaf1b77a474aa451c4"
    assert rules.leaf(**FACT).hex() == expected


def test_every_part_of_a_fact_is_committed_to():
    plain = rules.leaf(**FACT)
    for name, other in {
        "kind": "order.placed",
        "actor": "buyer",
        "data": {"b": 2, "a": "值"},
        "salt": uuid.UUID(int=1),
        "subject": "refund",
    }.items():
        assert rules.leaf(**{**FACT, name: other}) != plain
