"""Runs that a scheduler executes, whatever it is: a fake one that says what it is told to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiseki.base.errors import ExecutionFailed, Unavailable
from kiseki.client import resolve
from kiseki.client.client import KisekiClient
from kiseki.domain.runs import RunStatus
from kiseki.projects.backend import Submission
from kiseki.projects.environment import LocalEnvironment
from kiseki.projects.remote_run import Job, RemoteRun


class FakeJob:
    """A job that goes through given states; the last one stays."""

    name = "fake 1"

    def __init__(self, *states: RunStatus | Unavailable | None) -> None:
        self.states = list(states)
        self.stops = 0

    def status(self) -> RunStatus | None:
        found = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(found, Unavailable):
            raise found
        return found

    def stop(self) -> None:
        self.stops += 1
        if self.stops == 1:
            raise Unavailable("no answer")
        self.states = [RunStatus.FINISHED]

    def lines(self, goes_on: Callable[[], bool]) -> Iterator[str]:
        yield "a line"
        while goes_on():
            threading.Event().wait(0.01)
        yield "the last line"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KisekiClient]:
    monkeypatch.setattr(resolve, "_chosen", None)
    yield KisekiClient(f"sqlite:///{tmp_path}/k.db")
    resolve.close_all()


@pytest.fixture
def released() -> list[bool]:
    return []


@pytest.fixture
def submission(client: KisekiClient, released: list[bool], tmp_path: Path) -> Submission:
    return Submission(
        client=client,
        run_id=client.create_run("0").info.run_id,
        folder=tmp_path,
        line="true",
        environment=LocalEnvironment(),
        variables={},
        release=lambda: released.append(True),
    )


def recorded(submission: Submission) -> str:
    return submission.client.get_run(submission.run_id).info.status


def test_a_scheduler_that_does_not_answer_is_asked_again(
    submission: Submission, released: list[bool], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = Unavailable("no answer")
    job = FakeJob(RunStatus.SCHEDULED, silent, silent, RunStatus.RUNNING, RunStatus.FINISHED)
    with caplog.at_level(logging.WARNING, "kiseki"):
        run = RemoteRun(submission, lambda: job)
        assert run.wait()
    assert (run.get_status(), recorded(submission), released) == ("FINISHED", "FINISHED", [True])
    assert caplog.messages == ["fake 1 is asked again until it answers: no answer"]
    assert list(run.logs()) == ["a line", "the last line"]
    assert capsys.readouterr().out == "a line\nthe last line\n"
    assert submission.client.get_run(submission.run_id).data.tags["kiseki.project.job"] == "fake 1"


@pytest.mark.parametrize("own", ["FINISHED", "FAILED", None])
def test_a_job_that_is_not_known_any_more(own: str | None, submission: Submission) -> None:
    if own is not None:
        submission.client.set_terminated(submission.run_id, own)
    run = RemoteRun(submission, lambda: FakeJob(None))
    assert run.wait() == (own == "FINISHED")
    assert recorded(submission) == (own or "KILLED")


def test_cancelled_while_it_is_submitted(submission: Submission) -> None:
    submits, goes_on = threading.Event(), threading.Event()
    job = FakeJob(RunStatus.RUNNING)

    def submit() -> Job:
        submits.set()
        goes_on.wait()
        return job

    run = RemoteRun(submission, submit)
    submits.wait()
    canceller = threading.Thread(target=run.cancel)
    canceller.start()
    while not run._is_cancelled:
        pass
    goes_on.set()
    canceller.join()
    assert (job.stops, run.get_status(), recorded(submission)) == (2, "KILLED", "KILLED")


def test_a_job_that_nobody_takes(submission: Submission, released: list[bool]) -> None:
    def submit() -> Job:
        raise ExecutionFailed("no such queue")

    run = RemoteRun(submission, submit)
    with pytest.raises(ExecutionFailed, match="no such queue"):
        run.wait()
    assert (recorded(submission), released, list(run.logs(follow=True))) == ("FAILED", [True], [])
    run.cancel()
    assert run.get_status() == "FAILED"
