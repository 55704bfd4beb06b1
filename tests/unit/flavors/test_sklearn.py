import logging
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import kiseki.pyfunc
from kiseki.base.errors import IntegrityError, InvalidParameter, NotFound, PermissionDenied
from kiseki.flavors.sklearn import (
    SUPPORTED_SERIALIZATION_FORMATS,
    get_default_conda_env,
    get_default_pip_requirements,
    load_model,
    save_model,
)
from kiseki.models import Model, infer_signature
from kiseki.models.requirements import pin


class Centered(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    def fit(self, x: Any, y: Any = None) -> "Centered":
        self.mean_ = np.asarray(x).mean(axis=0)
        return self

    def transform(self, x: Any) -> Any:
        return np.asarray(x) - self.mean_


@pytest.fixture(scope="module")
def data() -> tuple[pd.DataFrame, pd.Series]:
    x, y = load_iris(return_X_y=True, as_frame=True)
    return x, y


@pytest.fixture(scope="module")
def classifier(data: tuple[pd.DataFrame, pd.Series]) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(*data)


@pytest.mark.parametrize("serialization_format", SUPPORTED_SERIALIZATION_FORMATS)
def test_what_is_saved_predicts_the_same(
    tmp_path: Path, data: Any, classifier: Pipeline, serialization_format: Any
) -> None:
    path = tmp_path / "model"
    save_model(classifier, path, serialization_format=serialization_format, pip_requirements=[])
    expected = classifier.predict_proba(data[0])
    np.testing.assert_array_equal(load_model(str(path)).predict_proba(data[0]), expected)
    np.testing.assert_array_equal(kiseki.pyfunc.load_model(str(path)).predict(data[0]), expected.argmax(axis=1))


def test_the_facts_of_the_flavor(tmp_path: Path, data: Any, classifier: Pipeline) -> None:
    save_model(classifier, tmp_path / "model", input_example=data[0].head(2), metadata={"a": 1})
    model = Model.load(tmp_path / "model")
    facts = dict(model.flavors["sklearn"])
    assert facts.pop("sklearn_version")
    assert facts == {
        "code": None,
        "pickled_model": "model.skops",
        "serialization_format": "skops",
        "skops_trusted_types": None,
    }
    assert model.flavors["python_function"]["loader_module"] == "mlflow.sklearn"
    assert model.signature == infer_signature(data[0].head(2), pd.Series(classifier.predict(data[0].head(2))))
    pd.testing.assert_frame_equal(model.load_input_example(tmp_path / "model"), data[0].head(2))
    lines = (tmp_path / "model" / "requirements.txt").read_text().splitlines()
    assert {pin(name) for name in ("scikit-learn", "skops", "numpy", "scipy", "pandas")} <= set(lines)
    assert not [line for line in lines if line.startswith(("mlflow", "kiseki", "pytest"))]


def test_another_method_can_predict(tmp_path: Path, data: Any, classifier: Pipeline) -> None:
    save_model(classifier, tmp_path / "model", pyfunc_predict_fn="predict_proba", pip_requirements=[])
    found = kiseki.pyfunc.load_model(str(tmp_path / "model"))
    np.testing.assert_array_equal(found.predict(data[0]), classifier.predict_proba(data[0]))
    assert isinstance(found.get_raw_model(), Pipeline)


def test_params_are_arguments_of_the_method(tmp_path: Path) -> None:
    x, y = np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 1.0, 4.0])
    process = GaussianProcessRegressor().fit(x, y)
    signature = infer_signature(x, y, {"return_std": False, "unknown": 1})
    save_model(process, tmp_path / "model", serialization_format="pickle", signature=signature, pip_requirements=[])
    found = kiseki.pyfunc.load_model(str(tmp_path / "model"))
    assert found.predict(x).shape == (3,)
    assert len(found.predict(x, {"return_std": True})) == 2


def test_what_cannot_predict_has_no_pyfunc(tmp_path: Path, data: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "kiseki"):
        save_model(StandardScaler().fit(data[0]), tmp_path / "model", pip_requirements=[])
    assert "no method predict()" in caplog.text
    assert load_model(str(tmp_path / "model")).mean_.shape == (4,)
    with pytest.raises(NotFound, match=r"python_function.*kiseki\.sklearn\.load_model"):
        kiseki.pyfunc.load_model(str(tmp_path / "model"))


