"""PyTorch's modules: exported graphs, whole modules in a pickle, and state dictionaries."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal

import numpy as np

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.base.settings import setting
from kiseki.models.code import add_code
from kiseki.models.environment import default_conda_env
from kiseki.models.flavor import arrays_of, log_flavor
from kiseki.models.info import ModelInfo
from kiseki.models.load import local_model
from kiseki.models.members import member
from kiseki.models.mlmodel import Model
from kiseki.models.package import Parts, package
from kiseki.models.pickles import check_unpickling, load_torch, modules_in
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature

FLAVOR_NAME: Final = "pytorch"
SUPPORTED_SERIALIZATION_FORMATS: Final = ("pt2", "pickle")

Format = Literal["pickle", "pt2"]

_FOLDER: Final = "data"
_GRAPH: Final = "model.pt2"
_PICKLE: Final = "model.pth"
_PICKLE_MODULE: Final = "pickle_module_info.txt"
_THEIR_MODULE: Final = "mlflow.pytorch.pickle_module"
"""MLflow's name for cloudpickle with its own classes, which is what `kiseki.models.pickles` reads and writes."""
_STATE: Final = "state_dict.pth"
_INSTEAD: Final = "save it with serialization_format='pt2' and an input example"


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin(name) for name in ("torch", "cloudpickle")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    pytorch_model: Any,
    path: str | Path,
    conda_env: Any = None,
    mlflow_model: Model | None = None,
    code_paths: Sequence[str | Path] | None = None,
    pickle_module: ModuleType | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    extra_files: Sequence[str | Path] | None = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    export_model: bool = False,
    serialization_format: Format | None = None,
    **kwargs: Any,
) -> None:
    """Saves a module as a model's folder.

    Args:
        pytorch_model: A `torch.nn.Module`, a script of TorchScript, or a `torch.export.ExportedProgram`.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        mlflow_model: What is known of the model.
        code_paths: Files and folders whose modules the model needs.
        pickle_module: For `torch.save`; cloudpickle when None.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: Input that the model predicts for: an array, a tensor, or several in a tuple or list.
        extra_files: Kept in the model's folder.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        metadata: Kept in the MLmodel.
        export_model: The same as the format "pt2".
        serialization_format: "pt2", the default: the graph that PyTorch traces with the input example, in which the first
            dimension of each input is free. It needs none of the model's code. "pickle" for what cannot be traced; it is
            unpickled when it is loaded. A script is written by TorchScript, under the name "pickle".
        **kwargs: Further arguments of `torch.save`.

    Raises:
        InvalidParameter: The path is taken, it is no model of PyTorch, it is to be traced without an input example, or cannot
            be traced.
        MissingDependency: PyTorch is not installed.
    """
    torch = optional("torch", "Saving a model of PyTorch")
    script = isinstance(pytorch_model, torch.jit.ScriptModule)
    exported = isinstance(pytorch_model, torch.export.ExportedProgram)
    if not exported and not isinstance(pytorch_model, torch.nn.Module):
        raise InvalidParameter(
            f"pytorch_model is of type {type(pytorch_model).__name__}; expected a torch.nn.Module. For a state dictionary there "
            "is save_state_dict()."
        )
    chosen = serialization_format or "pt2"
    if chosen not in SUPPORTED_SERIALIZATION_FORMATS:
        raise InvalidParameter(
            f"serialization_format is {chosen!r}; expected one of {list(SUPPORTED_SERIALIZATION_FORMATS)}."
        )
    if export_model and chosen != "pt2":
        raise InvalidParameter(
            f"export_model is the format 'pt2', and serialization_format is {chosen!r}. Leave one of the two out."
        )
    if script and chosen == "pt2":
        raise InvalidParameter("A script of TorchScript is not exported as 'pt2'. Give serialization_format='pickle'.")
    if chosen == "pt2" and not exported and input_example is None:
        raise InvalidParameter(
            "The format 'pt2' needs an input_example, with which PyTorch traces the model: an array or a tensor, or several in a "
            "tuple or list. Or give serialization_format='pickle', which is unpickled when it is loaded."
        )
    example = _tensors(torch, input_example)
    # MLflow cannot read its own files that name cloudpickle itself.
    named = "cloudpickle" if pickle_module is None else pickle_module.__name__
    pickled_by = _THEIR_MODULE if named == "cloudpickle" else named
    with package(
        path,
        mlflow_model,
        parts=Parts.of(locals(), input_example=_array(torch, input_example), model_config={"device": None}),
        requirements=["torch", "cloudpickle"],
    ) as folder:
        data = folder.path / _FOLDER
        data.mkdir()
        if chosen == "pt2":
            program = pytorch_model if exported else _exported(torch, pytorch_model, example)
            torch.export.save(program, data / _GRAPH)
        elif script:
            torch.jit.save(pytorch_model, str(data / _PICKLE))
            (data / _PICKLE_MODULE).write_text(pickled_by, encoding="utf-8")
        else:
            module = pickle_module or optional("cloudpickle", "Saving a model of PyTorch")
            torch.save(pytorch_model, data / _PICKLE, pickle_module=module, **kwargs)
            (data / _PICKLE_MODULE).write_text(pickled_by, encoding="utf-8")
            folder.refer_to(modules_in(data / _PICKLE))
        folder.add_flavor(FLAVOR_NAME, model_data=_FOLDER, pytorch_version=str(torch.__version__))
        folder.add_pyfunc(
            "mlflow.pytorch",
            lambda: PyTorchPredictor(pytorch_model.module() if exported else pytorch_model, "cpu"),
            data=_FOLDER,
            pickle_module_name=pickled_by,
        )


