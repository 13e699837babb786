"""Lists of codes as people have them: every layout, every encoding, every mistake by its line."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daoda.trade.stock import rules
from daoda.trade.stock.rules import BadLine, GoodLine, Layout, Parsed

TODAY = date(2030, 5, 1)
AUTO = Layout()


def parse(content: bytes | str, layout: Layout = AUTO) -> Parsed:
    raw = content.encode() if isinstance(content, str) else content
    return rules.parse_codes(raw, layout, today=TODAY)


def texts(parsed: Parsed) -> list[str]:
    return [line.text for line in parsed.good]


def test_one_code_per_line_blank_lines_do_not_count() -> None:
    parsed = parse("AAAA-BBBB-1\n\n  AAAA-BBBB-2\r\nAAAA-BBBB-3")
    assert parsed.good == (
        GoodLine(1, "AAAA-BBBB-1", None),
        GoodLine(3, "AAAA-BBBB-2", None),
        GoodLine(4, "AAAA-BBBB-3", None),
    )
    assert (parsed.bad, parsed.refusal, parsed.lines_total) == ((), None, 4)


@pytest.mark.parametrize("separator", ["----", "---", "\t", "|", ",", ";", "，"])
def test_the_separator_of_card_and_secret_is_found_out(separator: str) -> None:
    parsed = parse(f"C1{separator}s1\nC2 {separator} s2\n")
    assert texts(parsed) == ["C1----s1", "C2----s2"]
    assert parsed.layout == Layout("split", separator)


def test_the_same_code_has_the_same_text_in_every_layout() -> None:
    as_lines = parse("C1----s1", Layout("lines"))
    as_pair = parse("C1:s1", Layout("split", ":"))
    as_csv = parse("卡号,卡密\nC1,s1")
    assert texts(as_lines) == texts(as_pair) == texts(as_csv) == ["C1----s1"]
    assert rules.split_code("C1----s1") == ("C1", "s1")


def test_what_follows_the_secret_belongs_to_it() -> None:
    parsed = parse("mail@x.com----pw----recovery@x.com----2fa")
    assert rules.split_code(texts(parsed)[0]) == ("mail@x.com", "pw----recovery@x.com----2fa")


@pytest.mark.parametrize(
    "header",
    [
        "卡号,卡密,有效期",
        "Card No,Secret,Expires On",
        "﻿card_no,CDKEY,expiry_date",
        "账号\t密码\t过期时间",
    ],
)
def test_csv_headers_are_known_in_chinese_and_english(header: str) -> None:
    comma = "\t" if "\t" in header else ","
    parsed = parse(f"{header}\n{comma.join(['C1', 's1', '2031-01-31'])}\n")
    assert parsed.good == (GoodLine(2, "C1----s1", date(2031, 1, 31)),)


def test_csv_columns_stand_in_any_order_and_strange_ones_are_skipped() -> None:
    parsed = parse('批次,有效期,激活码\n"B,1",2031/1/2,"k""1"\n')
    assert parsed.good == (GoodLine(2, 'k"1', date(2031, 1, 2)),)


def test_a_header_of_ones_own_can_be_named() -> None:
    layout = rules.read_layout({"kind": "csv", "headers": {"串码": "secret"}})
    assert texts(parse("串码\nk1\n", layout)) == ["k1"]


def test_one_forgotten_quote_spoils_one_line() -> None:
    parsed = parse('secret,note\nk1,"oops\nk2,fine\n')
    assert texts(parsed) == ["k2"]
    assert parsed.bad == (BadLine(2, "quotes"),)


def test_columns_of_a_separated_list_can_be_named() -> None:
    layout = Layout("split", "|", ("secret", "ignore", "expires_on"))
    parsed = parse("k1|x|20310102\nk2|x\nk3|x|\n", layout)
    assert parsed.good == (GoodLine(1, "k1", date(2031, 1, 2)), GoodLine(3, "k3", None))
    assert parsed.bad == (BadLine(2, "columns"),)


@pytest.mark.parametrize(
    ("expiry", "code"),
    [
        ("2030-04-30", "expired"),
        ("2030-05-01", None),
        ("2031年1月2日", None),
        ("2031-01-02 23:59:59", None),
        ("2031-02-30", "expiry_unreadable"),
        ("soon", "expiry_unreadable"),
        ("01/02/2031", "expiry_unreadable"),
    ],
)
def test_an_expiry_is_read_or_named(expiry: str, code: str | None) -> None:
    parsed = parse(f"secret,expires\nk1,{expiry}\n")
    assert [line.code for line in parsed.bad] == ([code] if code else [])


def test_a_line_that_stands_twice_names_the_first() -> None:
    parsed = parse("k1\nk2\n\n k1 \n")
    assert parsed.bad == (BadLine(4, "twice", 1),)


def test_half_a_pair_is_named() -> None:
    parsed = parse("C1----s1\nC2----\n----s3\nC4", Layout("split", "----"))
    assert parsed.bad == (
        BadLine(2, "empty_part"),
        BadLine(3, "empty_part"),
        BadLine(4, "columns"),
    )


def test_chinese_windows_files_are_read() -> None:
    parsed = parse("卡号,卡密\n甲一,密码一\n".encode("gb18030"))
    assert texts(parsed) == ["甲一----密码一"]


def test_a_file_in_no_encoding_loses_only_the_broken_lines() -> None:
    content = "一\n".encode() + "二\n".encode("gb18030") + b"\xff\xff\n" + b"k4\x00\n" + b"k5"
    parsed = parse(content)
    assert texts(parsed) == ["一", "二", "k5"]
    assert parsed.bad == (BadLine(3, "encoding"), BadLine(4, "control_character"))


def test_a_byte_order_mark_is_no_part_of_the_first_code() -> None:
    assert texts(parse(b"\xef\xbb\xbfk1\n")) == ["k1"]


def test_limits_are_held() -> None:
    assert parse(b"").refusal == "empty"
    assert parse(b"\n \n").refusal == "empty"
    assert parse(b"x" * (rules.IMPORT_BYTES_MAX + 1)).refusal == "too_big"
    assert parse(b"x\n" * (rules.IMPORT_LINES_MAX + 1)).refusal == "too_many_lines"
    assert parse("x" * (rules.LINE_CHARS_MAX + 1)).bad == (BadLine(1, "too_long"),)
    assert parse("a,b\nc,d", Layout("csv")).refusal == "no_secret_column"
    assert parse("a,b", Layout("split")).refusal == "no_separator"


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {"kind": "xls"},
        {"separator": 5},
        {"separator": "x" * 9},
        {"columns": ["card"]},
        {"columns": ["secret", "secret"]},
        {"columns": "secret"},
        {"headers": {"a": "b"}},
        {"more": 1},
        {"kind": "csv", "separator": "----"},
    ],
)
def test_a_layout_that_cannot_be_meant_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match=r"layout|kind|separator|columns"):
        rules.read_layout(raw)


layouts = st.one_of(
    st.just(AUTO),
    st.just(Layout("lines")),
    st.just(Layout("csv")),
    st.sampled_from(["----", ",", " ", "x"]).map(lambda separator: Layout("split", separator)),
    st.just(Layout("split", ",", ("card", "expires_on", "secret"))),
)
pieces = st.sampled_from(
    [
        *[
            b"a",
            b"----",
            b",",
            b'"',
            b"\n",
            b"\r",
            b"\r\n",
            b"\x00",
            b"\xff",
            b"\xef\xbb\xbf",
            b"\t",
        ],
        *["卡密".encode(), "卡密".encode("gb18030"), b"secret", b"2031-01-01", "\u2028".encode()],
    ]
)
messy = st.one_of(st.binary(max_size=200), st.lists(pieces, max_size=60).map(b"".join))


@given(messy, layouts)
@example(b"secret\n" + b'"' * 3, AUTO)
def test_any_bytes_are_read_and_every_line_is_accounted_for_once(
    content: bytes | str, layout: Layout
) -> None:
    parsed = parse(content, layout)
    numbers = [line.line for line in parsed.good] + [line.line for line in parsed.bad]
    assert len(set(numbers)) == len(numbers)
    assert all(1 <= number <= parsed.lines_total for number in numbers)
    assert len(set(texts(parsed))) == len(parsed.good)
    assert all(text and "\n" not in text and "\r" not in text for text in texts(parsed))


secrets = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


@given(
    st.lists(secrets, min_size=1, unique=True), st.sampled_from(["utf-8", "utf-8-sig", "gb18030"])
)
def test_what_is_written_one_per_line_comes_back(codes: list[str], encoding: str) -> None:
    parsed = parse("\n".join(codes).encode(encoding), Layout("lines"))
    if encoding != "gb18030":  # a few of its texts are valid UTF-8 as well
        assert texts(parsed) == codes
    assert len(parsed.good) + len(parsed.bad) == len(codes)


@given(
    st.lists(st.tuples(secrets, secrets), min_size=1, unique=True),
    st.sampled_from(["----", "|", "\t"]),
)
def test_pairs_come_back_from_any_separator(pairs: list[tuple[str, str]], separator: str) -> None:
    parsed = parse("\n".join(separator.join(pair) for pair in pairs), Layout("split", separator))
    assert [tuple(rules.split_code(text)) for text in texts(parsed)] == pairs


@given(st.lists(st.sampled_from(["good", "blank", "control", "half", "twice"]), min_size=1))
def test_reported_line_numbers_are_those_of_an_editor(kinds: list[str]) -> None:
    written = {"blank": " ", "control": "a----b\x01", "half": "a----", "twice": "same----same"}
    rows = [written.get(kind, f"c{n}----s{n}") for n, kind in enumerate(kinds, start=1)]
    parsed = parse("\r\n".join(rows), Layout("split", "----"))
    expected = {
        n: {"control": "control_character", "half": "empty_part", "twice": "twice"}[kind]
        for n, kind in enumerate(kinds, start=1)
        if kind in ("control", "half", "twice")
    }
    if "twice" in kinds:
        del expected[kinds.index("twice") + 1]
    assert {line.line: line.code for line in parsed.bad} == expected
