"""Models as Python functions: one way to save, load and call any model. Names are MLflow's; each is imported when used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from kiseki.pyfunc.batches import predict_batches
    from kiseki.pyfunc.loading import PyFuncModel, get_model_dependencies, load_model
    from kiseki.pyfunc.model import PythonModel, PythonModelContext
    from kiseki.pyfunc.ray import ray_udf
    from kiseki.pyfunc.saving import (
        add_to_model,
        get_default_conda_env,
        get_default_pip_requirements,
        log_model,
        save_model,
    )
    from kiseki.pyfunc.spark import spark_udf

__all__ = [
    "PyFuncModel",
    "PythonModel",
    "PythonModelContext",
    "add_to_model",
    "get_default_conda_env",
    "get_default_pip_requirements",
    "get_model_dependencies",
    "load_model",
    "log_model",
    "predict_batches",
    "ray_udf",
    "save_model",
    "spark_udf",
]

_HOMES: Final = {
    "batches": "predict_batches",
    "loading": "PyFuncModel get_model_dependencies load_model",
    "model": "PythonModel PythonModelContext",
    "ray": "ray_udf",
    "saving": "add_to_model get_default_conda_env get_default_pip_requirements log_model save_model",
    "spark": "spark_udf",
}
"""In which module of this package each name is."""

_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        found = getattr(import_module(f"kiseki.pyfunc.{_HOME_OF[name]}"), name)
    elif name in _HOMES:
        found = import_module(f"kiseki.pyfunc.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
