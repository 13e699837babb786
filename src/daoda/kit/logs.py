"""Logs: one JSON object a line, with secrets and personal values masked by field name."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from daoda.kit import masks

_PLAIN = frozenset({"event", "level", "timestamp", "logger", "loop", "exception"})


def mask_event(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """structlog processor: hide what the name of a field gives away as secret, and the secret
    part of links, which Django's own loggers write with the request.
    """
    return {name: _masked(name, value) for name, value in event.items()}


def _masked(name: str, value: Any) -> Any:
    if name.startswith("_"):
        return value  # structlog's own, gone before anything is written
    shown = value if name in _PLAIN else masks.by_name(name, value)
    if shown is None or isinstance(shown, bool | int | float | dict | list | tuple):
        return shown
    return masks.links(str(shown))


def configure(*, level: str = "INFO") -> None:
    """Send structlog and the standard library's loggers to stderr as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
