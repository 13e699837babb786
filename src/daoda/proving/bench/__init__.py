"""Benchmarks an operator can run: each prints what it measured, with its conditions, beside
something measured in the same run. They work in a throw-away database of their own, with every
safety of the real one (fsync on), and leave nothing behind.

Run one: ``python -m daoda.proving.bench delivery``.
"""
