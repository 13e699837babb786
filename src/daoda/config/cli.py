"""The command line ``daoda``: one module a subcommand, found by name in ``commands``."""

from __future__ import annotations

import argparse
import os
import pkgutil
import pwd
import sys
from importlib import import_module
from types import ModuleType

import psycopg

from daoda.config import commands
from daoda.config.environment import BadSetting
from daoda.config.installation import CannotGoOn
from daoda.config.postgres import ClusterProblem
from daoda.kit.crypto import KeysMissing

EXPECTED = (CannotGoOn, ClusterProblem, BadSetting, KeysMissing)


def main() -> int:
    """Run one subcommand; its status, 1 when it could not be done, always said in words."""
    options = _parser().parse_args()
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:
        return _say("stopped", 130)
    except BrokenPipeError:
        return 141  # whoever read our output has closed it
    except EXPECTED as problem:
        return _say(str(problem), 1)
    except PermissionError as problem:
        return _say(f"{_user()} may not use {problem.filename}: start it as its owner", 1)
    except Exception as problem:
        if os.environ.get("DAODA_DEBUG") == "1":
            raise
        return _say(_unexpected(problem), 1)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="daoda", description="Daoda, where nothing waits undated: run and look after a shop."
    )
    inside = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in _modules().items():
        words = (module.__doc__ or "").strip().splitlines()[0].partition(": ")[2].rstrip(".")
        add_help = not getattr(module, "HELPS_ITSELF", False)
        sub = inside.add_parser(name, help=words, description=words, add_help=add_help)
        if hasattr(module, "arguments"):
            module.arguments(sub)
        sub.set_defaults(run=module.run)
    return parser


def _modules() -> dict[str, ModuleType]:
    return {
        found.name.replace("_", "-"): import_module(f"{commands.__name__}.{found.name}")
        for found in pkgutil.iter_modules(commands.__path__)
    }


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"


def _unexpected(problem: Exception) -> str:
    cause = problem.__cause__ if isinstance(problem.__cause__, psycopg.Error) else problem
    lines = str(cause).strip().splitlines() or ["no message"]
    return f"{type(cause).__name__}: {lines[0]} (DAODA_DEBUG=1 shows where)"


def _say(words: str, status: int) -> int:
    print(f"daoda: {words}", file=sys.stderr, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
