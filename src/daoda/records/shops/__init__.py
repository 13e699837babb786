"""The shops of an installation, and the one place where reads are scoped to a shop.

Lifecycle: a shop is created and configured; it is never deleted.
Facts written: none (settings of a shop are written by the page that edits them).
"""
