"""What holds for all endpoints: prefixes, spellings, types, bodies, queries, hosts and origins."""

from __future__ import annotations

import gzip
import http.client
import json
from typing import Any

import pytest

from tests.wire.server import AJAX, API, INVALID, PROXY, Json, Response, Server, metric, plain_run

CREATE = "experiments/create"
SEARCH = "experiments/search"


def send(server: Server, body: str | bytes, content_type: str | None = "application/json") -> Response:
    """POST of a raw body to experiments/create."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    return server.request("POST", API + CREATE, body=body, headers=headers)


# --- prefixes ---------------------------------------------------------------------------------------------------------


def test_both_prefixes_answer_the_same(server: Server, experiment: str, run: str) -> None:
    server.post("runs/log-metric", {"run_id": run, **metric("m", 2.5)}).ok()
    for endpoint, query in (
        ("experiments/get", {"experiment_id": experiment}),
        ("experiments/get-by-name", {"experiment_name": server.experiment(experiment)["name"]}),
        ("runs/get", {"run_id": run}),
        ("metrics/get-history", {"run_id": run, "metric_key": "m"}),
        ("artifacts/list", {"run_id": run}),
    ):
        answers = [server.request("GET", prefix + endpoint, query=query).ok() for prefix in (API, AJAX)]
        assert answers[0] == answers[1], endpoint


def test_both_prefixes_take_the_same(server: Server, experiment: str, run: str) -> None:
    tag = {"key": "t", "value": "1"}
    for endpoint, fields in (
        ("experiments/set-experiment-tag", {"experiment_id": experiment, **tag}),
        ("experiments/delete-experiment-tag", {"experiment_id": experiment, "key": "t"}),
        ("runs/log-metric", {"run_id": run, **metric("m")}),
        ("runs/log-parameter", {"run_id": run, **tag}),
        ("runs/set-tag", {"run_id": run, **tag}),
        ("runs/delete-tag", {"run_id": run, "key": "t"}),
        ("runs/log-batch", {"run_id": run, "tags": [tag]}),
        ("runs/log-inputs", {"run_id": run}),
        ("runs/outputs", {"run_id": run, "models": []}),
        ("runs/delete", {"run_id": run}),
        ("runs/restore", {"run_id": run}),
        ("experiments/delete", {"experiment_id": experiment}),
        ("experiments/restore", {"experiment_id": experiment}),
    ):
        assert server.request("POST", AJAX + endpoint, json=fields).ok() == {}, endpoint
    assert server.tags(run) == {"t": "1"}
    made = server.request("POST", AJAX + "runs/create", json={"experiment_id": experiment}).ok()
    found = server.request("POST", AJAX + "runs/search", json={"experiment_ids": [experiment]}).ok()
    assert made["run"]["info"]["run_id"] in {one["info"]["run_id"] for one in found["runs"]}


@pytest.mark.parametrize(
    "path",
    [
        "/api/2.0/mlflow/nothing",
        "/api/2.0/mlflow",
        "/api/9.9/mlflow/experiments/get",
        "/api/3.0/mlflow/experiments/get",
        "/api/2.0/preview/mlflow/experiments/get",
        "/api/2.0/mlflow/Experiments/get",
        "/api/2.0/mlflow/experiments/get/",
        "/ajax-api/2.0/mlflow/nothing",
    ],
)
def test_other_paths_are_not_found(server: Server, path: str) -> None:
    assert server.request("GET", path, query={"experiment_id": "0"}).status == 404


@pytest.mark.differs(reason="MLflow answers in HTML")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_other_paths_are_told_in_json(server: Server, method: str) -> None:
    for path in ("/api/2.0/mlflow/nothing", "/ajax-api/2.0/mlflow/nothing", "/api/9.9/x"):
        server.request(method, path, json={}).refused("ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "endpoint"),
    [
        ("GET", CREATE),
        ("PUT", CREATE),
        ("PATCH", "runs/update"),
        ("DELETE", "runs/get"),
        ("POST", "runs/get"),
        ("GET", "runs/search"),
        ("POST", "metrics/get-history"),
        ("POST", "artifacts/list"),
    ],
)
def test_other_methods_are_not_allowed(server: Server, method: str, endpoint: str) -> None:
    assert server.request(method, API + endpoint, json={}).status == 405


@pytest.mark.differs(reason="MLflow answers in HTML")
def test_other_methods_are_told_in_json(server: Server) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        server.request(method, API + CREATE, json={}).refused("ENDPOINT_NOT_FOUND", method, status=405)


# --- content type -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8"]
)
def test_json_by_its_content_type(server: Server, kind: str) -> None:
    assert send(server, json.dumps({"name": server.unique("typed")}), kind).ok()


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/vnd.api+json",
        'text/plain; x="application/json"',
        "application/json, text/plain",
    ],
)
def test_any_other_content_type_is_refused(server: Server, kind: str | None) -> None:
    name = server.unique("untyped")
    send(server, json.dumps({"name": name}), kind).refused(INVALID, "Content-Type")
    assert server.get("experiments/get-by-name", experiment_name=name).status == 404


def test_a_get_may_have_any_content_type(server: Server) -> None:
    query = {"experiment_id": "0"}
    headers = {"Content-Type": "text/plain"}
    assert server.request("GET", API + "experiments/get", query=query, headers=headers).ok()


def test_all_answers_are_json_and_not_sniffed(server: Server, run: str) -> None:
    for answer in (server.get("runs/get", run_id=run), server.get("runs/get"), server.post("runs/delete", run_id=run)):
        assert answer.headers["content-type"].split(";")[0] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"


# --- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["", "{}"])
def test_an_empty_body_is_an_empty_object(server: Server, body: str) -> None:
    send(server, body).refused(INVALID, "Missing value for required parameter 'name'")


def test_json_in_a_json_string_is_read(server: Server) -> None:
    name = server.unique("double")
    created = send(server, json.dumps(json.dumps({"name": name}))).ok()["experiment_id"]
    assert server.experiment(created)["name"] == name


def test_unknown_fields_are_ignored(server: Server) -> None:
    fields = {"name": server.unique("unknown"), "bogus": {"a": [1, None]}, "experiment_id": 5}
    assert server.post(CREATE, fields).ok()


def test_text_of_all_languages(server: Server) -> None:
    name = server.unique("軌跡 ñ 😀 \u2028 \x7f")
    for body in (json.dumps({"name": name}), json.dumps({"name": name + "!"}, ensure_ascii=False)):
        created = send(server, body).ok()["experiment_id"]
        assert server.experiment(created)["name"].removesuffix("!") == name


@pytest.mark.differs(reason="MLflow takes what it cannot read for an empty object, or answers 500")
@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "5",
        '"x"',
        "null",
        "true",
        '[{"name": "x"}]',
        "{'name': 'x'}",
        '{"name": "x"} x',
        '{"name": "x",}',
        '{"name": NaN}',
        b"\xff\xfe",
        b'{"name": "\xff"}',
        '{"name": "\\ud800"}',
        '{"name": "a\nb"}',
        "name=x",
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_a_body_that_is_no_json_object_is_refused(server: Server, body: str | bytes) -> None:
    send(server, body).refused(INVALID)


def test_a_post_takes_nothing_from_its_query(server: Server) -> None:
    answer = server.request("POST", API + CREATE, query={"name": server.unique("query")}, json={})
    answer.refused(INVALID, "Missing value for required parameter 'name'")


def test_compressed_bodies_are_no_way_around_the_limits(server: Server) -> None:
    body = gzip.compress(json.dumps({"max_results": 1}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = server.request("POST", API + SEARCH, body=body, headers=headers)
    assert answer.status in (200, 400, 415)
    answer.json()


# --- spellings and types ----------------------------------------------------------------------------------------------


def test_camel_case_is_accepted(server: Server) -> None:
    name = server.unique("camel")
    created = server.post(CREATE, name=name, artifactLocation="s3://bucket/x").ok()["experiment_id"]
    assert server.experiment(created)["artifact_location"] == "s3://bucket/x"
    fields = {"experimentId": created, "runName": "n", "startTime": 5, "userId": "u"}
    run = server.post("runs/create", fields).ok()["run"]
    assert {key: run["info"][key] for key in ("experiment_id", "run_name", "start_time", "user_id")} == {
        "experiment_id": created,
        "run_name": "n",
        "start_time": 5,
        "user_id": "u",
    }
    run_id = run["info"]["run_id"]
    dataset = {"name": "d", "digest": "1", "sourceType": "local", "source": "{}"}
    server.post("runs/log-inputs", run_id=run_id, datasets=[{"dataset": dataset}]).ok()
    assert server.run(run_id)["inputs"]["dataset_inputs"][0]["dataset"]["source_type"] == "local"
    found = server.post("runs/search", experimentIds=[created], runViewType="ALL", maxResults=5).ok()
    assert [one["info"]["run_id"] for one in found["runs"]] == [run_id]
    assert len(server.post(SEARCH, maxResults=1, viewType="ALL", orderBy=["name"]).ok()["experiments"]) == 1


@pytest.mark.differs(reason="MLflow looks for required fields in snake_case alone")
def test_camel_case_is_accepted_everywhere(server: Server, experiment: str, run: str) -> None:
    server.post("experiments/set-experiment-tag", experimentId=experiment, key="k", value="v").ok()
    server.post("experiments/update", experimentId=experiment, newName=server.unique("camel")).ok()
    server.post("runs/log-metric", {"runId": run, **metric("m")}).ok()
    server.post("runs/log-batch", runId=run, tags=[{"key": "t", "value": "1"}]).ok()
    assert server.tags(run) == {"t": "1"}
    server.post("runs/delete", runId=run).ok()
    server.post("experiments/delete", experimentId=experiment).ok()
    assert server.experiment(experiment)["lifecycle_stage"] == "deleted"


def test_both_spellings_at_once_are_refused(server: Server, experiment: str) -> None:
    server.post(SEARCH, max_results=1, maxResults=1).refused(INVALID, "max_results")
    server.post("runs/create", experiment_id=experiment, experimentId=experiment).refused(INVALID, "experiment_id")


def test_whole_numbers_are_told_as_numbers_and_ids_as_text(server: Server, experiment: str, run: str) -> None:
    server.post("runs/log-metric", {"run_id": run, **metric("m", 3, 2**62, 2**40)}).ok()
    server.post("runs/update", run_id=run, end_time=2**50).ok()
    stored = server.run(run)
    assert stored["info"]["experiment_id"] == experiment
    assert isinstance(stored["info"]["start_time"], int)
    assert stored["info"]["end_time"] == 2**50
    assert stored["data"]["metrics"] == [{"key": "m", "value": 3.0, "timestamp": 2**62, "step": 2**40}]
    assert isinstance(server.experiment(experiment)["creation_time"], int)


def test_whole_numbers_may_be_sent_as_text(server: Server, experiment: str) -> None:
    run = server.new_run(experiment, start_time="1234567890123")
    assert server.run(run)["info"]["start_time"] == 1234567890123
    server.post("runs/log-metric", {"run_id": run, **metric("m", "0.5", "7", "-3")}).ok()
    assert server.metrics(run) == {"m": metric("m", 0.5, 7, -3)}


def test_an_experiment_id_is_text(server: Server, experiment: str) -> None:
    server.post("experiments/delete", experiment_id=int(experiment)).refused(INVALID, experiment, "experiment_id")
    server.post("runs/create", experiment_id=int(experiment)).refused(INVALID, "experiment_id")


def test_empty_lists_are_left_away_and_empty_objects_kept(server: Server, experiment: str) -> None:
    assert server.post("runs/search", experiment_ids=[experiment]).ok() == {}
    run = server.new_run(experiment)
    raw = server.get("runs/get", run_id=run).ok()["run"]
    assert (set(raw), set(raw["data"]), raw["inputs"], raw["outputs"]) == (
        {"info", "data", "inputs", "outputs"},
        {"tags"},
        {},
        {},
    )
    server.post("runs/delete-tag", run_id=run, key="mlflow.runName").ok()
    assert server.get("runs/get", run_id=run).ok()["run"]["data"] == {}
    assert "tags" not in server.experiment(experiment)


def test_null_is_the_same_as_absent(server: Server, experiment: str) -> None:
    fields: Json = {"experiment_id": experiment, "run_name": None, "user_id": None, "start_time": None, "tags": None}
    made = server.post("runs/create", fields).ok()["run"]
    assert (made["info"]["user_id"], made["info"]["start_time"]) == ("", 0)
    assert plain_run(made)["data"] == {"tags": [{"key": "mlflow.runName", "value": made["info"]["run_name"]}]}


# --- queries ----------------------------------------------------------------------------------------------------------


def test_lists_are_repeated_parameters(server: Server) -> None:
    query = [("max_results", 2), ("order_by", "creation_time"), ("order_by", "experiment_id")]
    by_get = server.get(SEARCH, query).ok()
    assert by_get == server.post(SEARCH, max_results=2, order_by=["creation_time", "experiment_id"]).ok()
    assert len(by_get["experiments"]) <= 2


def test_a_get_may_have_a_json_body_instead_of_a_query(server: Server) -> None:
    expected = server.get("experiments/get", experiment_id="0").ok()
    assert server.request("GET", API + "experiments/get", json={"experiment_id": "0"}).ok() == expected


def test_the_query_wins_over_the_body(server: Server, experiment: str) -> None:
    answer = server.request(
        "GET", API + "experiments/get", query={"experiment_id": experiment}, json={"experiment_id": "0"}
    )
    assert answer.ok()["experiment"]["experiment_id"] == experiment


def test_unknown_parameters_are_ignored(server: Server) -> None:
    assert server.get("experiments/get", experiment_id="0", bogus="1").ok()


@pytest.mark.parametrize("view", ["DELETED_ONLY", "2"])
def test_a_view_in_a_query_is_a_name_or_a_number(server: Server, experiment: str, view: str) -> None:
    name = server.experiment(experiment)["name"]
    server.post("experiments/delete", experiment_id=experiment).ok()
    found = server.get(SEARCH, max_results=5, view_type=view, filter=f"name = '{name}'").ok()
    assert [one["experiment_id"] for one in found["experiments"]] == [experiment]


def test_percent_and_plus_are_decoded_once(server: Server) -> None:
    name = server.unique("a+b %2B &=")
    created = server.new_experiment(name=name)
    found = server.get("experiments/get-by-name", experiment_name=name).ok()["experiment"]
    assert found["experiment_id"] == created


# --- hosts and origins ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:9",
        "127.0.0.1",
        "127.0.0.1:9",
        "[::1]",
        "[::1]:5000",
        "0.0.0.0",
        "192.168.1.5",
        "10.1.2.3:80",
        "172.16.0.1",
        "172.31.255.255",
    ],
)
def test_local_and_private_hosts_are_answered(server: Server, host: str) -> None:
    query = {"experiment_id": "0"}
    assert server.request("GET", API + "experiments/get", query=query, headers={"Host": host}).ok()


HOSTS = ["evil.example", f"evil.example:{5000}", "localhost.evil.example", "8.8.8.8", "172.32.0.1", "my-host", ""]


@pytest.mark.parametrize("host", HOSTS)
def test_other_hosts_are_refused(server: Server, host: str) -> None:
    answer = server.request("GET", API + "experiments/get", query={"experiment_id": "0"}, headers={"Host": host})
    assert answer.status in (400, 403)
    assert b"Default" not in answer.body


@pytest.mark.differs(reason="MLflow compares patterns of text, by which names of anybody's pass")
@pytest.mark.parametrize(
    "host",
    ["10.evil.example", "192.168.evil.example", "172.16.evil.example", "127.0.0.1:x.evil.example", "[::1]evil.example"],
)
def test_hosts_that_only_look_private_are_refused(server: Server, host: str) -> None:
    name = server.unique("rebound")
    answer = server.request("POST", API + CREATE, json={"name": name}, headers={"Host": host})
    assert answer.status in (400, 403)
    assert server.get("experiments/get-by-name", experiment_name=name).status == 404


@pytest.mark.differs(reason="MLflow compares patterns of text, by case")
@pytest.mark.parametrize("host", ["LOCALHOST", "LocalHost:5000", "[fd00::1]:80"])
def test_hosts_are_compared_as_names_and_addresses(server: Server, host: str) -> None:
    query = {"experiment_id": "0"}
    assert server.request("GET", API + "experiments/get", query=query, headers={"Host": host}).ok()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_own_page_may_write(server: Server, name: str) -> None:
    own = f"{name}:{server.port}"
    headers = {"Host": own, "Origin": f"http://{own}", "Sec-Fetch-Site": "same-origin"}
    assert server.request("POST", API + SEARCH, json={"max_results": 1}, headers=headers).ok()


@pytest.mark.differs(reason="MLflow lets pages of any server on this machine write")
@pytest.mark.parametrize("origin", ["http://localhost:3", "http://127.0.0.1:3", "http://[::1]:3"])
def test_pages_of_other_servers_on_this_machine_do_not_write(server: Server, origin: str) -> None:
    name = server.unique("neighbour")
    answer = server.request("POST", API + CREATE, json={"name": name}, headers={"Origin": origin})
    assert answer.status == 403
    assert server.get("experiments/get-by-name", experiment_name=name).status == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "file://"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", API + CREATE),
        ("POST", AJAX + CREATE),
        ("PUT", f"{PROXY}/x.txt"),
        ("DELETE", f"{PROXY}/x.txt"),
        ("POST", AJAX + "upload-artifact"),
        ("POST", "/api/2.0/mlflow-artifacts/mpu/create/x"),
    ],
)
def test_pages_of_others_do_not_write(server: Server, origin: str, method: str, path: str) -> None:
    name = server.unique("foreign")
    answer = server.request(method, path, json={"name": name}, headers={"Origin": origin})
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers
    assert server.get("experiments/get-by-name", experiment_name=name).status == 404


@pytest.mark.differs(reason="MLflow does not look at it")
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_the_browser_says_of_the_page_counts(server: Server, site: str) -> None:
    name = server.unique("cross")
    headers = {"Sec-Fetch-Site": site, "Origin": "https://evil.example"}
    assert server.request("POST", API + CREATE, json={"name": name}, headers=headers).status == 403
    without_origin = server.request("POST", API + CREATE, json={"name": name}, headers={"Sec-Fetch-Site": "cross-site"})
    assert without_origin.status == 403
    assert server.get("experiments/get-by-name", experiment_name=name).status == 404


def test_pages_of_others_are_not_told_that_they_may(server: Server) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = server.request("OPTIONS", API + CREATE, headers=headers)
    assert "access-control-allow-origin" not in answer.headers
    read = server.get("experiments/get", experiment_id="0")
    assert read.headers.get("access-control-allow-origin") != "*"


# --- what is asked for often ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "fields"),
    [
        ("runs/update", {"status": "KILLED"}),
        ("runs/log-metric", metric("m")),
        ("runs/log-parameter", {"key": "k", "value": "v"}),
        ("runs/set-tag", {"key": "k", "value": "v"}),
    ],
)
def test_run_uuid_is_another_word_for_run_id(server: Server, run: str, endpoint: str, fields: dict[str, Any]) -> None:
    before = server.run(run)
    server.post(endpoint, {"run_uuid": run, **fields}).ok()
    assert server.run(run) != before


def test_a_connection_serves_many_requests(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for _ in range(3):
        connection.request("GET", API + "experiments/get?experiment_id=0")
        answer = connection.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["experiment"]["experiment_id"] == "0"
        assert not answer.will_close
    connection.close()
