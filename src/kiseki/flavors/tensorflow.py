"""TensorFlow's models: Keras models of TensorFlow, and modules as SavedModels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.models.code import add_code
from kiseki.models.environment import default_conda_env
from kiseki.models.flavor import arrays_of, log_flavor
from kiseki.models.info import ModelInfo
from kiseki.models.load import local_model
from kiseki.models.members import member
from kiseki.models.mlmodel import Model
from kiseki.models.package import Parts, package
from kiseki.models.params import AcceptedParams
from kiseki.models.pickles import dump_pickle, load_keras, load_pickle
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature

FLAVOR_NAME: Final = "tensorflow"

_FOLDER: Final = "data"
_MODULE: Final = "tf2model"
_FILES: Final = {"tf": "model.keras", "keras": "model.keras", "h5": "model.h5"}
"""Format of a Keras model -> its file; "tf" is what MLflow calls Keras' own format, too."""
_CUSTOM: Final = "custom_objects.cloudpickle"
_INSTEAD: Final = "register them with keras.saving.register_keras_serializable() in a module of code_paths"


def get_default_pip_requirements(include_cloudpickle: bool = False) -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin(name) for name in _distributions(include_cloudpickle)]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    model: Any,
    path: str | Path,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    saved_model_kwargs: Mapping[str, Any] | None = None,
    keras_model_kwargs: Mapping[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
) -> None:
    """Saves a model as a model's folder.

    Args:
        model: A `tf.keras.Model`, or a `tf.Module`.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        custom_objects: Layers and functions of the user's own, by their names; kept in a pickle.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        saved_model_kwargs: Further arguments of `tf.saved_model.save`, such as `signatures`.
        keras_model_kwargs: Further arguments of a Keras model's `save`; `save_format` may be "keras" or "h5".
        metadata: Kept in the MLmodel.
        extra_files: Kept in the model's folder.

    Raises:
        InvalidParameter: The path is taken, or it is no model of TensorFlow.
        MissingDependency: TensorFlow is not installed.
    """
    tensorflow = optional("tensorflow", "Saving a model of TensorFlow")
    is_keras = isinstance(model, tensorflow.keras.Model)
    if not is_keras and not isinstance(model, tensorflow.Module):
        raise InvalidParameter(
            f"model is of type {type(model).__name__}; expected a tf.keras.Model or a tf.Module. For models of other backends "
            "of Keras there is kiseki.keras."
        )
    options = dict((keras_model_kwargs if is_keras else saved_model_kwargs) or {})
    chosen = options.pop("save_format", "tf") if is_keras else ""
    if is_keras and chosen not in _FILES:
        raise InvalidParameter(f"save_format in keras_model_kwargs is {chosen!r}; expected one of {list(_FILES)}.")
    # MLflow's loader asks for cloudpickle in any case.
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=_distributions(cloudpickle=True)) as folder:
        facts: dict[str, Any]
        if is_keras:
            data = folder.path / _FOLDER
            data.mkdir()
            model.save(str(data / _FILES[chosen]), **options)
            (data / "keras_module.txt").write_text("tensorflow.keras", encoding="utf-8")
            (data / "save_format.txt").write_text(chosen, encoding="utf-8")
            if custom_objects:
                dump_pickle(dict(custom_objects), data / _CUSTOM)
            # The key has TensorFlow's version: Keras was a part of it.
            facts = {
                "data": _FOLDER,
                "keras_version": tensorflow.__version__,
                "model_type": "keras",
                "save_format": chosen,
            }
        else:
            tensorflow.saved_model.save(model, str(folder.path / _MODULE), **options)
            facts = {"model_type": "tf2-module", "saved_model_dir": _MODULE}
        folder.add_flavor(FLAVOR_NAME, **facts)
        folder.add_pyfunc(
            "mlflow.tensorflow", lambda: TensorFlowPredictor(model), **({"data": _FOLDER} if is_keras else {})
        )


def log_model(
    model: Any,
    artifact_path: str | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    registered_model_name: str | None = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    saved_model_kwargs: Mapping[str, Any] | None = None,
    keras_model_kwargs: Mapping[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
) -> ModelInfo:
    """Logs a model of TensorFlow as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(
    model_uri: str | Path,
    dst_path: str | Path | None = None,
    saved_model_kwargs: Mapping[str, Any] | None = None,
    keras_model_kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """Loads a model that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.
        saved_model_kwargs: Further arguments of `tf.saved_model.load`.
        keras_model_kwargs: Further arguments of `tf.keras.models.load_model`, such as `custom_objects`.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        PermissionDenied: Its custom objects are to be unpickled, and KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
        InvalidParameter: The installed TensorFlow cannot read it.
        MissingDependency: TensorFlow is not installed.
    """
    return _read(local_model(model_uri, dst_path), keras_model_kwargs, saved_model_kwargs)


def _load_pyfunc(path: str) -> TensorFlowPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data, or its folder."""
    given = Path(path)
    return TensorFlowPredictor(_read(given if (given / "MLmodel").exists() else given.parent))


class TensorFlowPredictor:
    """A model of TensorFlow as `kiseki.pyfunc` calls it.

    Args:
        model: A Keras model, or what `tf.saved_model.load` gives.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self._accepted = AcceptedParams(model.predict) if hasattr(model, "predict") else None

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's output.

        Args:
            data: An array, a list, a dictionary of arrays by the names of inputs, or a DataFrame.
            params: Further arguments of a Keras model's `predict`, such as `batch_size`.

        Returns:
            An array; a list or dictionary of arrays for models with several outputs.
        """
        given = data.to_numpy() if hasattr(data, "iloc") else data
        if self._accepted is not None:
            if isinstance(given, list):
                given = np.asarray(given)
            return self.model.predict(given, **{"verbose": 0, **self._accepted.of(params)})
        tensorflow = optional("tensorflow", "Predicting with a model of TensorFlow")
        if isinstance(given, Mapping):
            output = self.model(**{name: tensorflow.convert_to_tensor(value) for name, value in given.items()})
        else:
            output = self.model(tensorflow.convert_to_tensor(given))
        return arrays_of(output, lambda tensor: tensor.numpy())

    def get_raw_model(self) -> Any:
        """The model."""
        return self.model


def _distributions(cloudpickle: bool) -> list[str]:
    return ["tensorflow", *(["cloudpickle"] if cloudpickle else [])]


def _read(
    folder: Path, keras_options: Mapping[str, Any] | None = None, saved_options: Mapping[str, Any] | None = None
) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    tensorflow = optional("tensorflow", "Loading a model of TensorFlow")
    add_code(folder, facts.get("code"))
    if facts.get("model_type") == "tf2-module":
        saved = member(folder, facts.get("saved_model_dir", _MODULE), "the module")
        return tensorflow.saved_model.load(str(saved), **(saved_options or {}))
    data = member(folder, facts.get("data", _FOLDER), "the model's data")
    chosen = facts.get("save_format", "tf")
    name = _FILES.get(chosen)
    if name is None:
        raise InvalidParameter(f"The MLmodel's save_format is {chosen!r}; expected one of {list(_FILES)}.")
    options = dict(keras_options or {})
    if "custom_objects" not in options and (data / _CUSTOM).exists():
        options["custom_objects"] = load_pickle(member(data, _CUSTOM, "the custom objects"), _INSTEAD)
    # MLflow 2 has a SavedModel of this name.
    file = data / name if (data / name).exists() else data / "model"
    return load_keras(tensorflow.keras, file, _INSTEAD, **options)
