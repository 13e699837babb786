"""Signing what recipes say is signed, and decrypting cards."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher as Engine
from cryptography.hazmat.primitives.ciphers import algorithms, modes

from daoda.kit import strangers
from daoda.trade.suppliers.adapters import wire
from daoda.trade.suppliers.adapters.recipes import templates
from daoda.trade.suppliers.adapters.recipes.document import Cipher, Digest, Sign, SignedFields

_BLOCK_BYTES = 16
_KEY_BYTES = {16, 24, 32}


class CannotDecrypt(ValueError):
    """The text is not what the key encrypted."""


def source(
    sign: Sign, *, given: Mapping[str, str], body: Mapping[str, Any], headers: Mapping[str, str]
) -> str:
    """The very text that is hashed. ``given`` holds ``body``, the raw one, besides the rest."""
    made = []
    for part in sign.parts:
        if part.fields is not None:
            values = body if part.fields.of == "body" else headers
            made.append(_joined(part.fields, values, sign.field, given))
        elif part.characters:
            unsigned = {name: item for name, item in body.items() if name != sign.field}
            made.append("".join(sorted(wire.dumped(unsigned))))
        else:
            made.append(templates.text(part.text, given))
    return "".join(made)


def digest(sign: Sign, text: str, given: Mapping[str, str]) -> str:
    """The signature of a text, in hex."""
    key = templates.text(sign.key, given)
    found = _digest(sign.digest, text.encode(errors="replace"), key.encode(errors="replace"))
    return found.upper() if sign.upper else found


def _digest(kind: Digest, text: bytes, key: bytes) -> str:
    if kind == "hmac_sha256":
        return hmac.new(key, text, hashlib.sha256).hexdigest()
    return hashlib.new(kind, text, usedforsecurity=False).hexdigest()


def _joined(
    plan: SignedFields, values: Mapping[str, Any], own: str, given: Mapping[str, str]
) -> str:
    left_out = {own, *plan.leave_out}
    found = {name: item for name, item in values.items() if name not in left_out}
    found |= {name: templates.text(made, given) for name, made in plan.extra.items()}
    order = plan.only or sorted(found)
    return plan.join.join(
        f"{name}{plan.pair}{_signed_text(found[name])}"
        for name in order
        if name in found and not (plan.skip_empty and templates.is_empty(found[name]))
    )


def _signed_text(item: object) -> str:
    """A value as it stands in the signed text: lists and objects as compact JSON."""
    if isinstance(item, dict | list):
        return wire.dumped(item)
    return wire.plain(item)


def decrypt(cipher: Cipher, text: str, given: Mapping[str, str]) -> str:
    """The content of base64 text. Raises CannotDecrypt."""
    key = templates.text(cipher.key, given).encode()
    if cipher.key_is_md5:
        key = hashlib.md5(key, usedforsecurity=False).hexdigest().encode()
    try:
        raw = base64.b64decode(text, validate=True)
        mode: modes.ECB | modes.CBC = modes.ECB()  # noqa: S305 - what the supplier encrypts with
        if cipher.kind == "aes-cbc-iv-prefix":
            mode, raw = modes.CBC(raw[:_BLOCK_BYTES]), raw[_BLOCK_BYTES:]
        if len(key) not in _KEY_BYTES or not raw:
            raise CannotDecrypt("the key or the text has a length that cannot be")
        engine = Engine(algorithms.AES(key), mode).decryptor()
        padded = engine.update(raw) + engine.finalize()
        unpad = padding.PKCS7(_BLOCK_BYTES * 8).unpadder()
        return strangers.storable((unpad.update(padded) + unpad.finalize()).decode())
    except CannotDecrypt:
        raise
    except (ValueError, binascii.Error):
        raise CannotDecrypt("the text is not what our key encrypted") from None
