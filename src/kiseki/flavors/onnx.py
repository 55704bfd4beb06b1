"""ONNX models, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.models.code import add_code
from kiseki.models.environment import default_conda_env
from kiseki.models.flavor import log_flavor
from kiseki.models.info import ModelInfo
from kiseki.models.load import local_model
from kiseki.models.members import member
from kiseki.models.mlmodel import Model
from kiseki.models.package import Parts, package
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature

FLAVOR_NAME: Final = "onnx"
ONNX_EXECUTION_PROVIDERS: Final = ("CUDAExecutionProvider", "CPUExecutionProvider")
"""Where models run, the first that the installed ONNX Runtime has."""

_FILE: Final = "model.onnx"
_ONE_FILE_BYTES: Final = 2**31
"""What protobuf holds in one message; tensors of larger models are files beside it."""

_MODES: Final = {"sequential": "ORT_SEQUENTIAL", "parallel": "ORT_PARALLEL"}
_LEVELS: Final = {0: "ORT_DISABLE_ALL", 1: "ORT_ENABLE_BASIC", 2: "ORT_ENABLE_EXTENDED", 99: "ORT_ENABLE_ALL"}
_OPTIONS: Final = frozenset(
    [
        "enable_cpu_mem_arena",
        "enable_mem_pattern",
        "enable_mem_reuse",
        "enable_profiling",
        "execution_mode",
        "execution_order",
        "extra_session_config",
        "graph_optimization_level",
        "inter_op_num_threads",
        "intra_op_num_threads",
        "log_severity_level",
        "log_verbosity_level",
        "logid",
        "optimized_model_filepath",
        "use_deterministic_compute",
    ]
)
"""Options of ONNX Runtime's sessions; `extra_session_config` has its further ones, by their keys."""

_DTYPES: Final = {
    "tensor(float16)": np.float16,
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int8)": np.int8,
    "tensor(int16)": np.int16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(uint8)": np.uint8,
    "tensor(uint16)": np.uint16,
    "tensor(uint32)": np.uint32,
    "tensor(uint64)": np.uint64,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin(name) for name in ("onnx", "onnxruntime")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    onnx_model: Any,
    path: str | Path,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    onnx_execution_providers: Sequence[str] | None = None,
    onnx_session_options: Mapping[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    save_as_external_data: bool = True,
    extra_files: Sequence[str | Path] | None = None,
    **kwargs: Any,
) -> None:
    """Saves an ONNX model as a model's folder.

    Args:
        onnx_model: An `onnx.ModelProto`, which is checked, or the path of its file.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        onnx_execution_providers: Where the model runs when it is loaded, the first that is there; ONNX_EXECUTION_PROVIDERS
            when None.
        onnx_session_options: Options of ONNX Runtime's session, such as `{"intra_op_num_threads": 1}`.
        metadata: Kept in the MLmodel.
        save_as_external_data: Whether large tensors become files beside the model; needed above 2 GiB.
        extra_files: Kept in the model's folder.
        **kwargs: Further arguments of `onnx.save_model`.

    Raises:
        InvalidParameter: The path is taken, the model is not valid ONNX, or an option is unknown.
        MissingDependency: onnx or onnxruntime is not installed.
    """
    onnx = optional("onnx", "Saving an ONNX model")
    runtime = optional("onnxruntime", "Saving an ONNX model")
    if onnx_session_options is not None:
        _session_options(runtime, onnx_session_options)
    proto = _proto(onnx, onnx_model)
    providers = [*(onnx_execution_providers or ONNX_EXECUTION_PROVIDERS)]
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=["onnx", "onnxruntime"]) as folder:
        file = folder.path / _FILE
        # ONNX turns a model that it writes so into one that refers to the files: the caller keeps his.
        external = save_as_external_data and proto.ByteSize() >= _ONE_FILE_BYTES
        onnx.save_model(_copy(onnx, proto) if external else proto, str(file), save_as_external_data=external, **kwargs)
        try:
            onnx.checker.check_model(str(file))
        except onnx.checker.ValidationError as error:
            raise InvalidParameter(f"onnx_model is not a valid ONNX model: {error}") from error
        facts: dict[str, Any] = {
            "data": file.name,
            "onnx_version": onnx.__version__,
            "providers": providers,
            "onnx_session_options": None if onnx_session_options is None else dict(onnx_session_options),
        }
        folder.add_flavor(FLAVOR_NAME, **facts)
        folder.add_pyfunc("mlflow.onnx", lambda: _predictor(file, facts), data=file.name)


