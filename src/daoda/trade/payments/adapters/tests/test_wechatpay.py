"""WeChat Pay APIv3 as its documents and its SDKs' tests show it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from daoda.kit.configs import ConfigProblem
from daoda.kit.http import Answer, Call, NoAnswer
from daoda.trade.payments.adapters import rsa2, wechatpay
from daoda.trade.payments.adapters import wechatpay_seals as seals
from daoda.trade.payments.adapters.base import CannotStart, PayPage, Reading, Start, Trouble
from daoda.trade.payments.adapters.tests import world
from daoda.trade.payments.adapters.tests.world import NOW, NUMBER, START, a_wechatpay
from daoda.trade.payments.adapters.wire import Unreadable

TRADE_NO = "4200001234202611220000000001"


def test_every_vector_of_the_cipher(vectors: Callable[[str], Any]) -> None:
    cases = [one for one in vectors("wechatpay_aead")["cases"] if one["kind"] == "aead"]
    assert cases
    for case in cases:
        asked = {name: case[name] for name in ("nonce", "ciphertext", "associated_data")}
        key = case["api_v3_key"].encode()
        if case.get("expected_error"):
            with pytest.raises(Unreadable):
                seals.decrypted(key, **asked)
        else:
            assert seals.decrypted(key, **asked).decode() == case["expected_plaintext"]
        if case["key_bytes"] != seals.KEY_BYTES:
            with pytest.raises(ConfigProblem):
                seals.api_key("api_v3_key", case["api_v3_key"])


def test_every_vector_of_a_notice(vectors: Callable[[str], Any]) -> None:
    cases = [one for one in vectors("wechatpay_aead")["cases"] if one["kind"] == "notice"]
    assert cases
    for case in cases:
        adapter = wechatpay.WechatPay(
            wechatpay.Config.parse(
                world.WECHAT_CONFIG
                | {
                    "api_v3_key": case.get("api_v3_key", "vectors-apiv3-key-of-32-bytes-01"),
                    "platform_key": case.get("platform_public_key")
                    or case.get("platform_certificate"),
                    "platform_key_id": case["platform_key_id"],
                }
            )
        )
        headers = {name.lower(): value for name, value in case["headers"].items()}
        notice = world.posted(case["body"].encode(), headers)
        now = datetime.fromtimestamp(case["now"], UTC)
        reading = adapter.read(notice=notice, now=now)
        assert (reading.verdict == "genuine") is case["expected_accept"], case["note"]
        if case["expected_accept"]:
            assert (reading.status, reading.amount_fen) == ("paid", 1990)
            assert reading.out_number == "V20261122-0001"
        else:
            probe = case["expected_reason"] == "signature_probe"
            assert reading.verdict == ("probe" if probe else "forged")
            assert adapter.answer(accepted=False).status in range(400, 600)


def test_a_notice_is_read() -> None:
    reading = a_wechatpay().read(notice=world.wechat_notice(), now=NOW)
    assert reading == Reading(
        verdict="genuine",
        event_key="EV-2026112212000000001",
        detail="WeChat Pay says SUCCESS",
        out_number=NUMBER,
        trade_no=TRADE_NO,
        amount_fen=1990,
        currency="CNY",
        status="paid",
        paid_at=datetime(2026, 11, 22, 3, 59, 59, tzinfo=UTC),
        payer="oUpF***eS6o",
    )


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"trade_state": "NOTPAY"}, "pending"),
        ({"trade_state": "CLOSED"}, "closed"),
        ({"trade_state": "REFUND"}, "refunded"),
        ({"trade_state": "SOMETHING_NEW"}, "unknown"),
        ({"refund_status": "SUCCESS", "amount": {"refund": 5, "total": 1990}}, "refunded"),
        ({"refund_status": "ABNORMAL"}, "unknown"),
    ],
)
def test_states_are_a_closed_world(changed: dict[str, Any], status: str) -> None:
    reading = a_wechatpay().read(notice=world.wechat_notice(**changed), now=NOW)
    assert (reading.verdict, reading.status) == ("genuine", status)


@pytest.mark.parametrize("changed", [{"mchid": "1900000002"}, {"appid": "wx2"}])
def test_another_merchant_or_app_is_told_apart(changed: dict[str, Any]) -> None:
    reading = a_wechatpay().read(notice=world.wechat_notice(**changed), now=NOW)
    assert reading.verdict == "wrong_merchant"


@pytest.mark.parametrize(
    "amount", [{"total": 0}, {"total": "1990"}, {"total": 19.9}, {"total": True}, {}, None]
)
def test_an_amount_that_is_none_is_no_payment(amount: Any) -> None:
    reading = a_wechatpay().read(notice=world.wechat_notice(amount=amount), now=NOW)
    assert reading.verdict == "unreadable"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_notice_off_by_more_than_five_minutes_is_refused(seconds: int) -> None:
    late = NOW + timedelta(seconds=seconds)
    assert a_wechatpay().read(notice=world.wechat_notice(), now=late).verdict == "forged"
    near = NOW + timedelta(seconds=seconds - (seconds > 0) + (seconds < 0))
    assert a_wechatpay().read(notice=world.wechat_notice(), now=near).verdict == "genuine"


def test_a_changed_byte_another_key_and_another_serial_are_forged() -> None:
    body = world.wechat_body(world.wechat_trade())
    for notice in (
        world.posted(body + b" ", world.wechat_signed(body)),
        world.posted(body, world.wechat_signed(body, owner="stranger")),
        world.posted(body, world.wechat_signed(body, serial="PUB_KEY_ID_2")),
        world.posted(body),
    ):
        assert a_wechatpay().read(notice=notice, now=NOW).verdict == "forged"


def test_a_key_to_come_is_known_beforehand() -> None:
    more = {
        "next_platform_key_id": "PUB_KEY_ID_2",
        "next_platform_key": world.der(world.rsa_key("next").public_key()),
    }
    adapter = wechatpay.WechatPay(wechatpay.Config.parse(world.WECHAT_CONFIG | more))
    body = world.wechat_body(world.wechat_trade())
    signed = world.wechat_signed(body, owner="next", serial="PUB_KEY_ID_2")
    assert adapter.read(notice=world.posted(body, signed), now=NOW).verdict == "genuine"


def test_a_resource_of_another_key_is_unreadable_not_money() -> None:
    other = world.WECHAT_CONFIG | {"api_v3_key": "x" * 32}
    adapter = wechatpay.WechatPay(wechatpay.Config.parse(other))
    assert adapter.read(notice=world.wechat_notice(), now=NOW).verdict == "unreadable"


def test_what_is_kept_names_no_payer() -> None:
    kept = json.dumps(a_wechatpay().mask(notice=world.wechat_notice()), ensure_ascii=False)
    assert TRADE_NO in kept
    assert "oUpF8uMuAJO" not in kept


def signed_by_us(call: Call) -> dict[str, str]:
    """The parts of the Authorization header, once its signature is found right."""
    head, _, rest = call.headers["authorization"].partition(" ")
    assert head == "WECHATPAY2-SHA256-RSA2048"
    parts = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    path = call.url.removeprefix("https://api.mch.weixin.qq.com")
    text = f"{call.method}\n{path}\n{parts['timestamp']}\n{parts['nonce_str']}\n".encode()
    key = world.rsa_key("merchant").public_key()
    assert rsa2.verify(key, text + call.body + b"\n", parts["signature"])
    return parts


def test_the_call_for_a_qr_code_is_signed_and_in_fen() -> None:
    call = a_wechatpay().prepare(start=START, now=NOW)
    parts = signed_by_us(call)
    assert (parts["mchid"], parts["timestamp"]) == (world.MCHID, str(int(NOW.timestamp())))
    assert call.url.endswith("/v3/pay/transactions/native")
    assert json.loads(call.body) == {
        "appid": world.APPID,
        "mchid": world.MCHID,
        "description": "VIP会员 1/月",
        "out_trade_no": NUMBER,
        "time_expire": "2026-11-22T12:15:00+08:00",
        "notify_url": "https://shop.example/inbound/7",
        "amount": {"total": 1990, "currency": "CNY"},
    }


def test_a_phone_gets_h5_where_the_merchant_has_it_and_wechat_itself_jsapi() -> None:
    with_h5 = wechatpay.WechatPay(
        wechatpay.Config.parse(world.WECHAT_CONFIG | {"phone_page": "yes"})
    )
    phone = Start(**{**vars(START), "phone": True})
    call = with_h5.prepare(start=phone, now=NOW)
    assert call.url.endswith("/h5")
    assert json.loads(call.body)["scene_info"]["payer_client_ip"] == "203.0.113.9"
    assert a_wechatpay().prepare(start=phone, now=NOW).url.endswith("/native")
    inside = Start(**{**vars(START), "openid": "oUpF8uMuAJO"})
    call = with_h5.prepare(start=inside, now=NOW)
    assert call.url.endswith("/jsapi")
    assert json.loads(call.body)["payer"] == {"openid": "oUpF8uMuAJO"}


@pytest.mark.parametrize(
    "changed", [{"currency": "USD"}, {"notify_url": "https://shop.example/inbound?c=7"}]
)
def test_what_wechat_would_refuse_is_refused_before_the_call(changed: dict[str, Any]) -> None:
    with pytest.raises(CannotStart):
        a_wechatpay().prepare(start=Start(**{**vars(START), **changed}), now=NOW)


def said(told: dict[str, Any] | None, *, status: int = 200, **more: Any) -> Answer:
    body = b"" if told is None else json.dumps(told, ensure_ascii=False).encode()
    headers = {name.title(): value for name, value in world.wechat_signed(body, **more).items()}
    return Answer(status, headers, body)


def test_pages_that_are_made() -> None:
    adapter = a_wechatpay()
    qr = {"code_url": "weixin://wxpay/bizpayurl?pr=abc"}
    page = adapter.read_prepared(start=START, answer=said(qr), now=NOW)
    assert page == PayPage(method="GET", url="", qr_text="weixin://wxpay/bizpayurl?pr=abc")
    inside = Start(**{**vars(START), "openid": "oUpF8uMuAJO"})
    made = said({"prepay_id": "wx201410272009395522657a690389285100"})
    page = adapter.read_prepared(start=inside, answer=made, now=NOW)
    assert isinstance(page, PayPage)
    terms = page.bridge
    text = "".join(f"{terms[name]}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
    assert rsa2.verify(world.rsa_key("merchant").public_key(), text.encode(), terms["paySign"])
    for odd in ({"code_url": "javascript:alert(1)"}, {"h5_url": "https://x.example"}, {"a": 1}):
        assert isinstance(adapter.read_prepared(start=START, answer=said(odd), now=NOW), Trouble)


def test_a_query_names_the_merchant_and_its_answer_is_verified() -> None:
    adapter = a_wechatpay()
    call = adapter.query(number=NUMBER, now=NOW)
    signed_by_us(call)
    assert call.url.endswith(f"/out-trade-no/{NUMBER}?mchid={world.MCHID}")
    told = adapter.read_query(number=NUMBER, answer=said(world.wechat_trade()), now=NOW)
    assert isinstance(told, Reading)
    assert (told.status, told.trade_no, told.amount_fen) == ("paid", TRADE_NO, 1990)
    for lie in (
        said(world.wechat_trade(), owner="stranger"),
        said(world.wechat_trade(), at=NOW - timedelta(minutes=6)),
        said(world.wechat_trade(out_trade_no="f" * 32)),
        said(world.wechat_trade(mchid="1900000002")),
        Answer(200, {}, json.dumps(world.wechat_trade()).encode()),
    ):
        told = adapter.read_query(number=NUMBER, answer=lie, now=NOW)
        assert isinstance(told, Trouble)
        assert told.kind == "unknown"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (500, "SYSTEM_ERROR", "retry_after"),
        (429, "FREQUENCY_LIMITED", "retry_after"),
        (401, "SIGN_ERROR", "person"),
        (403, "NO_AUTH", "person"),
        (400, "PARAM_ERROR", "person"),
        (418, "NEW_ONE", "unknown"),
    ],
)
def test_troubles_have_names(status: int, code: str, kind: str) -> None:
    answer = said({"code": code, "message": "出错"}, status=status)
    told = a_wechatpay().read_query(number=NUMBER, answer=answer, now=NOW)
    assert isinstance(told, Trouble)
    assert told.kind == kind


def test_silence_and_nonsense_are_unknown() -> None:
    for answer in (NoAnswer("TimeoutError"), Answer(302, {}, b""), Answer(200, {}, b"<html>")):
        told = a_wechatpay().read_query(number=NUMBER, answer=answer, now=NOW)
        assert isinstance(told, Trouble)
        assert told.kind == "unknown"


def test_only_a_signed_refusal_says_that_there_is_no_such_trade() -> None:
    missing = {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
    told = a_wechatpay().read_query(number=NUMBER, answer=said(missing, status=404), now=NOW)
    assert isinstance(told, Reading)
    assert told.status == "absent"
    lie = said(missing, status=404, owner="stranger")
    assert isinstance(a_wechatpay().read_query(number=NUMBER, answer=lie, now=NOW), Trouble)


def test_closing() -> None:
    adapter = a_wechatpay()
    call = adapter.close(number=NUMBER, now=NOW)
    signed_by_us(call)
    assert json.loads(call.body) == {"mchid": world.MCHID}
    done = adapter.read_close(number=NUMBER, answer=said(None, status=204), now=NOW)
    assert isinstance(done, Reading)
    assert done.status == "closed"
    again = said({"code": "ORDER_CLOSED"}, status=400)
    closed = adapter.read_close(number=NUMBER, answer=again, now=NOW)
    assert isinstance(closed, Reading)
    assert closed.status == "closed"
    paid = said({"code": "ORDER_PAID"}, status=400)
    assert isinstance(adapter.read_close(number=NUMBER, answer=paid, now=NOW), Trouble)


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"api_v3_key": "k" * 31}, "api_v3_key"),
        ({"api_v3_key": "密" * 11}, "api_v3_key"),
        ({"platform_key_id": ""}, "platform_key_id"),
        ({"platform_key": "AAAA"}, "platform_key"),
        ({"platform_key": "-----BEGIN CERTIFICATE-----\nAAAA"}, "platform_key"),
        ({"merchant_private_key": "AAAA"}, "merchant_private_key"),
        ({"mchid": "19 00"}, "mchid"),
        ({"gateway": "http://api.mch.weixin.qq.com"}, "gateway"),
    ],
)
def test_configuration_problems_name_the_setting_only(
    changed: dict[str, object], setting: str
) -> None:
    with pytest.raises(ConfigProblem) as problem:
        wechatpay.Config.parse(world.WECHAT_CONFIG | changed)
    assert problem.value.setting == setting
    assert "AAAA" not in str(problem.value)


def test_keys_do_not_show() -> None:
    assert world.API_V3_KEY not in repr(a_wechatpay())
    assert "RSA" not in repr(a_wechatpay())
