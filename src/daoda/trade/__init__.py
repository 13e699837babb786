"""Floor 2: what was bought, with what money, from which shelf."""
