"""Models on a server of kiseki, logged by one and loaded by the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.conftest import Run
from tests.wire.server import Server

LOG = """
import json
import numpy as np
from sklearn.linear_model import LinearRegression
x = np.array([[1.0], [2.0], [3.0]])
t.set_tracking_uri(sys.argv[1])
t.set_experiment(sys.argv[2])
model = LinearRegression().fit(x, x[:, 0] * 2)
with t.start_run() as run:
    t.log_param("kind", "line")
    t.log_metric("loss", 0.5, step=3)
    info = t.sklearn.log_model(
        model, name="line", input_example=x, pip_requirements=["scikit-learn"], params={"own": 1}, step=3
    )
    older = t.pyfunc.log_model(
        artifact_path="older", python_model=lambda model_input: model_input, pip_requirements=["cloudpickle"]
    )
alone = t.sklearn.log_model(model, name="alone", pip_requirements=["scikit-learn"])
with open("uris.json", "w") as file:
    json.dump({"run": run.info.run_id, "line": info.model_uri, "older": older.model_uri, "alone": alone.model_uri}, file)
"""

LOAD = """
import json
import numpy as np
x = np.array([[1.0], [2.0], [3.0]])
t.set_tracking_uri(sys.argv[1])
with open("uris.json") as file:
    uris = json.load(file)
for uri in (uris["line"], f"runs:/{uris['run']}/line", uris["alone"]):
    np.testing.assert_allclose(t.sklearn.load_model(uri).predict(x), x[:, 0] * 2)
    np.testing.assert_allclose(t.pyfunc.load_model(uri).predict(x), x[:, 0] * 2)
for uri in (uris["older"], f"runs:/{uris['run']}/older"):
    assert t.pyfunc.load_model(uri).predict([1, 2]) == [1, 2]
info = t.models.get_model_info(uris["line"])
assert info.signature == t.models.infer_signature(x, x[:, 0] * 2)
model_id = uris["line"].partition("/")[2]
assert info.model_uuid == model_id
logged = t.MlflowClient().get_logged_model(model_id)
assert (logged.name, str(logged.status), logged.source_run_id) == ("line", "READY", uris["run"])
assert logged.params == {"kind": "line", "own": "1"}
assert [(one.key, one.value, one.step) for one in logged.metrics] == [("loss", 0.5, 3)]
outputs = t.get_run(uris["run"]).outputs.model_outputs
assert model_id in [one.model_id for one in outputs]
found = t.search_logged_models([logged.experiment_id], filter_string="name = 'line'", output_format="list")
assert [one.model_id for one in found] == [model_id]
"""


@pytest.mark.parametrize(("writer", "reader"), [("mlflow", "kiseki"), ("kiseki", "mlflow"), ("mlflow", "kiseki alone")])
def test_logged_models(run: Run, tmp_path: Path, server: Server, writer: str, reader: str) -> None:
    run(writer, LOG, server.uri, server.unique("models"))
    run(reader, LOAD, server.uri)


CHANGE = """
import json
t.set_tracking_uri(sys.argv[1])
with open("uris.json") as file:
    uris = json.load(file)
signature = t.models.infer_signature([1.0], [2.0])
for uri in (uris["alone"], uris["older"]):
    t.models.set_signature(uri, signature)
    assert t.models.get_model_info(uri).signature == signature
    assert t.pyfunc.load_model(uri).metadata.signature == signature
"""


@pytest.mark.parametrize(("writer", "changer"), [("mlflow", "kiseki"), ("kiseki", "mlflow")])
def test_logged_models_that_the_other_changes(
    run: Run, tmp_path: Path, server: Server, writer: str, changer: str
) -> None:
    run(writer, LOG, server.uri, server.unique("models"))
    run(changer, CHANGE, server.uri)
    run(writer, CHANGE, server.uri)
