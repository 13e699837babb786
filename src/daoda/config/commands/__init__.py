"""The subcommands of ``daoda``, one a module: ``HELP``, ``arguments(parser)``, ``run(options)``."""
