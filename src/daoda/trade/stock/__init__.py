"""The shelf: codes of every variant, sealed; how many may still be sold; how they come and leave.

A code stands on the ``shelf``, is ``taken`` for an order, in ``quarantine``, ``void``, or
``returned`` (it came back unseen and stands on the shelf again as a new row, because the row of a
code that was given to an order is never given to another).
``available`` = codes on the shelf promised to nobody; ``owed`` = promised codes that have left
the shelf by expiry or quarantine. One of the two is always zero.

Lifecycle of an import: received → checking → (ready →) importing → imported | refused.
Lifecycle of a quarantine: inspecting → returned | voided.
Facts written: ``import.received``, ``import.checked``, ``import.refused``, ``import.late``,
``import.confirmed``, ``stock.imported``, ``stock.bought``, ``stock.threshold_set``, ``stock.low``,
``stock.refilled``, ``code.returned``, ``code.quarantined``,
``code.voided``, ``code.expired``, ``code.revealed``, ``quarantine.ended``, ``quarantine.late``.
Facts answered: none.
"""
