"""RSA2 = SHA256 with RSA, PKCS#1 v1.5, signatures in base64: Alipay's, and of others after it."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from daoda.kit.configs import ConfigProblem

KEY_BITS_MIN = 2048


def sign(key: rsa.RSAPrivateKey, text: bytes) -> str:
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(key: rsa.RSAPublicKey, text: bytes, signature: str) -> bool:
    try:
        key.verify(
            base64.b64decode(signature, validate=True), text, padding.PKCS1v15(), hashes.SHA256()
        )
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


@lru_cache(maxsize=64)
def public_key(setting: str, text: str) -> rsa.RSAPublicKey:
    """PEM or bare base64 of the DER form. Raises ConfigProblem."""
    try:
        key = serialization.load_der_public_key(_der(text))
    except ValueError:
        raise ConfigProblem(setting, "is not a public key") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < KEY_BITS_MIN:
        raise ConfigProblem(setting, f"is not an RSA key of {KEY_BITS_MIN} bits")
    return key


def private_key(setting: str, text: str) -> rsa.RSAPrivateKey:
    """PKCS#8 or PKCS#1, PEM or bare base64 of the DER form. Raises ConfigProblem."""
    try:
        key = serialization.load_der_private_key(_der(text), password=None)
    except (ValueError, TypeError):
        raise ConfigProblem(setting, "is not a private key") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < KEY_BITS_MIN:
        raise ConfigProblem(setting, f"is not an RSA key of {KEY_BITS_MIN} bits")
    return key


def _der(text: str) -> bytes:
    lines = [line for line in text.splitlines() if not line.startswith("-----")]
    return base64.b64decode("".join("".join(lines).split()), validate=True)
