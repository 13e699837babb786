"""Suppliers spoken to by recipe: a closed JSON document instead of code.

``document`` reads and checks one, ``templates`` fills its texts and values, ``ciphers`` signs and
decrypts, ``judging`` reads answers, ``speaking`` is the adapter made of all that. The ``*.json``
beside them are the recipes shipped. Nothing of a recipe is ever run: there are no expressions, no
regular expressions, no loops but over the buyer's fields and the supplier's cards.
"""
