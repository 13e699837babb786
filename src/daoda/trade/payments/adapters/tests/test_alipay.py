"""Alipay as its documents and its own SDK tests show it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from daoda.kit.configs import ConfigProblem
from daoda.kit.http import Answer, NoAnswer
from daoda.trade.payments.adapters import alipay, rsa2
from daoda.trade.payments.adapters.base import CannotStart, Reading, Start, Trouble
from daoda.trade.payments.adapters.tests import world
from daoda.trade.payments.adapters.tests.world import NOW, NUMBER, START, an_alipay

# A real payment notice of 2019, printed in the tests of Alipay's own SDK for Node.
REAL_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqObrdC7hrgAVM98tK0nv3hSQRGGKT4lBsQjHiGjeYZjOPIPH"
    "R5knm2jnnz/YGIXIofVHkA/tAlBAd5DrY7YpvI4tP5EONLtZKC2ghBMx7McI2wRD0xiqzxOQr1FuhZGJ8/AUokBzJrzY"
    "+aGX2xcOrxFYRlFilvVLTXg4LWjR1tdPkO6+i7wQZAIVMClPkwVRZEbaERRHlKqTzv2gGv5rDU8gRoe1LeaN+6BlbTqH"
    "WkQcNCUNrA8C6l17XAXGKDsm/9TFWwO8EPHHHCaQdjtV5/FdcWIt+L8SR1ss7EXTjYDFtxcKVv9rEoY1lX8T4mX+GbXf"
    "ZHraG5NCF1+XioL5JwIDAQAB"
)
REAL_FIELDS = {
    "gmt_create": "2019-08-15 15:56:22",
    "charset": "utf-8",
    "seller_email": "z97-yuquerevenue@service.aliyun.com",
    "subject": "语雀空间 500人规模",
    "sign": (
        "QfTb8tqE1BMhS5qAnXtvsF3/jBkEvu9q9en0pdbBUDDjvKycZhQb7h8GDs4FKfi049PynaNuatxSgLb/nLWZpXyy"
        "h0LEWdK2S6Ri7nPwrVgOs08zugLO20vOQz44y3ti2Ncm8/wZts1Fr2gZ7pShnVX3d1B50hbsXnObT1r/U8ONNQjW"
        "Xd0HIul4TG+Q3fm3svmSvFEy0WnzuhcyHPX5Gm4ELNctL6Qd5YniGJFNcc7kopHYtI/XD9YCKCH6Ct02rzUs9i11"
        "C9CsadtZn+WhxF26Dqt9sGEFajkJ8cxUTLi8+VCpLHsgPE8P0y095uQcDdK0YjCh4x7wVSov+lrmOQ=="
    ),
    "buyer_id": "2088102534368455",
    "invoice_amount": "0.10",
    "notify_id": "2019081500222155624068450559358070",
    "fund_bill_list": '[{"amount":"0.10","fundChannel":"ALIPAYACCOUNT"}]',
    "notify_type": "trade_status_sync",
    "trade_status": "TRADE_SUCCESS",
    "receipt_amount": "0.10",
    "buyer_pay_amount": "0.10",
    "sign_type": "RSA2",
    "app_id": "2019073166072302",
    "seller_id": "2088531891668739",
    "gmt_payment": "2019-08-15 15:56:24",
    "notify_time": "2019-08-15 15:56:25",
    "version": "1.0",
    "out_trade_no": "20190815155618536-564-57",
    "total_amount": "0.10",
    "trade_no": "2019081522001468450512505578",
    "auth_app_id": "2019073166072302",
    "buyer_logon_id": "xud***@126.com",
    "point_amount": "0.00",
}


def real_merchant() -> alipay.Alipay:
    return alipay.Alipay(
        alipay.Config.parse(
            world.ALIPAY_CONFIG
            | {
                "app_id": "2019073166072302",
                "seller_id": "2088531891668739",
                "alipay_public_key": REAL_KEY,
            }
        )
    )


def read_form(adapter: alipay.Alipay, fields: dict[str, str]) -> Reading:
    return adapter.read(notice=world.posted(urlencode(fields).encode()), now=NOW)


def test_a_real_notice_of_2019_is_read() -> None:
    reading = read_form(real_merchant(), REAL_FIELDS)
    assert reading == Reading(
        verdict="genuine",
        event_key="2019081500222155624068450559358070",
        detail="Alipay says TRADE_SUCCESS",
        out_number="20190815155618536-564-57",
        trade_no="2019081522001468450512505578",
        amount_fen=10,
        currency="CNY",
        status="paid",
        paid_at=datetime(2019, 8, 15, 7, 56, 24, tzinfo=UTC),
        payer="2088***8455",
    )


@pytest.mark.parametrize("name", [name for name in REAL_FIELDS if name != "sign_type"])
def test_changing_any_signed_field_makes_it_forged(name: str) -> None:
    changed = REAL_FIELDS | {name: REAL_FIELDS[name] + "1"}
    assert read_form(real_merchant(), changed).verdict == "forged"


@pytest.mark.parametrize("name", [name for name in REAL_FIELDS if name != "sign_type"])
def test_leaving_any_signed_field_out_makes_it_forged(name: str) -> None:
    fields = {key: value for key, value in REAL_FIELDS.items() if key != name}
    assert read_form(real_merchant(), fields).verdict == "forged"


def test_every_case_of_the_vectors(vectors: Callable[[str], Any]) -> None:
    for case in vectors("alipay_notify")["cases"]:
        params, key = case["params"], rsa2.public_key("key", case["public_key"])
        left_out = {
            "drop_sign_and_sign_type": ("sign", "sign_type"),
            "drop_sign_only": ("sign",),
        }[case["content_rule"]]
        text = alipay.signed_text(params, left_out=left_out)
        assert text == case["string_to_sign"], case["id"]
        assert rsa2.verify(key, text.encode(), params["sign"]) is case["expected_valid"], case["id"]
        if left_out == ("sign", "sign_type"):
            reading = real_merchant().read(notice=world.posted(case["form_body"].encode()), now=NOW)
            assert (reading.verdict == "genuine") is case["expected_valid"], case["id"]


@pytest.mark.parametrize(
    "changed", [{"app_id": "2021000100000009"}, {"seller_id": "2088000100000009"}]
)
def test_a_notice_for_another_app_or_seller_is_told_apart(changed: dict[str, str]) -> None:
    reading = an_alipay().read(notice=world.alipay_notice(**changed), now=NOW)
    assert (reading.verdict, reading.out_number) == ("wrong_merchant", NUMBER)


def test_a_repeat_with_a_new_time_has_the_same_event() -> None:
    first = an_alipay().read(notice=world.alipay_notice(), now=NOW)
    again = an_alipay().read(notice=world.alipay_notice(notify_time="2026-11-22 12:04:01"), now=NOW)
    assert first.event_key == again.event_key


def test_a_forged_notice_cannot_take_the_place_of_the_true_one() -> None:
    true = an_alipay().read(notice=world.alipay_notice(), now=NOW)
    forged = an_alipay().read(notice=world.alipay_notice(owner="stranger"), now=NOW)
    assert forged.verdict == "forged"
    assert forged.event_key != true.event_key
    assert (forged.out_number, forged.trade_no, forged.amount_fen) == ("", "", None)


@pytest.mark.parametrize(
    ("changed", "status", "amount_fen"),
    [
        ({"trade_status": "TRADE_FINISHED"}, "paid", 1990),
        ({"trade_status": "WAIT_BUYER_PAY"}, "pending", 1990),
        ({"trade_status": "TRADE_SOMETHING"}, "unknown", 1990),
        ({"trade_status": "TRADE_CLOSED"}, "refunded", None),
        ({"refund_fee": "5.00", "gmt_refund": "2026-11-23 12:00:00"}, "refunded", 500),
        ({"total_amount": "19.9"}, "unknown", None),
        ({"total_amount": "19.900"}, "unknown", None),
        ({"total_amount": "1.99e1"}, "unknown", None),
        ({"total_amount": "-19.90"}, "unknown", None),
        ({"total_amount": "１９.90"}, "unknown", None),
        ({"total_amount": "0.00"}, "unknown", None),
    ],
)
def test_statuses_and_amounts_are_a_closed_world(
    changed: dict[str, str], status: str, amount_fen: int | None
) -> None:
    reading = an_alipay().read(notice=world.alipay_notice(**changed), now=NOW)
    assert (reading.verdict, reading.status, reading.amount_fen) == ("genuine", status, amount_fen)


def test_a_trade_closed_unpaid_is_closed() -> None:
    fields = world.alipay_fields(trade_status="TRADE_CLOSED")
    del fields["gmt_payment"]
    assert read_form(an_alipay(), world.alipay_signed(fields)).status == "closed"


def test_a_field_sent_twice_is_unreadable() -> None:
    body = world.alipay_notice().body + b"&total_amount=0.01"
    assert an_alipay().read(notice=world.posted(body), now=NOW).verdict == "unreadable"


def test_sha1_signatures_are_not_accepted() -> None:
    fields = world.alipay_signed(world.alipay_fields()) | {"sign_type": "RSA"}
    assert read_form(an_alipay(), fields).detail == "the signature is not RSA2"


def test_the_answer_is_the_bare_word() -> None:
    assert an_alipay().answer(accepted=True).body == b"success"
    assert an_alipay().answer(accepted=False).body != b"success"


def test_the_pay_page_is_signed_by_our_app() -> None:
    page = an_alipay().start(start=START, now=NOW)
    fields = dict(parse_qsl(urlsplit(page.url).query, strict_parsing=True))
    sign = fields.pop("sign")
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    assert rsa2.verify(world.rsa_key("app").public_key(), text.encode(), sign)
    assert fields["method"] == "alipay.trade.page.pay"
    assert fields["timestamp"] == "2026-11-22 12:00:00"
    assert json.loads(fields["biz_content"]) == {
        "out_trade_no": NUMBER,
        "total_amount": "19.90",
        "subject": "VIP会员 1 月",
        "product_code": "FAST_INSTANT_TRADE_PAY",
        "time_expire": "2026-11-22 12:15:00",
    }


def test_a_phone_gets_the_phone_page() -> None:
    on_phone = Start(**{**vars(START), "phone": True})
    query = parse_qs(urlsplit(an_alipay().start(start=on_phone, now=NOW).url).query)
    assert query["method"] == ["alipay.trade.wap.pay"]
    assert json.loads(query["biz_content"][0])["product_code"] == "QUICK_WAP_WAY"


@pytest.mark.parametrize("changed", [{"amount_fen": 0}, {"currency": "USD"}, {"number": "7"}])
def test_what_cannot_be_paid_is_refused_before_the_page(changed: dict[str, Any]) -> None:
    with pytest.raises(CannotStart):
        an_alipay().start(start=Start(**{**vars(START), **changed}), now=NOW)


def answered(
    node: dict[str, Any], *, kind: str = "query", owner: str = "alipay", blank: str = ""
) -> Answer:
    raw = json.dumps(node, ensure_ascii=False, separators=(f",{blank}", f":{blank}"))
    sign = rsa2.sign(world.rsa_key(owner), raw.encode())
    text = f'{{"alipay_trade_{kind}_response":{blank}{raw},"sign":"{sign}"}}'
    return Answer(status=200, headers={}, body=text.encode())


PAID_NODE = {
    "code": "10000",
    "msg": "Success",
    "out_trade_no": NUMBER,
    "trade_no": "2026112222001400000000000001",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "19.90",
    "send_pay_date": "2026-11-22 11:59:59",
    "buyer_logon_id": '138****8000"}, {',
    "buyer_user_id": "2088102534368455",
}


@pytest.mark.parametrize("blank", ["", " ", "\n  "])
def test_a_signed_answer_to_a_query_is_read_as_sent(blank: str) -> None:
    reading = an_alipay().read_query(
        number=NUMBER, answer=answered(PAID_NODE, blank=blank), now=NOW
    )
    assert isinstance(reading, Reading)
    assert (reading.status, reading.amount_fen) == ("paid", 1990)
    assert reading.paid_at == datetime(2026, 11, 22, 3, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (NoAnswer("TimeoutError"), "unknown"),
        (Answer(502, {}, b""), "retry_after"),
        (Answer(403, {}, b""), "person"),
        (Answer(302, {}, b""), "unknown"),
        (Answer(200, {}, b"<html>"), "unknown"),
        (Answer(200, {}, b"{}"), "unknown"),
        (Answer(200, {}, b"[" * 60000), "unknown"),
        (Answer(200, {}, b'{"a":1}' + b" " * 100_000), "unknown"),
        (answered(PAID_NODE, owner="stranger"), "unknown"),
        (answered(PAID_NODE | {"out_trade_no": "f" * 32}), "unknown"),
        (answered(PAID_NODE, kind="close"), "unknown"),
        (answered({"code": "20000", "sub_code": "aop.unknow-error"}), "retry_after"),
        (answered({"code": "40002", "sub_code": "isv.invalid-signature"}), "person"),
        (answered({"code": "40004", "sub_code": "ACQ.INVALID_PARAMETER"}), "never"),
        (answered({"code": "40004", "sub_code": "ACQ.NEW"}), "unknown"),
    ],
)
def test_troubles_have_names(answer: Answer | NoAnswer, kind: str) -> None:
    trouble = an_alipay().read_query(number=NUMBER, answer=answer, now=NOW)
    assert isinstance(trouble, Trouble)
    assert trouble.kind == kind
    assert (trouble.wait_s > 0) is (kind == "retry_after")


def test_one_changed_character_of_a_signed_answer_is_unknown() -> None:
    body = answered(PAID_NODE).body
    changed = Answer(200, {}, body.replace(b'"19.90"', b'"19.99"'))
    assert isinstance(an_alipay().read_query(number=NUMBER, answer=changed, now=NOW), Trouble)


def test_two_response_nodes_are_not_read() -> None:
    body = answered(PAID_NODE).body
    twice = Answer(200, {}, body[:-1] + b',"alipay_trade_query_response":{"code":"10000"}}')
    assert isinstance(an_alipay().read_query(number=NUMBER, answer=twice, now=NOW), Trouble)


def test_a_trade_alipay_does_not_know_yet_is_absent() -> None:
    answer = answered({"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"})
    reading = an_alipay().read_query(number=NUMBER, answer=answer, now=NOW)
    assert isinstance(reading, Reading)
    assert reading.status == "absent"


def test_closing_a_trade() -> None:
    call = an_alipay().close(number=NUMBER, now=NOW)
    assert parse_qs(call.body.decode())["method"] == ["alipay.trade.close"]
    node = {"code": "10000", "out_trade_no": NUMBER, "trade_no": "2026112222001400000000000001"}
    reading = an_alipay().read_close(number=NUMBER, answer=answered(node, kind="close"), now=NOW)
    assert isinstance(reading, Reading)
    assert reading.status == "closed"


def test_the_kept_copy_has_no_payer() -> None:
    copy = json.dumps(an_alipay().mask(notice=world.alipay_notice(subject="call 13800138000")))
    assert "13800138000" not in copy
    assert "2088102534368455" not in copy
    assert "2026112222001400000000000001" in copy


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"app_id": ""}, "app_id"),
        ({"seller_id": 7}, "seller_id"),
        ({"app_private_key": "AAAA"}, "app_private_key"),
        ({"app_private_key": world.ALIPAY_CONFIG["alipay_public_key"]}, "app_private_key"),
        ({"alipay_public_key": "ключ"}, "alipay_public_key"),
        ({"gateway": "http://openapi.alipay.com/gateway.do"}, "gateway"),
        ({"gateway": "https://[::"}, "gateway"),
        ({"phone_page": "perhaps"}, "phone_page"),
        ({"unheard": "of"}, "unheard"),
    ],
)
def test_configuration_problems_name_the_setting_only(
    changed: dict[str, object], setting: str
) -> None:
    with pytest.raises(ConfigProblem) as problem:
        alipay.Config.parse({**world.ALIPAY_CONFIG, **changed})
    assert problem.value.setting == setting
    assert "AAAA" not in str(problem.value)


def test_keys_are_read_as_pem_too_and_never_shown() -> None:
    pem = f"-----BEGIN PUBLIC KEY-----\n{REAL_KEY}\n-----END PUBLIC KEY-----\n"
    config = alipay.Config.parse(world.ALIPAY_CONFIG | {"alipay_public_key": pem})
    assert "Key" not in repr(config)
    assert world.ALIPAY_CONFIG["app_private_key"][:20] not in repr(alipay.Alipay(config))
