"""How contacts are compared and which passwords are taken, without a database."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daoda.trade.buyers import rules


def test_an_email_keeps_what_tells_it_apart() -> None:
    assert rules.normal_contact("  Li.Wei+shop@Example.COM ") == "li.wei+shop@example.com"


def test_a_foreign_phone_keeps_its_country() -> None:
    assert rules.normal_contact("+44 (20) 7946-0018") == "+442079460018"
    assert rules.normal_contact("0086 138 0000 0000") == "13800000000"
    assert rules.normal_contact("+86 10 6552 9988") == "+861065529988"


@given(st.text(max_size=300))
def test_any_text_is_normalised_once_and_judged(text: str) -> None:
    normal = rules.normal_contact(text)
    assert rules.normal_contact(normal) == normal or not rules.is_contact(normal)
    rules.is_contact(normal)
    rules.password_problem(text, contact=normal)


@given(st.text(max_size=9))
def test_a_short_password_is_never_taken(text: str) -> None:
    assert rules.password_problem(text, contact="") == "password_too_short"
