"""What buyers see: the shelf, a product, the checkout, paying, their order, finding it again.

Owns no rows. Who may see an order is decided in `access` alone: by the signed token in the
address, or by a session that has opened it before with its token, its password or a bill.
"""
