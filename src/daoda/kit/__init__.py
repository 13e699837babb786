"""Floor 0: tools that know no business. No tables live here; everything above may import it."""
