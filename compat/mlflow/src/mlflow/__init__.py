"""The module `mlflow` as an alias of kiseki: scripts that track with MLflow's API run unchanged.

Every name comes from kiseki. A name that MLflow has and kiseki does not have yet can be imported, and raises an error that
says so when it is used.
"""

from __future__ import annotations

import importlib
from typing import Any

from mlflow import _aliases

import kiseki
from kiseki.__about__ import MLFLOW_VERSION as VERSION

__version__ = VERSION

_aliases.install()


def __getattr__(name: str) -> Any:
    # `import mlflow; mlflow.tracking.MlflowClient()` works without importing the submodule first.
    if name in _aliases.TARGETS:
        return importlib.import_module(f"mlflow.{name}")
    try:
        return getattr(kiseki, name)
    except AttributeError:
        raise AttributeError(
            f"module 'mlflow' has no attribute {name!r}: this is kiseki's alias of mlflow (kiseki {kiseki.__version__})."
        ) from None


def __dir__() -> list[str]:
    return sorted({*globals(), *kiseki.__all__, *_aliases.TARGETS})
