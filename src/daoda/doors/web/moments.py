"""Times as people say them, in the reader's zone (the one Django has activated)."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def clock_time(at: datetime, *, seconds: bool = False) -> str:
    """10:02, or 10:02:07."""
    return timezone.localtime(at).strftime("%H:%M:%S" if seconds else "%H:%M")


def same_day(one: datetime, other: datetime) -> bool:
    """Whether both fall on one day where the reader is."""
    return timezone.localtime(one).date() == timezone.localtime(other).date()


def day(at: datetime, *, now: datetime) -> str:
    """The day beside today: "today", "tomorrow", "yesterday", or a date."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    apart = (local.date() - today.date()).days
    near = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    if apart in near:
        return near[apart]
    words = {"year": local.year, "month": local.month, "day": local.day}
    if local.year == today.year:
        return _("%(month)s/%(day)s") % words
    return _("%(year)s-%(month)s-%(day)s") % words


def day_and_time(at: datetime, *, now: datetime, seconds: bool = False) -> str:
    """ "18:05 today": the day in words, the time to the minute or the second."""
    return _("%(time)s %(day)s") % {
        "day": day(at, now=now),
        "time": clock_time(at, seconds=seconds),
    }


def short(at: datetime, *, now: datetime, seconds: bool = False) -> str:
    """The time alone if it is of today, else the day too."""
    if same_day(at, now):
        return clock_time(at, seconds=seconds)
    return day_and_time(at, now=now, seconds=seconds)


def exact(at: datetime) -> str:
    """2026-07-04 18:05:00 UTC+08:00."""
    local = timezone.localtime(at)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} UTC{offset[:3]}:{offset[3:]}"


def span(length: timedelta) -> str:
    """A length of time in its two largest units: "2 h 5 min", "9 min", "40 s"."""
    total = abs(int(length.total_seconds()))
    if total < 60:
        return ngettext("%(n)s second", "%(n)s seconds", total) % {"n": total}
    minutes = total // 60
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        whole = ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
        if not rest:
            return whole
        part = ngettext("%(n)s minute", "%(n)s minutes", rest) % {"n": rest}
        return _("%(hours)s %(minutes)s") % {"hours": whole, "minutes": part}
    days = hours // 24
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def ago(at: datetime, *, now: datetime) -> str:
    """ "just now", "3 minutes ago", "in 12 minutes"."""
    length = now - at
    if abs(length) < timedelta(seconds=5):
        return _("just now")
    if length > timedelta(0):
        return _("%(span)s ago") % {"span": span(length)}
    return _("in %(span)s") % {"span": span(length)}


def seconds_span(seconds: int) -> str:
    """A wait in seconds, in words; rounded up where minutes are told."""
    return span(timedelta(seconds=seconds if seconds < 60 else -(-seconds // 60) * 60))
