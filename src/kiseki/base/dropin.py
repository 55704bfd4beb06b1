"""kiseki under MLflow's names: which module stands behind each of mlflow's, and the finder that makes them importable.

The distribution kiseki-mlflow makes the module `mlflow` of it. A model that was written with MLflow may import mlflow, too:
where there is none, kiseki stands in for it from then on.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

from kiseki.__about__ import MLFLOW_VERSION
from kiseki.base.absent import Absent

TARGETS: Final = {
    "artifacts": "kiseki.artifacts",
    "client": "kiseki.client",
    "data": "kiseki.data",
    "entities": "kiseki.entities",
    "exceptions": "kiseki.exceptions",
    "models": "kiseki.models",
    "projects": "kiseki.projects",
    "pyfunc": "kiseki.pyfunc",
    "tracking": "kiseki.tracking",
    "types": "kiseki.types",
}
"""Submodule of mlflow -> module of kiseki. Deeper ones, such as `mlflow.entities.run`, have the names of their parent."""

DEEPER: Final = {
    "tracking.client": "kiseki.client",
    "tracking.fluent": "kiseki",
    "data.dataset": "kiseki.data.dataset",
    "data.meta_dataset": "kiseki.data.dataset",
    "data.numpy_dataset": "kiseki.data.numpy_dataset",
    "data.pandas_dataset": "kiseki.data.pandas_dataset",
    "data.code_dataset_source": "kiseki.data.sources",
    "data.dataset_source": "kiseki.data.sources",
    "data.filesystem_dataset_source": "kiseki.data.sources",
    "data.http_dataset_source": "kiseki.data.sources",
    "entities.model_registry": "kiseki.entities.model_registry",
    "models.signature": "kiseki.models.signature",
    "types.schema": "kiseki.types.schema",
    "types.type_hints": "kiseki.types.type_hints",
    "store.entities.paged_list": "kiseki.entities.pages",
}

TAGS: Final = {
    "MLFLOW_DATASET_CONTEXT": "mlflow.data.context",
    "MLFLOW_GIT_BRANCH": "mlflow.source.git.branch",
    "MLFLOW_GIT_COMMIT": "mlflow.source.git.commit",
    "MLFLOW_GIT_REPO_URL": "mlflow.source.git.repoURL",
    "MLFLOW_LOGGED_ARTIFACTS": "mlflow.loggedArtifacts",
    "MLFLOW_LOGGED_IMAGES": "mlflow.loggedImages",
    "MLFLOW_LOGGED_MODELS": "mlflow.log-model.history",
    "MLFLOW_PARENT_RUN_ID": "mlflow.parentRunId",
    "MLFLOW_PROJECT_BACKEND": "mlflow.project.backend",
    "MLFLOW_PROJECT_ENTRY_POINT": "mlflow.project.entryPoint",
    "MLFLOW_PROJECT_ENV": "mlflow.project.env",
    "MLFLOW_RUN_NAME": "mlflow.runName",
    "MLFLOW_RUN_NOTE": "mlflow.note.content",
    "MLFLOW_SOURCE_NAME": "mlflow.source.name",
    "MLFLOW_SOURCE_TYPE": "mlflow.source.type",
    "MLFLOW_USER": "mlflow.user",
}
"""What `mlflow.utils.mlflow_tags` has for callers."""

_OTHERS: Final = frozenset({"environment_variables", "protos", "store", "utils"})
"""Parts of MLflow that are not its public API, and that scripts import all the same."""


def install(*, whole: bool = False) -> None:
    """Makes the submodules of mlflow importable, once; with `whole` the module itself, too."""
    for finder in sys.meta_path:
        if isinstance(finder, AliasFinder):
            finder.whole = finder.whole or whole
            return
    sys.meta_path.insert(0, AliasFinder(whole))


def is_installed() -> bool:
    """Whether kiseki stands in for mlflow in this process."""
    return any(isinstance(finder, AliasFinder) for finder in sys.meta_path)


def stand_in() -> None:
    """Makes `import mlflow` give kiseki, for the whole process, where no mlflow is installed."""
    if "mlflow" not in sys.modules and importlib.util.find_spec("mlflow") is None:
        install(whole=True)


def attribute(name: str) -> Any:
    """What the module `mlflow` has under a name.

    Raises:
        AttributeError: MLflow has nothing of that name.
    """
    # `import mlflow; mlflow.tracking.MlflowClient()` works without importing the submodule first.
    if name in TARGETS:
        return importlib.import_module(f"mlflow.{name}")
    if name in {"VERSION", "__version__"}:
        return MLFLOW_VERSION
    try:
        found = getattr(_kiseki(), name)
        return importlib.import_module(f"mlflow.{name}") if isinstance(found, ModuleType) else found
    except AttributeError:
        raise AttributeError(f"module 'mlflow' has no attribute {name!r}: this is kiseki's alias of mlflow.") from None


def names() -> list[str]:
    """The names that the module `mlflow` has."""
    return sorted({*_kiseki().__all__, *TARGETS, "VERSION", "__version__"})


class AliasFinder(MetaPathFinder):
    """Finds the submodules of mlflow that stand for modules of kiseki, and those that kiseki does not have yet.

    Args:
        whole: Whether it finds `mlflow` itself, too.
    """

    def __init__(self, whole: bool) -> None:
        self.whole = whole

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        if package != "mlflow" or name.startswith("_"):
            return None
        if not name:
            return ModuleSpec(fullname, AliasLoader(_Top()), is_package=True) if self.whole else None
        source = _source_of(name)
        return None if source is None else ModuleSpec(fullname, AliasLoader(source), is_package=True)


class AliasLoader(Loader):
    """Makes a module whose names are those of another object, looked up when they are asked for."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        source, name = self._source, module.__name__

        def found(attribute: str) -> Any:
            if attribute in {"__path__", "__spec__", "__file__"}:
                raise AttributeError(attribute)
            try:
                return source[attribute] if isinstance(source, dict) else getattr(source, attribute)
            except (AttributeError, KeyError):
                if attribute == "autolog":
                    return Absent(f"{name.removeprefix('mlflow.')}.autolog")
                raise AttributeError(
                    f"module {name!r} has no attribute {attribute!r}: this is kiseki's alias of mlflow."
                ) from None

        module.__doc__ = f"Kiseki's alias of {name}."
        module.__dict__["__getattr__"] = found
        module.__dict__["__dir__"] = lambda: sorted(source if isinstance(source, dict) else dir(source))


def _source_of(name: str) -> Any:
    """What has the names of a submodule; None when MLflow has no such submodule."""
    if name == "version":
        return {"VERSION": MLFLOW_VERSION}
    if name == "utils.mlflow_tags":
        return {**TAGS, "__all__": sorted(TAGS)}
    if name in DEEPER:
        return importlib.import_module(DEEPER[name])
    first = name.partition(".")[0]
    if first in TARGETS:
        return importlib.import_module(TARGETS[first])
    if first in _OTHERS:
        return Absent(name)
    try:
        known = getattr(_kiseki(), first)
    except AttributeError:
        return None
    if isinstance(known, ModuleType):
        return known
    # A function of that name is no module.
    return Absent(name) if type(known).__name__ == "Absent" else None


class _Top:
    """The names of the module `mlflow`."""

    def __getattr__(self, name: str) -> Any:
        return attribute(name)

    def __dir__(self) -> list[str]:
        return names()


def _kiseki() -> Any:
    # The base of kiseki imports nothing that is above it.
    return importlib.import_module("kiseki")
