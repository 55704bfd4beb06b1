"""A request that is sent again with the same mark is answered again and done once."""

from __future__ import annotations

import pytest

from tests.wire.server import Server

pytestmark = pytest.mark.differs(reason="MLflow knows no marks: what is sent again is done again")

CREATE_RUN = "/api/2.0/mlflow/runs/create"
CREATE_EXPERIMENT = "/api/2.0/mlflow/experiments/create"
SEARCH = "/api/2.0/mlflow/runs/search"


def _send(server: Server, path: str, body: dict[str, object], mark: str) -> tuple[int, object]:
    response = server.request("POST", path, json=body, headers={"Idempotency-Key": mark})
    return response.status, response.json()


def test_a_run_is_created_once(server: Server, experiment: str) -> None:
    first = _send(server, CREATE_RUN, {"experiment_id": experiment}, f"{experiment}-a")
    again = _send(server, CREATE_RUN, {"experiment_id": experiment}, f"{experiment}-a")
    other = _send(server, CREATE_RUN, {"experiment_id": experiment}, f"{experiment}-b")
    assert first == again
    assert first[0] == 200
    assert other != first
    assert len(server.request("POST", SEARCH, json={"experiment_ids": [experiment]}).json()["runs"]) == 2


def test_an_experiment_that_is_sent_again_is_no_clash(server: Server) -> None:
    first = _send(server, CREATE_EXPERIMENT, {"name": "marked"}, "marked")
    assert first[0] == 200
    assert _send(server, CREATE_EXPERIMENT, {"name": "marked"}, "marked") == first
    assert _send(server, CREATE_EXPERIMENT, {"name": "marked"}, "marked anew")[0] == 400


def test_a_mark_belongs_to_its_endpoint(server: Server, experiment: str) -> None:
    assert _send(server, CREATE_EXPERIMENT, {"name": "shared mark"}, f"{experiment}-s")[0] == 200
    status, answer = _send(server, CREATE_RUN, {"experiment_id": experiment}, f"{experiment}-s")
    assert status == 200
    assert "run" in dict(answer)  # type: ignore[call-overload]


def test_another_body_with_the_same_mark_is_not_lost(server: Server) -> None:
    first = _send(server, CREATE_EXPERIMENT, {"name": "one body"}, "one mark")
    other = _send(server, CREATE_EXPERIMENT, {"name": "another body"}, "one mark")
    assert (first[0], other[0]) == (200, 200)
    assert first != other


def test_what_failed_may_be_sent_again(server: Server) -> None:
    assert _send(server, CREATE_EXPERIMENT, {"name": ""}, "failed first")[0] == 400
    assert _send(server, CREATE_EXPERIMENT, {"name": "now right"}, "failed first")[0] == 200


def test_a_mark_has_a_limit(server: Server, experiment: str) -> None:
    assert _send(server, CREATE_RUN, {"experiment_id": experiment}, "m" * 1000)[0] == 400
