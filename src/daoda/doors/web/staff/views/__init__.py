"""The pages at the staff entrance."""
