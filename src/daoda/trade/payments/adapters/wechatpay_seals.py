"""How WeChat Pay APIv3 signs and seals: WECHATPAY2-SHA256-RSA2048 and AEAD_AES_256_GCM.

What WeChat Pay sends is signed over timestamp, nonce and raw body, each followed by a line feed,
by the key its serial names: the WeChat Pay public key (an id like PUB_KEY_ID_...) or, at older
merchants, a platform certificate. A serial we do not hold is refused; trying the key at hand would
accept what was signed with a key withdrawn.

Source: pay.weixin.qq.com/doc/v3/merchant (4012365342, 4012071382); vectors in
``wechatpay_aead.json``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daoda.kit.configs import ConfigProblem
from daoda.trade.payments.adapters import rsa2
from daoda.trade.payments.adapters.wire import Unreadable

SCHEME = "WECHATPAY2-SHA256-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"  # a signature that starts so is meant to be refused
AGE_S_MAX = 300
KEY_BYTES = 32
SIGNATURE = "wechatpay-signature"
HEADERS = ("wechatpay-timestamp", "wechatpay-nonce", SIGNATURE, "wechatpay-serial")
_TIMESTAMP = re.compile(r"[1-9][0-9]{9,11}")
_NONCE_CHARS_MAX = 128

Keys = Mapping[str, rsa.RSAPublicKey]


def platform_keys(pairs: tuple[tuple[str, str, str], ...]) -> dict[str, rsa.RSAPublicKey]:
    """WeChat Pay's keys by serial, from (name of the setting, id, key) of each that is given.

    A key is a public key, with its id, or a platform certificate, which knows its serial itself.
    Raises ConfigProblem.
    """
    return dict(_platform_key(*pair) for pair in pairs if pair[2])


def _platform_key(setting: str, key_id: str, text: str) -> tuple[str, rsa.RSAPublicKey]:
    if "BEGIN CERTIFICATE" not in text:
        if not key_id:
            raise ConfigProblem(f"{setting}_id", "is missing")
        return same_serial(key_id), rsa2.public_key(setting, text)
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
        key = certificate.public_key()
    except ValueError:
        raise ConfigProblem(setting, "is not a certificate") from None
    serial = same_serial(f"{certificate.serial_number:X}")
    if key_id and same_serial(key_id) != serial:
        raise ConfigProblem(f"{setting}_id", "is not the certificate's serial number")
    if not isinstance(key, rsa.RSAPublicKey):
        raise ConfigProblem(setting, f"is not an RSA key of {rsa2.KEY_BITS_MIN} bits")
    return serial, key


def same_serial(text: str) -> str:
    """A serial number as it is compared: hex digits in capitals, without zeros in front."""
    return text.upper().lstrip("0")


def api_key(setting: str, text: str) -> bytes:
    """The APIv3 key: exactly 32 bytes, or nothing could be opened. Raises ConfigProblem."""
    raw = text.encode()
    if len(raw) != KEY_BYTES:
        raise ConfigProblem(setting, f"must have exactly {KEY_BYTES} bytes")
    return raw


def is_probe(headers: Mapping[str, str]) -> bool:
    """Whether WeChat Pay only tries if we check: to be refused, with 4xx or 5xx."""
    return headers.get(SIGNATURE, "").startswith(PROBE)


def flaw(keys: Keys, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Why these headers (lower-case names) do not vouch for this body; empty when they do."""
    timestamp, nonce, signature, serial = (headers.get(name, "") for name in HEADERS)
    if headers.get("wechatpay-signature-type", SCHEME) != SCHEME:
        return "the signature is of another scheme"
    if not _TIMESTAMP.fullmatch(timestamp) or not 0 < len(nonce) <= _NONCE_CHARS_MAX:
        return "there is no signature"
    key = keys.get(same_serial(serial))
    if key is None:
        return "signed with a key we do not hold"
    signed = f"{timestamp}\n{nonce}\n".encode(errors="replace") + body + b"\n"
    if not rsa2.verify(key, signed, signature):
        return "the signature does not fit WeChat Pay's key"
    age_s = int(now.timestamp()) - int(timestamp)
    if abs(age_s) > AGE_S_MAX:
        return f"signed {age_s} s ago; at most {AGE_S_MAX} s either way are allowed"
    return ""


def opened(key: bytes, resource: Mapping[str, object]) -> bytes:
    """The plain bytes of a sealed resource. Raises Unreadable."""
    parts = [resource.get(name, "") for name in ("nonce", "ciphertext", "associated_data")]
    nonce, ciphertext, associated = (part if isinstance(part, str) else "" for part in parts)
    if resource.get("algorithm") != "AEAD_AES_256_GCM":
        raise Unreadable("is sealed by another algorithm")
    return decrypted(key, nonce=nonce, ciphertext=ciphertext, associated_data=associated)


def decrypted(key: bytes, *, nonce: str, ciphertext: str, associated_data: str) -> bytes:
    """AES-GCM with the tag at the end of ``ciphertext`` (base64). Raises Unreadable."""
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        return AESGCM(key).decrypt(nonce.encode(), sealed, associated_data.encode())
    except (binascii.Error, ValueError, InvalidTag):
        raise Unreadable("does not open with the APIv3 key") from None


def authorization(
    *,
    merchant: str,
    serial: str,
    key: rsa.RSAPrivateKey,
    method: str,
    path: str,
    body: bytes,
    now: datetime,
) -> str:
    """The header that signs our request. ``path`` has its query with it."""
    timestamp = str(int(now.timestamp()))
    head = f"{method}\n{path}\n{timestamp}\n"
    nonce = hashlib.sha256(head.encode() + body).hexdigest()[:32]
    signature = rsa2.sign(key, f"{head}{nonce}\n".encode() + body + b"\n")
    return (
        f'{SCHEME} mchid="{merchant}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{timestamp}",serial_no="{serial}"'
    )