def log_model(
    onnx_model: Any,
    artifact_path: str | None = None,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    onnx_execution_providers: Sequence[str] | None = None,
    onnx_session_options: Mapping[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    save_as_external_data: bool = True,
    extra_files: Sequence[str | Path] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    **kwargs: Any,
) -> ModelInfo:
    """Logs an ONNX model as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(model_uri: str | Path, dst_path: str | Path | None = None) -> Any:
    """Loads an ONNX model that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.

    Returns:
        The `onnx.ModelProto`.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        InvalidParameter: The file is no valid ONNX model.
        MissingDependency: onnx is not installed.
    """
    folder = local_model(model_uri, dst_path)
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    onnx = optional("onnx", "Loading an ONNX model")
    add_code(folder, facts.get("code"))
    return _proto(onnx, member(folder, facts.get("data", _FILE), "the model"))


def _load_pyfunc(path: str) -> OnnxPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    folder = Path(path).parent
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    return _predictor(member(folder, facts.get("data", _FILE), "the model"), facts)


class OnnxPredictor:
    """An ONNX model as `kiseki.pyfunc` calls it.

    Args:
        session: The `onnxruntime.InferenceSession`.
    """

    def __init__(self, session: Any) -> None:
        self.session = session
        self.inputs = [(one.name, one.shape, _DTYPES.get(one.type)) for one in session.get_inputs()]
        self.output_names = [one.name for one in session.get_outputs()]

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's outputs by name.

        Args:
            data: A dictionary of arrays by the names of the model's inputs; one array, or a DataFrame, for a model with one
                input; or a DataFrame with a column for each input. Numbers become those that the model takes where that is
                what MLflow does, too: from float64 to float32.
            params: ONNX models have none.

        Returns:
            A dictionary of arrays; a DataFrame where a DataFrame with a column for each input was given and each output has one
            value for each row.

        Raises:
            InvalidParameter: An input is missing.
        """
        is_frame = hasattr(data, "iloc")
        by_column = is_frame and all(name in data.columns for name, _, _ in self.inputs)
        feeds = self._columns(data) if by_column else self._arrays(data.to_numpy() if is_frame else data)
        found = dict(zip(self.output_names, self.session.run(self.output_names, feeds), strict=True))
        if by_column:
            return _frame(found, len(data))
        return found

    def get_raw_model(self) -> Any:
        """The session."""
        return self.session

    def _columns(self, data: Any) -> dict[str, Any]:
        feeds = {}
        for name, shape, dtype in self.inputs:
            column = _fitting(data[name].to_numpy(), dtype)
            # A column of a table is a matrix of one column where the model takes matrices.
            feeds[name] = column.reshape(-1, 1) if len(shape) == 2 and column.ndim == 1 else column
        return feeds

    def _arrays(self, data: Any) -> dict[str, Any]:
        names = [name for name, _, _ in self.inputs]
        if isinstance(data, Mapping):
            missing = [name for name in names if name not in data]
            if missing:
                raise InvalidParameter(f"The model's inputs are {names}; {missing} are not given.")
            return {name: _fitting(np.asarray(data[name]), dtype) for name, _, dtype in self.inputs}
        if len(names) != 1:
            raise InvalidParameter(
                f"The model has the inputs {names}; give a dictionary of arrays by these names, or a DataFrame with these "
                f"columns. {type(data).__name__} was given, which goes to models with one input alone."
            )
        return {names[0]: _fitting(np.asarray(data), self.inputs[0][2])}


def _fitting(array: np.ndarray[Any, Any], dtype: Any) -> np.ndarray[Any, Any]:
    """The array in the model's type where it is the same kind of number; ONNX Runtime says what is wrong otherwise."""
    if dtype is None or array.dtype == dtype:
        return array
    if dtype is np.object_:
        return array.astype(object) if array.dtype.kind in "UOT" else array
    same_kind = array.dtype.kind == "f" and np.issubdtype(dtype, np.floating)
    if same_kind or np.can_cast(array.dtype, dtype, "safe"):
        return array.astype(dtype)
    return array


def _frame(found: dict[str, Any], rows: int) -> Any:
    """The outputs as columns where each has one value for a row."""
    flat = {}
    for name, value in found.items():
        array = value if isinstance(value, np.ndarray) else None
        if array is None or array.size != rows or len(array) != rows:
            return found
        flat[name] = array.reshape(rows)
    return optional("pandas", "Predictions for a DataFrame").DataFrame(flat)


def _predictor(file: Path, facts: Mapping[str, Any]) -> OnnxPredictor:
    runtime = optional("onnxruntime", "Running an ONNX model")
    there = set(runtime.get_available_providers())
    providers = [name for name in facts.get("providers") or ONNX_EXECUTION_PROVIDERS if name in there]
    if not providers:
        raise InvalidParameter(
            f"The model is to run on one of {facts.get('providers')}, and this ONNX Runtime has {sorted(there)}. Install one "
            "that has, or save the model with other onnx_execution_providers."
        )
    options = _session_options(runtime, facts.get("onnx_session_options") or {})
    try:
        return OnnxPredictor(runtime.InferenceSession(str(file), options, providers=providers))
    except Exception as error:
        # ONNX Runtime's errors have no class in common.
        raise InvalidParameter(
            f"ONNX Runtime {runtime.__version__} cannot load {file.name!r}, which onnx {facts.get('onnx_version')} wrote: {error}"
        ) from error


def _session_options(runtime: Any, given: Mapping[str, Any]) -> Any:
    """The options of a session.

    Raises:
        InvalidParameter: One is unknown, or has no such value.
    """
    options = runtime.SessionOptions()
    for key, value in given.items():
        if key not in _OPTIONS:
            raise InvalidParameter(
                f"{key!r} in onnx_session_options is no option of ONNX Runtime's sessions; expected one of {sorted(_OPTIONS)}."
            )
        if key == "extra_session_config":
            for name, text in dict(value).items():
                options.add_session_config_entry(str(name), str(text))
            continue
        if key == "execution_mode":
            kind, chosen = runtime.ExecutionMode, _MODES.get(str(value).lower())
        elif key == "graph_optimization_level":
            kind, chosen = runtime.GraphOptimizationLevel, _LEVELS.get(value)
        else:
            kind, chosen = None, value
        if chosen is None:
            expected = list(_MODES if key == "execution_mode" else _LEVELS)
            raise InvalidParameter(f"{key} in onnx_session_options is {value!r}; expected one of {expected}.")
        try:
            setattr(options, key, chosen if kind is None else getattr(kind, chosen))
        except TypeError as error:
            raise InvalidParameter(f"{key} in onnx_session_options cannot be {value!r}: {error}") from error
    return options


def _proto(onnx: Any, given: Any) -> Any:
    """The model, read when it is a path."""
    if isinstance(given, onnx.ModelProto):
        return given
    if not isinstance(given, str | Path):
        raise InvalidParameter(
            f"onnx_model is of type {type(given).__name__}; expected an onnx.ModelProto, or the path of its file."
        )
    try:
        found = onnx.load(str(given))
        onnx.checker.check_model(str(given))
    except FileNotFoundError as error:
        raise InvalidParameter(f"There is no file {str(given)!r}.") from error
    except Exception as error:
        # protobuf's error of unreadable bytes is of a class that differs by its version.
        raise InvalidParameter(f"{Path(given).name!r} is no valid ONNX model: {error}") from error
    return found


def _copy(onnx: Any, proto: Any) -> Any:
    copied = onnx.ModelProto()
    copied.CopyFrom(proto)
    return copied
