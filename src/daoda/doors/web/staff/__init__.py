"""The staff entrance: sign-in, second factor, one's own account, who works here, API keys.

Owns no rows. A session belongs to someone only when every step was passed: the password, the
second factor, and a password of one's own; until then it remembers how far she came, for ten
minutes, and Django knows nobody. `gate.requires` guards every page of staff, here and elsewhere.
"""