def log_model(
    pytorch_model: Any,
    artifact_path: str | None = None,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    pickle_module: ModuleType | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    extra_files: Sequence[str | Path] | None = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    export_model: bool = False,
    serialization_format: Format | None = None,
    **kwargs: Any,
) -> ModelInfo:
    """Logs a module as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(model_uri: str | Path, dst_path: str | Path | None = None, **kwargs: Any) -> Any:
    """Loads a module that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.
        **kwargs: Further arguments of `torch.load`, such as `map_location`.

    Returns:
        The module; for the format "pt2" a `torch.fx.GraphModule`, which has no mode of training.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        PermissionDenied: It is to be unpickled, and KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
        InvalidParameter: The installed PyTorch cannot read it.
        MissingDependency: PyTorch is not installed.
    """
    return _read(local_model(model_uri, dst_path), **kwargs)


def save_state_dict(state_dict: Mapping[str, Any], path: str | Path, **kwargs: Any) -> None:
    """Saves a state dictionary, of a module, an optimizer or both, as `state_dict.pth` in a folder.

    Args:
        state_dict: Tensors, numbers, texts, and lists and dictionaries of them.
        path: The folder; made where it is missing.
        **kwargs: Further arguments of `torch.save`.

    Raises:
        InvalidParameter: It is no dictionary; a module was given, for one.
    """
    torch = optional("torch", "Saving a state dictionary of PyTorch")
    if not isinstance(state_dict, Mapping):
        raise InvalidParameter(
            f"state_dict is of type {type(state_dict).__name__}; expected a dictionary, such as model.state_dict() gives."
        )
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(state_dict, folder / _STATE, **kwargs)


def log_state_dict(state_dict: Mapping[str, Any], artifact_path: str, **kwargs: Any) -> None:
    """Stores a state dictionary in a folder of the active run's artifacts; arguments as for `save_state_dict`."""
    import tempfile

    from kiseki.fluent.artifacts import log_artifacts

    with tempfile.TemporaryDirectory() as folder:
        save_state_dict(state_dict, folder, **kwargs)
        log_artifacts(folder, artifact_path)


