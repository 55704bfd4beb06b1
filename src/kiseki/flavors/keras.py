"""Keras 3's models, with any of its backends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.models.environment import default_conda_env
from kiseki.models.flavor import arrays_of, log_flavor
from kiseki.models.info import ModelInfo
from kiseki.models.load import local_model
from kiseki.models.members import member
from kiseki.models.mlmodel import Model
from kiseki.models.package import Parts, package
from kiseki.models.params import AcceptedParams
from kiseki.models.pickles import load_keras
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature

FLAVOR_NAME: Final = "keras"

_FOLDER: Final = "data"
_FILE: Final = "model.keras"
_EXPORTED: Final = "model"
_MODULE: Final = "keras_module.txt"
_INSTEAD: Final = "use registered functions in place of those of Lambda layers"
_BACKENDS: Final = {"tensorflow": "tensorflow", "torch": "torch", "jax": "jax"}
"""Keras' name of a backend -> its distribution; NumPy is needed anyway."""


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin("keras")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    model: Any,
    path: str | Path,
    save_exported_model: bool = False,
    conda_env: Any = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | list[str] | None = None,
    extra_pip_requirements: str | Path | list[str] | None = None,
    save_model_kwargs: Mapping[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
) -> None:
    """Saves a model as a model's folder, in Keras' own format.

    Args:
        model: A `keras.Model`.
        path: Where the folder will be; missing or empty.
        save_exported_model: Whether to write what only predicts, as TensorFlow's SavedModel, which needs none of the model's code.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        mlflow_model: What is known of the model.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        save_model_kwargs: Further arguments of the model's `save`, or `export`.
        metadata: Kept in the MLmodel.

    Raises:
        InvalidParameter: The path is taken, or it is no model of Keras.
        MissingDependency: Keras is not installed.
    """
    keras = optional("keras", "Saving a model of Keras")
    if not isinstance(model, keras.Model):
        raise InvalidParameter(f"model is of type {type(model).__name__}; expected a keras.Model.")
    backend = keras.backend.backend()
    needed = "tensorflow" if save_exported_model else _BACKENDS.get(backend)
    with package(
        path, mlflow_model, parts=Parts.of(locals()), requirements=["keras", *([needed] if needed else [])]
    ) as folder:
        data = folder.path / _FOLDER
        data.mkdir()
        options = dict(save_model_kwargs or {})
        # Keras 3 has one format of files, which older calls name.
        options.pop("save_format", None)
        if save_exported_model:
            model.export(str(data / _EXPORTED), **{"verbose": False, **options})
        else:
            model.save(str(data / _FILE), **options)
        (data / _MODULE).write_text("keras", encoding="utf-8")
        folder.add_flavor(
            FLAVOR_NAME,
            data=_FOLDER,
            keras_backend=backend,
            keras_version=keras.__version__,
            save_exported_model=save_exported_model,
        )
        folder.add_pyfunc("mlflow.keras", lambda: KerasPredictor(model))


def log_model(
    model: Any,
    artifact_path: str | None = None,
    save_exported_model: bool = False,
    conda_env: Any = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    registered_model_name: str | None = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Path | list[str] | None = None,
    extra_pip_requirements: str | Path | list[str] | None = None,
    save_model_kwargs: Mapping[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
) -> ModelInfo:
    """Logs a model of Keras as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(
    model_uri: str | Path,
    dst_path: str | Path | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    load_model_kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """Loads a model that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.
        custom_objects: Layers and functions of the user's own, by their names.
        load_model_kwargs: Further arguments of `keras.models.load_model`.

    Returns:
        The model; for one that was exported, what `tf.saved_model.load` gives.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        PermissionDenied: It holds functions that are to be run, by `safe_mode=False`, and that is not allowed.
        InvalidParameter: The installed Keras cannot read it.
        MissingDependency: Keras is not installed.
    """
    return _read(local_model(model_uri, dst_path), {"custom_objects": custom_objects, **(load_model_kwargs or {})})


def _load_pyfunc(path: str) -> KerasPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its folder."""
    return KerasPredictor(_read(Path(path), {}))


class KerasPredictor:
    """A model of Keras as `kiseki.pyfunc` calls it.

    Args:
        model: A `keras.Model`, or what was exported from one.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self._accepted = AcceptedParams(model.predict) if hasattr(model, "predict") else None

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's output.

        Args:
            data: An array, a list, a dictionary of arrays by the names of inputs, or a DataFrame.
            params: Further arguments of the model's `predict`, such as `batch_size`.

        Returns:
            An array; a list or dictionary of arrays for models with several outputs.
        """
        given = data.to_numpy() if hasattr(data, "iloc") else data
        if self._accepted is None:
            return arrays_of(self.model.serve(given), lambda tensor: tensor.numpy())
        if isinstance(given, list):
            given = np.asarray(given)
        return self.model.predict(given, **{"verbose": 0, **self._accepted.of(params)})

    def get_raw_model(self) -> Any:
        """The model."""
        return self.model


def _read(folder: Path, options: Mapping[str, Any]) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    keras = optional("keras", "Loading a model of Keras")
    data = member(folder, facts.get("data", _FOLDER), "the model's data")
    if facts.get("save_exported_model"):
        tensorflow = optional("tensorflow", "Loading an exported model of Keras")
        return tensorflow.saved_model.load(str(member(data, _EXPORTED, "the exported model")))
    return load_keras(keras, member(data, _FILE, "the model"), _INSTEAD, **options)
