"""POST /api/2.0/mlflow/logged-models/search."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import AJAX, API, INVALID, Json, Server, metric, pairs

ENDPOINT = "logged-models/search"


def names(server: Server, experiment: str, /, **fields: Any) -> str:
    """The names of the models that are found, which have one letter each."""
    answer = server.post(ENDPOINT, {"experiment_ids": [experiment], **fields}).ok()
    return "".join(model["info"]["name"] for model in answer.get("models", []))


@pytest.fixture(scope="module")
def four(server: Server) -> str:
    """An experiment with the models A to D, in the order of their creation."""
    experiment = server.new_experiment()
    run = server.new_run(experiment)
    fields: list[Json] = [
        {"name": "A", "model_type": "agent", "source_run_id": run, "params": pairs(p="1"), "tags": pairs(t="x")},
        {
            "name": "B",
            "model_type": "agent",
            "params": [*pairs(p="2"), {"key": "a b", "value": "z"}],
            "tags": pairs(t="Y"),
        },
        {"name": "C", "params": pairs(q="1")},
        {"name": "D"},
    ]
    a, b, c, _ = [server.new_model(experiment, **one) for one in fields]

    def log(model_id: str, value: float, timestamp: int, step: int, **dataset: str) -> None:
        point = {**metric("acc", value, timestamp, step), "model_id": model_id, **dataset}
        server.post("runs/log-metric", {"run_id": run, **point}).ok()

    log(a, 0.9, 10, 1)
    log(b, 0.5, 10, 1)
    log(b, 0.95, 5, 0, dataset_name="d", dataset_digest="1")
    log(c, 0.3, 10, 1)
    log(c, 0.2, 99, 0)
    return experiment


@pytest.mark.parametrize("prefix", [API, AJAX])
@pytest.mark.parametrize("fields", [{}, {"filter": "name = 'model'"}, {"max_results": 5}])
def test_an_experiment_without_models_is_an_empty_object(
    server: Server, experiment: str, prefix: str, fields: dict[str, object]
) -> None:
    request = {"experiment_ids": [experiment], **fields}
    assert server.request("POST", prefix + ENDPOINT, json=request).ok() == {}


def test_the_client_finds_models(client: mlflow.MlflowClient, four: str) -> None:
    found = client.search_logged_models([four], "metrics.acc > 0.1", max_results=2)
    assert ([one.name for one in found], bool(found.token)) == (["C", "B"], True)
    rest = client.search_logged_models([four], "metrics.acc > 0.1", max_results=2, page_token=found.token)
    assert ([one.name for one in rest], rest.token) == (["A"], None)
    assert (rest[0].params, rest[0].tags, rest[0].metrics[0].value) == ({"p": "1"}, {"t": "x"}, 0.9)
    assert rest[0].to_dictionary() == client.get_logged_model(rest[0].model_id).to_dictionary()


def test_the_client_sorts_by_a_metric_on_a_dataset(client: mlflow.MlflowClient, four: str) -> None:
    order = [{"field_name": "metrics.acc", "ascending": False, "dataset_name": "d", "dataset_digest": "1"}]
    assert [one.name for one in client.search_logged_models([four], order_by=order)] == ["B", "D", "C", "A"]


def test_the_client_lists_a_folder_of_a_run_for_which_it_asks(
    server: Server, client: mlflow.MlflowClient, run: str
) -> None:
    server.put_artifact(f"{server.artifact_path(run)}/deep/a.txt", b"x")
    assert [one.path for one in client.list_artifacts(run, "deep")] == ["deep/a.txt"]
    assert client.list_artifacts(run, "nothing") == []


@pytest.mark.parametrize(
    ("filter_string", "found"),
    [
        ("", "DCBA"),
        ("name = 'A'", "A"),
        ("attributes.name = 'A'", "A"),
        ("name = A", "A"),
        ("name != 'A'", "DCB"),
        ("name LIKE 'a%'", ""),
        ("name ILIKE 'a%'", "A"),
        ("name IN ('A','B')", "BA"),
        ("name NOT IN ('A', 'B')", "DC"),
        ("model_type = 'agent'", "BA"),
        ("model_type != 'agent'", "DC"),
        ("source_run_id != 'x'", "DCBA"),
        ("status = 1", "DCBA"),
        ("status = '1'", "DCBA"),
        ("status != 2", "DCBA"),
        ("creation_time > 100", "DCBA"),
        ("creation_timestamp > 100", "DCBA"),
        ("creation_timestamp_ms < 100", ""),
        ("last_updated_timestamp >= 100", "DCBA"),
        ("last_updated_timestamp_ms > 1", "DCBA"),
        ("artifact_location LIKE '%/models/m-%'", "DCBA"),
        ("params.p = '1'", "A"),
        ("params.p = 1", "A"),
        ("params.p != '1'", "B"),
        ("params.p LIKE '%'", "BA"),
        ("params.p IN ('1','2')", "BA"),
        ("params.p NOT IN ('1')", "B"),
        ("params.`a b` = 'z'", "B"),
        ("tags.t = 'x'", "A"),
        ("tags.t ILIKE 'y'", "B"),
        ("metrics.acc > 0.8", "BA"),
        ("metrics.acc = 0.2", "C"),
        ("metrics.acc != 0.9", "CB"),
        ("metrics.acc > 0 AND params.p = '1'", "A"),
        ("metrics.acc > 0.8 and name = 'B'", "B"),
        ("metrics.nope > 0", ""),
        ("name = 'A' AND", "A"),
    ],
)
def test_filters(server: Server, four: str, filter_string: str, found: str) -> None:
    assert names(server, four, filter=filter_string) == found


def test_filters_with_ids(server: Server, four: str) -> None:
    model_id = server.post(ENDPOINT, experiment_ids=[four], filter="name = 'A'").ok()["models"][0]["info"]["model_id"]
    assert names(server, four, filter=f"model_id = '{model_id}'") == "A"
    assert names(server, four, filter=f"model_id IN ('{model_id}', 'm-x')") == "A"
    assert names(server, four, filter=f"experiment_id = '{four}'") == "DCBA"
    assert names(server, four, filter=f"experiment_id = {four}") == "DCBA"
    run = server.model(model_id)["info"]["source_run_id"]
    assert names(server, four, filter=f"source_run_id = '{run}'") == "A"


@pytest.mark.differs(reason="MLflow does not know it, or finds something else by it")
@pytest.mark.parametrize(
    ("filter_string", "found"),
    [
        ('name = "A"', "A"),
        ("params.\"a b\" = 'z'", "B"),
        ("name = 'A' OR name = 'B'", "BA"),
        ("NOT (name = 'A')", "DCB"),
        ("tags.t IS NULL", "DC"),
        ("metrics.acc IS NOT NULL", "CBA"),
        ("metrics.acc.min < 0.25", "C"),
        ("metrics.acc.max > 0.25 AND metrics.acc < 0.25", "C"),
        # A metric is its latest value on each dataset; MLflow compares each that there ever was.
        ("metrics.acc > 0.25", "BA"),
        ("metrics.acc = 0.3", ""),
        ("status = 'PENDING'", "DCBA"),
        ("status = 'LOGGED_MODEL_PENDING'", "DCBA"),
        ("status IN ('READY')", ""),
        ("  ", "DCBA"),
    ],
)
def test_filters_that_are_kiseki_s(server: Server, four: str, filter_string: str, found: str) -> None:
    assert names(server, four, filter=filter_string) == found


@pytest.mark.parametrize(
    "filter_string",
    [
        "attribute.name = 'A'",
        "attr.name = 'A'",
        "param.p = '1'",
        "tag.t = 'x'",
        "metric.acc > 0",
        "model_type IS NULL",
        "name > 'A'",
        "tags.t > 'a'",
        "metrics.acc IN (1)",
        "name",
        "name = ",
        "last_updated_time > 1",
    ],
)
def test_bad_filters(server: Server, four: str, filter_string: str) -> None:
    server.post(ENDPOINT, experiment_ids=[four], filter=filter_string).refused(INVALID)


@pytest.mark.differs(reason="MLflow answers 500")
@pytest.mark.parametrize(
    "filter_string", ["foo = 'x'", "creation_time = 'x'", "metrics.acc > '0'", "creation_time > '1'"]
)
def test_bad_filters_are_no_fault_of_the_server(server: Server, four: str, filter_string: str) -> None:
    server.post(ENDPOINT, experiment_ids=[four], filter=filter_string).refused(INVALID, "position")


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ([], "DCBA"),
        ([{"field_name": "name"}], "ABCD"),
        ([{"field_name": "name", "ascending": False}], "DCBA"),
        ([{"field_name": "name"}, {"field_name": "name", "ascending": False}], "ABCD"),
        ([{"field_name": "creation_time"}], "ABCD"),
        ([{"field_name": "creation_timestamp_ms"}], "ABCD"),
        ([{"field_name": "last_updated_timestamp"}], "ABCD"),
        ([{"field_name": "model_type"}], "DCBA"),
        ([{"field_name": "model_type", "ascending": False}], "BADC"),
        ([{"field_name": "status"}], "DCBA"),
        ([{"field_name": "metrics.acc"}], "CBAD"),
        ([{"field_name": "metrics.acc", "ascending": False}], "ABCD"),
        ([{"field_name": "metrics.nope"}], "DCBA"),
        ([{"field_name": "metrics.acc", "dataset_name": "d", "dataset_digest": "1"}], "BDCA"),
        ([{"field_name": "metrics.acc", "dataset_name": "nope"}, {"field_name": "name"}], "ABCD"),
    ],
)
def test_orders(server: Server, four: str, order: list[Json], found: str) -> None:
    assert names(server, four, order_by=order) == found


@pytest.mark.parametrize("name", ["", "nope", "acc", "params.p", "tags.t", "attributes.name", "metric.acc"])
def test_bad_orders(server: Server, four: str, name: str) -> None:
    server.post(ENDPOINT, experiment_ids=[four], order_by=[{"field_name": name}]).refused(INVALID, "order by")


@pytest.mark.differs(reason="MLflow takes no notice of it, or answers 500")
@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"field_name": "metrics"}, ["order by"]),
        ({"field_name": "metrics."}, ["order by"]),
        ({"field_name": "metrics.acc", "dataset_digest": "1"}, ["dataset_name"]),
        ({"field_name": "name", "dataset_name": "d"}, ["only metrics have"]),
        ({"field_name": 5}, ["field_name"]),
        ({"field_name": "name", "ascending": "maybe"}, ["ascending"]),
        (5, ["order_by"]),
    ],
)
def test_bad_orders_are_no_fault_of_the_server(server: Server, four: str, order: object, words: list[str]) -> None:
    server.post(ENDPOINT, experiment_ids=[four], order_by=[order]).refused(INVALID, *words)


@pytest.mark.parametrize(
    ("datasets", "filter_string", "found"),
    [
        ([{"dataset_name": "d", "dataset_digest": "1"}], "metrics.acc > 0.8", "B"),
        ([{"dataset_name": "d", "dataset_digest": "2"}], "metrics.acc > 0.8", ""),
        ([{"dataset_name": "d", "dataset_digest": "1"}], "", "B"),
        ([{"dataset_name": "e", "dataset_digest": "1"}], "", ""),
    ],
)
def test_datasets(server: Server, four: str, datasets: list[Json], filter_string: str, found: str) -> None:
    assert names(server, four, datasets=datasets, filter=filter_string) == found


@pytest.mark.differs(reason="MLflow finds nothing without a digest")
def test_a_dataset_of_any_digest(server: Server, four: str) -> None:
    assert names(server, four, datasets=[{"dataset_name": "d"}], filter="metrics.acc > 0.8") == "B"
    assert names(server, four, datasets=[{"dataset_name": "e"}, {"dataset_name": "d"}]) == "B"


def test_a_dataset_has_a_name(server: Server, four: str) -> None:
    server.post(ENDPOINT, experiment_ids=[four], datasets=[{"dataset_digest": "1"}]).refused(INVALID, "dataset_name")


def test_pages(server: Server, four: str) -> None:
    for order in ([], [{"field_name": "name"}], [{"field_name": "metrics.acc", "ascending": False}]):
        whole = names(server, four, order_by=order)
        found, token = "", ""
        for _ in range(4):
            answer = server.post(ENDPOINT, experiment_ids=[four], max_results=1, order_by=order, page_token=token).ok()
            found += answer["models"][0]["info"]["name"]
            token = answer.get("next_page_token", "")
        assert (found, token) == (whole, "")


def test_a_token_of_another_order_is_refused(server: Server, four: str) -> None:
    token = server.post(ENDPOINT, experiment_ids=[four], max_results=1).ok()["next_page_token"]
    request = {"experiment_ids": [four], "page_token": token}
    server.post(ENDPOINT, {**request, "order_by": [{"field_name": "name"}]}).refused(INVALID, "page token")
    server.post(ENDPOINT, {**request, "filter": "name = 'A'"}).refused(INVALID, "page token")


@pytest.mark.differs(reason="MLflow answers 500, and believes a token that anybody made")
def test_tokens_are_the_server_s_own(server: Server, four: str) -> None:
    token = server.post(ENDPOINT, experiment_ids=[four], max_results=1).ok()["next_page_token"]
    of_runs = server.post("runs/search", experiment_ids=[four], max_results=1).ok().get("next_page_token", "x")
    for forged in ("xx", token[:-4] + "AAAA", "e30=", "\u00e9", of_runs, "x" * 10_000):
        server.post(ENDPOINT, experiment_ids=[four], page_token=forged).refused(INVALID, "page token")


def test_which_experiments(server: Server, four: str, experiment: str) -> None:
    server.new_model(experiment, name="E")
    answer = server.post(ENDPOINT, experiment_ids=[four, experiment]).ok()["models"]
    assert [model["info"]["name"] for model in answer] == ["E", "D", "C", "B", "A"]
    assert server.post(ENDPOINT, experiment_ids=[]).ok() == {}
    assert server.post(ENDPOINT, experiment_ids=["99999999"]).ok() == {}
    server.post(ENDPOINT, experiment_ids=["abc"]).refused(INVALID, "Invalid experiment ID 'abc'")
    server.post(ENDPOINT, {}).refused(INVALID, "Missing value for required parameter 'experiment_ids'")


@pytest.mark.differs(reason="MLflow finds none of the trash")
def test_models_of_the_trash(server: Server, experiment: str) -> None:
    deleted = server.new_model(experiment, name="X")
    server.new_model(experiment, name="Y")
    server.request("DELETE", f"{API}logged-models/{deleted}").ok()
    views = ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3)
    assert [names(server, experiment, view_type=view) for view in views] == ["Y", "X", "YX"] * 2
    assert names(server, experiment) == "Y"
    (found,) = server.post(ENDPOINT, experiment_ids=[experiment], view_type="DELETED_ONLY").ok()["models"]
    assert found["info"]["lifecycle_stage"] == "deleted"
    bad = server.post(ENDPOINT, experiment_ids=[experiment], view_type="NONE")
    bad.refused(INVALID, "view_type", "ACTIVE_ONLY")


def test_fifty_models_are_found_unless_more_are_asked_for(server: Server, experiment: str) -> None:
    for i in range(51):
        server.new_model(experiment, name=f"m{i}")
    answer = server.post(ENDPOINT, experiment_ids=[experiment]).ok()
    assert (len(answer["models"]), bool(answer["next_page_token"])) == (50, True)
    assert len(server.post(ENDPOINT, experiment_ids=[experiment], max_results=1_000).ok()["models"]) == 51


@pytest.mark.differs(reason="MLflow takes any number")
@pytest.mark.parametrize("most", [0, -1, 50_001, 2**63])
def test_bad_numbers_of_results(server: Server, four: str, most: int) -> None:
    server.post(ENDPOINT, experiment_ids=[four], max_results=most).refused(INVALID, "max_results")


@pytest.mark.differs(reason="MLflow has no such limits")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"datasets": [{"dataset_name": "d"}] * 101}, ["datasets", "100"]),
        ({"order_by": [{"field_name": f"metrics.m{i}"} for i in range(51)]}, ["order_by", "50"]),
        ({"filter": " AND ".join(["name != 'x'"] * 501)}, ["500"]),
        ({"filter": "(" * 600 + "name = 'x'" + ")" * 600}, ["500"]),
        ({"datasets": [{"dataset_name": "\x00"}]}, ["NUL"]),
    ],
)
def test_limits(server: Server, four: str, fields: Json, words: list[str]) -> None:
    server.post(ENDPOINT, {"experiment_ids": [four], **fields}).refused(INVALID, *words)


def test_what_looks_like_sql_is_text(server: Server, four: str) -> None:
    assert names(server, four, filter="name = 'A'' OR ''1'' = ''1'") == ""
    server.post(ENDPOINT, experiment_ids=[four], filter="name = 'A'; DROP TABLE logged_models").refused(INVALID)
    server.post(ENDPOINT, experiment_ids=[four], filter="name = 'A' UNION SELECT 1").refused(INVALID)
    assert names(server, four) == "DCBA"
