"""The process that loads a model to tell what it imports; started by `kiseki.models.imports`."""

from __future__ import annotations

import builtins
import dis
import importlib
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

import msgspec

from kiseki.models import pickles
from kiseki.models.imports import USER, Observed
from kiseki.pyfunc.loading import load_model

_UNPICKLER: Final = pickles.__name__
_SECRET: Final = re.compile(r"API_KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL")
_CODE_FILES: Final = "kiseki_code_model_"


class Recorder:
    """Remembers which module imports which; what is imported already is asked for again, and so seen, too."""

    def __init__(self) -> None:
        self.pairs: set[tuple[str, str]] = set()
        self.variables: set[str] = set()
        self._import = builtins.__import__
        self._import_module = importlib.import_module

    def install(self) -> None:
        """Records every import of this process, and every look into its environment, from now on."""
        environment: Any = type(os.environ)
        read = environment.__getitem__

        def recorded(variables: Any, name: str) -> str:
            value: str = read(variables, name)
            if _SECRET.search(name):
                self.variables.add(name)
            return value

        environment.__getitem__ = recorded
        builtins.__import__ = self._recorded_import
        importlib.import_module = self._recorded_import_module

    def _recorded_import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - the names are those of __import__
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Any = (),
        level: int = 0,
    ) -> ModuleType:
        module = self._import(name, globals, locals, fromlist, level)
        if level == 0:
            # What C code imports has no globals: the Python that called it does.
            asking = globals or sys._getframe(1).f_globals  # noqa: SLF001 - the caller is asked for
            self._record(asking.get("__name__"), name)
        return module

    def _recorded_import_module(self, name: str, package: str | None = None) -> ModuleType:
        module = self._import_module(name, package)
        if not name.startswith("."):
            self._record(sys._getframe(1).f_globals.get("__name__"), name)  # noqa: SLF001 - the caller is asked for
        return module

    def record_inside(self, value: Any) -> None:
        """Records what functions of the model would import when they are called."""
        for function in _functions(value):
            for name in _imported_in(function.__code__):
                if importlib.util.find_spec(name) is not None:
                    self._record(function.__module__, name)

    def _record(self, importer: object, name: str) -> None:
        if not isinstance(importer, str):
            # Code that runs without being a module is some library's.
            return
        who = importer
        if who == _UNPICKLER or who.startswith(_CODE_FILES):
            who = USER
        top, imported = who.partition(".")[0], name.partition(".")[0]
        if top not in {imported, "kiseki"}:
            self.pairs.add((top, imported))


def main() -> None:
    """Loads the model of the folder in the first argument and writes what it does to the file in the second."""
    folder, result = sys.argv[1:3]
    recorder = Recorder()
    recorder.install()
    model = load_model(folder, suppress_warnings=True)
    recorder.record_inside(model.implementation)
    given = model.metadata.load_example(folder)
    if given is not None:
        # A model that cannot predict for its example is saved all the same, and the user was told.
        with suppress(Exception):
            model.predict(given.data, given.params or None)
    found = Observed(imports=frozenset(recorder.pairs), variables=tuple(sorted(recorder.variables)))
    Path(result).write_bytes(msgspec.json.encode(found))


def _functions(implementation: Any) -> Iterator[FunctionType]:
    """The functions of a Python model, or of what a module of the user's loaded."""
    model = getattr(implementation, "python_model", implementation)
    for cls in type(model).__mro__:
        for value in vars(cls).values():
            function = inspect.unwrap(value) if callable(value) else value
            if isinstance(function, FunctionType):
                yield function
    for value in getattr(model, "__dict__", {}).values():
        if isinstance(value, FunctionType):
            yield inspect.unwrap(value)


def _imported_in(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME" and instruction.argval:
            yield str(instruction.argval).partition(".")[0]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _imported_in(constant)