def load_state_dict(state_dict_uri: str, **kwargs: Any) -> Any:
    """Loads a state dictionary that was saved or logged.

    Args:
        state_dict_uri: The folder: a path, or an artifact's URI such as `runs:/<run id>/<path>`.
        **kwargs: Further arguments of `torch.load`. With `weights_only=False`, what is in the file is unpickled.

    Raises:
        NotFound: There is no such folder.
        InvalidParameter: It holds more than tensors and plain values.
        PermissionDenied: It is to be unpickled, and KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
    """
    from kiseki.artifacts import download_artifacts

    torch = optional("torch", "Loading a state dictionary of PyTorch")
    file = member(Path(download_artifacts(str(state_dict_uri))), _STATE, "the state dictionary")
    rest = {name: value for name, value in kwargs.items() if name != "weights_only"}
    if kwargs.get("weights_only") is False:
        return load_torch(file, "save tensors and plain values alone", **rest)
    try:
        return torch.load(file, weights_only=True, **rest)
    except Exception as error:
        # Of bytes that are no archive, and of types that are not plain, PyTorch says so with different classes.
        raise InvalidParameter(
            f"{file.name!r} cannot be loaded as tensors and plain values: {error}. Where you trust who made it, give "
            "weights_only=False."
        ) from error


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> PyTorchPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    torch = optional("torch", "Loading a model of PyTorch")
    device = (model_config or {}).get("device") or setting("DEFAULT_PREDICTION_DEVICE")
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    return PyTorchPredictor(_read(Path(path).parent, map_location=torch.device(device)), device)


class PyTorchPredictor:
    """A module as `kiseki.pyfunc` calls it.

    Args:
        pytorch_model: The module.
        device: Where it predicts, such as "cpu" or "cuda:0".
    """

    def __init__(self, pytorch_model: Any, device: str) -> None:
        self.pytorch_model = pytorch_model
        self.device = device

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The module's output, computed without gradients and in the mode of evaluation.

        Args:
            data: An array or tensor; a DataFrame, whose numbers become float32; or a dictionary of arrays, which are the
                module's arguments by name.
            params: `device` for another device than the one that was chosen when the model was loaded.

        Returns:
            An array for an output that is a tensor, or a DataFrame where one was given; dictionaries and lists of arrays for
            outputs that are dictionaries, or tuples and lists, of tensors.

        Raises:
            InvalidParameter: The input is nothing of these.
        """
        torch = optional("torch", "Predicting with a model of PyTorch")
        device = (params or {}).get("device") or self.device
        model = self.pytorch_model.to(device)
        training = model.training
        is_frame = hasattr(data, "iloc")
        positional, named = _arguments(torch, data, device)
        _set_training(torch, model, False)
        try:
            with torch.no_grad():
                found = arrays_of(model(*positional, **named), lambda output: _array_of(torch, output))
        finally:
            _set_training(torch, model, training)
        if is_frame and isinstance(found, np.ndarray) and found.ndim <= 2:
            return optional("pandas", "Predictions for a DataFrame").DataFrame(found, index=data.index)
        return found

    def get_raw_model(self) -> Any:
        """The module."""
        return self.pytorch_model


def _arguments(torch: Any, data: Any, device: str) -> tuple[list[Any], dict[str, Any]]:
    if isinstance(data, Mapping):
        return [], {str(name): _tensor(torch, value).to(device) for name, value in data.items()}
    if hasattr(data, "iloc"):
        return [_tensor(torch, data.to_numpy(dtype=np.float32)).to(device)], {}
    if isinstance(data, np.ndarray | torch.Tensor):
        return [_tensor(torch, data).to(device)], {}
    raise InvalidParameter(
        f"The input is of type {type(data).__name__}; the flavor pytorch takes an array, a tensor, a DataFrame, or a dictionary "
        "of arrays by the names of the module's arguments."
    )


def _tensor(torch: Any, values: Any) -> Any:
    """Values as a tensor, in the memory that they have; copied where a model must not write there."""
    return values if isinstance(values, torch.Tensor) else torch.from_numpy(np.require(values, requirements="W"))


def _array_of(torch: Any, output: Any) -> Any:
    if isinstance(output, torch.Tensor):
        return output.detach().cpu().numpy()
    raise InvalidParameter(
        f"The model's output is of type {type(output).__name__}; expected a tensor, or tensors in a dictionary, tuple or list."
    )


def _set_training(torch: Any, model: Any, mode: bool) -> None:
    """Sets a module's mode; the graph of an exported one has none, and refuses."""
    if not isinstance(model, torch.fx.GraphModule):
        model.train(mode)


