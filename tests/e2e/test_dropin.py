"""The drop-in: scripts that say `import mlflow` run on kiseki, in an environment without the real mlflow."""

import json
import subprocess
from pathlib import Path

import pytest

from kiseki.client.client import KisekiClient
from tests.environments import ROOT, clean_environment, without_mlflow
from tests.wire.server import Server

DROP_IN = ROOT / "compat" / "mlflow" / "src"


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has kiseki, what kiseki needs, and the drop-in as its only mlflow."""
    return without_mlflow(tmp_path_factory.mktemp("dropin"), DROP_IN, ROOT / "src")


def run(python: Path, tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-W", "error", *arguments],
        cwd=tmp_path,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=120,
    )


def script(python: Path, tmp_path: Path, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "script.py"
    file.write_text(text, encoding="utf-8")
    return run(python, tmp_path, str(file), **environment)


TRAIN = """
import mlflow
import mlflow.data
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException, RestException
from mlflow.tracking import MlflowClient as Same

mlflow.set_tracking_uri(uri="{uri}")
mlflow.set_experiment("drop-in")
with mlflow.start_run(run_name="from the script") as run:
    mlflow.log_params({{"lr": 0.1, "epochs": 3}})
    for epoch in range(3):
        mlflow.log_metric("loss", 1 / (epoch + 1), step=epoch)
    mlflow.log_text("hello", "notes/a.txt")
    mlflow.log_input(mlflow.data.from_numpy(np.eye(3)), context="training")

client = mlflow.tracking.MlflowClient()
assert Same is MlflowClient is type(client)
client.log_batch(run.info.run_id, [Metric("acc", 0.5, 1, 0)], [Param("p", "v")], [RunTag("t", "v")])
runs = client.search_runs([run.info.experiment_id], "metrics.loss < 1", run_view_type=ViewType.ACTIVE_ONLY)
assert [found.info.run_id for found in runs] == [run.info.run_id]
assert mlflow.artifacts.load_text(f"runs:/{{run.info.run_id}}/notes/a.txt") == "hello"
try:
    client.get_run("0" * 32)
except MlflowException as error:
    assert error.error_code == "RESOURCE_DOES_NOT_EXIST", error
else:
    raise AssertionError("a run that does not exist was found")
print(run.info.run_id)
"""


@pytest.mark.parametrize("kind", ["server", "sqlite"])
def test_a_training_script_runs_unchanged(kind: str, python: Path, server: Server, tmp_path: Path) -> None:
    uri = server.uri if kind == "server" else f"sqlite:///{tmp_path}/k.db"
    finished = script(python, tmp_path, TRAIN.format(uri=uri))
    assert finished.returncode == 0, finished.stderr
    found = KisekiClient(uri).get_run(finished.stdout.strip().splitlines()[-1])
    assert found.info.run_name == "from the script"
    assert found.data.params == {"lr": "0.1", "epochs": "3", "p": "v"}
    assert found.data.metrics == {"loss": 1 / 3, "acc": 0.5}
    assert found.data.tags["t"] == "v"


def test_mlflows_environment_variables_are_read(python: Path, tmp_path: Path) -> None:
    finished = script(
        python,
        tmp_path,
        "import mlflow\nmlflow.log_metric('m', 1)\nprint(mlflow.get_tracking_uri())",
        MLFLOW_TRACKING_URI=f"sqlite:///{tmp_path}/env.db",
        MLFLOW_EXPERIMENT_NAME="named",
    )
    assert finished.returncode == 0, finished.stderr
    client = KisekiClient(f"sqlite:///{tmp_path}/env.db")
    experiment = client.get_experiment_by_name("named")
    assert experiment is not None
    assert client.search_runs([experiment.experiment_id])[0].info.status == "FINISHED"


IMPORTS = [
    "from mlflow import log_metric, start_run, MlflowClient, ActiveRun",
    "from mlflow.tracking.client import MlflowClient",
    "from mlflow.tracking.fluent import start_run",
    "from mlflow.client import MlflowClient",
    "from mlflow.entities.run import Run",
    "from mlflow.entities import *; Metric, RunStatus",
    "from mlflow.store.entities.paged_list import PagedList",
    "from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME, MLFLOW_PARENT_RUN_ID",
    "from mlflow.data.pandas_dataset import PandasDataset, from_pandas",
    "from mlflow.data.meta_dataset import MetaDataset",
    "from mlflow.data.http_dataset_source import HTTPDatasetSource",
    "import mlflow; mlflow.entities.Metric, mlflow.exceptions.RestException, mlflow.data.from_numpy, mlflow.artifacts",
    "import mlflow; from packaging.version import Version; assert Version(mlflow.__version__) >= Version('2.0')",
    "import mlflow.sklearn, mlflow.pyfunc, mlflow.models.signature",
    "from mlflow.projects.backend.abstract_backend import AbstractBackend; from mlflow.projects import SubmittedRun, run",
    "import mlflow; mlflow.run, mlflow.projects.run; from mlflow.exceptions import ExecutionException",
    "from mlflow.sklearn import log_model; from mlflow.pyfunc.model import PythonModel, PythonModelContext",
    "from mlflow.models.model import Model; from mlflow.models import set_model, ModelConfig, predict, set_signature",
    # What kiseki does not have yet can be imported.
    "import mlflow.spark, mlflow.gateway",
    "from mlflow.models import infer_signature; from mlflow.types import Schema",
    "import mlflow; assert 'log_metric' in dir(mlflow)",
    "import copy, mlflow; copy.copy(mlflow.sklearn.autolog)",
]


@pytest.mark.parametrize("statement", IMPORTS)
def test_it_can_be_imported(statement: str, python: Path, tmp_path: Path) -> None:
    finished = run(python, tmp_path, "-c", statement)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize(
    ("statement", "error", "words"),
    [
        ("mlflow.autolog()", "NotImplementedByKiseki", "autolog is part of MLflow and kiseki does not have it yet"),
        ("mlflow.spark.log_model(1, 'm')", "NotImplementedByKiseki", "spark.log_model"),
        ("import mlflow.gateway; mlflow.gateway.get_route('m')", "NotImplementedByKiseki", "gateway.get_route"),
        ("mlflow.register_prompt('a', 'b')", "NotImplementedByKiseki", "register_prompt"),
        ("from mlflow.entities import Span; Span()", "NotImplementedByKiseki", "entities.Span"),
        ("mlflow.MlflowClient().create_prompt('a')", "NotImplementedByKiseki", "create_prompt"),
        ("mlflow.trace(print)", "NotImplementedByKiseki", "trace"),
        ("mlflow.no_such_name", "AttributeError", "kiseki's alias of mlflow"),
        ("mlflow.entities.no_such_name", "AttributeError", "kiseki's alias of mlflow"),
        ("import mlflow.no_such_module", "ModuleNotFoundError", "mlflow.no_such_module"),
        ("from mlflow import no_such_name", "ImportError", "no_such_name"),
    ],
)
def test_what_is_not_there_says_so(statement: str, error: str, words: str, python: Path, tmp_path: Path) -> None:
    finished = run(python, tmp_path, "-c", f"import mlflow\n{statement}")
    assert finished.returncode == 1
    last = finished.stderr.strip().splitlines()[-1]
    assert error in last
    assert words in last


MODELS = """
import mlflow
import numpy as np
from mlflow.models import infer_signature
from mlflow.pyfunc import PythonModel
from sklearn.linear_model import LinearRegression