@pytest.mark.parametrize(
    ("estimator", "untrusted"),
    [
        (RandomForestClassifier(2), "sklearn.tree._tree.Tree"),
        (
            GridSearchCV(LogisticRegression(max_iter=1000), {"C": [1, 2]}),
            "sklearn.model_selection._split.StratifiedKFold",
        ),
        (make_pipeline(Centered(), LogisticRegression()), f"{Centered.__module__}.Centered"),
    ],
)
def test_types_that_skops_does_not_trust_are_to_be_named(
    tmp_path: Path, data: Any, estimator: Any, untrusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimator.fit(*data)
    with pytest.raises(InvalidParameter, match="skops_trusted_types") as refused:
        save_model(estimator, tmp_path / "model", pip_requirements=[])
    assert untrusted in str(refused.value)
    assert list(tmp_path.iterdir()) == []
    named = refused.value.message.partition("skops_trusted_types=[")[2].partition("]")[0]
    trusted = [name.strip("' ") for name in named.split(",")]
    save_model(estimator, tmp_path / "model", skops_trusted_types=trusted, pip_requirements=[])
    np.testing.assert_array_equal(load_model(str(tmp_path / "model")).predict(data[0]), estimator.predict(data[0]))
    # The list comes from the model, so whoever made it could name anything.
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    with pytest.raises(PermissionDenied, match=r"model\.skops"):
        load_model(str(tmp_path / "model"))


def test_strict_mode_reads_what_skops_trusts(
    tmp_path: Path, data: Any, classifier: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(classifier, tmp_path / "safe", pip_requirements=[])
    save_model(classifier, tmp_path / "pickled", serialization_format="pickle", pip_requirements=[])
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    assert load_model(str(tmp_path / "safe")).predict(data[0]).shape == (150,)
    for load in (load_model, kiseki.pyfunc.load_model):
        with pytest.raises(PermissionDenied, match=r"model\.pkl.*serialization_format='skops'"):
            load(str(tmp_path / "pickled"))


def test_a_function_of_a_script_goes_with_cloudpickle(tmp_path: Path, data: Any) -> None:
    estimator = make_pipeline(FunctionTransformer(lambda x: np.asarray(x) * 2), LogisticRegression(max_iter=500)).fit(
        *data
    )
    save_model(estimator, tmp_path / "model", serialization_format="cloudpickle")
    np.testing.assert_array_equal(load_model(str(tmp_path / "model")).predict(data[0]), estimator.predict(data[0]))
    with pytest.raises(InvalidParameter, match="cannot be pickled"):
        save_model(estimator, tmp_path / "other", serialization_format="pickle", pip_requirements=[])


def test_further_files_are_kept(tmp_path: Path, classifier: Pipeline) -> None:
    (tmp_path / "note.txt").write_text("hello")
    save_model(classifier, tmp_path / "model", extra_files=[str(tmp_path / "note.txt")], pip_requirements=[])
    assert Model.load(tmp_path / "model").flavors["sklearn"]["extra_files"] == [{"path": "extra_files/note.txt"}]
    assert (tmp_path / "model" / "extra_files" / "note.txt").read_text() == "hello"


def test_an_unknown_format_is_refused(tmp_path: Path, classifier: Pipeline) -> None:
    with pytest.raises(InvalidParameter, match="Unrecognized serialization format: joblib"):
        save_model(classifier, tmp_path / "model", serialization_format="joblib")  # type: ignore[arg-type]


def test_an_altered_estimator_is_named(tmp_path: Path, classifier: Pipeline) -> None:
    save_model(classifier, tmp_path / "model", pip_requirements=[])
    with (tmp_path / "model" / "model.skops").open("ab") as file:
        file.write(b"x")
    with pytest.raises(IntegrityError, match=r"'model\.skops'"):
        load_model(str(tmp_path / "model"))


@pytest.mark.parametrize("content", [b"", b"nothing", b"PK\x05\x06" + b"\0" * 18])
def test_a_damaged_estimator_is_said_to_be_damaged(tmp_path: Path, classifier: Pipeline, content: bytes) -> None:
    save_model(classifier, tmp_path / "model", pip_requirements=[])
    (tmp_path / "model" / "model.skops").write_bytes(content)
    (tmp_path / "model" / "SHA256SUMS").unlink()
    with pytest.raises(InvalidParameter, match=r"model\.skops"):
        load_model(str(tmp_path / "model"))


def test_a_file_of_skops_that_names_any_function_is_refused(tmp_path: Path, classifier: Pipeline) -> None:
    save_model(classifier, tmp_path / "model", pip_requirements=[])
    file = tmp_path / "model" / "model.skops"
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["schema.json"] = (
        entries["schema.json"]
        .replace(b'"StandardScaler"', b'"system"')
        .replace(b'"sklearn.preprocessing._data"', b'"os"')
    )
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    (tmp_path / "model" / "SHA256SUMS").unlink()
    with pytest.raises(InvalidParameter, match=r"os\.system|posix\.system"):
        load_model(str(tmp_path / "model"))


def test_a_model_of_another_flavor_says_so(tmp_path: Path) -> None:
    kiseki.pyfunc.save_model(tmp_path / "model", python_model=lambda model_input: model_input, pip_requirements=[])
    with pytest.raises(NotFound, match='does not have the "sklearn" flavor'):
        load_model(str(tmp_path / "model"))


def test_defaults() -> None:
    assert get_default_pip_requirements() == [pin("scikit-learn")]
    assert get_default_pip_requirements(include_cloudpickle=True, include_skops=True) == [
        pin("scikit-learn"),
        pin("cloudpickle"),
        pin("skops"),
    ]
    assert get_default_conda_env()["dependencies"][-1] == {"pip": [pin("scikit-learn")]}
