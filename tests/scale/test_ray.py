"""Models on a real Ray: batches of Ray Data, and the scoring server as an application of Ray Serve."""

from __future__ import annotations

import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from ray.serve.schema import ServeDeploySchema
from sklearn.datasets import load_iris, load_wine

import kiseki
from kiseki.base.errors import InvalidParameter
from kiseki.models import ModelSignature
from kiseki.pyfunc import load_model, ray_udf
from kiseki.serving.descriptors import descriptor
from kiseki.serving.ray_serve import app
from kiseki.types import Schema, TensorSpec
from tests.models import iris, tensor


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return iris(tmp_path_factory.mktemp("models") / "iris")


@pytest.fixture(scope="module")
def flowers() -> pa.Table:
    table = pa.Table.from_pandas(load_iris(as_frame=True).data, preserve_index=False)
    return table.append_column("id", pa.array(range(table.num_rows)))


def actors(ray: Any, number: int = 1) -> Any:
    return ray.data.ActorPoolStrategy(size=number)


@pytest.mark.parametrize("batch_format", ["pyarrow", "pandas", "numpy"])
def test_batches_of_every_format(batch_format: str, classifier: Path, flowers: pa.Table, cluster: Any) -> None:
    predict = ray_udf(classifier, keep=["id"])
    rows = cluster.data.from_arrow(flowers)
    found = rows.map_batches(predict, batch_format=batch_format, compute=actors(cluster), batch_size=64).to_pandas()
    assert list(found.columns) == ["id", "predictions"]
    expected = load_model(classifier).predict(flowers.to_pandas().drop(columns="id"))
    np.testing.assert_array_equal(found.sort_values("id")["predictions"], expected)


def test_tensors(cluster: Any, tmp_path: Path) -> None:
    model = tensor(tmp_path / "model")
    rows = load_wine().data[:20]
    found = cluster.data.from_numpy(rows).map_batches(ray_udf(model), compute=actors(cluster)).to_pandas()
    np.testing.assert_array_equal(np.sort(found["0"]), np.sort(load_model(model).predict(rows)[:, 0]))

    def mean(model_input: Any) -> Any:
        assert model_input.dtype == "float32"
        return model_input.mean(axis=(1, 2))

    signature = ModelSignature(Schema([TensorSpec(np.dtype("f4"), (-1, 2, 3))]))
    kiseki.pyfunc.save_model(tmp_path / "images", python_model=mean, signature=signature, pip_requirements=[])
    images = np.arange(24, dtype="f4").reshape(4, 2, 3)
    means = cluster.data.from_numpy(images).map_batches(ray_udf(tmp_path / "images"), compute=actors(cluster))
    assert sorted(means.to_pandas()["predictions"]) == [2.5, 8.5, 14.5, 20.5]


def test_a_model_is_loaded_once_in_each_actor(cluster: Any, tmp_path: Path) -> None:
    loads = tmp_path / "loads"
    loads.mkdir()

    class Counting(kiseki.pyfunc.PythonModel):
        def load_context(self, context: Any) -> None:
            (Path(context.model_config["folder"]) / f"{os.getpid()}").open("x").close()

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return model_input["id"] + params["more"]

    import pandas as pd

    from kiseki.models import infer_signature

    frame = pd.DataFrame({"id": [1]})
    kiseki.pyfunc.save_model(
        tmp_path / "model",
        python_model=Counting(),
        signature=infer_signature(frame, frame["id"], params={"more": 0}),
        # Saving loads it, too, to see what it imports.
        model_config={"folder": str(tmp_path)},
        pip_requirements=[],
    )
    predict = ray_udf(tmp_path / "model", {"more": 5}, model_config={"folder": str(loads)})
    rows = cluster.data.range(1000).repartition(10)
    found = rows.map_batches(predict, compute=actors(cluster, 2), batch_size=50).to_pandas()
    assert sorted(found["id"]) == list(range(5, 1005))
    # A second load in a process would have found its file there.
    assert 1 <= len(list(loads.iterdir())) <= 2


def test_what_fails_is_told_with_its_rows(classifier: Path, flowers: pa.Table, cluster: Any) -> None:
    short = cluster.data.from_arrow(flowers.drop_columns(["petal width (cm)"]))
    with pytest.raises(Exception, match=r"In rows 0 to 149 of a batch: .*missing inputs \['petal width \(cm\)'\]"):
        short.map_batches(ray_udf(classifier), compute=actors(cluster)).to_pandas()


def test_a_worker_that_lacks_a_library_says_which(cluster: Any, tmp_path: Path) -> None:
    (tmp_path / "brought.py").write_text("import no_such_library\n\ndef _load_pyfunc(path):\n    return None\n")
    kiseki.pyfunc.save_model(
        tmp_path / "model", loader_module="brought", code_paths=[tmp_path / "brought.py"], pip_requirements=[]
    )
    with pytest.raises(Exception, match="no_such_library"):
        cluster.data.range(3).map_batches(ray_udf(tmp_path / "model"), compute=actors(cluster)).to_pandas()


@pytest.fixture
def port(cluster: Any) -> Iterator[int]:
    """A Ray Serve on a free port."""
    from ray import serve

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    serve.start(http_options={"host": "127.0.0.1", "port": number})
    yield number
    serve.shutdown()


def test_ray_serve_answers_as_the_scoring_server(classifier: Path, flowers: pa.Table, port: int) -> None:
    from ray import serve

    config = yaml.safe_load(descriptor("ray-serve", str(classifier), "iris"))
    (application,) = ServeDeploySchema.model_validate(config).applications
    assert application.import_path == f"{app.__module__}:{app.__name__}"
    serve.run(app(application.args), name=application.name, route_prefix="/flowers")
    table = flowers.to_pandas().drop(columns="id")
    body = {"dataframe_split": {"columns": list(table), "data": table.head(10).to_numpy().tolist()}}

    def ask(path: str, data: bytes | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/flowers{path}", data, headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    expected = load_model(classifier).predict(table.head(10)).tolist()
    assert ask("/invocations", json.dumps(body).encode()) == {"predictions": expected}
    assert "/invocations" in ask("/openapi.json")["paths"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask("/invocations", b'{"inputs": {"x": 1}}')
    assert refused.value.code == 400
    assert "missing inputs" in json.load(refused.value)["message"]


def test_arguments_that_are_wrong() -> None:
    with pytest.raises(InvalidParameter, match="missing required field `model_uri`"):
        app({})
    with pytest.raises(InvalidParameter, match="unknown field `modle`"):
        app({"model_uri": "x", "modle": 1})
