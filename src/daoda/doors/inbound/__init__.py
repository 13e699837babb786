"""The doors for notices of payment channels and suppliers: verify, store raw, answer; lean ASGI.

Nothing is answered before it is stored, and what arrives together is stored in one commit.
What a notice means is decided later, by settlement or by fulfilment.
Facts written: none; a stored notice is its own record.
"""
