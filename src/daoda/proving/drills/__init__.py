"""Drills: what can go wrong on a sale day, done on purpose to a throw-away house.

Each sets up a cluster, a web, workers and a channel that repeats itself, lets a day begin, injects
its fault, and then only waits: the house has to recover by itself. Afterwards every law of the
checker is asked, and everything that was answered to those outside is held against the rows.
Operators run them before a sale day: ``daoda drill``; see docs/operating/drills.md.
"""
