"""What staff type at the desk, and why it is refused, in words."""
