"""Decisions about accounts, on plain values."""

from __future__ import annotations

import re
import unicodedata

CONTACT_CHARS_MIN = 3
CONTACT_CHARS_MAX = 120
PASSWORD_CHARS_MIN = 10
PASSWORD_CHARS_MAX = 200  # hashing is dear: nobody may make us hash a book
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]*")
_PHONE_DIGITS = range(5, 16)  # the longest of E.164
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_CHINA = re.compile(r"(?:\+|00)?86(1[0-9]{10})")


def normal_contact(text: str) -> str:
    """A contact as compared: width, case, blanks and the way of writing a phone do not count."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if not _PHONE.fullmatch(plain):
        return plain
    digits = re.sub(r"[^0-9+]", "", plain)
    chinese = _CHINA.fullmatch(digits)
    return chinese[1] if chinese else digits


def is_contact(normal: str) -> bool:
    """Whether a normalised contact looks like a phone number or an email address."""
    if not CONTACT_CHARS_MIN <= len(normal) <= CONTACT_CHARS_MAX or not normal.isprintable():
        return False
    digits = normal.removeprefix("+")
    if digits.isascii() and digits.isdigit():
        return len(digits) in _PHONE_DIGITS
    return _EMAIL.fullmatch(normal) is not None


def password_problem(password: str, *, contact: str) -> str | None:
    """Why a password is not taken, as a code; ``contact`` is normalised, or empty."""
    if len(password) < PASSWORD_CHARS_MIN:
        return "password_too_short"
    if len(password) > PASSWORD_CHARS_MAX:
        return "password_too_long"
    if contact and normal_contact(password) == contact:
        return "password_is_contact"
    return None
