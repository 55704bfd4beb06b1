"""Lines of the log: one each, whatever a user gave."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from kiseki.asgi.logs import JsonFormatter, TextFormatter, configure

BREAKING = "a\nb\rc\x1b[31md\x85e\u2028f\u2029g\x00h\x0bi\x0cj"
"""Every character that some reader takes for the end of a line, and what changes the colour of a terminal."""

REQUEST: dict[str, Any] = {
    "method": "GET",
    "route": "/a/{path}",
    "status": 200,
    "ms": 1.5,
    "bytes": 2,
    "request_id": "x-1",
}


def record(message: str, *arguments: object, error: BaseException | None = None, **fields: Any) -> logging.LogRecord:
    made = logging.LogRecord(
        "kiseki.server", logging.ERROR, __file__, 1, message, arguments, (type(error), error, None) if error else None
    )
    made.created = 1_767_225_600.125
    if fields:
        made.fields = fields
    return made


def test_a_line_of_text() -> None:
    line = TextFormatter().format(record("failure in %s", "/a", request_id="x-1"))
    assert line == "2026-01-01T00:00:00.125Z ERROR   failure in /a request_id=x-1"


def test_a_line_of_json() -> None:
    line = JsonFormatter().format(record("request", **REQUEST))
    assert json.loads(line) == {
        "time": "2026-01-01T00:00:00.125Z",
        "level": "error",
        "logger": "kiseki.server",
        "message": "request",
        **REQUEST,
    }


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()], ids=["text", "json"])
def test_what_a_user_gave_does_not_end_a_line(formatter: logging.Formatter) -> None:
    line = formatter.format(record("failure in %s", BREAKING, path=BREAKING))
    assert len(line.splitlines()) == 1
    assert line.isprintable()


def test_json_gives_back_what_was_given() -> None:
    line = JsonFormatter().format(record("failure in %s", f"{BREAKING}軌跡\ud800", path=BREAKING))
    assert json.loads(line)["message"] == f"failure in {BREAKING}軌跡\ud800"
    assert json.loads(line)["path"] == BREAKING


def test_a_traceback_is_one_line_of_json_and_indented_in_text() -> None:
    error = ValueError(f"2026-01-01T00:00:00.000Z INFO    forged\n{BREAKING}")
    line = JsonFormatter().format(record("failure", error=error))
    assert len(line.splitlines()) == 1
    assert "ValueError" in json.loads(line)["traceback"]
    first, *others = TextFormatter().format(record("failure", error=error)).splitlines()
    assert first == "2026-01-01T00:00:00.125Z ERROR   failure"
    assert len(others) > 1
    assert all(other.startswith("    ") and other.isprintable() for other in others)


@pytest.fixture
def _restored() -> Iterator[None]:
    """Logging as pytest has it, afterwards."""
    root = logging.getLogger()
    handlers, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    others = {name: logging.getLogger(name).level for name in ("kiseki.access", "uvicorn")}
    yield
    root.handlers[:], logging.raiseExceptions = handlers, raises
    root.setLevel(level)
    for name, number in others.items():
        logging.getLogger(name).setLevel(number)


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize(
    ("form", "level", "requests", "failures", "debugs"),
    [
        ("text", "debug", True, True, True),
        ("text", "info", False, False, False),
        ("text", "error", False, False, False),
        ("json", "debug", True, True, True),
        ("json", "info", True, True, False),
        ("json", "warning", False, True, False),
        ("json", "error", False, False, False),
    ],
)
def test_which_lines_are_written(form: str, level: str, requests: bool, failures: bool, debugs: bool) -> None:
    configure(form, level)
    access = logging.getLogger("kiseki.access")
    found = (
        access.isEnabledFor(logging.INFO),
        access.isEnabledFor(logging.WARNING),
        logging.getLogger("kiseki.server").isEnabledFor(logging.DEBUG),
    )
    assert found == (requests, failures, debugs)
    assert logging.getLogger("kiseki.server").isEnabledFor(logging.ERROR)
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    assert handler.stream is sys.stderr
