import threading

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
