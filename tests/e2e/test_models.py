"""Models that are logged, on a server, in a database and in a folder."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import kiseki
from kiseki.client.client import KisekiClient
from kiseki.exceptions import IntegrityError, InvalidParameter, MlflowException, NotFound
from kiseki.models import Model, ModelInfo, get_model_info, infer_signature, set_signature, update_model_requirements

pytestmark = pytest.mark.usefixtures("tracking")

X = np.array([[1.0], [2.0], [3.0]])
FILES = {"MLmodel", "SHA256SUMS", "conda.yaml", "model.skops", "python_env.yaml", "requirements.txt"}


@pytest.fixture
def line() -> Any:
    return LinearRegression().fit(X, X[:, 0] * 2)


def log(line: Any, **options: Any) -> ModelInfo:
    return kiseki.sklearn.log_model(line, pip_requirements=["scikit-learn"], **options)


def predicts(uri: str) -> None:
    np.testing.assert_allclose(kiseki.sklearn.load_model(uri).predict(X), X[:, 0] * 2)
    np.testing.assert_allclose(kiseki.pyfunc.load_model(uri).predict(X), X[:, 0] * 2)


def test_a_model_of_a_run(client: KisekiClient, line: Any) -> None:
    with kiseki.start_run() as run:
        kiseki.log_params({"depth": 3, "kind": "line"})
        kiseki.log_metric("loss", 0.5, step=0)
        kiseki.log_metric("loss", 0.25, step=1)
        kiseki.log_metric("other", 1.0, step=7)
        info = log(line, name="line", params={"own": 1}, tags={"t": 2}, model_type="regressor", step=1)
    logged = client.get_logged_model(str(info.model_id))
    assert (info.name, info.model_uri, info.run_id) == ("line", f"models:/{info.model_id}", run.info.run_id)
    assert (logged.name, logged.status, logged.model_type) == ("line", "READY", "regressor")
    assert logged.source_run_id == run.info.run_id
    assert logged.params == {"depth": "3", "kind": "line", "own": "1"}
    assert {"t": "2", "mlflow.source.type": "LOCAL"}.items() <= logged.tags.items()
    assert [(one.key, one.value, one.step) for one in logged.metrics or ()] == [("loss", 0.25, 1)]
    outputs = client.get_run(run.info.run_id).outputs
    assert outputs is not None
    assert [(one.model_id, one.step) for one in outputs.model_outputs] == [(info.model_id, 1)]
    assert {file.path for file in client.list_logged_model_artifacts(str(info.model_id))} == FILES
    assert kiseki.last_logged_model() == logged
    for uri in (info.model_uri, f"runs:/{run.info.run_id}/line", str(info.artifact_path)):
        predicts(uri)
    described = get_model_info(info.model_uri)
    assert (described.model_uuid, described.run_id) == (info.model_id, run.info.run_id)
    assert described.artifact_path == logged.artifact_location


def test_a_model_of_no_run(client: KisekiClient, experiment_id: str, line: Any) -> None:
    info = log(line, name="line")
    assert kiseki.active_run() is None
    logged = client.get_logged_model(str(info.model_id))
    assert (logged.source_run_id, logged.experiment_id, info.run_id) == (None, experiment_id, None)
    predicts(info.model_uri)


def test_a_name_is_made_up(client: KisekiClient, line: Any) -> None:
    assert client.get_logged_model(str(log(line).model_id)).name


def test_the_older_argument_is_the_name(line: Any) -> None:
    with kiseki.start_run() as run:
        info = log(line, artifact_path="line")
    assert info.name == "line"
    predicts(f"runs:/{run.info.run_id}/line")


def test_a_path_of_several_parts_is_among_the_artifacts_of_the_run(client: KisekiClient, line: Any) -> None:
    with kiseki.start_run() as run:
        info = log(line, artifact_path="models/line")
    assert (info.model_uri, info.model_id) == (f"runs:/{run.info.run_id}/models/line", None)
    files = {file.path for file in client.list_artifacts(run.info.run_id, "models/line")}
    assert files == {f"models/line/{name}" for name in FILES}
    predicts(info.model_uri)


def test_a_run_can_be_named(client: KisekiClient, experiment_id: str, line: Any) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    info = Model.log(None, kiseki.sklearn, run_id=run_id, name="line", sk_model=line, pip_requirements=[])
    assert info.run_id == run_id
    predicts(info.model_uri)


def test_a_model_that_waits_for_its_files(client: KisekiClient, experiment_id: str, line: Any) -> None:
    waiting = client.create_logged_model(experiment_id, "waiting")
    info = log(line, model_id=waiting.model_id)
    assert (info.model_id, info.name) == (waiting.model_id, "waiting")
    assert client.get_logged_model(waiting.model_id).status == "READY"


def test_what_cannot_be_saved_leaves_nothing(client: KisekiClient, experiment_id: str, line: Any) -> None:
    with pytest.raises(InvalidParameter, match="serialization format"):
        log(line, name="line", serialization_format="nothing")
    assert client.search_logged_models([experiment_id]) == []


def test_a_model_whose_files_cannot_be_sent_says_so(
    client: KisekiClient, experiment_id: str, line: Any, place: str, tmp_path: Path
) -> None:
    class Unsendable:
        @staticmethod
        def save_model(path: str, mlflow_model: Model, sk_model: Any) -> None:
            kiseki.sklearn.save_model(sk_model, path, mlflow_model=mlflow_model, pip_requirements=[])
            # No artifact can have such a name.
            (Path(path) / "a\\b").touch()

    with pytest.raises(InvalidParameter, match="Invalid path"):
        Model.log(None, Unsendable, name="line", sk_model=line)
    (found,) = client.search_logged_models([experiment_id])
    assert (found.name, found.status) == ("line", "FAILED")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"name": "a", "artifact_path": "b"}, InvalidParameter, "only specify `name`"),
        ({"name": "a/b"}, InvalidParameter, "a/b"),
        ({"model_id": "m-00000000000000000000000000000000"}, NotFound, "m-0"),
    ],
)
def test_what_cannot_be_logged(
    client: KisekiClient, experiment_id: str, line: Any, options: Any, error: type[MlflowException], words: str
) -> None:
    with pytest.raises(error, match=words):
        log(line, **options)
    assert client.search_logged_models([experiment_id]) == []


@pytest.mark.parametrize("uri", ["models:/m-00000000000000000000000000000000", "runs:/{run}/nothing", "runs:/{run}"])
def test_a_model_that_is_not_there(client: KisekiClient, experiment_id: str, uri: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    with pytest.raises(NotFound):
        kiseki.pyfunc.load_model(uri.format(run=run_id))


@pytest.mark.parametrize("form", ["model", "run", "artifacts"])
def test_a_logged_model_is_changed(line: Any, form: str) -> None:
    with kiseki.start_run() as run:
        info = log(line, **({"artifact_path": "models/line"} if form == "artifacts" else {"name": "line"}))
    uri = f"runs:/{run.info.run_id}/line" if form == "run" else info.model_uri
    signature = infer_signature(X, X[:, 0])
    set_signature(uri, signature)
    update_model_requirements(uri, "add", ["numpy>=1", "scikit-learn>=1"])
    assert get_model_info(uri).signature == signature
    assert Path(kiseki.pyfunc.get_model_dependencies(uri)).read_text().split() == ["numpy>=1", "scikit-learn>=1"]
    update_model_requirements(uri, "remove", ["numpy"])
    assert Path(kiseki.pyfunc.get_model_dependencies(uri)).read_text().split() == ["scikit-learn>=1"]
    predicts(uri)


def test_changes_that_are_none(line: Any, tracking: str) -> None:
    info = log(line, name="line")
    with pytest.raises(InvalidParameter, match="ModelSignature"):
        set_signature(info.model_uri, {"inputs": "[]"})  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match="'add' or 'remove'"):
        update_model_requirements(info.model_uri, "replace", [])  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match="has the line"):
        update_model_requirements(info.model_uri, "add", ["x; touch canary"])
    with pytest.raises(NotFound):
        set_signature("models:/m-00000000000000000000000000000000", infer_signature([1.0]))


def test_a_file_that_is_missing_is_named(client: KisekiClient, line: Any, tmp_path: Path) -> None:
    info = log(line, name="line")
    folder = Path(kiseki.artifacts.download_artifacts(info.model_uri, dst_path=str(tmp_path / "copy")))
    (folder / "model.skops").unlink()
    with pytest.raises(IntegrityError, match=r"model\.skops"):
        kiseki.sklearn.load_model(str(folder))


def test_python_models_are_logged(tracking: str) -> None:
    with kiseki.start_run():
        kiseki.log_text("hello", "hello.txt")
        uri = kiseki.get_artifact_uri("hello.txt")

        class Reads(kiseki.pyfunc.PythonModel):
            def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
                return Path(context.artifacts["text"]).read_text()

        info = kiseki.pyfunc.log_model(name="reads", python_model=Reads(), artifacts={"text": uri}, pip_requirements=[])
    assert kiseki.pyfunc.load_model(info.model_uri).predict(0) == "hello"
