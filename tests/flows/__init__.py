"""Whole ways through the house, on a real PostgreSQL, from a signed notice to goods or money back."""
