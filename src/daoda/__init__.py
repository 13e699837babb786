"""Daoda (到达): the platform shops of digital goods run on, where nothing waits undated."""

__version__ = "0.1.0"
