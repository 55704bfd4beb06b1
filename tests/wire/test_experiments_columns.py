"""POST /api/kiseki/v1/experiments/columns."""

from __future__ import annotations

import pytest

from tests.wire.server import INVALID, Json, Server, metric, pairs

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def test_the_answer_field_for_field(server: Server, experiment: str) -> None:
    other = server.new_experiment()
    for i in range(4):
        run = server.new_run(
            other if i == 3 else experiment, run_name="n", tags=pairs(note="x" * 200) if i == 0 else []
        )
        server.post(
            "runs/log-batch",
            run_id=run,
            metrics=[metric("m", 1.0), metric("m", 2.0, 1, 1), *([metric("n", 1.0)] if i == 1 else [])],
            params=pairs(lr=str(0.1 * (i + 1)), opt="1" if i else "adam"),
        ).ok()
        if i == 2:
            server.post("runs/delete", run_id=run).ok()

    def key(name: str, runs: int, kind: str, *examples: str) -> Json:
        return {"key": name, "runs": runs, "kind": kind, "examples": list(examples)}

    assert server.native("experiments/columns", experiment_ids=[experiment, other, "987654"]).ok() == {
        "metrics": [key("m", 4, "number"), key("n", 1, "number")],
        "params": [
            key("lr", 4, "number", *sorted(str(0.1 * i) for i in range(1, 5))),
            key("opt", 4, "text", "1", "adam"),
        ],
        "tags": [key("mlflow.runName", 4, "text", "n"), key("note", 1, "text", "x" * 100 + "…")],
    }
    assert [one["runs"] for one in server.native("experiments/columns", experiment_ids=[other]).ok()["params"]] == [
        1,
        1,
    ]


def test_an_experiment_without_runs(server: Server, experiment: str) -> None:
    answer = server.native("experiments/columns", experiment_ids=[experiment]).ok()
    assert answer == {"metrics": [], "params": [], "tags": []}


def test_examples_are_few(server: Server, experiment: str) -> None:
    for i in range(15):
        run = server.new_run(experiment)
        server.post("runs/log-parameter", run_id=run, key="seed", value=str(i)).ok()
    (found,) = server.native("experiments/columns", experiment_ids=[experiment]).ok()["params"]
    assert (found["runs"], found["kind"], len(set(found["examples"]))) == (15, "number", 10)
    assert set(found["examples"]) <= {str(i) for i in range(15)}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["experiment_ids"]),
        ({"experiment_ids": []}, ["experiment_ids", "0 experiments", "100"]),
        ({"experiment_ids": ["1"] * 101}, ["experiment_ids", "101 experiments", "100"]),
        ({"experiment_ids": ["x"]}, ["experiment", "x"]),
    ],
)
def test_refusals_say_what_is_wrong(server: Server, fields: Json, words: list[str]) -> None:
    server.native("experiments/columns", fields).refused(INVALID, *words)
