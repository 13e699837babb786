"""The buyer's pages: parse, authorise, one action, render."""
