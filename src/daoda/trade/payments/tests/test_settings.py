"""A channel's settings: secrets go in, and only what is no secret comes out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from daoda.kit.configs import ConfigProblem
from daoda.records.shops import actions as shops
from daoda.records.shops.models import Shop
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Channel

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
CONFIG = {"gateway": "https://pay.example", "merchant": "m-1", "key": "k" * 40}


@pytest.fixture
def lamp(db: None) -> Shop:
    return shops.create(slug="lamp", name="Lamp", hosts=["lamp.example"], now=NOON)


def configure(shop: Shop, config: dict[str, str], *, keep_secrets: bool = True) -> Channel:
    return payments.configure(
        shop_id=shop.pk, code="sandbox", adapter="sandbox", title="Sandbox", config=config,
        actor="machine:test", now=NOON, keep_secrets=keep_secrets,
    )  # fmt: skip


def test_secrets_are_not_among_the_settings_shown(lamp: Shop) -> None:
    shown = payments.settings_shown(configure(lamp, CONFIG))
    assert shown == {"gateway": "https://pay.example", "merchant": "m-1"}


def test_a_secret_left_empty_stays_what_it_was(lamp: Shop) -> None:
    configure(lamp, CONFIG)
    channel = configure(lamp, {"gateway": "https://other.example", "merchant": "m-1", "key": ""})
    assert payments.settings_shown(channel)["gateway"] == "https://other.example"
    assert payments.adapter_of(channel).config.key == CONFIG["key"]  # type: ignore[attr-defined]


def test_without_keeping_a_missing_secret_is_refused_and_nothing_changes(lamp: Shop) -> None:
    before = configure(lamp, CONFIG)
    with pytest.raises(ConfigProblem):
        configure(lamp, {**CONFIG, "merchant": "m-2", "key": ""}, keep_secrets=False)
    assert payments.settings_shown(Channel.everywhere.get(pk=before.pk))["merchant"] == "m-1"
