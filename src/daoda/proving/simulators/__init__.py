"""The outside parties, played over real sockets in processes of their own.

Each payment channel here speaks its vendor's protocol towards us and a small language towards
whoever tests: a pay page with buttons for all that can go wrong, and ``POST /_play`` for scripts.
A simulator shares no code with the adapter it talks to beyond plain HTTP values, so that one
misreading of a protocol cannot hide in both.

Run one: ``python -m daoda.proving.simulators.sandbox --port 8010 --keys FILE``; FILE then holds,
under ``channel``, the settings the shop's channel needs.
"""
