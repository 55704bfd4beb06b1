"""The one gate through which models are unpickled, and pickles that load under kiseki and under MLflow.

Unpickling runs whatever program the file holds. KISEKI_ALLOW_PICKLE_DESERIALIZATION=false, or MLflow's variable of that
name, refuses it for all flavors. No other module of kiseki reads pickles, cloudpickles, joblib's files, NumPy's object
arrays or PyTorch's; a test looks for that.

A class of kiseki that MLflow has, too, is written under MLflow's name, so that the file loads where only one of the two is
installed: MLflow finds its own class, and kiseki reads both names as its own.
"""

from __future__ import annotations

import importlib
import lzma
import pickle
import pickletools
import sys
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, redirect_stdout
from functools import update_wrapper
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import IO, Any, Final, Literal

from kiseki.base import dropin
from kiseki.base.errors import InvalidParameter, PermissionDenied
from kiseki.base.optional import optional
from kiseki.base.settings import flag, variable

PROTOCOL: Final = pickle.DEFAULT_PROTOCOL

TWINS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("kiseki.pyfunc.model", "PythonModel"): ("mlflow.pyfunc.model", "PythonModel"),
    ("kiseki.pyfunc.model", "PythonModelContext"): ("mlflow.pyfunc.model", "PythonModelContext"),
    ("kiseki.pyfunc.model", "FunctionModel"): ("mlflow.pyfunc.model", "_FunctionPythonModel"),
}
"""Module and name in kiseki -> module and name in MLflow, of the classes that pickles of models refer to."""

COMPRESSIONS: Final[Mapping[str, tuple[str, str]]] = {
    "gzip": ("gzip", ".gz"),
    "lzma": ("lzma", ".xz"),
    "bzip2": ("bz2", ".bz2"),
}
"""MLflow's name -> module of Python, and the suffix of a file."""

_KEPT: Final = ("kiseki.pyfunc.model", "Kept")
_OWN: Final = {
    **{theirs: ours for ours, theirs in TWINS.items()},
    ("mlflow.exceptions", "MlflowException"): ("kiseki.exceptions", "MlflowException"),
    # What MLflow puts around `predict` to check types, which kiseki takes off again.
    ("mlflow.models.signature", "_TypeHints"): _KEPT,
    ("mlflow.pyfunc.utils.data_validation", "FuncInfo"): _KEPT,
    ("mlflow.pyfunc.utils.data_validation", "_validate_model_input"): _KEPT,
    ("mlflow.pyfunc.utils", "pyfunc"): ("kiseki.pyfunc.model", "as_it_is"),
}
"""Module and name in MLflow -> in kiseki, of what pickles of models refer to."""


def unpickling_is_allowed() -> bool:
    """Whether files that can hold programs may be read."""
    return flag("ALLOW_PICKLE_DESERIALIZATION", True)


def check_unpickling(file: str, instead: str) -> None:
    """Refuses to read a file that can hold a program, in strict mode. Every reader of such files asks here first.

    Args:
        file: What is to be read, for the message.
        instead: What the model's author can do, such as "save the model with serialization_format='skops'".

    Raises:
        PermissionDenied: Unpickling is not allowed.
    """
    if not unpickling_is_allowed():
        raise PermissionDenied(
            f"Reading {file} is not allowed: it is unpickled, which runs whatever program it holds, and "
            f"{variable('ALLOW_PICKLE_DESERIALIZATION')} is false. Where you may change the model, {instead}. Where you "
            "trust who made it, set the variable to true."
        )


def load_pickle(path: Path, instead: str, compression: str | None = None) -> Any:
    """The object in a file that pickle or cloudpickle wrote, under kiseki or under MLflow.

    Args:
        path: The file.
        instead: As for `check_unpickling`.
        compression: A key of `COMPRESSIONS`.

    Raises:
        PermissionDenied: Unpickling is not allowed.
        InvalidParameter: The file cannot be unpickled here; the message says which module is missing.
    """
    check_unpickling(repr(path.name), instead)
    with _opened(path, "rb", compression) as file:
        return _explained(lambda: _Unpickler(file).load(), path.name)


def load_torch(path: Path, instead: str, **options: Any) -> Any:
    """What `torch.save` or, for a script, `torch.jit.save` wrote, under kiseki or under MLflow.

    Args:
        path: The file.
        instead: As for `check_unpickling`.
        **options: Further arguments of `torch.load`, such as `map_location`.

    Raises:
        PermissionDenied: Unpickling is not allowed.
        InvalidParameter: The file cannot be unpickled here; the message says which module is missing.
    """
    check_unpickling(repr(path.name), instead)
    torch = optional("torch", "Loading a model of PyTorch")
    reader = SimpleNamespace(__name__="pickle", Unpickler=_Unpickler, load=lambda file, **_: _Unpickler(file).load())
    return _explained(lambda: torch.load(path, weights_only=False, **{"pickle_module": reader, **options}), path.name)


