"""Decisions about suppliers, on plain values."""
