"""POST /ajax-api/2.0/mlflow/experiments/search-datasets, which the UI asks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.server import AJAX, API, INVALID, Json, Response, Server


def search(server: Server, fields: Json) -> Response:
    return server.request("POST", AJAX + "experiments/search-datasets", json=fields)


def use(server: Server, run: str, name: str, digest: str, context: str | None = None) -> None:
    tags = [{"key": "mlflow.data.context", "value": context}] if context else []
    dataset = {"name": name, "digest": digest, "source_type": "local", "source": "{}"}
    server.post("runs/log-inputs", run_id=run, datasets=[{"dataset": dataset, "tags": tags}]).ok()


def test_each_use_of_a_dataset_is_told_once(server: Server, experiment: str) -> None:
    first, second, third = (server.new_run(experiment) for _ in range(3))
    use(server, first, "wine", "d1", "training")
    use(server, second, "wine", "d1", "training")
    use(server, third, "wine", "d1", "eval")
    use(server, third, "wine", "d2")
    use(server, third, "digits", "d3", "training")
    summaries = search(server, {"experiment_ids": [experiment]}).ok()["dataset_summaries"]
    expected: list[Json] = [
        {"experiment_id": experiment, "name": "digits", "digest": "d3", "context": "training"},
        {"experiment_id": experiment, "name": "wine", "digest": "d1", "context": "eval"},
        {"experiment_id": experiment, "name": "wine", "digest": "d1", "context": "training"},
        {"experiment_id": experiment, "name": "wine", "digest": "d2"},
    ]
    assert sorted(summaries, key=str) == sorted(expected, key=str)


def test_several_experiments_at_once(server: Server) -> None:
    experiments = [server.new_experiment() for _ in range(3)]
    for number, experiment in enumerate(experiments):
        use(server, server.new_run(experiment), "shared", f"d{number}")
    answer = search(server, {"experiment_ids": experiments[:2]}).ok()
    assert {(one["experiment_id"], one["digest"]) for one in answer["dataset_summaries"]} == {
        (experiments[0], "d0"),
        (experiments[1], "d1"),
    }


@pytest.mark.parametrize("ids", [["99999999"], [str(number) for number in range(10**6, 10**6 + 20)]])
def test_no_dataset_is_an_empty_object(server: Server, ids: list[str]) -> None:
    assert search(server, {"experiment_ids": ids}).ok() == {}


def test_an_experiment_without_datasets_is_an_empty_object(server: Server, experiment: str) -> None:
    assert search(server, {"experiment_ids": [experiment]}).ok() == {}


@pytest.mark.parametrize("fields", [{}, {"experiment_ids": []}])
def test_one_experiment_at_least(server: Server, fields: dict[str, Any]) -> None:
    search(server, fields).refused(INVALID, "at least one experiment_id")


def test_twenty_experiments_at_most(server: Server) -> None:
    search(server, {"experiment_ids": [str(number) for number in range(21)]}).refused(
        INVALID, "more than 20 experiment_ids", "21"
    )


def test_an_id_that_is_no_number_is_refused(server: Server) -> None:
    search(server, {"experiment_ids": ["abc"]}).refused(INVALID, "Invalid experiment ID 'abc'")


@pytest.mark.parametrize("ids", [[1], "1", 5, [None]])
def test_ids_of_the_wrong_type_are_refused(server: Server, ids: Any) -> None:
    search(server, {"experiment_ids": ids}).refused(INVALID, "experiment_id")


def test_it_belongs_to_the_ui_alone(server: Server) -> None:
    assert server.request("POST", API + "experiments/search-datasets", json={"experiment_ids": ["0"]}).status == 404
    assert server.request("GET", AJAX + "experiments/search-datasets", query={"experiment_ids": ["0"]}).status == 405
