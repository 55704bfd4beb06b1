"""Models of H2O, in a cluster of one node that the tests start."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import h2o
import numpy as np
import pandas as pd
import pytest
import yaml
from h2o.estimators import H2OGeneralizedLinearEstimator, H2OGradientBoostingEstimator
from sklearn.datasets import load_iris

import kiseki
from kiseki.base.errors import InvalidParameter
from tests.flavors.suite import Case, FlavorSuite, same
from tests.objects.servers import free_port

IRIS = load_iris(as_frame=True).frame.assign(
    target=lambda table: table["target"].map(dict(enumerate(("setosa", "versicolor", "virginica")))),
    bed=lambda table: (np.arange(len(table)) % 3).astype(str),
)
FLOWERS = IRIS.columns[:4].tolist()
SETTINGS: dict[str, Any] = {"init": {}}
"""Where MLflow, and what is served in an environment of its own, find the cluster; filled in when it is there."""


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    port = free_port()
    with warnings.catch_warnings():
        # H2O leaves the files open that its server writes to.
        warnings.simplefilter("ignore", ResourceWarning)
        # From this port on, whatever is free: a cluster needs two in a row.
        h2o.init(port=port, nthreads=1, max_mem_size="600M", bind_to_localhost=True, verbose=False)
        gc.collect()
    SETTINGS["init"]["port"] = int(h2o.connection().base_url.rpartition(":")[2])
    h2o.no_progress()
    yield
    h2o.cluster().shutdown()


def frame(table: Any) -> Any:
    return h2o.H2OFrame(table, column_types={"bed": "enum"} if "bed" in table else None)


def classifier() -> Any:
    model = H2OGradientBoostingEstimator(model_id="iris_trees", ntrees=3, seed=1)
    model.train(x=FLOWERS, y="target", training_frame=h2o.H2OFrame(IRIS))
    return model


def regressor() -> Any:
    model = H2OGeneralizedLinearEstimator(model_id="petals", lambda_=0)
    model.train(x=["bed", *FLOWERS[:3]], y=FLOWERS[3], training_frame=frame(IRIS))
    return model


def predict(model: Any, table: Any) -> Any:
    return pd.read_csv(StringIO(model.predict(frame(table)).get_frame_data()))


class TestH2O(FlavorSuite):
    flavor = "h2o"
    cases = (
        Case(
            name="classes",
            train=classifier,
            example=lambda: IRIS[FLOWERS][:4],
            predict=predict,
            arguments={"settings": SETTINGS},
            data="model.h2o/iris_trees",
            unpickles=True,
        ),
        Case(
            name="numbers, of categories",
            train=regressor,
            example=lambda: IRIS[["bed", *FLOWERS[:3]]][:4],
            predict=predict,
            arguments={"settings": SETTINGS},
            data="model.h2o/petals",
            unpickles=True,
        ),
    )


@pytest.fixture(scope="module")
def model() -> Any:
    return classifier()


def test_rows_keep_their_index(model: Any, tmp_path: Path) -> None:
    kiseki.h2o.save_model(model, tmp_path / "model")
    table = IRIS[FLOWERS][:3].set_axis([7, 5, 5])
    same(kiseki.pyfunc.load_model(tmp_path / "model").predict(table), predict(model, table).set_axis([7, 5, 5]))


def test_categories_may_look_like_numbers(tmp_path: Path) -> None:
    zones = IRIS.assign(zone=["007", "7"] * 75)
    model = H2OGeneralizedLinearEstimator(model_id="zones", lambda_=0)
    types = {"zone": "enum"}
    model.train(x=["zone"], y=FLOWERS[3], training_frame=h2o.H2OFrame(zones, column_types=types))
    kiseki.h2o.save_model(model, tmp_path / "model")
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    means = zones.groupby("zone")[FLOWERS[3]].mean()
    for zone in ("007", "7"):
        found = function.predict(pd.DataFrame({"zone": [zone]}))
        assert found["predict"].item() == pytest.approx(means[zone], abs=1e-6)


def test_predictions_leave_nothing_in_the_cluster(model: Any, tmp_path: Path) -> None:
    kiseki.h2o.save_model(model, tmp_path / "model")
    function = kiseki.pyfunc.load_model(tmp_path / "model")

    def keys() -> int:
        return len(h2o.api("GET /3/Frames")["frames"])

    before = keys()
    table = IRIS[FLOWERS]
    with ThreadPoolExecutor(4) as threads:
        found = [*threads.map(lambda at: function.predict(table[at : at + 5]), range(0, 20, 5))]
    same(pd.concat(found), predict(model, table[:20]))
    with pytest.raises(InvalidParameter):
        function.predict(pd.DataFrame({"height": [1.0]}))
    assert keys() == before + 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            pd.DataFrame({"height": [1.0]}),
            "H2O cannot predict for the input: .*no columns in common with the training set",
        ),
        (np.ones((1, 4)), "The input is of type ndarray; expected a table with named columns"),
    ],
)
def test_what_is_no_such_table_is_refused(data: Any, words: str, model: Any, tmp_path: Path) -> None:
    kiseki.h2o.save_model(model, tmp_path / "model")
    with pytest.raises(InvalidParameter, match=words) as raised:
        kiseki.pyfunc.load_model(tmp_path / "model").predict(data)
    assert "stacktrace" not in str(raised.value)


def test_no_folder_of_this_machine_is_written(model: Any, tmp_path: Path) -> None:
    given = {"init": {"nthreads": 1}, "full_file": "elsewhere", "model_file": "other"}
    kiseki.h2o.save_model(model, tmp_path / "model", settings=given)
    said = yaml.safe_load((tmp_path / "model" / "model.h2o" / "h2o.yaml").read_text())
    assert said == {"init": {"nthreads": 1}, "model_file": "iris_trees"}
    assert given["model_file"] == "other"


def test_a_file_of_another_version_is_said(model: Any, tmp_path: Path) -> None:
    kiseki.h2o.save_model(model, tmp_path / "model")
    file = tmp_path / "model" / "model.h2o" / "iris_trees"
    version = h2o.__version__
    other = version[:-1] + ("1" if version[-1] != "1" else "2")
    file.write_bytes(file.read_bytes().replace(version.encode(), other.encode()))
    (tmp_path / "model" / "SHA256SUMS").unlink()
    words = rf"cannot load 'iris_trees', which H2O {version} wrote: .*(?s:.)*Found version {other}"
    with pytest.raises(InvalidParameter, match=words) as raised:
        kiseki.h2o.load_model(tmp_path / "model")
    assert "stacktrace" not in str(raised.value).lower()


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    for given in ("model", H2OGradientBoostingEstimator()):
        with pytest.raises(InvalidParameter, match=r"expected a trained estimator of H2O"):
            kiseki.h2o.save_model(given, tmp_path / "model")
    assert not (tmp_path / "model").exists()
