"""Stripe's webhook signature: ``t=...,v1=...[,v1=...]``, HMAC-SHA256 of ``t.body``.

Several v1 stand there while an endpoint's secret is being changed; one that fits is enough. Other
schemes (v0 is Stripe's own test scheme) count for nothing. Age is checked backwards only, as
Stripe's own libraries do: the signature says that Stripe wrote the time.

Source: docs.stripe.com/webhooks#verify-manually, stripe/_webhook.py 16.1.0; vectors in
``stripe_webhook.json``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime

HEADER = "stripe-signature"
TOLERANCE_S = 300
SIGNATURES_MAX = 16
_TIMESTAMP = re.compile(r"[1-9][0-9]{9,11}")


def flaw(secrets: tuple[str, ...], header: str, body: bytes, now: datetime) -> str:
    """Why this header does not vouch for this body; empty when it does."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    if len(times) != 1 or not _TIMESTAMP.fullmatch(times[0]):
        return "there is no time in the signature"
    if not 0 < len(signatures) <= SIGNATURES_MAX:
        return "there is no signature of the scheme v1"
    made = [sign(secret, times[0], body).encode() for secret in secrets]
    given = [signature.encode(errors="replace") for signature in signatures]
    fits = [hmac.compare_digest(one, other) for one in made for other in given]
    if not any(fits):
        return "the signature fits none of our secrets"
    age_s = int(now.timestamp()) - int(times[0])
    if age_s > TOLERANCE_S:
        return f"signed {age_s} s ago; at most {TOLERANCE_S} s are allowed"
    return ""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    message = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
