"""The journal: every fact about anything, added to and never changed.

A fact is written in the transaction of the change it tells of. Those above hear of it through
a subscription whose cursor is a database snapshot, so that facts committed out of order are
neither lost nor told twice; see docs/algorithms/journal-cursor.md.
Lifecycle: written; read by each subscriber.
Facts written: those of others.
"""
