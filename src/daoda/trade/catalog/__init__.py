"""The catalogue: what is sold, in which variants, at which price, with which notice and fields.

Lifecycle: drafted → published ⇄ withdrawn; nothing is deleted, orders and codes point at it.
Facts written: ``category.created``, ``category.changed``, ``product.created``,
``product.changed``, ``product.published``, ``product.withdrawn``, ``product.pictured``,
``product.dated``, ``variant.created``, ``variant.changed``, ``variant.published``,
``variant.withdrawn``, ``variant.stepped``, ``coupon.created``, ``coupon.withdrawn``.
Facts answered: none.
"""
