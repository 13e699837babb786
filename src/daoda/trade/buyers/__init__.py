"""Buyers: the accounts of people who buy here often and want their orders in one place.

Owns the account: whose person it is, by which contact and password she comes in. It stands
beside the chain of trade and knows no order: an order names its account, not the reverse.
Lifecycle: registered → (signs in and out, changes her password) → deleted, her person erased.

Weakness: nobody has verified that the contact is hers, since no mail or message is sent yet.
So an account opens only the orders placed while signed in and those she added by proving
them (number and query password, or the signed link), never "all orders of this contact"; its
person is kept apart from the one anonymous orders of the same contact are filed under; and
whoever registers a contact first has it, until verifying decides. Registering answers alike for
a new and a taken contact, but trying to sign in afterwards tells them apart, at the price of an
account and of throttled tries.

Facts written: buyer.registered, buyer.signed_in, buyer.signed_out, buyer.locked_out,
buyer.password_changed, buyer.deleted.
"""
