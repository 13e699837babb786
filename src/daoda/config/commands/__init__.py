"""The subcommands of ``daoda``, one a module of that name.

The docstring begins "``daoda name``: what it does", which is its help. ``run(options)`` returns
the exit status; ``arguments(parser)`` adds options. Modules import Django inside ``run``, after
the environment has been completed.
"""
