import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from kiseki.client.operations import Queue, run


def test_calls_are_made_in_order() -> None:
    queue, seen = Queue("test", 1), list[int]()
    for i in range(50):
        run(lambda i=i: seen.append(i), False, queue)  # type: ignore[misc] # the default binds i
    queue.flush()
    assert seen == list(range(50))


def test_wait_raises_what_went_wrong_and_flush_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    queue = Queue("test", 1)
    refused = queue.submit(lambda: 1 / 0)
    done = threading.Event()
    queue.submit(done.set)
    queue.flush()
    assert done.is_set()
    with pytest.raises(ZeroDivisionError):
        refused.wait()
    assert "division by zero" in caplog.text


def test_an_error_is_logged_before_anybody_who_waits_for_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[str]()
    monkeypatch.setattr(Future, "set_exception", noted(seen, "told", Future[Any].set_exception))
    monkeypatch.setattr(logging.Logger, "error", noted(seen, "logged", logging.Logger.error))
    with pytest.raises(ZeroDivisionError):
        Queue("test", 1).submit(lambda: 1 / 0).wait()
    assert seen == ["logged", "told"]


def noted(seen: list[str], name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The same call, which notes that it is made."""

    def noting(*arguments: Any) -> Any:
        seen.append(name)
        return call(*arguments)

    return noting


def test_the_setting_decides_where_the_caller_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue("test", 1)
    monkeypatch.delenv("KISEKI_ENABLE_ASYNC_LOGGING", raising=False)
    monkeypatch.delenv("MLFLOW_ENABLE_ASYNC_LOGGING", raising=False)
    assert run(lambda: None, None, queue) is None
    monkeypatch.setenv("MLFLOW_ENABLE_ASYNC_LOGGING", "true")
    operations = run(lambda: None, None, queue)
    assert operations is not None
    operations.wait()
    assert run(lambda: None, True, queue) is None
