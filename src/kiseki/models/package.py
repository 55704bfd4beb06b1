"""Writing a model's folder: the one way for all flavors.

    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=["scikit-learn"]) as folder:
        ...write the data into folder.path...
        folder.add_flavor("sklearn", pickled_model="model.skops")
        folder.add_pyfunc("mlflow.sklearn", lambda: Wrapper(model), model_path="model.skops")

Code, input example, signature, environment, digests and at last the MLmodel are written when the block ends. The folder
is at `path` then, whole, and not at all when anything raises.
"""

from __future__ import annotations

import logging
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import msgspec

from kiseki.artifacts import download_artifacts
from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.base.settings import flag
from kiseki.models.code import copy_code
from kiseki.models.digests import write_digests
from kiseki.models.enforcement import Enforcement
from kiseki.models.environment import FILES, conda_requirements, write_environment
from kiseki.models.example import InputExample
from kiseki.models.imports import observe
from kiseki.models.load import local_model
from kiseki.models.members import MLMODEL_FILE
from kiseki.models.mlmodel import FROM_HINT, PYFUNC, Model, new_model
from kiseki.models.requirements import (
    Requirements,
    merged,
    name_of,
    pin,
    pins,
    reached,
    read_requirements,
    without_trackers,
)
from kiseki.models.signature import ModelSignature, infer_signature
from kiseki.models.uv_project import copy_uv_files, find_uv_project, locked_requirements
from kiseki.types.containers import is_a

EXTRA_FOLDER: Final = "extra_files"
VARIABLES_FILE: Final = "environment_variables.txt"
_log = logging.getLogger("kiseki")


class Predictor(Protocol):
    """A model that can predict before it is saved."""

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's output for some input."""
        ...


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What every flavor's `save_model` takes besides the model; the names are those of its arguments."""

    signature: ModelSignature | Literal[False] | None = None
    """Inferred from the input example when None; False for none."""
    input_example: Any = None
    conda_env: Any = None
    code_paths: Sequence[str | Path] | None = None
    pip_requirements: str | Path | Sequence[str] | None = None
    extra_pip_requirements: str | Path | Sequence[str] | None = None
    extra_files: Sequence[str | Path] | None = None
    metadata: dict[str, Any] | None = None
    uv_project_path: str | Path | None = None
    uv_groups: Sequence[str] | None = None
    uv_extras: Sequence[str] | None = None
    model_config: dict[str, Any] | None = None

    @classmethod
    def of(cls, arguments: Mapping[str, Any], /, **others: Any) -> Parts:
        """Those among the arguments of a `save_model`, its `locals()`; others take the place of what the caller gave."""
        given = {name: arguments[name] for name in cls.__struct_fields__ if name in arguments}
        return cls(**{**given, **others})


class ModelFolder:
    """A model's folder while it is written."""

    def __init__(self, path: Path, model: Model, parts: Parts, code: str | None) -> None:
        self.path = path
        """Where the flavor puts its data."""
        self.model = model
        self.code = code
        """The folder of the model's code in it; None when it has none."""
        self._parts = parts
        self._extra_files = _copy_extra_files(path, parts.extra_files)
        self.modules: set[str] = set()
        self.has_own_code = code is not None
        """Whether the model has code of which only running it tells what it imports."""
        self.predictor: Callable[[], Predictor] | None = None
        self.hinted: ModelSignature | None = None
        """What the type hints of the model's code say."""

    def add_flavor(self, name: str, **facts: Any) -> None:
        """Records what a flavor's `load_model` needs to know."""
        if self._extra_files is not None:
            facts["extra_files"] = self._extra_files
        self.model.add_flavor(name, **facts, code=self.code)

    def add_pyfunc(self, loader_module: str, predictor: Callable[[], Predictor] | None = None, **facts: Any) -> None:
        """Records how `kiseki.pyfunc` loads the model.

        Args:
            loader_module: The module that has `_load_pyfunc`, under its name in MLflow.
            predictor: Gives the model as it will be when it is loaded; asked when the signature is to be inferred.
            **facts: For the loader.
        """
        self.predictor = predictor
        self.model.add_flavor(
            PYFUNC, **pyfunc_facts(loader_module, code=self.code, config=self._parts.model_config, **facts)
        )

    def refer_to(self, modules: Iterable[str]) -> None:
        """Names modules that the model's data refers to, so that their distributions become requirements."""
        self.modules |= set(modules)


