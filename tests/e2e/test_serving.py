"""`kiseki models serve` beside the real `mlflow models serve`: the same requests get the same answers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine

from tests import models
from tests.scoring import ScoringServer
from tests.wire.server import Response

IRIS = load_iris(as_frame=True).data
WINE = load_wine().data
ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
Pair = tuple[ScoringServer, ScoringServer]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def pair(folder: Path, name: str) -> Iterator[Pair]:
    """Both servers with the model of that name."""
    model = getattr(models, name)(folder / name)
    with (
        ScoringServer(folder / f"{name}-ours", model) as ours,
        ScoringServer(folder / f"{name}-theirs", _readable_by_mlflow(model), reference=True) as theirs,
    ):
        yield ours, theirs


def _readable_by_mlflow(model: Path) -> Path:
    """The model itself, or the same one whose code imports MLflow instead of kiseki."""
    return models.many_for_mlflow(model.with_name("many-mlflow")) if model.name == "many" else model


@pytest.fixture(scope="module")
def iris(folder: Path) -> Iterator[Pair]:
    yield from pair(folder, "iris")


@pytest.fixture(scope="module")
def mixed(folder: Path) -> Iterator[Pair]:
    yield from pair(folder, "mixed")


@pytest.fixture(scope="module")
def tensor(folder: Path) -> Iterator[Pair]:
    yield from pair(folder, "tensor")


@pytest.fixture(scope="module")
def many(folder: Path) -> Iterator[Pair]:
    yield from pair(folder, "many")


def same(servers: Pair, body: Any, content_type: str = "application/json") -> Any:
    """The answer that both give, which is a success."""
    ours, theirs = (server.score(body, content_type) for server in servers)
    assert theirs.status == 200, theirs
    assert ours.status == 200, ours
    found = ours.json()
    assert found == json.loads(theirs.body)
    return found


def refused(servers: Pair, body: Any, content_type: str = "application/json") -> Response:
    """Our answer to what both refuse with the same status and code."""
    ours, theirs = (server.score(body, content_type) for server in servers)
    assert ours.status == theirs.status, (ours, theirs)
    error = ours.json()
    if theirs.headers["content-type"] == "application/json":
        assert error["error_code"] == json.loads(theirs.body)["error_code"], (ours, theirs)
    return ours


def split(table: pd.DataFrame, **more: Any) -> dict[str, Any]:
    return {"dataframe_split": {**table.to_dict(orient="split"), "index": list(range(len(table)))}, **more}


IRIS_REQUESTS: dict[str, Any] = {
    "split": split(IRIS[::30]),
    "split without index": {"dataframe_split": {"columns": list(IRIS), "data": IRIS[::40].to_numpy().tolist()}},
    "records": {"dataframe_records": IRIS[::30].to_dict(orient="records")},
    "instances": {"instances": IRIS[::30].to_dict(orient="records")},
    "inputs": {"inputs": IRIS[::30].to_dict(orient="list")},
    "whole numbers": {"dataframe_split": {"columns": list(IRIS), "data": [[5, 3, 1, 0], [6, 3, 5.5, 2]]}},
    "other order": split(IRIS[::50][list(reversed(list(IRIS)))]),
    "extra column": split(IRIS[::50].assign(extra="x")),
    "params that it does not have": split(IRIS[:1], params={"k": 1}),
}


@pytest.mark.parametrize("name", IRIS_REQUESTS)
def test_tables_in_json(iris: Pair, name: str) -> None:
    same(iris, IRIS_REQUESTS[name])


def test_tables_in_csv_and_parquet(iris: Pair) -> None:
    expected = same(iris, split(IRIS))
    assert same(iris, IRIS.to_csv(index=False), "text/csv") == expected
    assert same(iris, IRIS.to_csv(index=False), "text/csv; charset=UTF-8") == expected
    assert same(iris, IRIS.to_parquet(), PARQUET) == expected


IRIS_MISTAKES: dict[str, tuple[Any, str]] = {
    "no object": ("[1, 2]", "list"),
    "null": ("null", "Received"),
    "not JSON": ("{bad", "valid JSON"),
    "empty": ("", "valid JSON"),
    "two fields": ({"inputs": [[1]], "instances": [[1]]}, "exactly one"),
    "no field": ({"data": [[1]]}, "exactly one"),
    "a missing column": (split(IRIS[:1][list(IRIS)[:3]]), "petal width (cm)"),
    "a row too short": ({"dataframe_split": {"columns": list(IRIS), "data": [[1, 2, 3]]}}, "columns"),
    "split is a number": ({"dataframe_split": 5}, "dictionary"),
    "records is a number": ({"dataframe_records": 5}, "list of records"),
    "no rows": ({"dataframe_split": {"columns": list(IRIS), "data": []}}, "0 sample"),
    "a value is missing": ({"dataframe_split": {"columns": list(IRIS), "data": [[None, 1, 2, 3]]}}, "NaN"),
    "no names": ({"instances": [[5.1, 3.5, 1.4, 0.2]]}, "missing inputs"),
}


@pytest.mark.parametrize("name", IRIS_MISTAKES)
def test_mistakes_are_refused_with_the_same_code(iris: Pair, name: str) -> None:
    body, word = IRIS_MISTAKES[name]
    answer = refused(iris, body)
    assert answer.status == 400
    assert word in answer.json()["message"], answer


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/json; charset=latin-1", "text/csv; header=present"]
)
def test_other_content_types_are_refused(iris: Pair, content_type: str) -> None:
    assert refused(iris, json.dumps(split(IRIS[:1])), content_type).status == 415


def test_where_the_answers_differ(iris: Pair) -> None:
    """What MLflow answers with 500, or accepts by mistake."""
    ours, theirs = iris
    request = split(IRIS[:1])
    missing = {"Content-Type": ""}
    assert theirs.request("POST", "/invocations", body=json.dumps(request), headers=missing).status in {415, 500}
    assert ours.request("POST", "/invocations", body=json.dumps(request), headers=missing).status == 415
    # Params that are no object are not looked at by MLflow.
    ours.score({**request, "params": 5}).refused("INVALID_PARAMETER_VALUE", "parameters", "dictionary")
    # A text in a column of numbers has another code, since it is the signature that it does not fit.
    text = {"dataframe_split": {"columns": list(IRIS), "data": [["x", 1, 2, 3]]}}
    ours.score(text).refused("INVALID_PARAMETER_VALUE", "sepal length (cm)", "double")
    assert theirs.score(text).status == 400
    # An error has no stack trace.
    assert "stack_trace" not in ours.score(split(IRIS[:0])).json()


def test_tables_of_several_types(mixed: Pair) -> None:
    data = load_diabetes(as_frame=True, scaled=False).data
    table = pd.DataFrame({"age": data["age"].astype("int64"), "sex": "b", "bmi": data["bmi"]})[:20]
    expected = same(mixed, split(table))
    assert len(expected["predictions"]) == 20
    assert same(mixed, {"dataframe_records": table.to_dict(orient="records")}) == expected
    assert same(mixed, {"inputs": table.to_dict(orient="list")}) == expected
    assert same(mixed, table.to_csv(index=False), "text/csv") == expected
    refused(mixed, split(table.assign(sex="neither")))
    # MLflow cuts a fraction where whole numbers are asked for.
    ours, theirs = mixed
    assert theirs.score(split(table.assign(age=1.5))).status == 200
    ours.score(split(table.assign(age=1.5))).refused("INVALID_PARAMETER_VALUE", "age", "fraction")


def test_tensors(tensor: Pair) -> None:
    expected = same(tensor, {"inputs": WINE[:5].tolist()})
    assert same(tensor, {"instances": WINE[:5].tolist()}) == expected
    # Rows of another length, and no rows at all.
    refused(tensor, {"inputs": WINE[:5, :3].tolist()})
    # What is no tensor has another code, since it is the signature that it does not fit.
    ours, theirs = tensor
    assert theirs.score({"inputs": "text"}).status == 400
    ours.score({"inputs": "text"}).refused("INVALID_PARAMETER_VALUE", "float64")


def asked(what: str, number: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"dataframe_split": {"columns": ["what", "number"], "data": [[what, number]]}, **more}


@pytest.mark.parametrize(
    "what",
    [
        *("config", "series", "named", "frame", "array", "dict", "list", "text", "number", "scalar", "none"),
        *("large", "unsigned", "single", "params"),
    ],
)
def test_answers_of_every_kind(many: Pair, what: str) -> None:
    same(many, asked(what))


def test_params_reach_the_model(many: Pair) -> None:
    assert same(many, asked("params", params={"k": 2.5}))["predictions"] == {"k": 2.5}
    refused(many, asked("params", params={"k": "two"}))


def test_what_a_model_raises_is_a_400(many: Pair) -> None:
    assert "ValueError: not this one" in refused(many, asked("raise")).json()["message"]


def test_what_json_does_not_have_is_null(many: Pair) -> None:
    ours, theirs = many
    assert b"NaN" in theirs.score(asked("nan")).body
    assert ours.score(asked("nan")).ok() == {"predictions": [None, None, 1.0]}


def test_requests_wait_for_each_other_no_longer_than_they_do_at_mlflow(many: Pair) -> None:
    """Requests to a model that waits for something else are answered side by side."""
    for server in many:
        began = time.monotonic()
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _, server=server: server.score(asked("sleep", 2.0)), range(4)))
        assert [answer.status for answer in answers] == [200] * 4
        assert time.monotonic() - began < 2 * 4


def test_the_scoring_client_of_mlflow_reads_our_answers(iris: Pair) -> None:
    with warnings.catch_warnings(action="ignore"):
        from mlflow.pyfunc.scoring_server.client import ScoringServerClient

    ours, theirs = iris
    found = [
        ScoringServerClient("127.0.0.1", server.port).invoke(IRIS[::10]).get_predictions() for server in (ours, theirs)
    ]
    pd.testing.assert_frame_equal(*found)


def test_the_endpoints_beside(iris: Pair) -> None:
    for path in ("/ping", "/health"):
        ours, theirs = (server.request("GET", path) for server in iris)
        assert (ours.status, ours.body) == (theirs.status, theirs.body) == (200, b"\n")
    server, _ = iris
    assert server.request("GET", "/version").status == 200
    document = server.request("GET", "/openapi.json").ok()
    example = document["paths"]["/invocations"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert server.score(example).ok()["predictions"] == [0, 0, 0]


def test_arrow_goes_in_and_out(iris: Pair) -> None:
    server, _ = iris
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pandas(IRIS, preserve_index=False)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=40)
    body = sink.getvalue().to_pybytes()
    expected = server.score(split(IRIS)).ok()["predictions"]
    assert server.score(body, ARROW).ok()["predictions"] == expected
    answer = server.score(body, ARROW, Accept=ARROW)
    assert answer.headers["content-type"] == ARROW
    assert pa.ipc.open_stream(answer.body).read_all().column("predictions").to_pylist() == expected
    server.score(body[:-100], ARROW).refused("BAD_REQUEST", "Arrow")


def test_eight_clients_at_once_get_their_own_answers(iris: Pair) -> None:
    server, _ = iris
    rows = IRIS.to_numpy().tolist()
    expected = server.score(split(IRIS)).ok()["predictions"]

    def one(number: int) -> tuple[int, Any]:
        place = number % len(rows)
        row = [None, *rows[place][1:]] if number % 8 == 3 else rows[place]
        answer = server.score({"dataframe_split": {"columns": list(IRIS), "data": [row]}})
        return number, answer

    with ThreadPoolExecutor(8) as pool:
        for number, answer in pool.map(one, range(400)):
            if number % 8 == 3:
                answer.refused("BAD_REQUEST", "NaN")
            else:
                assert answer.ok() == {"predictions": [expected[number % len(rows)]]}
    text = server.request("GET", "/metrics").body.decode()
    together = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    calls = float(together["kiseki_model_prediction_requests_count"])
    alone = float(together['kiseki_model_prediction_requests_bucket{le="1"}'])
    assert calls > alone, "no two requests were answered together"


def wait_for(server: ScoringServer, sample: str) -> None:
    """Returns when the server tells Prometheus that."""
    deadline = time.monotonic() + 30
    while sample not in (text := server.request("GET", "/metrics").body.decode()):
        assert time.monotonic() < deadline, text
        time.sleep(0.05)


def test_several_workers_share_a_port(folder: Path, tmp_path: Path) -> None:
    model = models.iris(tmp_path / "iris")
    with ScoringServer(tmp_path / "server", model, options=("--workers", "2")) as server:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: server.score(split(IRIS[:1])), range(100)))
        assert {answer.status for answer in answers} == {200}
        wait_for(server, 'route="/invocations",status="2xx"} 100')
        # One worker may have answered all of them before the other had its model.
        until = time.monotonic() + 60
        while server.log().count("serving started") < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert server.log().count("serving started") == 2
        assert server.end(signal.SIGTERM) == 0
        assert server.log().count("serving stopped") == 2


@pytest.mark.parametrize("workers", ["1", "2"])
def test_requests_under_way_are_answered_before_the_server_ends(tmp_path: Path, workers: str) -> None:
    model = models.many(tmp_path / "many")
    with (
        ScoringServer(tmp_path / "server", model, options=("--workers", workers)) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        answer = pool.submit(server.score, asked("sleep", 2.0))
        wait_for(server, "kiseki_requests_waiting 1")
        assert server.end(signal.SIGTERM) == 0
        assert answer.result(30).ok() == {"predictions": [2.0]}


def test_the_configuration_comes_from_the_environment(tmp_path: Path) -> None:
    model = models.many(tmp_path / "many")
    environment = {"SERVING_MODEL_CONFIG": '{"depth": 7}', "MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT": "1"}
    with ScoringServer(tmp_path / "server", model, environment=environment) as server:
        assert server.score(asked("config")).ok() == {"predictions": {"depth": 7, "name": "n"}}
        late = server.score(asked("sleep", 60.0))
        late.refused("DEADLINE_EXCEEDED", "1 seconds", status=504)


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiseki", "models", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


def altered(model: Path) -> str:
    file = model / "model.skops"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    return "model.skops"


def without_a_file(model: Path) -> str:
    (model / "model.skops").unlink()
    return "model.skops"


def without_the_model(model: Path) -> str:
    (model / "MLmodel").unlink()
    return "MLmodel"


def of_a_library_that_is_not_there(model: Path) -> str:
    file = model / "MLmodel"
    file.write_text(file.read_text().replace("loader_module: mlflow.sklearn", "loader_module: no_such_library"))
    return "no_such_library"


def with_tags(model: Path) -> str:
    file = model / "MLmodel"
    file.write_text(f"metadata: !!python/object/apply:os.system ['touch {model}/canary']\n{file.read_text()}")
    return "tag"


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    "spoil", [altered, without_a_file, without_the_model, of_a_library_that_is_not_there, with_tags]
)
def test_a_model_that_cannot_be_loaded_is_told_in_one_line(
    folder: Path, tmp_path: Path, spoil: Any, workers: str
) -> None:
    model = models.iris(tmp_path / "iris")
    word = spoil(model)
    finished = command("serve", "-m", str(model), "--env-manager", "local", "-p", "0", "-w", workers)
    assert finished.returncode == 1, finished
    last = finished.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert word in last
    assert "Traceback" not in finished.stderr
    assert not (model / "canary").exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_model_whose_own_code_fails_is_told_with_its_trace(tmp_path: Path, workers: str) -> None:
    model = models.many(tmp_path / "many")
    code = next(model.glob("*.py"))
    text = code.read_text()
    (model / "SHA256SUMS").unlink()
    code.write_text(text.replace("self.config = context.model_config", "raise RuntimeError('no weights')"))
    finished = command("serve", "-m", str(model), "--env-manager", "local", "-p", "0", "-w", workers)
    assert finished.returncode == 1, finished
    assert "RuntimeError: no weights" in finished.stderr


def test_a_taken_port_is_told(iris: Pair, folder: Path) -> None:
    finished = command("serve", "-m", str(folder / "iris"), "--env-manager", "local", "-p", str(iris[0].port))
    assert (finished.returncode, finished.stderr.count("\n")) == (1, 1)
    assert "--port" in finished.stderr


def test_the_command_line_predicts_as_mlflow_does(folder: Path, tmp_path: Path) -> None:
    model = models.mixed(tmp_path / "mixed")
    table = pd.DataFrame({"age": [40, 60], "sex": ["a", "b"], "bmi": [22.5, 31.0]})
    (tmp_path / "in.json").write_text(json.dumps(split(table)))
    (tmp_path / "in.csv").write_text(table.to_csv(index=False))
    common = ("predict", "-m", str(model), "--env-manager", "local")
    theirs = subprocess.run(
        [Path(sys.executable).with_name("mlflow"), "models", *common, "-i", tmp_path / "in.json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    expected = json.loads(theirs.stdout)
    by_file = command(*common, "-i", str(tmp_path / "in.json"))
    assert json.loads(by_file.stdout) == expected, by_file.stderr
    by_csv = command(*common, "-t", "csv", input=(tmp_path / "in.csv").read_text())
    assert json.loads(by_csv.stdout) == expected, by_csv.stderr
    written = command(*common, "-i", str(tmp_path / "in.json"), "-o", str(tmp_path / "out.json"))
    assert (written.returncode, written.stdout) == (0, "")
    assert json.loads((tmp_path / "out.json").read_text()) == expected
    wrong = command(*common, "-t", "json", input="{}")
    assert (wrong.returncode, wrong.stderr.splitlines()[-1][:7]) == (1, "Error: ")
