"""The ways to pay as the desk shows them: what each can do, and where it sends its notices."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from daoda.doors.web.operator.forms.channels import ABOUT, ADAPTERS
from daoda.doors.web.operator.queries import words
from daoda.trade.payments import actions as payments
from daoda.trade.payments import queries
from daoda.trade.payments.adapters.registry import SETTINGS
from daoda.trade.payments.models import Channel


@dataclass(frozen=True, kw_only=True)
class ShownChannel:
    """A channel without its secrets."""

    row: Channel
    adapter: str
    notify: str
    signs: str
    can: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """An adapter one may set up a channel with."""

    code: str
    name: str
    about: str


def channels() -> tuple[ShownChannel, ...]:
    """Every channel, offered or not."""
    return tuple(shown(row) for row in queries.every_channel())


def shown(row: Channel) -> ShownChannel:
    """A channel and what it can do."""
    capability = payments.adapter_of(row).capability
    return ShownChannel(
        row=row,
        adapter=words.of(ADAPTERS, row.adapter),
        notify=f"{settings.DAODA.base_url}/inbound/{row.pk.hex}",
        signs=capability.signs,
        can=(
            (_("answers queries"), capability.queries),
            (_("closes unpaid pages"), capability.closes),
            (_("refunds by itself"), capability.refunds),
            (_("notices count only when confirmed"), capability.confirms_by_query),
        ),
    )


def kinds() -> tuple[Kind, ...]:
    """What can be set up."""
    return tuple(
        Kind(code=code, name=words.of(ADAPTERS, code), about=words.of(ABOUT, code))
        for code in SETTINGS
    )
