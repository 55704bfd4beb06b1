"""POST /api/kiseki/v1/experiments/undelete."""

from __future__ import annotations

import pytest

from tests.wire.server import INVALID, MISSING, Server

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def test_a_deletion_is_undone_with_the_runs_that_went_with_it(server: Server, experiment: str) -> None:
    runs = [server.new_run(experiment) for _ in range(4)]
    # The second goes right before the experiment does.
    for run in runs[:2]:
        server.post("runs/delete", run_id=run).ok()
    before = [server.run(run) for run in runs]
    server.post("experiments/delete", experiment_id=experiment).ok()
    server.post("runs/delete", run_id=runs[3]).ok()
    assert {server.run(run)["info"]["lifecycle_stage"] for run in runs} == {"deleted"}
    assert server.native("experiments/undelete", experiment_id=experiment).ok() == {}
    assert server.experiment(experiment)["lifecycle_stage"] == "active"
    assert [server.run(run) for run in runs] == before
    assert before[0]["info"]["lifecycle_stage"] == "deleted"
    # MLflow's restore takes them all.
    server.post("experiments/delete", experiment_id=experiment).ok()
    server.post("experiments/restore", experiment_id=experiment).ok()
    assert {server.run(run)["info"]["lifecycle_stage"] for run in runs} == {"active"}


def test_what_is_not_deleted_cannot_be_undeleted(server: Server, experiment: str) -> None:
    server.native("experiments/undelete", experiment_id=experiment).refused(MISSING, experiment)
    server.native("experiments/undelete", experiment_id="987654321").refused(MISSING, "987654321")
    server.native("experiments/undelete", experiment_id="x").refused(INVALID, "x")
    server.native("experiments/undelete", {}).refused(INVALID, "experiment_id")
