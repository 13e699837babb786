"""The door for notices of payment channels: verify, store raw, answer; a lean ASGI application.

Nothing is answered before it is stored, and what arrives together is stored in one commit.
What a notice means is decided later, by settlement.
Facts written: none; a stored notice is its own record.
"""
