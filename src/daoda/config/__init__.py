"""How the house is started: settings from the environment, addresses, the command line."""

from __future__ import annotations

import os


def django_ready() -> None:
    """Set Django up once the environment is complete; safe to repeat."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daoda.config.settings")
    import django

    django.setup()
