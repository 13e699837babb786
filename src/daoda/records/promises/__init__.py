"""Promises: the dated word given to whoever waits.

A promise is made for a node of a thing, with an owner, a date, the basis of that date and what
happens by itself when it passes. It is never edited: it ends once, kept, broken, or superseded
by another with a reason the waiting person can read. The open thing carries a copy of the
current date (``Dated``), guarded by a CHECK: nothing waits undated.
Lifecycle: made → kept | broken | superseded.
Facts written: none; the things that carry promises write theirs.
"""
