"""What must hold for the house as a whole, read from the code and from the database's catalogue."""
