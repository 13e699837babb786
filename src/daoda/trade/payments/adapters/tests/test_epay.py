"""epay V1 in its common ground, and nothing beyond it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from daoda.kit.configs import ConfigProblem
from daoda.kit.http import Answer, NoAnswer
from daoda.trade.payments.adapters import epay
from daoda.trade.payments.adapters.base import Notice, NotOffered, PayPage, Reading, Trouble
from daoda.trade.payments.adapters.tests import world
from daoda.trade.payments.adapters.tests.world import EPAY_KEY, NOW, NUMBER, START, an_epay


@pytest.mark.parametrize(
    ("fields", "key", "expected"),
    [
        # Printed by a gateway with the same rule as a worked example.
        (
            {"uid": "1000", "timestamp": "1548047628"},
            "58b31d465652be856d7ed80977aa4ce4",
            "15540d3398e5ed2a37533e3fc032e1a0",
        ),
        (
            {
                "pid": "1001",
                "trade_no": "2026112210345600001",
                "out_trade_no": "V20261122-0001",
                "type": "wxpay",
                "name": "VIP会员",
                "money": "19.90",
                "trade_status": "TRADE_SUCCESS",
                "param": "",
                "sign": "0" * 32,
                "sign_type": "MD5",
            },
            EPAY_KEY,
            "5e3a2e15fc69dfc1ec534613596b7d11",
        ),
    ],
)
def test_published_signatures(fields: dict[str, str], key: str, expected: str) -> None:
    assert epay.sign(fields, key) == expected


def test_every_case_of_the_vectors(vectors: Callable[[str], Any]) -> None:
    for case in vectors("epay_v1")["cases"]:
        made = epay.sign(case["params"], case["key"])
        if "expected_sign" in case:
            assert made == case["expected_sign"], case["id"]
        if case["direction"] == "notify":
            sign = case.get("presented_sign", case.get("expected_sign"))
            query = urlencode({**case["params"], "sign": sign, "sign_type": "MD5"})
            adapter = epay.Epay(epay.Config.parse(world.EPAY_CONFIG | {"key": case["key"]}))
            reading = adapter.read(notice=world.got(query), now=NOW)
            expected = case.get("expected_valid", True)
            assert (reading.verdict == "genuine") is expected, case["id"]


def test_a_notice_is_read_from_the_address_or_the_body() -> None:
    notice = world.epay_notice()
    from_query = an_epay().read(notice=notice, now=NOW)
    from_body = an_epay().read(notice=world.posted(notice.query.encode()), now=NOW)
    assert from_query == from_body
    assert from_query == Reading(
        verdict="genuine",
        event_key="2026112210345600001:TRADE_SUCCESS:19.90",
        detail="the gateway says TRADE_SUCCESS",
        out_number=NUMBER,
        trade_no="2026112210345600001",
        amount_fen=1990,
        currency="CNY",
        status="paid",
    )


def test_a_notice_in_both_places_is_unreadable() -> None:
    query = world.epay_notice().query
    both = Notice(method="POST", headers={}, query=query, body=query.encode())
    assert an_epay().read(notice=both, now=NOW).verdict == "unreadable"


@pytest.mark.parametrize("name", [*world.epay_fields(), "sign"])
def test_changing_any_field_makes_it_forged(name: str) -> None:
    fields = dict(parse_qsl(world.epay_notice().query))
    changed = urlencode(fields | {name: fields[name] + "1"})
    assert an_epay().read(notice=world.got(changed), now=NOW).verdict == "forged"


def test_other_dialects_are_forged() -> None:
    fields = dict(parse_qsl(world.epay_notice().query))
    for change in ({"sign": fields["sign"].upper()}, {"sign_type": "RSA"}, {"sign": "é"}):
        query = urlencode(fields | change)
        assert an_epay().read(notice=world.got(query), now=NOW).verdict == "forged"


def test_another_merchant_number_is_told_apart() -> None:
    reading = an_epay().read(notice=world.epay_notice(pid="1002"), now=NOW)
    assert reading.verdict == "wrong_merchant"


@pytest.mark.parametrize("money", ["19.905", "1e3", "19,90", "", "-1", "0", "99999999999"])
def test_an_odd_amount_is_never_paid(money: str) -> None:
    reading = an_epay().read(notice=world.epay_notice(money=money), now=NOW)
    assert (reading.verdict, reading.status) == ("genuine", "unknown")
    assert reading.amount_fen is None


@pytest.mark.parametrize(("money", "fen"), [("1", 100), ("19.9", 1990), ("0.01", 1)])
def test_shorter_amounts_are_exact(money: str, fen: int) -> None:
    assert an_epay().read(notice=world.epay_notice(money=money), now=NOW).amount_fen == fen


def test_an_undocumented_status_is_unknown() -> None:
    reading = an_epay().read(notice=world.epay_notice(trade_status="TRADE_FINISHED"), now=NOW)
    assert reading.status == "unknown"


def test_the_page_is_signed_and_needs_confirming_by_query() -> None:
    page = an_epay().start(start=START, now=NOW)
    fields = dict(parse_qsl(urlsplit(page.url).query))
    assert page.url.startswith("https://pay.example/submit.php?")
    assert fields["sign"] == epay.sign(fields, EPAY_KEY)
    assert fields["money"] == "19.90"
    assert "type" not in fields
    assert an_epay().capability.confirms_by_query


def test_long_names_are_cut_between_characters() -> None:
    assert epay.short_name(" 会" * 60).encode().__len__() <= 127
    assert epay.short_name("\n ") == "Order"


def test_mapi_gives_a_page_and_a_qr_text() -> None:
    adapter = epay.Epay(epay.Config.parse(world.EPAY_CONFIG | {"entry": "mapi"}))
    assert adapter.capability.prepares
    call = adapter.prepare(start=START, now=NOW)
    fields = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
    assert (fields["clientip"], fields["sign"]) == ("203.0.113.9", epay.sign(fields, EPAY_KEY))
    made = {"code": 1, "payurl": "https://pay.example/p/1", "qrcode": "weixin://1"}
    page = adapter.read_prepared(start=START, answer=said(made), now=NOW)
    assert page == PayPage(method="GET", url="https://pay.example/p/1", qr_text="weixin://1")
    for odd in ({"code": 1}, {"code": 1, "payurl": "javascript:alert(1)"}, {"code": -1}):
        assert isinstance(adapter.read_prepared(start=START, answer=said(odd), now=NOW), Trouble)


def said(body: object) -> Answer:
    return Answer(200, {}, json.dumps(body, ensure_ascii=False).encode())


PAID: dict[str, object] = {
    "code": 1,
    "msg": "查询订单号成功！",
    "trade_no": "2026112210345600001",
    "out_trade_no": NUMBER,
    "pid": "1001",
    "money": "19.90",
    "status": 1,
    "endtime": "2026-11-22 12:00:00",
}


@pytest.mark.parametrize(
    ("changed", "status"), [({}, "paid"), ({"status": "0"}, "pending"), ({"status": 2}, "refunded")]
)
def test_the_query_decides(changed: dict[str, object], status: str) -> None:
    reading = an_epay().read_query(number=NUMBER, answer=said(PAID | changed), now=NOW)
    assert isinstance(reading, Reading)
    assert (reading.verdict, reading.status, reading.out_number) == ("genuine", status, NUMBER)
    assert (reading.paid_at == NOW) is (status == "paid")


def test_an_amount_written_as_a_number_keeps_its_digits() -> None:
    answer = Answer(200, {}, said(PAID).body.replace(b'"19.90"', b"19.90"))
    reading = an_epay().read_query(number=NUMBER, answer=answer, now=NOW)
    assert isinstance(reading, Reading)
    assert reading.amount_fen == 1990


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (said(PAID | {"pid": "1002"}), "unknown"),
        (said(PAID | {"out_trade_no": "f" * 32}), "unknown"),
        (said(PAID | {"money": 19.900000000000002}), "unknown"),
        (said(PAID | {"status": 3}), "unknown"),
        (said(PAID | {"code": True}), "unknown"),
        (said({"data": PAID}), "unknown"),
        (said({"code": -3, "msg": "商户密钥错误"}), "person"),
        (said({"code": -1, "msg": "商户不存在"}), "person"),
        (said({"code": -9, "msg": "later"}), "unknown"),
        (Answer(200, {}, b"<script>location=1</script>"), "unknown"),
        (Answer(200, {}, b"\xff"), "unknown"),
        (Answer(429, {}, b""), "retry_after"),
        (NoAnswer("TimeoutError"), "unknown"),
    ],
)
def test_troubles_have_names(answer: Answer | NoAnswer, kind: str) -> None:
    trouble = an_epay().read_query(number=NUMBER, answer=answer, now=NOW)
    assert isinstance(trouble, Trouble)
    assert trouble.kind == kind


def test_an_order_nobody_opened_is_absent() -> None:
    answer = said({"code": -1, "msg": "订单号不存在"})
    reading = an_epay().read_query(number=NUMBER, answer=answer, now=NOW)
    assert isinstance(reading, Reading)
    assert reading.status == "absent"


def test_the_key_travels_in_the_query_but_shows_nowhere() -> None:
    call = an_epay().query(number=NUMBER, now=NOW)
    assert parse_qs(urlsplit(call.url).query)["key"] == [EPAY_KEY]
    assert EPAY_KEY not in repr(call)
    assert EPAY_KEY not in repr(an_epay())


def test_there_is_no_closing() -> None:
    assert not an_epay().capability.closes
    with pytest.raises(NotOffered):
        an_epay().close(number=NUMBER, now=NOW)


def test_the_answer_is_the_bare_word() -> None:
    assert an_epay().answer(accepted=True).body == b"success"
    assert an_epay().answer(accepted=False).body == b"fail"


@pytest.mark.parametrize("near", ["http://127.0.0.1:8012", "http://10.1.2.3", "http://epay:80/x/"])
def test_near_gateways_may_do_without_tls(near: str) -> None:
    config = epay.Config.parse(world.EPAY_CONFIG | {"gateway": near})
    assert config.gateway == near.rstrip("/")


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"key": "short"}, "key"),
        ({"pid": "10 01"}, "pid"),
        ({"gateway": "http://pay.example"}, "gateway"),
        ({"gateway": "http://8.8.8.8"}, "gateway"),
        ({"gateway": "ftp://pay.example"}, "gateway"),
        ({"gateway": "https://user:word@pay.example"}, "gateway"),
        ({"type": "paypal"}, "type"),
    ],
)
def test_configuration_problems_name_the_setting(changed: dict[str, str], setting: str) -> None:
    with pytest.raises(ConfigProblem) as problem:
        epay.Config.parse({**world.EPAY_CONFIG, **changed})
    assert problem.value.setting == setting
