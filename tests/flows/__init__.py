"""Whole ways through the house, from a signed notice to goods or money back."""
