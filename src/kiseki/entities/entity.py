"""What all entities share: how they print, and how they turn into dictionaries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, ClassVar


class Entity:
    """A value with named attributes, of MLflow's names and in MLflow's order of construction.

    `dict(entity)` has the attributes as they are; `to_dictionary()` turns entities inside into dictionaries too.
    """

    # Subclasses are dataclasses, which is what `fields` asks for.
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for name in sorted(field.name for field in fields(self)):
            yield name, getattr(self, name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(f'{name}={value!r}' for name, value in self)}>"

    def to_dictionary(self) -> dict[str, Any]:
        """The attributes as a dictionary that JSON can hold."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, Entity):
        return value.to_dictionary()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