def load_keras(keras: Any, path: Path, instead: str, **options: Any) -> Any:
    """A model that Keras wrote.

    Args:
        keras: The module `keras`, or TensorFlow's of that name.
        path: The file.
        instead: As for `check_unpickling`.
        **options: Further arguments of `keras.models.load_model`. With `safe_mode=False` it runs programs that the file holds,
            such as functions of Lambda layers.

    Raises:
        PermissionDenied: Programs are to be run, and that is not allowed.
        InvalidParameter: Keras cannot read the file.
    """
    if not options.get("safe_mode", True):
        check_unpickling(repr(path.name), instead)
    try:
        return keras.models.load_model(str(path), **options)
    except Exception as error:
        # Keras reads a file layer by layer, each of which has errors of its own.
        raise InvalidParameter(
            f"Keras cannot load {path.name!r}: {type(error).__name__}: {error} Layers and functions of your own are given by "
            "custom_objects."
        ) from error


def load_shap(path: Path, instead: str, model: Callable[..., Any] | None = None) -> Any:
    """An explainer that shap wrote.

    Args:
        path: The file.
        instead: As for `check_unpickling`.
        model: The function that it explains, where the file does not have it.

    Raises:
        PermissionDenied: Unpickling is not allowed.
        InvalidParameter: The file cannot be read here; the message says why.
    """
    check_unpickling(repr(path.name), instead)
    shap = optional("shap", "Loading an explainer of shap")
    given = None if model is None else lambda _: model
    # Some versions of shap print what they read.
    with path.open("rb") as file, redirect_stdout(sys.stderr):
        return _explained(lambda: shap.Explainer.load(file, model_loader=given), path.name)


def dump_pickle(
    value: Any,
    path: Path,
    *,
    by_value: bool = True,
    hinted: FunctionType | None = None,
    compression: str | None = None,
) -> None:
    """Writes an object.

    Args:
        value: The object.
        path: The file.
        by_value: With cloudpickle: classes and functions of scripts and notebooks are written as they are. Otherwise with
            pickle, which writes their names alone.
        hinted: A function of which MLflow is to check the type hints of its input; kiseki checks those of any model.
        compression: A key of `COMPRESSIONS`.

    Raises:
        InvalidParameter: Something in it cannot be pickled.
    """
    try:
        with _opened(path, "wb", compression) as file:
            pickler = _by_value_pickler(file, hinted) if by_value else pickle.Pickler(file, PROTOCOL)
            pickler.dump(value)
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidParameter(
            f"{type(value).__name__} cannot be pickled: {error}. Leave locks, connections, open files and generators out of "
            "the model, or make them in load_context()."
        ) from error


def modules_in(path: Path, compression: str | None = None) -> set[str]:
    """The modules that the pickles in a file, or the one in an archive of PyTorch, refer to, found without running any of it.

    Modules that a class or function written by value imports inside of its body are not among them.
    """
    found: set[str] = set()
    with ExitStack() as opened:
        if zipfile.is_zipfile(path):
            archive = opened.enter_context(zipfile.ZipFile(path))
            pickled = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            file = opened.enter_context(archive.open(pickled))
        else:
            file = opened.enter_context(_opened(path, "rb", compression))
        # Some libraries write several, one after another.
        while file.read(1):
            file.seek(-1, 1)
            for module, name, argument in _globals(file):
                found.add(module)
                if (module, name) == ("cloudpickle.cloudpickle", "subimport") and argument:
                    found.add(argument)
    return found


def _opened(path: Path, mode: Literal["rb", "wb"], compression: str | None) -> IO[bytes]:
    if compression is None:
        return path.open(mode)
    if compression not in COMPRESSIONS:
        raise InvalidParameter(f"{path.name!r} is compressed with {compression!r}; expected one of {[*COMPRESSIONS]}.")
    module: Any = importlib.import_module(COMPRESSIONS[compression][0])
    file: IO[bytes] = module.open(path, mode)
    return file


def is_by_value(modules: set[str]) -> bool:
    """Whether a pickle that refers to these modules holds functions or classes themselves, not only their names."""
    return any(module.partition(".")[0] == "cloudpickle" for module in modules)


