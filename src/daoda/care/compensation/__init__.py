"""Compensation: what happens by itself for a buyer whose date was broken.

Owns policies (as data), one case for each order whose date was broken, what was done in it step by
step, and goodwill coupons until they are used or over. Hears of broken dates from the journal; acts
through the verbs of payments, orders, stock and the catalogue, each step once, under the case's
lock. What needs a person's word, or has no step left, waits for her by a date.
Lifecycle: a case is running, with_person, settled; a grant is usable, used or lapsed.
Facts written: compensation_policy.published, compensation_policy.ended, compensation.opened,
compensation.acted, compensation.asked, compensation.chosen, compensation.overdue,
compensation.settled, goodwill.granted, goodwill.used, goodwill.lapsed.
"""
