"""Channels and the shop itself: secrets only go in, and every change is a fact."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from daoda.doors.web.operator.tests.world import KEY, World, at, facts
from daoda.records.shops.models import Shop
from daoda.trade.payments import actions as payments
from daoda.trade.payments.models import Channel

OTHER = "q" * 40


def test_no_page_shows_a_secret(operator: Client, world: World) -> None:
    for href in (at("channels"), at("channel", world.channel.pk)):
        page = operator.get(href).content.decode()
        assert KEY not in page
        assert f"/inbound/{world.channel.pk.hex}" in page


def test_a_secret_left_empty_stays_and_one_typed_counts(operator: Client, world: World) -> None:
    href = at("channel", world.channel.pk)
    typed = {
        "title": "Pay here", "rank": "3", "setting_gateway": "https://pay2.example",
        "setting_merchant": "m-1", "setting_key": "", "setting_previous_key": "",
    }  # fmt: skip
    assert operator.post(href, typed).status_code == 302
    row = Channel.everywhere.get()
    assert (row.title, row.rank, row.enabled) == ("Pay here", 3, True)
    config: Any = payments.adapter_of(row).config  # type: ignore[attr-defined]  # the sandbox's
    assert (config.key, config.gateway) == (KEY, "https://pay2.example")
    assert operator.post(href, {**typed, "setting_key": OTHER}).status_code == 302
    changed: Any = payments.adapter_of(Channel.everywhere.get())
    assert changed.config.key == OTHER


def test_what_an_adapter_refuses_is_said_beside_its_setting(operator: Client, world: World) -> None:
    href = at("channel", world.channel.pk)
    good = {
        "title": "x", "rank": "0", "setting_gateway": "https://pay.example",
        "setting_merchant": "m-1",
    }  # fmt: skip
    for name, value in (
        ("setting_key", "short"),
        ("setting_gateway", "http://pay.example"),
        ("setting_gateway", "not an address"),
        ("setting_merchant", ""),
        ("rank", "many"),
        ("title", ""),
    ):
        answer = operator.post(href, {**good, name: value})
        assert answer.status_code == 422, name
        page = answer.content.decode()
        assert f'id="id_{name}_error"' in page, name
        assert "short" not in page  # a secret is not repeated, wrong or right


def test_a_new_channel_is_offered_only_when_it_is_switched_on(
    operator: Client, world: World
) -> None:
    typed = {
        "title": "Second", "rank": "1", "setting_gateway": "https://epay.example",
        "setting_pid": "1001", "setting_key": "e" * 32, "setting_type": "cashier",
        "setting_entry": "submit", "setting_refunds": "no",
    }  # fmt: skip
    assert operator.post(at("new_channel", "epay"), {}).status_code == 422
    assert operator.post(at("new_channel", "epay"), typed).status_code == 302
    row = Channel.everywhere.get(code="epay")
    assert not row.enabled
    assert operator.post(at("offer", row.pk)).status_code == 302
    assert Channel.everywhere.get(code="epay").enabled
    assert operator.post(at("pause", row.pk)).status_code == 302
    assert facts(row.pk) == ["channel.configured"] * 3
    assert operator.post(at("new_channel", "epay"), typed).status_code == 302
    assert Channel.everywhere.filter(code="epay-2").exists()
    assert operator.get(at("new_channel", "paypal")).status_code == 404


def test_the_shop_is_renamed_and_coloured(operator: Client, lamp: Shop) -> None:
    typed = {
        "name": "New Lamp", "tagline": "It arrives", "accent_colour": "#2266AA", "footer": "Ltd",
        "filing_number": "ICP-1", "time_zone": "Asia/Shanghai",
    }  # fmt: skip
    assert operator.post(at("shop"), typed).status_code == 302
    lamp.refresh_from_db()
    assert (lamp.name, lamp.accent_colour, lamp.filing_number) == ("New Lamp", "#2266aa", "ICP-1")
    assert facts(lamp.pk) == ["shop.configured"]
    assert operator.post(at("shop"), typed).status_code == 302  # nothing changed, nothing told
    assert facts(lamp.pk) == ["shop.configured"]
    for more in ({"accent_colour": "blue"}, {"name": ""}, {"time_zone": "Mars/Base"}):
        assert operator.post(at("shop"), {**typed, **more}).status_code == 422, more


def test_a_logo_is_shown_and_taken_away(
    operator: Client, lamp: Shop, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    stored = io.BytesIO()
    Image.new("RGB", (20, 20), "navy").save(stored, "PNG")
    assert operator.post(at("logo"), {}).status_code == 422
    wrong = SimpleUploadedFile("a.png", b"no picture", "image/png")
    assert operator.post(at("logo"), {"logo": wrong}).status_code == 422
    good = SimpleUploadedFile("a.png", stored.getvalue(), "image/png")
    assert operator.post(at("logo"), {"logo": good}).status_code == 302
    lamp.refresh_from_db()
    assert operator.get(lamp.logo).status_code == 200
    assert operator.post(at("logo"), {"remove": "on"}).status_code == 302
    lamp.refresh_from_db()
    assert lamp.logo == ""
