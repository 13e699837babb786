"""API v1: what programs may do, as JSON under ``/api/v1/``.

A request shows a key (``Authorization: Bearer …``) that belongs to one shop and holds scopes, is
counted against the key's rate limit, and calls one action below. What a program creates it
creates under an ``Idempotency-Key``: the answer is kept in the transaction of the act itself, so
that a repeat after a crash or a lost connection gets the first answer and does nothing twice.
Every error is problem+json (RFC 9457) with a code that stays the same.

Owns the kept answers. Facts written: none. Facts answered: none.
"""
