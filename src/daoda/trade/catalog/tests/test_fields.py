"""Typed fields: what buyers type is cleaned or refused with a code, whatever it is."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoda.trade.catalog import rules
from daoda.trade.catalog.rules import Field
from daoda.trade.catalog.rules.fields import FieldType
from daoda.trade.catalog.rules.patterns import pattern_problem

LABEL = {"zh": "账号", "en": "Account"}


def one(type_: FieldType, typed: str, **more: Any) -> tuple[str | None, str | None]:
    clean, errors = rules.check_fields([Field("x", type_, LABEL, **more)], {"x": typed})
    return clean.get("x"), errors["x"].code if errors else None


@pytest.mark.parametrize(
    ("type_", "typed", "clean"),
    [
        ("phone", " 138-1234 5678 ", "13812345678"),
        ("phone", "＋86 13812345678", "13812345678"),
        ("phone", "+1 (415) 555-0100", "+14155550100"),
        ("email", "ｌi@example.com", "li@example.com"),
        ("number", "１２３", "123"),
        ("number", "007", "007"),
        ("account", "\u200bli_lei\ufeff", "li_lei"),
        ("text", "  华东 一区 ", "华东 一区"),
    ],
)
def test_what_input_methods_and_copying_add_is_cleaned_away(
    type_: FieldType, typed: str, clean: str
) -> None:
    assert one(type_, typed) == (clean, None)


@pytest.mark.parametrize(
    ("type_", "typed", "code"),
    [
        ("phone", "12345", "not_phone"),
        ("phone", "²²²²²²²²²²²x", "not_phone"),
        ("email", "li@", "not_email"),
        ("email", "a@b", "not_email"),
        ("number", "12a", "not_number"),
        ("number", "-5", "not_number"),
        ("account", "li lei", "blank_inside"),
        ("text", "two\nlines", "control_character"),
        ("text", "   ", "required"),
        ("text", "\u200b", "required"),
        ("text", "x" * 500, "too_long"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_code(
    type_: FieldType, typed: str, code: str
) -> None:
    assert one(type_, typed) == (None, code)


def test_lengths_and_pattern_are_held() -> None:
    shape = {"length_min": 9, "length_max": 9, "pattern": "1[0-9]+"}
    assert one("number", "12345678", **shape) == (None, "too_short")
    assert one("number", "1234567890", **shape) == (None, "too_long")
    assert one("number", "234567890", **shape) == (None, "pattern")
    assert one("number", "123456789", **shape) == ("123456789", None)


def test_an_optional_field_may_stay_empty_and_strange_answers_are_dropped() -> None:
    fields = [Field("note", "text", LABEL, required=False)]
    assert rules.check_fields(fields, {"evil": "x"}) == ({"note": ""}, {})


def test_a_choice_is_one_of_its_values() -> None:
    fields, problems = rules.read_fields(
        [
            {
                "name": "s",
                "type": "choice",
                "label": LABEL,
                "choices": [{"value": "eu", "label": LABEL}],
            }
        ]
    )
    assert not problems
    assert rules.check_fields(fields, {"s": "eu"}) == ({"s": "eu"}, {})
    assert rules.check_fields(fields, {"s": "us"})[1]["s"].code == "not_a_choice"


def test_the_echo_shows_what_is_to_be_confirmed_in_order() -> None:
    fields = [
        Field("a", "text", LABEL),
        Field("b", "text", LABEL, confirm=False),
        Field("c", "text", LABEL, required=False),
    ]
    echoed = rules.echo(fields, {"a": "1", "b": "2", "c": ""})
    assert [(field.name, value) for field, value in echoed] == [("a", "1")]


@given(st.sampled_from(["text", "phone", "email", "number", "account"]), st.text(max_size=300))
def test_any_text_is_either_clean_or_refused_and_clean_stays_clean(
    type_: FieldType, typed: str
) -> None:
    value, code = one(type_, typed, required=False)
    assert (value is None) != (code is None)
    if value:
        assert one(type_, value) == (value, None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["name", "type", "label", "choices", "value", "zh", "length_min", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_any_json_as_a_definition_is_read_or_named_as_wrong(raw: object) -> None:
    fields, problems = rules.read_fields(raw)
    assert len(fields) + len(problems) == (len(raw) if isinstance(raw, list) else 1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "Bad Name"}, "name"),
        ({"type": "date"}, "type"),
        ({"label": {}}, "label"),
        ({"label": {"en": "only English"}}, "label"),
        ({"length_min": 5, "length_max": 4}, "length"),
        ({"length_max": True}, "length"),
        ({"choices": [{"value": "a", "label": LABEL}]}, "choices"),
        ({"required": "yes"}, "flag"),
        ({"colour": "red"}, "unknown_key"),
        ({"pattern": "(a+)+"}, "pattern_not_simple"),
    ],
)
def test_a_wrong_definition_names_its_problem(wrong: dict[str, object], code: str) -> None:
    _, problems = rules.read_fields([{"name": "x", "type": "text", "label": LABEL, **wrong}])
    assert problems == [(0, code)]


def test_a_name_can_be_used_once() -> None:
    item = {"name": "x", "type": "text", "label": LABEL}
    assert rules.read_fields([item, item])[1] == [(1, "name_twice")]


@pytest.mark.parametrize(
    "pattern", [r"[0-9]{6,12}", r"^[A-Za-z0-9_.-]+@qq\.com$", r"\d{3}-?\d{4}", "eu|us|as", "账号.+"]
)
def test_ordinary_patterns_are_accepted(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(a|a)*b", "pattern_not_simple"),
        ("(?=x)", "pattern_not_simple"),
        (r"(.)\1", "pattern_not_simple"),
        ("a**", "pattern_not_simple"),
        ("[[a]]", "pattern_not_simple"),
        (".*.*.*.*x", "pattern_too_open"),
        ("[z-a]", "pattern_unreadable"),
        ("a{5,2}", "pattern_unreadable"),
        ("x" * 201, "pattern_too_long"),
    ],
)
def test_patterns_that_may_never_end_are_refused(pattern: str, problem: str) -> None:
    assert pattern_problem(pattern) == problem


@given(st.text(alphabet="a.*+?{}[]()|^$\\d-,12", max_size=25))
def test_an_accepted_pattern_compiles_and_ends(pattern: str) -> None:
    if pattern_problem(pattern) is None:
        one("text", "a" * 40, pattern=pattern)


def test_the_worst_accepted_pattern_ends_on_the_longest_value() -> None:
    started = time.perf_counter()
    assert one("text", "a" * 200, pattern="a*a*a*b") == (None, "pattern")
    assert time.perf_counter() - started < 30  # not 2**200; a bound against for ever, no measure
