"""The pages people read: buyer/, operator/, and the pieces both are made of.

Owns no rows. A view parses, authorises, calls one action, renders; what a template shows is a
plain value from `pieces` or from the page's own module, so every page can be drawn without a
database. Words go through gettext; times are in the reader's zone.
"""