class _Unpickler(pickle.Unpickler):
    """Finds MLflow's classes as kiseki's."""

    def find_class(self, module: str, name: str, /) -> Any:
        home = _OWN.get((module, name))
        if home is not None:
            return getattr(importlib.import_module(home[0]), home[1])
        if (module, name) == ("importlib", "import_module"):
            return _import_either
        if module.partition(".")[0] == "mlflow":
            dropin.stand_in()
        return super().find_class(module, name)


class _Twin:
    """Stands for something of MLflow: `getattr(import_module(...), name)` is the way to it from either tracker."""

    def __init__(self, module: str, name: str = "") -> None:
        self._module = module
        self._name = name

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        if self._name:
            return getattr, (_Twin(self._module), self._name)
        return importlib.import_module, (self._module,)

    def __call__(self, *_arguments: Any) -> Any:
        # pickle asks whether what makes an object can be called.
        raise NotImplementedError


def _import_either(module: str) -> Any:
    """Imports what a pickle of kiseki imports; a module of MLflow in which kiseki's classes are looked up is kiseki's."""
    if any(module == home for home, _ in _OWN):
        return _Namespace(module)
    return importlib.import_module(module)


class _Namespace:
    """The classes of one module of MLflow that kiseki has."""

    def __init__(self, module: str) -> None:
        for (home, name), (own_home, own_name) in _OWN.items():
            if home == module:
                setattr(self, name, getattr(importlib.import_module(own_home), own_name))


def _by_value_pickler(file: IO[bytes], hinted: FunctionType | None) -> Any:
    cloudpickle = optional("cloudpickle", "Pickling a Python model")

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc,name-defined]  # imported when it is needed
        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, type):
                theirs = TWINS.get((obj.__module__, obj.__qualname__))
                if theirs is not None:
                    return _Twin(*theirs).__reduce__()
            if obj is hinted and hinted is not None:
                # The copy is another object, which is not wrapped once more.
                copy = FunctionType(
                    hinted.__code__, hinted.__globals__, hinted.__name__, hinted.__defaults__, hinted.__closure__
                )
                update_wrapper(copy, hinted)
                copy.__kwdefaults__ = hinted.__kwdefaults__
                vars(copy).pop("__wrapped__")
                return _Twin("mlflow.pyfunc.utils", "pyfunc"), (copy,)
            return super().reducer_override(obj)

    return Pickler(file, PROTOCOL)


def _explained(load: Callable[[], Any], name: str) -> Any:
    try:
        return load()
    except ImportError as error:
        raise InvalidParameter(
            f"{name!r} needs {error.name or 'a module'!r}, which cannot be imported here: {error}. Install what the model's "
            "requirements.txt lists, or log the model with code_paths that hold the module."
        ) from error
    except (
        pickle.UnpicklingError,
        EOFError,
        AttributeError,
        IndexError,
        OSError,
        UnicodeDecodeError,
        lzma.LZMAError,
    ) as error:
        raise InvalidParameter(
            f"{name!r} cannot be unpickled here: {type(error).__name__}: {error}. It is damaged, or was written with other "
            "versions of Python or of the libraries: compare them with the model's requirements.txt."
        ) from error


def _globals(file: IO[bytes]) -> Iterator[tuple[str, str, str]]:
    """For each global of a pickle its module, its name and the text that comes next, which may be its argument."""
    texts: deque[str] = deque(maxlen=2)
    memo: dict[int, str | tuple[str, str] | None] = {}
    pending: tuple[str, str] | None = None
    last: str | tuple[str, str] | None = None
    for code, argument, _ in pickletools.genops(file):
        name = code.name
        if name == "MEMOIZE":
            memo[len(memo)] = last
            continue
        if name in {"PUT", "BINPUT", "LONG_BINPUT"}:
            memo[int(str(argument))] = last
            continue
        if name in {"PROTO", "FRAME"}:
            continue
        if name in {"BINGET", "LONG_BINGET", "GET"}:
            last = memo.get(int(str(argument)))
        elif name == "STACK_GLOBAL" and len(texts) == 2:
            last = texts[0], texts[1]
        elif name == "GLOBAL":
            module, _, attribute = str(argument).partition(" ")
            last = module, attribute
        elif name in {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"}:
            last = str(argument)
        else:
            last = None
        if isinstance(last, str):
            texts.append(last)
            if pending is not None:
                yield *pending, last
                pending = None
        elif last is not None:
            if pending is not None:
                yield *pending, ""
            pending = last
    if pending is not None:
        yield *pending, ""
