"""Stand-ins for what MLflow has and kiseki does not have yet: using one raises an error that says so."""

from __future__ import annotations

from typing import Any, NoReturn

from kiseki.base.errors import NotImplementedByKiseki


class Absent:
    """A function, class or module of MLflow that kiseki does not have yet.

    It can be imported, passed on and asked for its attributes, so that a script which only mentions it runs. Calling it,
    or using it in any other way, raises NotImplementedByKiseki.

    Args:
        name: The full name, such as `sklearn.autolog`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.__name__ = name.rpartition(".")[2]
        self.__doc__ = f"MLflow's {name}, which kiseki does not have yet."

    def __getattr__(self, name: str) -> Absent:
        # What Python itself asks for, to copy, pickle or inspect, is answered as for any object.
        if name.startswith("_"):
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}")

    def __call__(self, *_args: Any, **_options: Any) -> NoReturn:
        raise self.error()

    def __enter__(self) -> NoReturn:
        raise self.error()

    def __exit__(self, *_args: object) -> None:
        pass

    def __iter__(self) -> NoReturn:
        raise self.error()

    def __instancecheck__(self, _value: object) -> bool:
        return False

    def __mro_entries__(self, _bases: tuple[object, ...]) -> NoReturn:
        raise self.error()

    def __or__(self, other: object) -> Any:
        # `Absent | None` in an annotation that Python evaluates.
        return Any

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<{self._name}: not in kiseki yet>"

    def error(self) -> NotImplementedByKiseki:
        """The error that every use raises."""
        return NotImplementedByKiseki(
            f"{self._name} is part of MLflow and kiseki does not have it yet. Tracking (experiments, runs, params, "
            "metrics, tags, artifacts, datasets) works; for the rest use the package mlflow against a kiseki server."
        )
