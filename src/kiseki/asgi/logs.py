"""What the server writes about its own work: one line each, for people or for programs, on stderr."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

FORMATS: Final = ("text", "json")
LEVELS: Final = ("debug", "info", "warning", "error")

_ACCESS: Final = "kiseki.access"


def configure(form: str, level: str) -> None:
    """Sends what all loggers of this process say to stderr.

    With `json` each request gets a line; with `text` only at the level `debug`, for people read these lines, and each
    costs time.

    Args:
        form: One of `FORMATS`.
        level: One of `LEVELS`: what is less is not written.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    each = form == "json" or level == "debug"
    logging.getLogger(_ACCESS).setLevel(logging.NOTSET if each else logging.CRITICAL)
    # What uvicorn says of its start is said by the server itself.
    logging.getLogger("uvicorn").setLevel(logging.NOTSET if level == "debug" else logging.WARNING)
    # A line that cannot be written because nobody reads stderr is no reason to write more.
    logging.raiseExceptions = False


class TextFormatter(logging.Formatter):
    """`2026-01-31T12:00:00.000Z INFO message name=value`; the lines of a traceback are indented below."""

    def format(self, record: logging.LogRecord) -> str:
        parts = [_time(record), f"{record.levelname:7}", _printable(record.getMessage())]
        parts += [f"{name}={_printable(str(value))}" for name, value in _fields(record).items()]
        lines = [" ".join(parts)]
        if record.exc_info:
            # What was raised may repeat what a user gave, which must not look like a line of its own.
            lines += [f"    {_printable(line)}" for line in self.formatException(record.exc_info).splitlines()]
        return "\n".join(lines)


class JsonFormatter(logging.Formatter):
    """One JSON object a line, in ASCII: nothing that a user gave can end it."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return f"{moment.removesuffix('+00:00')}Z"


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    """What was given as `extra={"fields": …}`."""
    fields: Mapping[str, Any] = getattr(record, "fields", {})
    return fields


def _printable(text: str) -> str:
    """The text with everything escaped that is no visible character of one line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
