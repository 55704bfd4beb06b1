"""Models from a stranger: nothing runs that was not asked for, nothing leads outside, nothing grows without bound.

Each attack is a folder of a model, loaded in a process of its own with little memory, in strict mode and otherwise.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.environments import ROOT, clean_environment

SECONDS = 120
MEMORY = 3 << 30

LOAD = """
import resource, sys
from pathlib import Path
import kiseki.pyfunc, kiseki.sklearn
from kiseki.exceptions import MlflowException
from kiseki.models import Model
import sklearn.linear_model, skops.io
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
for folder in sys.argv[1:]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = []
    for call in (
        kiseki.pyfunc.load_model, kiseki.sklearn.load_model, lambda path: Model.load(path).load_input_example(path)
    ):
        try:
            call(folder)
        except MlflowException as error:
            refused.append(type(error).__name__)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(Path(folder).name, grown, *refused, sep="|")
"""

MLMODEL = """
flavors:
  python_function: {loader_module: mlflow.sklearn, model_path: model.pkl, python_version: 3.11.0}
  sklearn: {pickled_model: model.pkl, serialization_format: pickle, sklearn_version: 1.5.0, code: null}
"""


class Canary:
    """Makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.file),)


def attacked(folders: list[Path], **variables: str) -> dict[str, tuple[int, list[str]]]:
    """Loads models in every way; for each by how many MiB the process grew, and the errors."""
    finished = subprocess.run(
        [sys.executable, "-c", LOAD.format(memory=MEMORY), *map(str, folders)],
        cwd=folders[0].parent,
        env=clean_environment(PYTHONPATH=str(ROOT / "src"), **variables),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    lines = [line.split("|") for line in finished.stdout.splitlines()]
    return {name: (int(grown), refused) for name, grown, *refused in lines}


def model(place: Path) -> Path:
    """A model of scikit-learn whose estimator is missing."""
    place.mkdir()
    write(place / "MLmodel", MLMODEL)
    return place


def write(path: Path, text: str) -> None:
    path.write_text(text)


def aliases(depth: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    return "\n".join([*lines, *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, depth))])


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("schema.json", "w", force_zip64=True) as out,
    ):
        for _ in range(128):
            out.write(b" " * (1 << 20))


SKOPS = MLMODEL.replace("model.pkl", "model.skops").replace(
    "serialization_format: pickle", "serialization_format: skops"
)
EXAMPLE = f"{MLMODEL}saved_input_example_info: {{artifact_path: input_example.json, type: ndarray}}\n"


def deep(path: Path) -> None:
    (path / "MLmodel").write_text(EXAMPLE)
    (path / "input_example.json").write_text("[" * 100_000)


def large(path: Path) -> None:
    (path / "MLmodel").write_text(EXAMPLE)
    sparse(path / "input_example.json")


def zipped(write: Callable[[Path], None]) -> Callable[[Path], None]:
    def made(path: Path) -> None:
        (path / "MLmodel").write_text(SKOPS)
        write(path / "model.skops")

    return made


def schema(text: bytes) -> Callable[[Path], None]:
    def written(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("schema.json", text)

    return zipped(written)


ATTACKS: dict[str, Callable[[Path], None]] = {
    "tags in MLmodel": lambda path: write(path / "MLmodel", "a: !!python/object/apply:os.mkdir [canary]"),
    "aliases in MLmodel": lambda path: write(path / "MLmodel", aliases(12)),
    "depth in MLmodel": lambda path: write(path / "MLmodel", "[" * 1_000_000),
    "size of MLmodel": lambda path: sparse(path / "MLmodel"),
    "size of the digests": lambda path: sparse(path / "SHA256SUMS"),
    "size of the requirements": lambda path: sparse(path / "requirements.txt"),
    "tags in conda.yaml": lambda path: write(path / "conda.yaml", "!!python/object/apply:os.mkdir [canary]"),
    "size of the example": large,
    "depth of the example": deep,
    "a bomb of skops": zipped(bomb),
    "depth in skops": schema(b"[" * 1_000_000),
    "nonsense in skops": schema(b'{"__class__": "system", "__module__": "os", "__loader__": "TypeNode"}'),
    "a link in skops": zipped(lambda path: path.symlink_to("/etc/passwd")),
    "a link to everything": lambda path: (path / "model.pkl").symlink_to("/etc"),
}


@pytest.mark.parametrize("allowed", ["true", "false"])
def test_hostile_folders_are_refused(tmp_path: Path, allowed: str) -> None:
    for name, attack in ATTACKS.items():
        attack(model(tmp_path / name))
    found = attacked([tmp_path / name for name in ATTACKS], KISEKI_ALLOW_PICKLE_DESERIALIZATION=allowed)
    assert found.keys() == ATTACKS.keys()
    assert {name: refused for name, (_, refused) in found.items() if len(refused) < 2} == {}
    assert {name: grown for name, (grown, _) in found.items() if grown > 300} == {}
    assert not list(tmp_path.rglob("canary"))


def test_strict_mode_runs_no_pickle(tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    (folder / "model.pkl").write_bytes(pickle.dumps(Canary(tmp_path / "canary")))
    found = attacked([folder], KISEKI_ALLOW_PICKLE_DESERIALIZATION="false")
    assert found["model"][1] == ["PermissionDenied", "PermissionDenied"]
    assert not (tmp_path / "canary").exists()


NAMES = [
    *("$(touch canary)", "`touch canary`", "; touch canary", "model; touch canary", "model\ntouch canary"),
    *("runs:/$(touch canary)/model", "models:/m-$(touch canary)", "--help", "-m"),
]


def test_names_of_models_are_names(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        import kiseki.pyfunc, kiseki.models
        from kiseki.exceptions import MlflowException
        for uri in sys.argv[1:]:
            for call in (
                lambda: kiseki.pyfunc.load_model(uri),
                lambda: kiseki.models.predict(uri, [1], env_manager="local"),
                lambda: kiseki.models.get_model_info(uri),
            ):
                try:
                    call()
                except MlflowException:
                    print("refused")
        """
    )
    finished = subprocess.run(
        [sys.executable, "-c", program, *NAMES],
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(ROOT / "src"), KISEKI_TRACKING_URI=str(tmp_path / "store")),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert finished.stdout == "refused\n" * 3 * len(NAMES), finished.stdout + finished.stderr
    assert not list(tmp_path.rglob("canary"))
