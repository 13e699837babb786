"""Floor 4: after the sale."""
