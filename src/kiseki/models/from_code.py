"""Models that are a file of Python: the file is the model, and runs when it is loaded. Nothing is unpickled.

    from kiseki.models import ModelConfig, set_model

    config = ModelConfig(development_config={"depth": 3})

    class Forest(PythonModel): ...

    set_model(Forest(config.get("depth")))

A file that imports mlflow runs, too: with the real mlflow where it is installed, with kiseki in its place elsewhere.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from kiseki.base import dropin
from kiseki.base.errors import InvalidParameter
from kiseki.base.yaml import read_yaml

_config: ContextVar[Mapping[str, Any] | None] = ContextVar("kiseki_model_config", default=None)
_set: ContextVar[list[Any] | None] = ContextVar("kiseki_set_model", default=None)
_mlflow = threading.RLock()


def set_model(model: Any) -> None:
    """Says which object of a file is the model; called at the end of a file that `python_model` names.

    Raises:
        InvalidParameter: It is neither a `PythonModel` nor a function.
    """
    if isinstance(model, type) or not (callable(model) or callable(getattr(model, "predict", None))):
        raise InvalidParameter(
            f"set_model() got {type(model).__name__}; expected an object of a subclass of PythonModel, or a function."
        )
    found = _set.get()
    if found is not None:
        found.append(model)


class ModelConfig:
    """The configuration of a model that is a file.

    Args:
        development_config: Used while the file runs by itself: a dictionary, or the path of a YAML file. When a model is
            saved or loaded with a `model_config`, that is used.

    Raises:
        InvalidParameter: There is no configuration at all.
    """

    def __init__(self, *, development_config: str | Path | Mapping[str, Any] | None = None) -> None:
        current = _config.get()
        if current is None and development_config is None:
            raise InvalidParameter(
                "The model has no configuration; give model_config to save_model, or development_config."
            )
        self._values = config_of(development_config if current is None else current) or {}

    def get(self, key: str) -> Any:
        """The value of a key.

        Raises:
            KeyError: The configuration does not have it.
        """
        if key not in self._values:
            raise KeyError(f"Key {key!r} not found in configuration: {self._values}.")
        return self._values[key]

    def to_dict(self) -> dict[str, Any]:
        """The whole configuration."""
        return dict(self._values)


def config_of(given: str | Path | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A configuration as a dictionary.

    Args:
        given: A dictionary, or the path of a YAML file.

    Raises:
        InvalidParameter: It is neither, or there is no such file.
    """
    if isinstance(given, str | Path):
        path = Path(given)
        if not path.is_file():
            raise InvalidParameter(f"Config file {str(path)!r} not found.")
        given = read_yaml(path, repr(path.name))
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise InvalidParameter(
            f"The model's configuration is of type {type(given).__name__}; expected a dictionary, or the path of a YAML file "
            "with one."
        )
    return dict(given)


def run_code_file(path: Path, config: Mapping[str, Any] | None) -> Any:
    """Runs a file and returns the model that it set.

    Args:
        path: The file.
        config: What `ModelConfig` has while it runs.

    Raises:
        InvalidParameter: The file does not exist, raises, or sets no model.
    """
    if not path.is_file():
        raise InvalidParameter(f"The provided model path {str(path)!r} does not exist. Ensure the file path is valid.")
    if path.suffix != ".py":
        raise InvalidParameter(f"The model path {str(path)!r} is no file of Python; expected one that ends in .py.")
    name = f"kiseki_code_model_{uuid.uuid4().hex}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    dropin.stand_in()
    found: list[Any] = []
    tokens = _set.set(found), _config.set(config)
    # Classes of the file look for their module there.
    sys.modules[name] = module
    try:
        with _heard_from_mlflow(path):
            spec.loader.exec_module(module)
    except Exception as error:
        sys.modules.pop(name, None)
        raise InvalidParameter(
            f"Failed to run user code from {str(path)!r}: {type(error).__name__}: {error}. Run the file by itself to see "
            "where."
        ) from error
    finally:
        _set.reset(tokens[0])
        _config.reset(tokens[1])
    if not found:
        raise InvalidParameter(f"The file {str(path)!r} sets no model; call kiseki.models.set_model(model) at its end.")
    return found[-1]


@contextmanager
def _heard_from_mlflow(path: Path) -> Iterator[None]:
    """Lets a file say its model, and ask for its configuration, through the real mlflow, where it is installed."""
    if "mlflow" not in path.read_text(encoding="utf-8") or not _is_real():
        yield
        return
    models: Any = importlib.import_module("mlflow.models")
    with _mlflow:
        before = models.set_model, models.ModelConfig
        models.set_model, models.ModelConfig = set_model, ModelConfig
        try:
            yield
        finally:
            models.set_model, models.ModelConfig = before


def _is_real() -> bool:
    return importlib.util.find_spec("mlflow") is not None and not dropin.is_installed()
