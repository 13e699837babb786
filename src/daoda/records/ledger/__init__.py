"""The ledger: double entry in integer minor units, one row a transfer.

A transfer names the account it debits and the one it credits, so the books sum to zero by
structure. The buyer's money is a liability (``owed_to_buyers``) until delivery earns it.
Lifecycle: an account is opened; a transfer is posted, and corrected only by another one.
Facts written: none; a transfer is its own record.
"""
