"""How each payment channel speaks: requests become values, values become requests.

Everything here is pure: no database, no clock, no network. A page, a notice or an answer goes in
with the time as an argument, and what it means comes out, always as one of a closed set. What a
channel says and cannot be read is an answer too ("unreadable", "unknown"), never an exception.
"""
