"""The addresses of API v1, a noun per file."""
