"""GET /api/kiseki/v1/runs/diff."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

import msgspec
import pytest

from kiseki.capture.capture import Capture, encode
from kiseki.capture.command import Command
from kiseki.capture.host import this_host
from kiseki.capture.packages import Package
from kiseki.capture.source import Source, SourceFile
from tests.wire.server import INVALID, MISSING, NATIVE, Response, Server, metric, pairs

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def diff(server: Server, run_id: str, other_run_id: str) -> Response:
    return server.request("GET", f"{NATIVE}runs/diff", query={"run_id": run_id, "other_run_id": other_run_id})


def captured(server: Server, experiment: str, content: str, version: str, **fields: Any) -> str:
    """A run that has a capture of one file and one package."""
    run = server.new_run(experiment)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("train.py", content)
    file = SourceFile(
        path="train.py", bytes=len(content), sha256=hashlib.sha256(content.encode()).hexdigest(), left_out=None
    )
    capture = Capture(
        run_id=run,
        command=Command(kind="script", argv=("python", "train.py"), folder="/code", script="/code/train.py"),
        source=Source(root="/code", files=(file,)),
        packages=(Package(name="a", version=version),),
        host=this_host(),
        variables={},
        seeds={},
    )
    path = server.artifact_path(run)
    server.put_artifact(f"{path}/kiseki/capture.json", encode(capture))
    server.put_artifact(f"{path}/kiseki/untracked.zip", buffer.getvalue())
    server.post("runs/log-batch", run_id=run, tags=pairs(**{"kiseki.capture": run}), **fields).ok()
    return run


def test_the_answer_field_for_field(server: Server, experiment: str) -> None:
    before = captured(server, experiment, "x = 1", "1.0", params=pairs(p="1"), metrics=[metric("m", 1.0)])
    after = captured(server, experiment, "x = 2", "2.0", params=pairs(p="2"), metrics=[metric("m", "NaN")])
    assert diff(server, before, after).ok() == {
        "run_id": before,
        "other_run_id": after,
        "code": {
            "facts": [],
            "files": [{"path": "train.py", "status": "changed"}],
            "diff": "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n",
            "diff_is_whole": True,
        },
        "packages": [{"name": "a", "before": "1.0", "after": "2.0"}],
        "host": [],
        "variables": [],
        "seeds": [],
        "params": [{"name": "p", "before": "1", "after": "2"}],
        "data": [],
        "metrics": [{"key": "m", "before": 1.0, "after": "NaN", "difference": None}],
        "problems": [],
    }


def test_a_capture_that_is_none_is_told(server: Server, experiment: str) -> None:
    before = captured(server, experiment, "x", "1")
    broken = captured(server, experiment, "x", "1")
    server.put_artifact(f"{server.artifact_path(broken)}/kiseki/capture.json", b'{"version": 1}')
    later = captured(server, experiment, "x", "1")
    capture = msgspec.json.decode(encode_later(before))
    server.put_artifact(f"{server.artifact_path(later)}/kiseki/capture.json", msgspec.json.encode(capture))
    for run, words in ((broken, "capture.json is not what a capture is"), (later, "form 99")):
        (problem,) = diff(server, before, run).ok()["problems"]
        assert words in problem
        assert run in problem


def encode_later(run: str) -> bytes:
    """A capture of a form that comes later."""
    capture = Capture(
        version=99,
        run_id=run,
        command=Command(kind="stdin", argv=("python",), folder="/"),
        source=Source(root="/"),
        packages=(),
        host=this_host(),
        variables={},
        seeds={},
    )
    return encode(capture)


def test_what_is_not_there(server: Server, experiment: str) -> None:
    run = server.new_run(experiment)
    diff(server, run, "0" * 32).refused(MISSING, "0" * 32)
    diff(server, "../x", run).refused(MISSING, "../x")
    server.request("GET", f"{NATIVE}runs/diff", query={"run_id": run}).refused(INVALID, "other_run_id")
    answer = diff(server, run, run).ok()
    assert answer["metrics"] == answer["params"] == []
    assert "was not captured" in answer["problems"][0]
