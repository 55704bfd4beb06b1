"""The module `mlflow` as an alias of kiseki: scripts that track with MLflow's API run unchanged.

Every name comes from kiseki. A name that MLflow has and kiseki does not have yet can be imported, and raises an error that
says so when it is used.
"""

from __future__ import annotations

from typing import Any

from kiseki.base import dropin

dropin.install()


def __getattr__(name: str) -> Any:
    return dropin.attribute(name)


def __dir__() -> list[str]:
    return dropin.names()