class Doubled(PythonModel):
    def load_context(self, context):
        self.times = context.model_config["times"]

    def predict(self, context, model_input: list[float], params=None) -> list[float]:
        return [one * self.times for one in model_input]

x, y = np.array([[1.0], [2.0]]), np.array([2.0, 4.0])
with mlflow.start_run():
    own = mlflow.pyfunc.log_model(name="own", python_model=Doubled(), model_config={"times": 2}, pip_requirements=[])
    line = mlflow.sklearn.log_model(LinearRegression().fit(x, y), name="line", input_example=x)
assert mlflow.pyfunc.load_model(own.model_uri).predict([1.5]) == [3.0]
assert mlflow.sklearn.load_model(line.model_uri).predict([[3.0]]).round(6).tolist() == [6.0]
assert mlflow.models.get_model_info(line.model_uri).signature == infer_signature(x, y)
assert mlflow.pyfunc.load_model(own.model_uri).loader_module == "mlflow.pyfunc.model"
"""


def test_a_script_with_models_runs_unchanged(python: Path, tmp_path: Path) -> None:
    finished = script(python, tmp_path, MODELS)
    assert finished.returncode == 0, finished.stderr


def test_the_command_is_kisekis(python: Path, tmp_path: Path) -> None:
    finished = run(python, tmp_path, "-m", "mlflow", "--version")
    assert finished.stdout.startswith("kiseki, version"), finished.stderr
    finished = run(python, tmp_path, "-m", "mlflow", "server", "--help")
    assert "--backend-store-uri" in finished.stdout, finished.stderr


def test_it_is_the_only_mlflow_there(python: Path, tmp_path: Path) -> None:
    finished = run(python, tmp_path, "-c", "import mlflow, sys; print(mlflow.__file__, len(sys.modules))")
    file, modules = finished.stdout.split()
    assert Path(file).is_relative_to(DROP_IN)
    assert int(modules) <= 150


def test_the_server_starts_under_its_name(python: Path, tmp_path: Path) -> None:
    shim = tmp_path / "mlflow"
    shim.write_text(f'#!/bin/sh\nexec {python} -m mlflow "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    with Server(tmp_path / "server", reference=shim) as started:
        client = KisekiClient(started.uri)
        run_id = client.create_run("0").info.run_id
        client.log_text(run_id, json.dumps({"a": 1}), "a.json")
        assert [file.path for file in client.list_artifacts(run_id)] == ["a.json"]
        client.backend.close()
