"""Floor 5: those who look at the whole and change nothing of it."""
