"""Risk: which paid orders a person looks at before they go on, and why.

Owns the rules, as data, and what they found. A shop with rules has its paid orders screened, in
sets; an order a rule speaks against is held with the rule's own words as the reason the buyer
reads, an owner and a date. A rule is never changed: it ends, and its successor begins.
Lifecycle: a rule is active, then ended; a finding is made and never changed.
Facts written: risk_rule.published, risk_rule.ended; the moves of the order are written by
`orders`.
"""
