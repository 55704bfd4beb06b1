"""Saving models that are written in Python, or that a module of the user's loads."""

from __future__ import annotations

import inspect
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from kiseki.artifacts import download_artifacts
from kiseki.base.errors import InvalidParameter
from kiseki.base.settings import setting
from kiseki.models.environment import default_conda_env
from kiseki.models.flavor import log_flavor
from kiseki.models.from_code import config_of, run_code_file
from kiseki.models.info import ModelInfo
from kiseki.models.mlmodel import FROM_EXAMPLE, PYFUNC, Model
from kiseki.models.package import ModelFolder, Parts, package, pyfunc_facts
from kiseki.models.pickles import COMPRESSIONS, dump_pickle, modules_in
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature
from kiseki.pyfunc.loading import loader
from kiseki.pyfunc.model import MODEL_FILE, as_python_model, hinted_function, hints_of, loaded
from kiseki.types import AnyType, ColSpec, Schema
from kiseki.types.type_hints import TypeFromExample, schema_of_hint

ARTIFACTS_FOLDER: Final = "artifacts"
_log = logging.getLogger("kiseki")
DATA_FOLDER: Final = "data"


def get_default_pip_requirements() -> list[str]:
    """The requirements of a Python model, as they are installed, besides what it imports."""
    return [pin("cloudpickle")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def add_to_model(
    model: Model,
    loader_module: str,
    data: str | None = None,
    code: str | None = None,
    conda_env: str | None = None,
    python_env: str | None = None,
    model_config: dict[str, Any] | None = None,
    model_code_path: str | None = None,
    **facts: Any,
) -> Model:
    """Adds the flavor python_function to a model and returns it.

    Args:
        model: The model.
        loader_module: The module whose `_load_pyfunc(path)` gives an object with the method `predict`.
        data: What `path` is, relative to the model's folder; the folder itself when None.
        code: The folder of the model's code in it.
        conda_env: The name of its conda.yaml.
        python_env: The name of its python_env.yaml.
        model_config: Its configuration.
        model_code_path: The file that makes the model.
        **facts: For the loader.
    """
    if data is not None:
        facts["data"] = data
    if model_code_path is not None:
        facts["model_code_path"] = model_code_path
    found = pyfunc_facts(loader_module, code=code, config=model_config, **facts)
    found["env"] = {key: name for key, name in (("conda", conda_env), ("virtualenv", python_env)) if name is not None}
    return model.add_flavor(PYFUNC, **found)


def save_model(
    path: str | Path,
    loader_module: str | None = None,
    data_path: str | Path | None = None,
    code_paths: Sequence[str | Path] | None = None,
    conda_env: Any = None,
    mlflow_model: Model | None = None,
    python_model: Any = None,
    artifacts: Mapping[str, str] | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    model_config: str | Path | dict[str, Any] | None = None,
    streamable: bool | None = None,
    uv_project_path: str | Path | None = None,
    uv_groups: Sequence[str] | None = None,
    uv_extras: Sequence[str] | None = None,
) -> None:
    """Saves a model that is written in Python, or that a module loads, as a model's folder.

    Args:
        path: Where the folder will be; missing or empty.
        loader_module: A module whose `_load_pyfunc(path)` gives an object with the method `predict`. This or `python_model`.
        data_path: A file or folder that is copied, and whose place `_load_pyfunc` gets.
        code_paths: Files and folders whose modules the model needs.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        mlflow_model: What is known of the model.
        python_model: A `PythonModel`, a function of one argument, or the path of a file that calls `set_model()`: then the
            file is the model, and nothing is pickled.
        artifacts: Names, and URIs of files or folders that are copied; `context.artifacts` has where they are.
        signature: What the model takes and gives; inferred when None.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        metadata: Kept in the MLmodel.
        model_config: `context.model_config` of the model, which `load_model` can change: a dictionary, or the path of a
            YAML file.
        streamable: Whether `predict_stream` can be called; found out from the model when None.
        uv_project_path: The uv project whose lock has the requirements; the one in the current folder when None.
        uv_groups: Groups of its dependencies that the model needs besides the project's own.
        uv_extras: Extras of the project that the model needs.

    Raises:
        InvalidParameter: The path is taken, arguments exclude each other, or the model cannot be pickled.
    """
    _check(loader_module, data_path, python_model, artifacts)
    config = config_of(model_config)
    with package(
        path,
        mlflow_model,
        parts=Parts.of(locals(), model_config=config),
        requirements=["cloudpickle"] if python_model else [],
    ) as folder:
        folder.has_own_code = True
        if loader_module is not None:
            _add_loader(folder, loader_module, data_path, bool(streamable))
        else:
            _add_python_model(folder, python_model, artifacts or {}, config, streamable)


def log_model(
    artifact_path: str | None = None,
    loader_module: str | None = None,
    data_path: str | Path | None = None,
    code_paths: Sequence[str | Path] | None = None,
    conda_env: Any = None,
    python_model: Any = None,
    artifacts: Mapping[str, str] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    model_config: str | Path | dict[str, Any] | None = None,
    streamable: bool | None = None,
    uv_project_path: str | Path | None = None,
    uv_groups: Sequence[str] | None = None,
    uv_extras: Sequence[str] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    **kwargs: Any,
) -> ModelInfo:
    """Logs a model that is written in Python, or that a module loads, as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def _check(loader_module: object, data_path: object, python_model: Any, artifacts: object) -> None:
    if loader_module is None and python_model is None:
        raise InvalidParameter(
            "Either `loader_module` or `python_model` must be specified. A `loader_module` should be a python module. A "
            "`python_model` should be a subclass of PythonModel, a function, or the path of a file that calls set_model()."
        )
    if (loader_module is not None or data_path is not None) and (python_model is not None or artifacts is not None):
        raise InvalidParameter(
            "loader_module and data_path belong together, and so do python_model and artifacts; give one of the two pairs."
        )
    if artifacts is not None and not isinstance(artifacts, Mapping):
        raise InvalidParameter(f"artifacts is {type(artifacts).__name__}; expected a dictionary of names and URIs.")


def _checked(given: Any) -> Any:
    """A `PythonModel` or a function that can be one."""
    if isinstance(given, type):
        raise InvalidParameter(f"python_model is the class {given.__name__}; give an object of it: {given.__name__}().")
    if callable(getattr(given, "predict", None)):
        return given
    if not callable(given):
        raise InvalidParameter(
            f"`python_model` must be a PythonModel instance, callable object, or path to a script that uses set_model(); got "
            f"{type(given).__name__}."
        )
    taken = len(inspect.signature(given).parameters)
    if taken != 1:
        raise InvalidParameter(
            f"When `python_model` is a callable object, it must accept exactly one argument. Found {taken} arguments."
        )
    return given


def _add_python_model(
    folder: ModelFolder,
    given: Any,
    artifacts: Mapping[str, str],
    config: dict[str, Any] | None,
    streamable: bool | None,
) -> None:
    import cloudpickle

    facts: dict[str, Any] = {"cloudpickle_version": cloudpickle.__version__}
    listed = {name: _copy_artifact(folder.path, name, uri) for name, uri in artifacts.items()}
    if listed:
        facts["artifacts"] = listed
    from_code = isinstance(given, str | Path)
    python_model = as_python_model(run_code_file(Path(given), config) if from_code else _checked(given))
    hint, returned = hints_of(python_model)
    if hint is TypeFromExample:
        folder.model.others[FROM_EXAMPLE] = True
    folder.hinted = _hinted(hint, returned)
    if from_code:
        loader_module, key, name = "mlflow.pyfunc.loaders.code_model", "model_code_path", Path(given).name
        _copy(Path(given), folder.path / name)
    else:
        loader_module, key, name = "mlflow.pyfunc.model", "python_model", MODEL_FILE
        compression = setting("LOG_MODEL_COMPRESSION")
        if compression is not None:
            facts["python_model_compression"] = compression
            name += COMPRESSIONS.get(compression, ("", ""))[1]
        function = None if folder.hinted is None else hinted_function(python_model)
        dump_pickle(python_model, folder.path / name, hinted=function, compression=compression)
        folder.refer_to(modules_in(folder.path / name, compression))
    folder.add_pyfunc(
        loader_module,
        lambda: loaded(python_model, folder.path, folder.model, config),
        streamable=_streams(python_model) if streamable is None else streamable,
        **facts,
        **{key: name},
    )


def _add_loader(folder: ModelFolder, loader_module: str, data_path: str | Path | None, streamable: bool) -> None:
    data = None if data_path is None else f"{DATA_FOLDER}/{Path(data_path).name}"
    facts: dict[str, Any] = {} if data is None else {"data": data}
    if data_path is not None and data is not None:
        _copy(Path(data_path), folder.path / data)
    place = folder.path if data is None else folder.path / data
    folder.refer_to([loader_module])
    folder.add_pyfunc(
        loader_module,
        lambda: loader(loader_module)._load_pyfunc(str(place)),  # noqa: SLF001 - the name is part of MLflow's format
        streamable=streamable,
        **facts,
    )


def _hinted(hint: Any, returned: Any) -> ModelSignature | None:
    """What the type hints of `predict` say; None when they say nothing."""
    if hint is Any:
        return None
    try:
        inputs = schema_of_hint(hint)
    except InvalidParameter as error:
        _log.warning("The type hint of predict() says no signature: %s", error)
        return None
    if inputs is None:
        return None
    try:
        outputs = schema_of_hint(returned)
    except InvalidParameter:
        outputs = None
    return ModelSignature(inputs, outputs or Schema([ColSpec(AnyType())]))


def _streams(python_model: Any) -> bool:
    """Whether the user's class has a predict_stream of its own."""
    homes = [cls for cls in type(python_model).__mro__ if "predict_stream" in vars(cls)]
    return bool(homes) and homes[0].__name__ != "PythonModel"


def _copy_artifact(folder: Path, name: str, uri: str) -> dict[str, str]:
    source = Path(download_artifacts(str(uri)))
    place = f"{ARTIFACTS_FOLDER}/{source.name}"
    number = 1
    while (folder / place).exists():
        place = f"{ARTIFACTS_FOLDER}/{number}/{source.name}"
        number += 1
    _copy(source, folder / place)
    return {"path": place, "uri": str(uri)}


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.is_file():
        shutil.copyfile(source, target)
    else:
        raise InvalidParameter(f"There is no file or folder {str(source)!r} to copy into the model.")
