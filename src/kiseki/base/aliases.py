"""Second names of modules: `import kiseki.sklearn` gives the module `kiseki.flavors.sklearn`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class AliasFinder(MetaPathFinder):
    """Finds modules under names that no file has. It is asked after all others, so a file always wins.

    Args:
        target: From the name of a module to the name of the one that it stands for; None for a name that it does not know.
    """

    def __init__(self, target: Callable[[str], str | None]) -> None:
        self._target = target

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        name = self._target(fullname)
        return None if name is None else ModuleSpec(fullname, _Loader(name))


class _Loader(Loader):
    def __init__(self, target: str) -> None:
        self._target = target

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        # What stands here afterwards is what the import gives: one module under two names.
        sys.modules[module.__name__] = import_module(self._target)


def install(target: Callable[[str], str | None]) -> None:
    """Makes modules importable under second names, for the whole process."""
    sys.meta_path.append(AliasFinder(target))
