"""One outside party a file: how a supplier is asked and what its answers mean."""
