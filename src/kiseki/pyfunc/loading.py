"""Loading any model that has the flavor python_function, and calling it."""

from __future__ import annotations

import importlib
import inspect
import logging
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import InvalidRequirement, Requirement

from kiseki.base.errors import InvalidParameter, KisekiError, MissingDependency, NotImplementedByKiseki
from kiseki.models.code import add_code
from kiseki.models.enforcement import Enforcement
from kiseki.models.environment import CONDA_FILE, REQUIREMENTS_FILE, read_model_requirements
from kiseki.models.from_code import config_of
from kiseki.models.installed import standing_for
from kiseki.models.load import fetch_file, local_model
from kiseki.models.members import member
from kiseki.models.mlmodel import PYFUNC, Model

_LOADERS = {
    "mlflow.pyfunc.model": "kiseki.pyfunc.model",
    "mlflow.pyfunc.loaders.code_model": "kiseki.pyfunc.code_model",
}
_log = logging.getLogger("kiseki")


class PyFuncModel:
    """A loaded model, called by `predict` whatever library made it. Not safe for several threads unless the model is.

    Args:
        model_meta: The MLmodel.
        model_impl: What the flavor's loader gave; has the method `predict_fn`.
        predict_fn: Which method predicts.
        predict_stream_fn: Which method predicts in parts; None where the model cannot.
        model_id: `m-…` of the logged model.
    """

    def __init__(
        self,
        model_meta: Model,
        model_impl: Any,
        predict_fn: str = "predict",
        predict_stream_fn: str | None = None,
        model_id: str | None = None,
    ) -> None:
        self._meta = model_meta
        self._impl = model_impl
        self._predict = getattr(model_impl, predict_fn)
        self._predict_stream = None if predict_stream_fn is None else getattr(model_impl, predict_stream_fn)
        self._model_id = model_id or model_meta.model_id
        self._takes_params = _takes_params(self._predict)
        self._enforcement = Enforcement(model_meta.signature)

    @property
    def metadata(self) -> Model:
        """The MLmodel; `metadata.signature` is what the model takes and gives."""
        return self._meta

    @property
    def implementation(self) -> Any:
        """What the flavor's loader gave."""
        return self._impl

    @property
    def model_id(self) -> str | None:
        """`m-…` of the logged model; None for one that was only saved."""
        return self._model_id

    @property
    def model_config(self) -> dict[str, Any]:
        """The model's configuration."""
        config: dict[str, Any] = self._meta.flavor(PYFUNC).get("config") or {}
        return config

    @property
    def loader_module(self) -> str:
        """The module that loaded the model, under its name in MLflow."""
        name: str = self._meta.flavor(PYFUNC)["loader_module"]
        return name

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """Returns the model's output.

        Args:
            data: As the signature says: converted to its types where nothing is lost. A model without a signature gets
                it as it is.
            params: Params of the signature; those left out have their defaults.

        Raises:
            InvalidParameter: The data or the params are not as the signature says; the message names the column.
        """
        return self.predict_checked(self._asked(data), params)

    def predict_checked(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """Returns the model's output for data that is as the signature says already, as a `PayloadDecoder` makes it.

        Raises:
            InvalidParameter: The params are not as the signature says.
        """
        asked = self._enforcement.params(params) or None
        return self._predict(data, params=asked) if self._takes_params else self._predict(data)

    def predict_stream(self, data: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """Returns the model's output in parts.

        Raises:
            InvalidParameter: The model was not saved as one that can.
        """
        if self._predict_stream is None:
            raise InvalidParameter("This model does not support predict_stream method.")
        asked = self._enforcement.params(params) or None
        found: Iterator[Any] = self._predict_stream(self._asked(data), params=asked)
        return found

    def _asked(self, data: Any) -> Any:
        # A model with a type hint makes of the data what the hint says.
        return data if getattr(self._impl, "hint", None) is not None else self._enforcement.inputs(data)

    def unwrap_python_model(self) -> Any:
        """Returns the `PythonModel` that was saved.

        Raises:
            InvalidParameter: The model is none.
        """
        found = getattr(self._impl, "python_model", None)
        if found is None:
            raise InvalidParameter(
                f"Unable to retrieve base model object from pyfunc: the model is of {self.loader_module}, not a PythonModel. "
                "Load it with that flavor's load_model()."
            )
        return found

    def get_raw_model(self) -> Any:
        """Returns the object of the library that made the model.

        Raises:
            NotImplementedByKiseki: The flavor does not tell it.
        """
        if hasattr(self._impl, "get_raw_model"):
            return self._impl.get_raw_model()
        raise NotImplementedByKiseki(f"{self.loader_module} does not tell the object behind a loaded model.")

    def __repr__(self) -> str:
        facts = {"flavor": self.loader_module, "run_id": self._meta.run_id, "model_id": self._model_id}
        return f"<PyFuncModel: {', '.join(f'{key}={value}' for key, value in facts.items() if value)}>"


def load_model(
    model_uri: str | Path,
    suppress_warnings: bool = False,
    dst_path: str | Path | None = None,
    model_config: str | Path | dict[str, Any] | None = None,
) -> PyFuncModel:
    """Loads a model of any flavor, written by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        suppress_warnings: Leaves out the warning about packages of other versions than the model's.
        dst_path: Where to put what is fetched; a temporary folder when None.
        model_config: In place of values of the configuration that the model was saved with; a dictionary, or the path
            of a YAML file.

    Raises:
        NotFound: There is no such model, or it has no flavor python_function.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        PermissionDenied: It is to be unpickled, and KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
        MissingDependency: The model's library is not installed.
    """
    folder = local_model(model_uri, dst_path)
    meta = Model.load(folder)
    facts = meta.flavor(PYFUNC)
    if not suppress_warnings:
        _warn_of_versions(folder)
    add_code(folder, facts.get("code"))
    config = _config(facts.get("config"), model_config)
    if config is not None:
        facts["config"] = config
    data = folder if "data" not in facts else member(folder, facts["data"], "its data")
    implementation = _load(facts, data, config)
    return PyFuncModel(
        meta,
        implementation,
        facts.get("predict_fn", "predict"),
        "predict_stream" if facts.get("streamable") else None,
    )


def get_model_dependencies(model_uri: str, format: Literal["pip", "conda"] = "pip") -> str:  # noqa: A002 - MLflow's
    """Fetches a model's requirements.txt or conda.yaml and returns its path.

    Raises:
        InvalidParameter: The format is neither "pip" nor "conda".
    """
    if format not in {"pip", "conda"}:
        raise InvalidParameter(f"format is {format!r}; expected 'pip' or 'conda'.")
    return str(fetch_file(model_uri, REQUIREMENTS_FILE if format == "pip" else CONDA_FILE).absolute())


def loader(name: str) -> Any:
    """The module that has `_load_pyfunc`; kiseki's where kiseki has the flavor.

    Raises:
        MissingDependency: It cannot be imported.
    """
    for prefix in ("mlflow.", "kiseki."):
        flavor = name.removeprefix(prefix)
        if name.startswith(prefix) and "." not in flavor and util.find_spec(f"kiseki.flavors.{flavor}") is not None:
            name = f"kiseki.flavors.{flavor}"
    name = _LOADERS.get(name, name)
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if name.startswith("kiseki."):
            raise
        raise MissingDependency(error.name or name, f"Loading a model of {name}") from error


def _load(facts: dict[str, Any], data: Path, config: dict[str, Any] | None) -> Any:
    name = facts.get("loader_module")
    if not isinstance(name, str):
        raise InvalidParameter(f"The MLmodel's loader_module is {name!r}; expected the name of a module.")
    module = loader(name)
    if not hasattr(module, "_load_pyfunc"):
        raise InvalidParameter(f"The module {name!r} that loads the model has no function _load_pyfunc().")
    load: Callable[..., Any] = module._load_pyfunc  # noqa: SLF001 - the name is part of MLflow's format
    if config is not None and "model_config" in inspect.signature(load).parameters:
        return load(str(data), model_config=config)
    return load(str(data))


def _config(saved: Any, given: str | Path | dict[str, Any] | None) -> dict[str, Any] | None:
    """The saved configuration with what is given on top; keys that were not saved are left out, as MLflow does."""
    changes = config_of(given) or {}
    known = saved if isinstance(saved, dict) else {}
    if unknown := sorted(changes.keys() - known.keys()):
        _log.warning("model_config has %s, which the model was not saved with; left out.", ", ".join(unknown))
    return {**known, **{key: value for key, value in changes.items() if key in known}} if known else None


def _takes_params(predict: Callable[..., Any]) -> bool:
    try:
        return "params" in inspect.signature(predict).parameters
    except (TypeError, ValueError):
        return False


def _warn_of_versions(folder: Path) -> None:
    try:
        differing = list(_differing(read_model_requirements(folder).lines))
    except KisekiError as error:
        _log.warning("The model's requirements cannot be compared with what is installed: %s", error)
        return
    if differing:
        _log.warning(
            "The model was saved with other versions than are installed here: %s. kiseki.models.predict() and `kiseki models "
            "serve` can run it in an environment of its own.",
            ", ".join(differing),
        )


def _differing(lines: tuple[str, ...]) -> Iterator[str]:
    for line in lines:
        try:
            asked = Requirement(line)
        except InvalidRequirement:
            continue
        if asked.marker is not None and not asked.marker.evaluate():
            continue
        installed = standing_for(asked.name)
        if installed is None:
            yield f"{line} (not installed)"
        elif not asked.specifier.contains(installed.version.partition("+")[0], prereleases=True):
            yield f"{line} (installed: {installed.version})"