def _tensors(torch: Any, example: Any) -> tuple[Any, ...] | None:
    """The input example as the module's arguments; None when it is of another kind."""
    if example is None:
        return None
    if hasattr(example, "iloc"):
        return (_tensor(torch, example.to_numpy(dtype=np.float32)),)
    several = example if isinstance(example, tuple | list) else [example]
    if not all(isinstance(one, np.ndarray | torch.Tensor) for one in several):
        return None
    return tuple(_tensor(torch, one) for one in several)


def _array(torch: Any, example: Any) -> Any:
    """The input example as it is kept."""
    return example.detach().cpu().numpy() if isinstance(example, torch.Tensor) else example


def _exported(torch: Any, model: Any, example: tuple[Any, ...] | None) -> Any:
    """The graph of a module in the mode of evaluation, for any number of rows."""
    if example is None:
        raise InvalidParameter(
            "The format 'pt2' needs an input_example that is an array or a tensor, or several in a tuple or list. Or give "
            "serialization_format='pickle', which is unpickled when it is loaded."
        )
    # PyTorch takes an extent of 1 for a constant.
    rows = tuple(torch.cat([one, one]) if one.ndim and len(one) == 1 else one for one in example)
    free = tuple({0: torch.export.Dim.AUTO} if one.ndim else None for one in rows)
    training = model.training
    model.eval()
    try:
        device = next((one.device for one in model.parameters()), torch.device("cpu"))
        return torch.export.export(model, tuple(one.to(device) for one in rows), dynamic_shapes=free)
    except Exception as error:
        # Tracing runs the user's code, which raises whatever it does.
        raise InvalidParameter(
            f"PyTorch cannot trace {type(model).__name__} with the input example: {type(error).__name__}: {error}. Give "
            "serialization_format='pickle', which is unpickled when it is loaded."
        ) from error
    finally:
        model.train(training)


def _read(folder: Path, **options: Any) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    torch = optional("torch", "Loading a model of PyTorch")
    add_code(folder, facts.get("code"))
    data = member(folder, facts.get("model_data", _FOLDER), "the model's data")
    if (data / _GRAPH).exists():
        try:
            program = torch.export.load(member(data, _GRAPH, "the graph"))
        except Exception as error:
            # Of a damaged archive and of one of a newer version PyTorch says so with different classes.
            raise InvalidParameter(
                f"PyTorch {torch.__version__} cannot read {_GRAPH!r}, which PyTorch "
                f"{facts.get('pytorch_version', '(unknown)')} wrote: {error}"
            ) from error
        model = program.module()
        return model if options.get("map_location") is None else model.to(options["map_location"])
    file = member(data, _PICKLE, "the module")
    if _is_script(file):
        return torch.jit.load(str(file), map_location=options.get("map_location"))
    named = data / _PICKLE_MODULE
    name = named.read_text(encoding="utf-8").strip() if named.exists() else _THEIR_MODULE
    if name != _THEIR_MODULE and "pickle_module" not in options:
        # A module that the model names is a program, too.
        check_unpickling(repr(file.name), _INSTEAD)
        if name.partition(".")[0] not in {"pickle", "cloudpickle"}:
            options["pickle_module"] = _imported(name)
    return load_torch(file, _INSTEAD, **options)


def _is_script(file: Path) -> bool:
    """Whether TorchScript wrote an archive, which it reads itself, without Python's pickle."""
    import zipfile

    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InvalidParameter(
            f"The model was pickled with the module {name!r}, which cannot be imported here: {error}. Install it, or give "
            "pickle_module=."
        ) from error
