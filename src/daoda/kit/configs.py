"""The configuration of an outside party: every field named, checked, never repeated in errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

SETTING_CHARS_MAX = 8192


class ConfigProblem(ValueError):
    """A configuration cannot be used. ``setting`` names the field; values never show."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem


@dataclass(frozen=True)
class Setting:
    """One field of a configuration, as the operator's page shows and fills it.

    ``lines`` lets it have several, as a key in PEM form has.
    """

    name: str
    secret: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    lines: bool = False


def read(raw: Mapping[str, object], settings: Sequence[Setting]) -> dict[str, str]:
    """The values by name, blanks cut off, defaults filled in. Raises ConfigProblem."""
    for name in raw:
        if name not in {setting.name for setting in settings}:
            raise ConfigProblem(str(name)[:64], "is not a setting of this kind")
    return {setting.name: _value(raw.get(setting.name), setting) for setting in settings}


def gateway(name: str, value: str) -> str:
    """A base address: https, or http to this machine, a private network or a bare host name.

    Over open http a stranger reads keys and buyers' accounts and forges answers. Raises
    ConfigProblem.
    """
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ConfigProblem(name, "is not an address") from None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise ConfigProblem(name, "must be an address like https://host/path")
    if parts.username is not None or not value.isascii() or " " in value:
        raise ConfigProblem(name, "must be a plain address")
    if parts.scheme == "http" and not _near(host):
        raise ConfigProblem(name, "must use https")
    return value.rstrip("/")


def _value(given: object, setting: Setting) -> str:
    if given is None or given == "":
        if setting.default is None:
            raise ConfigProblem(setting.name, "is missing")
        return setting.default
    if not isinstance(given, str):
        raise ConfigProblem(setting.name, "must be text")
    value = given.strip()
    if not value or len(value) > SETTING_CHARS_MAX:
        raise ConfigProblem(setting.name, "is empty" if not value else "is too long")
    if not setting.lines and not value.isprintable():
        raise ConfigProblem(setting.name, "is not one line of text")
    if setting.choices and value not in setting.choices:
        raise ConfigProblem(setting.name, "must be one of " + ", ".join(setting.choices))
    return value


def _near(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host
