"""The pages of a buyer's account: parse, authorise, one action, render."""
