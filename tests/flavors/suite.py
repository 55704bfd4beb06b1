"""What every flavor must do, run with real models of its library and with the unmodified MLflow.

    class TestXGBoost(FlavorSuite):
        flavor = "xgboost"
        cases = (
            Case(
                name="booster",
                train=lambda: xgboost.train({}, xgboost.DMatrix(X, label=y), 5),
                example=lambda: X[:4],
                predict=lambda model, example: model.predict(xgboost.DMatrix(example)),
                data="model.ubj",
            ),
        )

What only one library has is tested in its own file, below the suite.
"""

from __future__ import annotations

import inspect
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
import yaml

import kiseki
from kiseki.base.errors import IntegrityError, MissingDependency, NotFound, PermissionDenied
from kiseki.models.digests import DIGESTS_FILE
from kiseki.models.predictions import encode_json
from tests.flavors.conftest import mlflow
from tests.scoring import ScoringServer

FUNCTIONS = ("save_model", "log_model", "load_model", "get_default_pip_requirements", "get_default_conda_env")


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One model of a library, and how it predicts."""

    name: str
    train: Callable[[], Any]
    """Makes the model; small, and trained on data that some library brings."""
    example: Callable[[], Any]
    """A few rows of input."""
    predict: Callable[[Any, Any], Any]
    """What a loaded model of the library says for the example."""
    function: Callable[[Any, Any], Any] | None = None
    """What a loaded `kiseki.pyfunc` model says for it, where that differs from `predict`."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of `save_model`, kiseki's and MLflow's."""
    data: str
    """The file of the model's folder that is damaged in a test."""
    kind: type | None = None
    """The type of what is loaded, where it is not the model's own."""
    unpickles: bool = False
    """Whether loading it reads a pickle, so that strict mode refuses."""

    @cached_property
    def model(self) -> Any:
        return self.train()

    @cached_property
    def input(self) -> Any:
        return self.example()

    def is_like(self, loaded: Any) -> bool:
        """Whether something is what `load_model` is to give."""
        return type(loaded) is type(self.model) if self.kind is None else isinstance(loaded, self.kind)

    def expected(self, loaded: Any) -> Any:
        """What `kiseki.pyfunc` gives for a model as the library loads it."""
        return (self.function or self.predict)(loaded, self.input)


