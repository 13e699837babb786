"""Beside the floors: simulators, drills, benchmarks. Imports anything; nothing imports it."""
