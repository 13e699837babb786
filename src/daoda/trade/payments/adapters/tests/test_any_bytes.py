"""Whatever arrives becomes a reading and a copy that PostgreSQL can hold."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoda.kit.configs import ConfigProblem
from daoda.kit.http import Answer
from daoda.trade.payments.adapters import registry, wire
from daoda.trade.payments.adapters.base import (
    EVENT_KEY_CHARS_MAX,
    NUMBER_CHARS_MAX,
    ChannelAdapter,
    Notice,
    Reading,
    Trouble,
)
from daoda.trade.payments.adapters.tests import world
from daoda.trade.payments.adapters.tests.world import NOW, NUMBER

pytestmark = pytest.mark.slow

ADAPTERS: list[ChannelAdapter] = [
    world.an_alipay(),
    world.an_epay(),
    world.a_sandbox(),
    world.a_wechatpay(),
    world.a_stripe(),
]
adapters = st.sampled_from(ADAPTERS)
words = st.text(max_size=40)
fields = st.dictionaries(
    st.sampled_from([*world.alipay_fields(), *world.epay_fields(), "sign", "sign_type"]) | words,
    words,
)
bodies = (
    st.binary(max_size=400)
    | fields.map(lambda form: urlencode(form, errors="replace").encode())
    | st.recursive(words | st.integers() | st.none() | st.floats(), st.lists).map(
        lambda value: json.dumps(value).encode()
    )
    | fields.map(lambda form: json.dumps(form).encode())
)
headers = st.dictionaries(
    st.sampled_from(
        ["content-type", "stripe-signature", *world.sealed(b""), *world.wechat_signed(b"")]
    ),
    words,
)


def holds(reading: Reading, copy: dict[str, Any]) -> None:
    assert 0 < len(reading.event_key) <= EVENT_KEY_CHARS_MAX
    assert max(len(reading.out_number), len(reading.trade_no)) <= NUMBER_CHARS_MAX
    for text in (
        reading.event_key,
        reading.detail,
        reading.out_number,
        reading.payer,
        *texts(copy),
    ):
        assert "\x00" not in text
        text.encode()


def texts(copy: dict[str, Any]) -> list[str]:
    inside = [text for value in copy.values() if isinstance(value, dict) for text in texts(value)]
    return [*copy, *inside, *(value for value in copy.values() if isinstance(value, str))]


@given(adapter=adapters, method=words, headers=headers, query=words, body=bodies)
def test_any_notice_becomes_a_reading(
    adapter: ChannelAdapter, method: str, headers: dict[str, str], query: str, body: bytes
) -> None:
    for how in (method, "POST"):
        notice = Notice(how, headers, query if how == method else "", body)
        reading = adapter.read(notice=notice, now=NOW)
        assert reading.verdict in {"forged", "unreadable", "probe"}
        assert reading.out_number == reading.trade_no == ""
        holds(reading, adapter.mask(notice=notice))


@given(changed=st.dictionaries(st.sampled_from([*world.alipay_fields()]), words))
def test_signed_nonsense_of_alipay_becomes_a_reading(changed: dict[str, str]) -> None:
    notice = world.alipay_notice(**changed)
    holds(world.an_alipay().read(notice=notice, now=NOW), world.an_alipay().mask(notice=notice))


@given(changed=st.dictionaries(st.sampled_from([*world.epay_fields()]), words))
def test_signed_nonsense_of_epay_becomes_a_reading(changed: dict[str, str]) -> None:
    notice = world.epay_notice(**changed)
    holds(world.an_epay().read(notice=notice, now=NOW), world.an_epay().mask(notice=notice))


@given(
    changed=st.dictionaries(
        st.sampled_from([*world.sandbox_fields()]),
        words | st.integers() | st.none() | st.booleans() | st.lists(words),
    )
)
def test_signed_nonsense_of_the_sandbox_becomes_a_reading(changed: dict[str, Any]) -> None:
    notice = world.sandbox_notice(changed)
    holds(world.a_sandbox().read(notice=notice, now=NOW), world.a_sandbox().mask(notice=notice))


anything = words | st.integers() | st.none() | st.booleans() | st.lists(words)


@given(
    changed=st.dictionaries(
        st.sampled_from([*world.wechat_trade(), "refund_status"]),
        anything | st.dictionaries(st.sampled_from(["total", "currency", "openid"]), anything),
    )
)
def test_signed_nonsense_of_wechat_becomes_a_reading(changed: dict[str, Any]) -> None:
    notice = world.wechat_notice(**changed)
    adapter = world.a_wechatpay()
    holds(adapter.read(notice=notice, now=NOW), adapter.mask(notice=notice))


@given(
    kind=st.sampled_from(["checkout.session.completed", "charge.refunded", "refund.updated"])
    | words,
    changed=st.dictionaries(
        st.sampled_from([*world.stripe_session(), "metadata", "amount", "amount_refunded"]),
        anything | st.dictionaries(st.sampled_from(["number", "payment"]), anything),
    ),
)
def test_signed_nonsense_of_stripe_becomes_a_reading(kind: str, changed: dict[str, Any]) -> None:
    notice = world.stripe_notice(world.stripe_event(world.stripe_session(**changed), kind=kind))
    adapter = world.a_stripe()
    holds(adapter.read(notice=notice, now=NOW), adapter.mask(notice=notice))


@given(adapter=adapters, status=st.integers(100, 599), body=bodies)
def test_any_answer_becomes_a_reading_or_a_trouble(
    adapter: ChannelAdapter, status: int, body: bytes
) -> None:
    for read in (adapter.read_query, adapter.read_close):
        said = read(number=NUMBER, answer=Answer(status, {}, body), now=NOW)
        assert isinstance(said, Trouble) or said.status == "absent"


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: type(adapter).__name__)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"&&&",
        b"=1",
        b"a=1&a=1",
        b"a=%zz",
        b"a=%00",
        b"a=%ed%a0%80",
        b"a=\xff",
        b"[" * 60_000,
        b"9" * 60_000,
        b"a=1&" * 20_000,
        b"x" * 70_000,
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
    ],
)
def test_known_nasty_bytes(adapter: ChannelAdapter, body: bytes) -> None:
    notice = world.posted(body, world.sealed(body))
    reading = adapter.read(notice=notice, now=NOW)
    assert reading.verdict in {"forged", "unreadable"}
    holds(reading, adapter.mask(notice=notice))


def test_unreadable_copies_are_scrubbed() -> None:
    body = b"phone=13800138000&mail=jo%40mail.example&mail=me@mail.example\x00"
    for adapter in ADAPTERS:
        copy = str(adapter.mask(notice=world.posted(body)))
        assert "13800138000" not in copy
        assert "mail.example" not in copy
        assert "sha256" in copy


@pytest.mark.parametrize(
    "text",
    [
        "mei@example.cn",
        "by mei@example.cn, soon",
        "mei%40example.cn",
        "a@b.c+mei@example.cn",
        "x" * 300 + "mei@example.cn",
        "<mei@example.cn>\x07",
        "call 13800138000 or mei@example.cn",
    ],
)
def test_an_address_is_hidden_wherever_it_stands(text: str) -> None:
    kept = wire.shown(text, chars=400)
    assert "mei" not in kept
    assert "13800138000" not in kept
    assert kept.isprintable()


def test_the_registry_knows_its_channels() -> None:
    made = registry.adapter("sandbox", world.SANDBOX_CONFIG)
    assert made == world.a_sandbox()
    assert set(registry.ADAPTERS) == set(registry.SETTINGS) == {
        "alipay", "epay", "sandbox", "stripe", "wechatpay",
    }  # fmt: skip
    secrets = [s.name for s in registry.SETTINGS["alipay"] if s.secret]
    assert secrets == ["app_private_key"]
    with pytest.raises(ConfigProblem):
        registry.adapter("paypal", {})