class FlavorSuite:
    """The tests of one flavor."""

    flavor: ClassVar[str]
    """The module's name below kiseki and below mlflow."""
    library: ClassVar[str] = ""
    """The library's module, where it is not named as the flavor is."""
    package: ClassVar[str] = ""
    """What `pip install` calls it, where that is not the library's name."""
    raw: ClassVar[type | None] = None
    """What `get_raw_model` of a `kiseki.pyfunc` model gives, where it is not what `load_model` does."""
    alone: ClassVar[frozenset[str]] = frozenset()
    """Files that MLflow alone writes."""
    cases: ClassVar[tuple[Case, ...]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", self.cases, ids=[case.name for case in self.cases])

    @property
    def ours(self) -> Any:
        return import_module(f"kiseki.flavors.{self.flavor}")

    @property
    def theirs(self) -> Any:
        with quiet():
            return import_module(f"mlflow.{self.flavor}")

    def save(self, case: Case, path: Path, **arguments: Any) -> Path:
        self.ours.save_model(case.model, path, **{**case.arguments, **arguments})
        return path

    def save_theirs(self, case: Case, path: Path, **arguments: Any) -> Path:
        # With requirements given, MLflow starts no process to find them out.
        given = {"pip_requirements": [self.package or self.library or self.flavor], **case.arguments, **arguments}
        with quiet():
            self.theirs.save_model(case.model, str(path), **given)
        return path

    def default_requirements(self) -> list[str]:
        found: list[str] = self.ours.get_default_pip_requirements()
        return found

    def test_what_is_saved_is_loaded(self, case: Case, tmp_path: Path) -> None:
        folder = self.save(case, tmp_path / "model")
        loaded = self.ours.load_model(folder)
        assert case.is_like(loaded)
        same(case.predict(loaded, case.input), case.predict(case.model, case.input))
        function = kiseki.pyfunc.load_model(folder)
        same(function.predict(case.input), case.expected(case.model))
        assert function.loader_module == f"mlflow.{self.flavor}"
        raw = function.get_raw_model()
        assert type(raw) is self.raw if self.raw is not None else case.is_like(raw)

    def test_what_is_logged_is_loaded(self, case: Case) -> None:
        with kiseki.start_run() as run:
            info = self.ours.log_model(case.model, name="model", **{**case.arguments, "input_example": case.input})
        assert info.run_id == run.info.run_id
        assert info.model_uri == f"models:/{info.model_id}"
        same(case.predict(self.ours.load_model(info.model_uri), case.input), case.predict(case.model, case.input))
        same(kiseki.pyfunc.load_model(info.model_uri).predict(case.input), case.expected(case.model))
        outputs = kiseki.KisekiClient().get_run(run.info.run_id).outputs
        assert outputs is not None
        assert [one.model_id for one in outputs.model_outputs] == [info.model_id]

    def test_the_files_are_mlflows(self, case: Case, tmp_path: Path) -> None:
        arguments: dict[str, Any] = {"input_example": case.input, "metadata": {"purpose": "a test"}}
        if "extra_files" in parameters(self.theirs.save_model):
            (tmp_path / "notes.txt").write_text("notes")
            arguments["extra_files"] = [str(tmp_path / "notes.txt")]
        ours = self.save(case, tmp_path / "ours", **arguments)
        theirs = self.save_theirs(case, tmp_path / "theirs", **arguments)
        assert {name for name in files(ours) if Path(name).name != DIGESTS_FILE} == files(theirs) - self.alone
        found, expected = mlmodel(ours), mlmodel(theirs)
        assert found["flavors"] == expected["flavors"]
        for key in ("saved_input_example_info", "metadata"):
            assert found.get(key) == expected.get(key)
        # MLflow finds out none for some flavors.
        assert found["signature"] == expected.get("signature", found["signature"])
        for name in ("input_example.json", "serving_input_example.json"):
            assert json.loads((ours / name).read_bytes()) == json.loads((theirs / name).read_bytes())

    def test_mlflow_loads_it(self, case: Case, tmp_path: Path) -> None:
        folder = self.save(case, tmp_path / "model", input_example=case.input)
        with quiet():
            loaded = self.theirs.load_model(str(folder))
            function = mlflow.pyfunc.load_model(str(folder))
            same(case.predict(loaded, case.input), case.predict(case.model, case.input))
            same(function.predict(case.input), case.expected(case.model))

    def test_mlflows_is_loaded(self, case: Case, tmp_path: Path) -> None:
        folder = self.save_theirs(case, tmp_path / "model", input_example=case.input)
        loaded = self.ours.load_model(folder)
        assert case.is_like(loaded)
        same(case.predict(loaded, case.input), case.predict(case.model, case.input))
        same(kiseki.pyfunc.load_model(folder).predict(case.input), case.expected(case.model))

    def test_an_altered_file_is_refused(self, case: Case, tmp_path: Path) -> None:
        folder = self.save(case, tmp_path / "model")
        file = folder / case.data
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        for load in (self.ours.load_model, kiseki.pyfunc.load_model):
            with pytest.raises(IntegrityError, match=Path(case.data).name):
                load(folder)
        file.unlink()
        for load in (self.ours.load_model, kiseki.pyfunc.load_model):
            with pytest.raises(IntegrityError, match=Path(case.data).name):
                load(folder)

    def test_strict_mode_unpickles_nothing(self, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = self.save(case, tmp_path / "model")
        monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
        with unpickled() as names:
            if case.unpickles:
                for load in (self.ours.load_model, kiseki.pyfunc.load_model):
                    with pytest.raises(PermissionDenied, match="KISEKI_ALLOW_PICKLE_DESERIALIZATION is false"):
                        load(folder)
            else:
                same(case.predict(self.ours.load_model(folder), case.input), case.predict(case.model, case.input))
                same(kiseki.pyfunc.load_model(folder).predict(case.input), case.expected(case.model))
        assert names == []

    def test_signature_and_example_are_kept(self, case: Case, tmp_path: Path) -> None:
        folder = self.save(case, tmp_path / "model", input_example=case.input)
        function = kiseki.pyfunc.load_model(folder)
        signature = function.metadata.signature
        assert signature is not None
        assert signature.inputs == kiseki.models.infer_signature(case.input).inputs
        assert signature.outputs is not None
        same(function.predict(function.metadata.load_input_example(str(folder))), case.expected(case.model))
        assert function.metadata.get_serving_input(folder)

    def test_its_library_is_required(self, case: Case, tmp_path: Path) -> None:
        folder = self.save(case, tmp_path / "model")
        lines = (folder / "requirements.txt").read_text().splitlines()
        assert set(self.default_requirements()) <= set(lines)
        assert all("==" in line for line in lines)
        assert not any(line.startswith(("mlflow", "kiseki")) for line in lines)

    def test_it_is_called_as_mlflows_is(self) -> None:
        for name in FUNCTIONS:
            found, expected = (parameters(getattr(module, name)) for module in (self.ours, self.theirs))
            assert list(found.items())[: len(expected)] == list(expected.items()), name

    def test_its_module_has_mlflows_name(self) -> None:
        library = self.library or self.flavor
        program = (
            f"import sys, kiseki.{self.flavor}, kiseki.flavors.{self.flavor}\n"
            f"assert kiseki.{self.flavor} is kiseki.flavors.{self.flavor}\n"
            f"assert sys.modules['kiseki.{self.flavor}'] is kiseki.flavors.{self.flavor}\n"
            f"assert '{self.flavor}' in kiseki.__all__\n"
            # The library is imported when a model is saved or loaded.
            f"assert '{library}' not in sys.modules\n"
        )
        finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr

    def test_a_missing_library_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        case = self.cases[0]
        folder = self.save(case, tmp_path / "model")
        library = self.library or self.flavor
        monkeypatch.setitem(sys.modules, library, None)
        words = f"pip install {self.package or library}"
        with pytest.raises(MissingDependency, match=words):
            self.save(case, tmp_path / "other")
        for load in (self.ours.load_model, kiseki.pyfunc.load_model):
            with pytest.raises(MissingDependency, match=words):
                load(folder)
        assert not (tmp_path / "other").exists()

    def test_a_model_of_another_flavor_is_not_loaded(self, tmp_path: Path) -> None:
        folder = self.save(self.cases[0], tmp_path / "model")
        text = (folder / "MLmodel").read_text()
        (folder / "MLmodel").write_text(text.replace(f"\n  {self.flavor}:", "\n  something:"))
        with pytest.raises(NotFound, match=f'"{self.flavor}" flavor'):
            self.ours.load_model(folder)

    @pytest.mark.environments
    def test_it_is_served_in_an_environment_of_its_own(
        self, tmp_path: Path, environments: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case = self.cases[0]
        folder = self.save(case, tmp_path / "model", input_example=case.input)
        monkeypatch.setenv("KISEKI_ENV_ROOT", str(environments))
        prepare = [sys.executable, "-m", "kiseki", "models", "prepare-env", "--model-uri", str(folder)]
        subprocess.run(prepare, check=True, timeout=600)
        with ScoringServer(tmp_path, folder, options=("--env-manager", "uv")) as server:
            answer = server.score((folder / "serving_input_example.json").read_text())
        same(answer.ok(), json.loads(encode_json(case.expected(case.model))))


def same(found: Any, expected: Any) -> None:
    """Compares two predictions: their type, shape and names exactly, their numbers as far as float32 goes."""
    assert type(found) is type(expected)
    if isinstance(found, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected, rtol=1e-6)
    elif isinstance(found, pd.Series):
        pd.testing.assert_series_equal(found, expected, rtol=1e-6)
    elif isinstance(found, Mapping):
        assert found.keys() == expected.keys()
        for key in found:
            same(found[key], expected[key])
    elif isinstance(found, str | bytes | bool | int | None):
        assert found == expected
    elif isinstance(found, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    else:
        left, right = np.asarray(found), np.asarray(expected)
        assert left.dtype == right.dtype
        if left.dtype.kind == "f":
            np.testing.assert_allclose(left, right, rtol=1e-6)
        else:
            np.testing.assert_array_equal(left, right)


def files(folder: Path) -> set[str]:
    """The files of a model, with `/` between segments."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def mlmodel(folder: Path) -> dict[str, Any]:
    """The content of an MLmodel, its lists of names in one order: MLflow makes some of them of sets."""
    found = ordered(yaml.safe_load((folder / "MLmodel").read_text()))
    assert isinstance(found, dict)
    return found


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: ordered(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted(value) if all(isinstance(one, str) for one in value) else [ordered(one) for one in value]
    return value


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """The names of a function's parameters in their order, and their defaults."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }


@contextmanager
def quiet() -> Iterator[None]:
    """MLflow and what it calls may warn."""
    level = logging.getLogger("mlflow").level
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.getLogger("mlflow").setLevel(level)


_watching: list[list[str]] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "pickle.find_class":
        for names in _watching:
            names.append(".".join(map(str, arguments)))


# Python has no way to take it off again, so there is one for the whole process.
sys.addaudithook(_watch)


@contextmanager
def unpickled() -> Iterator[list[str]]:
    """Collects what pickles look up while the block runs, whoever reads them."""
    names: list[str] = []
    _watching.append(names)
    try:
        yield names
    finally:
        _watching.remove(names)
