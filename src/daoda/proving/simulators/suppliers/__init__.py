"""Suppliers, played over real sockets in a process of their own, one per protocol dialect.

A warehouse remembers what was ordered under which number and counts how often it was asked to
buy, so that a test can say "nothing was bought twice". What happens to an order is a play from a
table: late, twice, never, unsigned, contradictory, refused, a duplicated card, an error page, a
slow drip; scripted order by order, or drawn by seed and weights.

Run one: ``python -m daoda.proving.simulators.suppliers --dialect dujiao_next --keys FILE``.
``POST /_script {"do": ["lost", "plain"]}`` says what happens to the next orders,
``POST /_weights {"plain": 8, "lost": 1}`` what happens to those after, ``POST /_down
{"down": true}`` pulls the plug, and ``GET /_orders`` tells everything.
"""
