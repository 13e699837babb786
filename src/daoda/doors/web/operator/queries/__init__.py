"""What the desk's pages show, read and put into words."""
