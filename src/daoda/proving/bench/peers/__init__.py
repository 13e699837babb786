"""What deliveries are measured beside: the same rows for the same orders, done in other ways.

Each module has ``prepare(place, shelf, orders, processes=)`` before the clock starts, which
returns the shares of its processes, and ``work(barrier, *share)`` for one process.
"""
