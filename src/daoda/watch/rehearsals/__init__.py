"""Rehearsals: a day somebody wants to see before it comes, and what came of it when it was played.

Owns the day as it was asked for and its outcome. It is played by a process of its own, started by
the worker by name (``daoda.proving.simulation``), in a copy of the shop: see docs/operating.
Lifecycle: asked → running → done | failed. One is played at a time; one that nobody begins, that
does not end by its date or that falls silent fails by itself, with a reason.
Facts written: ``rehearsal.asked``, ``rehearsal.begun``, ``rehearsal.done``, ``rehearsal.failed``.
Facts answered: none.
"""
