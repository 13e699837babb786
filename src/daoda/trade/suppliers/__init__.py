"""Suppliers: who sells us what our buyers want, at which price, and how they are asked.

Owns suppliers with their sealed keys, recipes, limits, health and breaker, and the offers that
put their goods behind our variants. Buying itself (attempts) stands above, in
``delivery.fulfilment``, and asks here: `queries.offers_for(...).route(...)` for the order in which
to try, `actions.take_slots` before every call, `actions.adapter_of` for how to speak, and
`actions.record_outcomes` for what came of it.
Lifecycle: working → paused | tripped; tripped → probing → working | tripped; paused → working
(docs/states.md). A supplier that works owes nothing; each other state has a date.
Facts written: supplier.created, supplier.changed, supplier.paused, supplier.resumed,
supplier.tripped, supplier.probed, supplier.recovered, supplier.balance_low,
supplier.balance_restored, supplier.windows_set, offer.created, offer.changed.
"""
