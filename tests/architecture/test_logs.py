"""Logs are one JSON object a line, and what is secret by its name never stands in them."""

from __future__ import annotations

import json
import subprocess
import sys

SECRETS = {
    "password": "planted-password",
    "query_password": "planted-query-password",
    "token": "planted-token",
    "code": "planted-code",
    "codes": "planted-codes",
    "card": "planted-card",
    "sign": "planted-sign",
    "private_key": "planted-private-key",
    "api_key": "planted-api-key",
    "authorization": "planted-authorization",
    "contact": "planted-contact@example.org",
    "phone": "planted-13800000000",
}
_PROGRAM = """
import json, logging, sys
import structlog
from daoda.kit import logs
secrets = json.loads(sys.argv[1])
logs.configure(level="INFO")
structlog.get_logger("daoda.test").info("flat", order="0190", **secrets)
structlog.get_logger("daoda.test").info("nested", body=secrets)
structlog.get_logger("daoda.test").info("listed", lines=[secrets])
logging.getLogger("django.request").warning("plain %s", "words", extra=secrets)
try:
    raise ValueError("went wrong")
except ValueError:
    structlog.get_logger("daoda.test").exception("failed", **secrets)
"""


def _lines() -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, json.dumps(SECRETS)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stderr.splitlines()


def test_every_line_is_json_with_time_level_and_event() -> None:
    lines = _lines()
    assert len(lines) == 5
    for line in lines:
        told = json.loads(line)
        assert {"event", "level", "timestamp"} <= set(told)


def test_no_planted_secret_is_logged() -> None:
    logged = "\n".join(_lines())
    leaked = [name for name, secret in SECRETS.items() if secret in logged]
    assert not leaked
