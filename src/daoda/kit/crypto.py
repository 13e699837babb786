"""Sealing, fingerprints and the key ring.

Bearer values (card codes) are sealed with AES-256-GCM under a key whose id stands in the row;
the associated data names the row and its shop, so that two rows cannot be swapped. Equality is
found through a keyed hash under a key of its own: who reads the database learns neither.

The key ring is one JSON file beside the data (``DAODA_KEYS`` names it, or holds the JSON): lose
it and every sealed value is lost, so it is backed up together with the data.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_KEY_BYTES = 32
_NUMBERED = re.compile(r"k[0-9]{1,9}")


class KeysMissing(Exception):
    """There is no usable key ring; the message says where it was looked for."""


class CannotUnseal(Exception):
    """The value was sealed under a key we do not have, for another row, or was changed."""


@dataclass(frozen=True)
class Sealed:
    key_id: str
    blob: bytes


@dataclass(frozen=True)
class Keyring:
    """All secrets of an installation. ``newest`` seals; every key in ``sealing`` unseals."""

    newest: str
    sealing: dict[str, bytes] = field(repr=False)
    fingerprint_key: bytes = field(repr=False)
    query_password_key: bytes = field(repr=False)
    session_secret: str = field(repr=False)


def ensure_keyring(path: Path) -> bool:
    """Create the key ring at first run, readable by its owner alone. True if it was made."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_ring(path, _new_ring())
    return True


def add_sealing_key(path: Path) -> str:
    """Start a rotation: add a newest sealing key to the ring and return its id.

    Its number is above all there ever were: keys that were taken off leave gaps.
    """
    ring = json.loads(path.read_text(encoding="utf-8"))
    numbers = [int(key_id[1:]) for key_id in ring["sealing"] if _NUMBERED.fullmatch(key_id)]
    key_id = f"k{max(numbers, default=0) + 1}"
    ring["sealing"][key_id] = _new_key()
    ring["newest"] = key_id
    _write_ring(path, ring)
    keyring.cache_clear()
    return key_id


@cache
def keyring() -> Keyring:
    """The installation's keys. Raises KeysMissing."""
    source = os.environ.get("DAODA_KEYS", "")
    if not source:
        raise KeysMissing("DAODA_KEYS names no key ring (a file, or the JSON itself)")
    return _read_ring(source)


def _read_ring(source: str) -> Keyring:
    try:
        text = source if source.lstrip().startswith("{") else Path(source).read_text("utf-8")
        ring = json.loads(text)
        return Keyring(
            newest=ring["newest"],
            sealing={key_id: base64.b64decode(key) for key_id, key in ring["sealing"].items()},
            fingerprint_key=base64.b64decode(ring["fingerprint"]),
            query_password_key=base64.b64decode(ring["query_password"]),
            session_secret=ring["session"],
        )
    except (OSError, ValueError, KeyError) as problem:
        raise KeysMissing(f"the key ring cannot be read: {type(problem).__name__}") from problem


def seal(plaintext: bytes, *, aad: bytes) -> Sealed:
    """Seal under the newest key. ``aad`` must be given again to unseal."""
    ring = keyring()
    nonce = os.urandom(_NONCE_BYTES)
    return Sealed(ring.newest, nonce + _cipher(ring.newest).encrypt(nonce, plaintext, aad))


def unseal(key_id: str, blob: bytes, *, aad: bytes) -> bytes:
    """The plaintext. Raises CannotUnseal."""
    if key_id not in keyring().sealing and not _learned(key_id):
        raise CannotUnseal(f"key {key_id!r} is not on the ring")
    return seal_open(_cipher(key_id), blob, aad)


def seal_with(key: bytes, plaintext: bytes, *, aad: bytes) -> bytes:
    """Seal under a key of the caller's (a person's own)."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def unseal_with(key: bytes, blob: bytes, *, aad: bytes) -> bytes:
    """The plaintext of ``seal_with``. Raises CannotUnseal."""
    return seal_open(AESGCM(key), blob, aad)


def seal_open(cipher: AESGCM, blob: bytes, aad: bytes) -> bytes:
    """Open a blob with a cipher at hand. Raises CannotUnseal."""
    try:
        return cipher.decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], aad)
    except (InvalidTag, ValueError) as problem:
        raise CannotUnseal("changed, or sealed for another row") from problem


def new_key() -> bytes:
    """A fresh 256-bit key."""
    return AESGCM.generate_key(bit_length=256)


def fingerprint(purpose: str, data: bytes) -> bytes:
    """A keyed hash (HMAC-SHA-256, 32 bytes) for equality without the value."""
    return hmac.digest(keyring().fingerprint_key, purpose.encode() + b"\0" + data, hashlib.sha256)


def query_password_hash(order_id: bytes, password: str) -> bytes:
    """What is kept of an order's query password.

    A fast keyed hash, not argon2: it is asked for at every look-up by anonymous visitors, and
    guessing is stopped by throttles and by the key, not by cost.
    """
    key = keyring().query_password_key
    return hmac.digest(key, order_id + b"\0" + password.encode(), hashlib.sha256)


def same(left: bytes, right: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left, right)


@cache
def _cipher(key_id: str) -> AESGCM:
    return AESGCM(keyring().sealing[key_id])


def _learned(key_id: str) -> bool:
    """Whether the ring has got this key since we read it.

    A process that was started after a rotation seals with a key that others do not know yet.
    """
    with suppress(KeysMissing):  # then what we have read is all there is
        if key_id in _read_ring(os.environ.get("DAODA_KEYS", "")).sealing:
            keyring.cache_clear()
            return True
    return False


def _write_ring(path: Path, ring: Mapping[str, object]) -> None:
    """A crash leaves the ring before or the one after, whole; nobody else may ever read it."""
    unfinished = path.with_suffix(".unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if os.getuid() == 0 and path.exists():
            owner = path.stat()  # the shop's user, for whom root is doing this
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        json.dump(ring, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def _new_ring() -> dict[str, object]:
    return {
        "newest": "k1",
        "sealing": {"k1": _new_key()},
        "fingerprint": _new_key(),
        "query_password": _new_key(),
        "session": secrets.token_urlsafe(50),
    }
