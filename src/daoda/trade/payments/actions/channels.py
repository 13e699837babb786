"""Channels: set up by the operator, and their adapters."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from django.db import transaction

from daoda.kit import crypto, ids
from daoda.records.journal import actions as journal
from daoda.trade.payments.adapters import registry
from daoda.trade.payments.adapters.base import ChannelAdapter
from daoda.trade.payments.models import Channel


def configure(
    *,
    shop_id: uuid.UUID,
    code: str,
    adapter: str,
    title: str,
    config: Mapping[str, object],
    actor: str,
    now: datetime,
    enabled: bool = True,
    rank: int = 0,
    keep_secrets: bool = False,
) -> Channel:
    """Set up a channel, or change it. Raises ConfigProblem; then nothing is changed.

    With ``keep_secrets`` a secret that is left empty stays what it was, so that no page ever
    needs to show one.
    """
    with transaction.atomic():
        existing = Channel.everywhere.select_for_update().filter(shop_id=shop_id, code=code).first()
        if keep_secrets and existing is not None and existing.adapter == adapter:
            config = {**_secrets(existing), **{n: value for n, value in config.items() if value}}
        registry.adapter(adapter, config)
        channel_id = existing.pk if existing else ids.uuid7(now)
        text = json.dumps(dict(config)).encode()
        sealed = crypto.seal(text, aad=b"channel" + shop_id.bytes + channel_id.bytes)
        channel: Channel = Channel.everywhere.update_or_create(
            pk=channel_id,
            defaults={
                "shop_id": shop_id, "code": code, "adapter": adapter, "title": title,
                "key_id": sealed.key_id, "config": sealed.blob, "enabled": enabled, "rank": rank,
            },
        )[0]  # fmt: skip
        journal.write(
            kind="channel.configured", subject="channel", subject_id=channel_id, shop_id=shop_id,
            actor=actor, at=now, data={"code": code, "adapter": adapter, "enabled": enabled},
        )  # fmt: skip
    return channel


def set_enabled(*, channel_id: uuid.UUID, enabled: bool, actor: str, now: datetime) -> bool:
    """Offer a channel to buyers or stop offering it; notices are taken either way."""
    with transaction.atomic():
        moved: int = Channel.everywhere.filter(pk=channel_id, enabled=not enabled).update(
            enabled=enabled
        )
        if moved:
            channel = Channel.everywhere.get(pk=channel_id)
            journal.write(
                kind="channel.configured", subject="channel", subject_id=channel_id,
                shop_id=channel.shop_id, actor=actor, at=now, data={"enabled": enabled},
            )  # fmt: skip
    return bool(moved)


def adapter_of(channel: Channel) -> ChannelAdapter:
    """The adapter of a channel, kept while its configuration stays the same."""
    return open_adapter(
        channel.adapter, channel.key_id, bytes(channel.config), channel.shop_id, channel.pk
    )


@lru_cache(maxsize=256)
def open_adapter(
    code: str, key_id: str, config: bytes, shop_id: uuid.UUID, channel_id: uuid.UUID
) -> ChannelAdapter:
    """An adapter from its sealed configuration; parsing keys takes milliseconds, hence kept."""
    return registry.adapter(code, _unsealed(key_id, config, shop_id, channel_id))


def settings_shown(channel: Channel) -> dict[str, str]:
    """The settings of a channel that are no secrets, by name."""
    secret = _secret_names(channel.adapter)
    return {name: value for name, value in _config(channel).items() if name not in secret}


def _secrets(channel: Channel) -> dict[str, str]:
    secret = _secret_names(channel.adapter)
    return {name: value for name, value in _config(channel).items() if name in secret}


def _secret_names(adapter: str) -> set[str]:
    return {setting.name for setting in registry.SETTINGS[adapter] if setting.secret}


def _config(channel: Channel) -> dict[str, str]:
    return _unsealed(channel.key_id, bytes(channel.config), channel.shop_id, channel.pk)


def _unsealed(
    key_id: str, config: bytes, shop_id: uuid.UUID, channel_id: uuid.UUID
) -> dict[str, str]:
    raw = crypto.unseal(key_id, config, aad=b"channel" + shop_id.bytes + channel_id.bytes)
    found: dict[str, str] = json.loads(raw)
    return found
