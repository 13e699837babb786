"""Words for times, money, owners and numbers, so that every page says them the same way.

The tags that speak of time read `now` from the context: the one reading of the database clock the
view made. A page without it fails at once rather than showing a wrong "today".
"""

from datetime import datetime
from typing import Any
from zlib import crc32

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from daoda.doors.web import amounts, moments, owners
from daoda.kit.money import yuan
from daoda.trade.orders import rules

register = template.Library()

TINTS = 6


@register.simple_tag(takes_context=True)
def moment(context: template.Context, at: datetime, style: str = "") -> SafeString:
    """The day and time, with the exact time behind it.

    Styles: "seconds"; "short", which leaves out today; "short-seconds".
    """
    now, seconds = context["now"], style.endswith("seconds")
    if style.startswith("short"):
        return _time(at, moments.short(at, now=now, seconds=seconds))
    return _time(at, moments.day_and_time(at, now=now, seconds=seconds))


@register.simple_tag(takes_context=True)
def due(context: template.Context, at: datetime, style: str = "") -> SafeString:
    """The date of a promise: never a minute before it, on every page, with the exact one behind.

    Styles: "short", which leaves out today.
    """
    say = moments.short if style == "short" else moments.day_and_time
    return _time(at, say(rules.shown(at), now=context["now"]))


@register.simple_tag(takes_context=True)
def ago(context: template.Context, at: datetime) -> SafeString:
    """How long ago, or in how long, with the exact time behind it."""
    return _time(at, moments.ago(at, now=context["now"]))


@register.simple_tag
def span_between(start: datetime, end: datetime) -> str:
    """The length from start to end, in words."""
    return moments.span(end - start)


@register.filter
def exact(at: datetime) -> str:
    """The time to the second with its distance from UTC."""
    return moments.exact(at)


def _time(at: datetime, says: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(), moments.exact(at), says
    )


@register.filter
def owner(text: str | None) -> str:
    """Whose turn it is, in words."""
    return owners.words(text or "")


@register.filter
def money(fen: int, currency: str = "CNY") -> SafeString:
    """¥12.34, kept on one line."""
    return format_html(
        '<span class="money"><span class="money-sign">{}</span>{}</span>',
        amounts.sign(currency),
        yuan(fen),
    )


@register.filter
def order_number(number: str) -> str:
    """A short number in its two halves: 7K3QF-92MXD."""
    return f"{number[:5]}-{number[5:]}" if len(number) == 10 else number


@register.filter
def tint(text: str) -> int:
    """The same tile for the same product, in every process."""
    return crc32(text.encode()) % TINTS


@register.filter
def initials(title: str) -> str:
    """What a tile without a picture shows: two Chinese characters, or one word's first letters."""
    letters = "".join(character for character in title if character.isalnum())
    return letters[:2]


@register.simple_tag
def labelled(label: Any, text: Any) -> str:
    """ "label: text" as the language writes it."""
    return _("%(label)s: %(text)s") % {"label": label, "text": text}
