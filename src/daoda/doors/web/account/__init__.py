"""Pages of the buyer's own account: coming in, my orders, a password, going for good.

Its session stands beside the session of staff: one browser may hold both, each under its own
key. Pages answer alike whether an account exists or not; what an account may open, and what
not, is said in `daoda.trade.buyers`. Nothing here needs JavaScript.
"""
