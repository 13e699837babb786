"""Persons: who a buyer is, kept apart from what happened, under a key of each person's own.

Facts, orders and ledger hold a person's id alone. Names, contacts, typed fields and handed-over
texts stand here, sealed with the person's key; destroying that key erases them beside a history
that cannot be rewritten (PIPL, article 47).
Lifecycle: created → (details put and replaced) → erased.
Facts written: person.erased.
"""
