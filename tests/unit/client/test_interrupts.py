"""What is interrupted leaves nothing that seems to go on."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest

from kiseki.client.remote import RemoteBackend
from kiseki.domain.runs import NewRun
from tests.unit.client.answers import Answers, Reply, Request

MADE = {
    "run_uuid": "a" * 32,
    "run_id": "a" * 32,
    "run_name": "n",
    "experiment_id": "0",
    "user_id": "",
    "status": "RUNNING",
    "start_time": 1,
    "artifact_uri": "x",
    "lifecycle_stage": "active",
}


def test_a_run_whose_creation_is_interrupted_is_killed() -> None:
    interrupted = threading.Event()

    def answer(request: Request) -> Reply:
        if request.path.endswith("runs/create"):
            if len(server.requests) == 1:
                # The run is made; who asked for it is gone before it is told.
                os.kill(os.getpid(), signal.SIGINT)
                interrupted.wait(60)
            return Reply(body=json.dumps({"run": {"info": MADE, "data": {}}}).encode())
        return Reply()

    with Answers(answer) as server:
        backend = RemoteBackend(server.uri)
        with pytest.raises(KeyboardInterrupt):
            backend.create_run(NewRun(experiment_id="0"))
        interrupted.set()
    first, again, ended = server.requests
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"]
    assert (first.body, first.path) == (again.body, again.path)
    assert ended.path.endswith("runs/update")
    told = json.loads(ended.body)
    assert (told["run_id"], told["status"]) == ("a" * 32, "KILLED")
