"""Models that are written in Python: what a user's class or function has to offer, and how it is called.

Pickles refer to the classes of this module under MLflow's names; see `kiseki.models.pickles`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any, Final, get_type_hints

from kiseki.base.errors import InvalidParameter
from kiseki.models.members import member
from kiseki.models.mlmodel import FROM_EXAMPLE, FROM_HINT, PYFUNC, Model
from kiseki.models.pickles import load_pickle
from kiseki.types.type_hints import conform

MODEL_FILE: Final = "python_model.pkl"
_INSTEAD: Final = "log it as code: give python_model the path of a file that calls set_model()"


class PythonModelContext:
    """What a Python model is given besides its input.

    Args:
        artifacts: Names, and where the files or folders are on this machine.
        model_config: As it was given to `save_model`, with what `load_model` was given on top.
    """

    def __init__(self, artifacts: Mapping[str, str], model_config: Mapping[str, Any] | None = None) -> None:
        self._artifacts = dict(artifacts)
        self._model_config = dict(model_config or {})

    @property
    def artifacts(self) -> dict[str, str]:
        """Names, and the absolute paths of the files or folders."""
        return self._artifacts

    @property
    def model_config(self) -> dict[str, Any]:
        """The configuration, for `load_context` and `predict` to read."""
        return self._model_config


class PythonModel:
    """A model written in Python; a subclass has at least `predict`."""

    def load_context(self, context: PythonModelContext) -> None:
        """Called once when the model is loaded, before the first prediction."""

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Returns the output for an input. A subclass may leave out `context` and `params`.

        Args:
            context: A `PythonModelContext`.
            model_input: As the signature says; a DataFrame where it has columns.
            params: The params of the signature, with defaults filled in.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method predict().")

    def predict_stream(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """Yields the output for an input in parts. A subclass may leave out `context` and `params`."""
        raise NotImplementedError(f"{type(self).__name__} has no method predict_stream().")


class FunctionModel(PythonModel):
    """A model that is one function of its input."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self.func = func
        # MLflow's class of the same pickles has it.
        self.signature = None

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        return inspect.unwrap(self.func)(model_input)


def as_python_model(given: Any) -> Any:
    """What has the method `predict` as it is, and a function as a model."""
    return given if callable(getattr(given, "predict", None)) else FunctionModel(given)


def as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, where a pickle has MLflow put its checks of type hints around it."""
    return function


class Kept:
    """Something of MLflow that a pickle holds and kiseki has no use for."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.arguments = arguments
        self.options = options


class PythonPredictor:
    """Calls a Python model, with as many arguments as its methods take.

    Args:
        python_model: A `PythonModel` of kiseki or of MLflow.
        context: What it is called with.
        hint: The type hint that its input is to conform to; None where the signature says what the input is.
    """

    def __init__(self, python_model: Any, context: PythonModelContext, hint: Any = None) -> None:
        self.python_model = python_model
        self.context = context
        self.hint = hint
        self._predict = _call(python_model, "predict")
        self._stream = _call(python_model, "predict_stream") if hasattr(python_model, "predict_stream") else None

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The output for an input."""
        return self._predict(*self._arguments(self._predict, data, params))

    def predict_stream(self, data: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """The output for an input in parts."""
        assert self._stream is not None
        found: Iterator[Any] = self._stream(*self._arguments(self._stream, data, params))
        return found

    def _arguments(self, function: Callable[..., Any], data: Any, params: dict[str, Any] | None) -> list[Any]:
        given = data if self.hint is None else conform(data, self.hint)
        names = [*inspect.signature(function).parameters]
        arguments = [self.context, given] if len([name for name in names if name != "params"]) > 1 else [given]
        return [*arguments, params] if "params" in names else arguments


def hinted_function(python_model: Any) -> FunctionType | None:
    """The function whose type hints say what a Python model takes and gives."""
    function = (
        python_model.func if isinstance(python_model, FunctionModel) else getattr(type(python_model), "predict", None)
    )
    found = inspect.unwrap(function) if callable(function) else None
    return found if isinstance(found, FunctionType) else None


def hints_of(python_model: Any) -> tuple[Any, Any]:
    """The type hints of the input and of the output of `predict`; None for one that is not there."""
    function = hinted_function(python_model)
    try:
        hints = {} if function is None else get_type_hints(function)
    except (NameError, TypeError):
        # A name that only type checkers see.
        hints = {}
    names = [*inspect.signature(function).parameters] if function is not None else []
    names = [name for name in names if name not in {"self", "context", "params"}]
    return hints.get(names[0]) if names else None, hints.get("return")


def _load_pyfunc(path: str, model_config: dict[str, Any] | None = None) -> PythonPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model whose loader is this module."""
    folder = Path(path)
    meta = Model.load(folder)
    facts = meta.flavor(PYFUNC)
    file = member(folder, facts.get("python_model"), "the Python model")
    python_model = load_pickle(file, _INSTEAD, facts.get("python_model_compression"))
    return loaded(python_model, folder, meta, model_config)


def loaded(python_model: Any, folder: Path, meta: Model, model_config: dict[str, Any] | None) -> PythonPredictor:
    """A Python model that has its artifacts and is ready to predict.

    Args:
        python_model: The model.
        folder: The model's folder.
        meta: Its MLmodel.
        model_config: In place of the one that the model was saved with.
    """
    facts = meta.flavor(PYFUNC)
    listed = facts.get("artifacts") or {}
    if not isinstance(listed, dict):
        raise InvalidParameter(f"The MLmodel's artifacts are {type(listed).__name__}; expected a mapping of names.")
    artifacts = {
        name: str(member(folder, entry.get("path"), f"the artifact {name!r}").absolute())
        for name, entry in listed.items()
    }
    config = model_config if model_config is not None else facts.get("config")
    predictor = PythonPredictor(python_model, PythonModelContext(artifacts, config), _hint(python_model, meta))
    if hasattr(python_model, "load_context"):
        python_model.load_context(predictor.context)
    return predictor


def _hint(python_model: Any, meta: Model) -> Any:
    """What the input is made of before the model is called, where not the signature says it."""
    if meta.others.get(FROM_EXAMPLE):
        inputs = meta.get_input_schema()
        return (
            list[Any] if inputs is not None and not inputs.is_tensor_spec() and not inputs.has_input_names() else None
        )
    return hints_of(python_model)[0] if meta.others.get(FROM_HINT) else None


def _call(python_model: Any, name: str) -> Callable[..., Any]:
    """A method as the user wrote it, without what MLflow puts around it to check types."""
    method = getattr(python_model, name)
    inner = inspect.unwrap(method)
    if inner is method:
        return method  # type: ignore[no-any-return]  # of a user's class
    bound: Callable[..., Any] = inner.__get__(python_model, type(python_model))
    return bound
