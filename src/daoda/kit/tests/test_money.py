"""Yuan are text at the edges and fen inside, and nothing in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoda.kit import money


@given(st.integers(0, money.AMOUNT_FEN_MAX))
def test_what_is_written_is_read_back(amount_fen):
    assert money.parse_yuan(money.yuan(amount_fen)) == amount_fen


@pytest.mark.parametrize("text", ["", "-1", "1.234", "1e3", "１", "1,000", " 1", "NaN", "9" * 13])
def test_what_is_not_an_amount_is_refused(text):
    with pytest.raises(money.NotMoney):
        money.parse_yuan(text)


def test_negative_amounts_keep_their_sign():
    assert money.yuan(-1234) == "-12.34"