def pyfunc_facts(
    loader_module: str, *, code: str | None, config: dict[str, Any] | None, **facts: Any
) -> dict[str, Any]:
    """What the flavor python_function says."""
    found = {"loader_module": loader_module, "python_version": platform.python_version(), "env": FILES, **facts}
    if code is not None:
        found["code"] = code
    if config is not None:
        found["config"] = config
    return found


@contextmanager
def package(
    path: str | Path, mlflow_model: Model | None, *, parts: Parts, requirements: Sequence[str]
) -> Iterator[ModelFolder]:
    """Writes a model's folder.

    Args:
        path: Where it will be; missing or empty.
        mlflow_model: What is known of the model; a new one when None. It has all facts of the model afterwards.
        parts: What the caller gave.
        requirements: Names of distributions that the flavor is known to need.

    Raises:
        InvalidParameter: The path is taken, or something in `parts` is not what it should be.
    """
    target = Path(path)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InvalidParameter(f"Path {str(path)!r} already exists and is not empty. Choose another, or remove it.")
    given = [parts.conda_env, parts.pip_requirements, parts.extra_pip_requirements]
    if sum(one is not None for one in given) > 1:
        raise InvalidParameter("Only one of conda_env, pip_requirements and extra_pip_requirements can be given.")
    if parts.signature is not None and parts.signature is not False and not isinstance(parts.signature, ModelSignature):
        raise InvalidParameter(
            f"signature is of type {type(parts.signature).__name__}; expected a ModelSignature, which infer_signature() "
            "makes, or False for none."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that moving it there is one step.
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        inner = staging / "model"
        inner.mkdir()
        folder = ModelFolder(inner, mlflow_model or new_model(), parts, copy_code(parts.code_paths, inner))
        yield folder
        _finish(folder, parts, requirements)
        inner.replace(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _finish(folder: ModelFolder, parts: Parts, requirements: Sequence[str]) -> None:
    model = folder.model
    if parts.metadata is not None:
        model.metadata = parts.metadata
    _describe(folder, parts)
    # What is there so far can be loaded, which tells what the model imports.
    model.save(folder.path / MLMODEL_FILE)
    _write_environment(folder, parts, requirements)
    model.model_size_bytes = _size(folder.path)
    model.save(folder.path / MLMODEL_FILE)
    write_digests(folder.path)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and file.name != MLMODEL_FILE)


def _describe(folder: ModelFolder, parts: Parts) -> None:
    """Writes the input example and sets the signature."""
    model = folder.model
    given = None if parts.input_example is None else InputExample.of(parts.input_example)
    if given is not None:
        model.saved_input_example_info = given.write(folder.path)
        folder.refer_to([type(given.data).__module__])
    if folder.hinted is not None and parts.signature is not False:
        if isinstance(parts.signature, ModelSignature) and parts.signature.inputs != folder.hinted.inputs:
            _log.warning(
                "The signature that was given is not used: the type hint of predict() says %s.", folder.hinted.inputs
            )
        params = infer_signature(given.data, params=given.params).params if given is not None else None
        model.signature = ModelSignature(folder.hinted.inputs, folder.hinted.outputs, params)
        model.others[FROM_HINT] = True
    elif isinstance(parts.signature, ModelSignature):
        model.signature = parts.signature
    elif parts.signature is None and given is not None and folder.predictor is not None:
        model.signature = _inferred_signature(folder.predictor(), given)
    inputs = model.get_input_schema()
    if inputs is not None and not inputs.is_tensor_spec() and find_spec("pandas") is not None:
        # A model with columns is called with a DataFrame.
        folder.refer_to(["pandas"])


def _inferred_signature(predictor: Predictor, given: InputExample) -> ModelSignature | None:
    """The signature of a model that predicts for its example; None, and a warning, when it cannot."""
    try:
        asked = infer_signature(given.data, params=given.params)
        enforcement = Enforcement(asked)
        # As it is called when it is loaded: with what the signature makes of the data.
        output = predictor.predict(enforcement.inputs(given.data), enforcement.params(given.params) or None)
        table = asked.inputs is not None and not asked.inputs.is_tensor_spec()
        if table and is_a(output, "numpy.ndarray") and output.ndim == 1:
            # Of a model that takes a table, one value a row is a column.
            output = optional("pandas", "The signature of a model that takes tables").Series(output)
        return infer_signature(given.data, output, given.params)
    except Exception as error:  # noqa: BLE001 - the user's model may raise anything, and is saved all the same
        _log.warning(
            "The model has no signature, since it could not predict for the input example: %s: %s. Give "
            "signature=infer_signature(model_input, model_output), or another example.",
            type(error).__name__,
            error,
        )
        return None


def _write_environment(folder: ModelFolder, parts: Parts, known: Sequence[str]) -> None:
    if parts.conda_env is not None:
        conda, requirements = conda_requirements(parts.conda_env)
        write_environment(folder.path, requirements, conda)
        return
    if parts.pip_requirements is not None:
        write_environment(folder.path, read_requirements(parts.pip_requirements, "pip_requirements"))
        return
    extra = read_requirements(parts.extra_pip_requirements, "extra_pip_requirements")
    found = _locked(folder, parts, known)
    if found is None:
        found = _inferred(folder, known)
    write_environment(folder.path, Requirements(lines=merged(found, extra.lines), constraints=extra.constraints))


def _locked(folder: ModelFolder, parts: Parts, known: Sequence[str]) -> tuple[str, ...] | None:
    """What the uv project says is installed, and what the flavor needs besides; None where there is no project."""
    project = find_uv_project(parts.uv_project_path, parts.uv_groups, parts.uv_extras)
    locked = None if project is None else locked_requirements(project)
    if project is None or locked is None:
        return None
    copy_uv_files(project, folder.path)
    named = {name_of(line) for line in locked.lines}
    further = (line for line in map(pin, known) if name_of(line) not in named)
    return *without_trackers(locked.lines), *further


def _inferred(folder: ModelFolder, known: Sequence[str]) -> tuple[str, ...]:
    found = pins(known, folder.modules)
    if folder.has_own_code or found.local:
        observed = observe(folder.path)
        found = pins(known, reached(folder.modules, observed))
        _record_variables(folder, observed.variables)
    return found.lines


def _record_variables(folder: ModelFolder, names: Sequence[str]) -> None:
    if not names or not flag("RECORD_ENV_VARS_IN_MODEL_LOGGING", True):
        return
    folder.model.env_vars = [*names]
    (folder.path / VARIABLES_FILE).write_text(
        "# Names of the environment variables that the model read when it was loaded and predicted for its example.\n"
        + "".join(f"{name}\n" for name in names),
        encoding="utf-8",
    )
    _log.info("The model reads the environment variables %s; set them where it is served.", ", ".join(names))


def infer_pip_requirements(
    model_uri: str,
    flavor: str,
    fallback: list[str] | None = None,
    timeout: float | None = None,
    extra_env_vars: Mapping[str, str] | None = None,
) -> list[str]:
    """Finds out what a saved model imports, by loading it in a process of its own.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        flavor: Such as "sklearn"; the library itself is among the requirements.
        fallback: What to return when nothing was found out.
        timeout: Seconds.
        extra_env_vars: Environment variables of the process.

    Returns:
        One pin a distribution, sorted.
    """
    observed = observe(local_model(model_uri), timeout, extra_env_vars)
    found = pins([], reached([flavor], observed)).lines
    return [*found] if found or fallback is None else fallback


def _copy_extra_files(folder: Path, extra_files: Sequence[str | Path] | None) -> list[dict[str, str]] | None:
    """Copies files into `extra_files/` of a model.

    Returns:
        What the flavor says of them; None when there are none.

    Raises:
        InvalidParameter: One does not exist, or two have one name.
    """
    if not extra_files:
        return None
    target = folder / EXTRA_FOLDER
    target.mkdir()
    found = []
    for given in extra_files:
        path = Path(download_artifacts(str(given)))
        place = target / path.name
        if place.exists():
            raise InvalidParameter(f"extra_files has two files of the name {path.name!r}.")
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, place)
        found.append({"path": f"{EXTRA_FOLDER}/{path.name}"})
    return found
