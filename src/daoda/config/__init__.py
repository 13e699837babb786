"""How the house is started: settings from the environment, addresses, the command line."""
