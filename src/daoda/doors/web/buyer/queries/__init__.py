"""What the buyer's pages show, read and put into words."""
