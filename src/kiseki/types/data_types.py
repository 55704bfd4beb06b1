"""The types that a column, a property or a parameter can have, as MLflow names them and writes them in JSON.

DataType     boolean integer long float double string binary datetime
Array        {"type": "array", "items": {...}}
Object       {"type": "object", "properties": {name: {..., "required": true}}}
Map          {"type": "map", "values": {...}}
AnyType      {"type": "any"}
SparkMLVector {"type": "sparkml_vector"}   read and kept, so that a model of Spark's keeps its signature
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from kiseki.base.errors import InvalidParameter

Kind = TypeVar("Kind")

MAX_DEPTH: Final = 64
"""How deep types may lie in each other; JSON that nests deeper is refused before it can exhaust the stack."""


class DataType(Enum):
    """A type without parts. `integer` has 32 bits, `long` 64, `float` 32, `double` 64; `datetime` has nanoseconds."""

    boolean = 1
    integer = 2
    long = 3
    float = 4
    double = 5
    string = 6
    binary = 7
    datetime = 8

    def __repr__(self) -> str:
        return self.name

    def to_numpy(self) -> Any:
        """The NumPy dtype of an array of this type."""
        import numpy as np

        return np.dtype(_NUMPY_NAMES[self])

    def to_pandas(self) -> Any:
        """The dtype of a pandas column of this type; `object` for text and bytes."""
        return object if self in {DataType.string, DataType.binary} else self.to_numpy()

    def to_python(self) -> type:
        """The Python class of one value."""
        return _PYTHON_CLASSES[self]

    @classmethod
    def all_types(cls) -> list[DataType]:
        """All of them, in MLflow's order."""
        return list(cls)

    @classmethod
    def from_numpy_type(cls, np_type: Any) -> DataType | None:
        """The type whose arrays have this dtype exactly, None when there is none."""
        import numpy as np

        return next((kind for kind in cls if kind.to_numpy() == np.dtype(np_type)), None)

    def to_dict(self) -> dict[str, Any]:
        """The type as JSON has it inside of other types."""
        return {"type": self.name}


_NUMPY_NAMES: Final = {
    DataType.boolean: "bool",
    DataType.integer: "int32",
    DataType.long: "int64",
    DataType.float: "float32",
    DataType.double: "float64",
    DataType.string: "str",
    DataType.binary: "bytes",
    DataType.datetime: "datetime64[ns]",
}

_PYTHON_CLASSES: Final[dict[DataType, type]] = {
    DataType.boolean: bool,
    DataType.integer: int,
    DataType.long: int,
    DataType.float: float,
    DataType.double: float,
    DataType.string: str,
    DataType.binary: bytes,
    DataType.datetime: datetime,
}

NAMES: Final = tuple(kind.name for kind in DataType)
"""What JSON calls the types without parts."""


class AnyType(msgspec.Struct, frozen=True):
    """Whatever it is, it is passed on as it is."""

    def to_dict(self) -> dict[str, Any]:
        """The type as JSON has it."""
        return {"type": "any"}

    def __repr__(self) -> str:
        return "Any"


class Array(msgspec.Struct, frozen=True):
    """A list whose items have one type.

    Args:
        dtype: The type of the items, or the name of a `DataType`.
    """

    dtype: ValueType

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "dtype", as_type(self.dtype))

    def to_dict(self) -> dict[str, Any]:
        """The type as JSON has it."""
        return {"type": "array", "items": self.dtype.to_dict()}

    @classmethod
    def from_json_dict(cls, **facts: Any) -> Array:
        """The array type that JSON describes."""
        return _of_kind(cls, facts)

    def __repr__(self) -> str:
        return f"Array({self.dtype!r})"


class SparkMLVector(Array, frozen=True):
    """A vector of Spark ML: a list of doubles."""

    dtype: ValueType = DataType.double

    def to_dict(self) -> dict[str, Any]:
        """The type as JSON has it."""
        return {"type": "sparkml_vector"}

    def __repr__(self) -> str:
        return "SparkML vector"


class Map(msgspec.Struct, frozen=True):
    """A dictionary with any texts as keys, whose values have one type.

    Args:
        value_type: The type of the values, or the name of a `DataType`.
    """

    value_type: ValueType

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "value_type", as_type(self.value_type))

    def to_dict(self) -> dict[str, Any]:
        """The type as JSON has it."""
        return {"type": "map", "values": self.value_type.to_dict()}

    @classmethod
    def from_json_dict(cls, **facts: Any) -> Map:
        """The map type that JSON describes."""
        return _of_kind(cls, facts)

    def __repr__(self) -> str:
        return f"Map(str -> {self.value_type!r})"


class Property(msgspec.Struct, frozen=True):
    """One named part of an `Object`.

    Args:
        name: Its key.
        dtype: The type of its value, or the name of a `DataType`.
        required: Whether an object must have it.
    """

    name: str
    dtype: ValueType
    required: bool = True

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "dtype", as_type(self.dtype))

    def to_dict(self) -> dict[str, Any]:
        """The property as JSON has it, under its name."""
        return {self.name: {**self.dtype.to_dict(), "required": self.required}}

    @classmethod
    def from_json_dict(cls, **facts: Any) -> Property:
        """The property that JSON describes: one name with its type."""
        if len(facts) != 1:
            raise InvalidParameter(f"A property is one name with its type; got {list(facts)[:20]}.")
        ((name, described),) = facts.items()
        return _property(name, described, 0)

    def __lt__(self, other: Property) -> bool:
        return self.name < other.name

    def __repr__(self) -> str:
        return f"{self.name}: {self.dtype!r} ({'required' if self.required else 'optional'})"


class Object(msgspec.Struct, frozen=True):
    """A dictionary with known keys.

    Args:
        properties: Its parts, at least one; they are kept in the order of their names.

    Raises:
        InvalidParameter: There is none, one is no Property, or two have one name.
    """

    properties: list[Property]

    def __post_init__(self) -> None:
        given: Any = self.properties
        if not isinstance(given, list) or not all(isinstance(part, Property) for part in given):
            raise InvalidParameter(f"The properties of an Object are a list of Property; got {_shown(given)}.")
        if not given:
            raise InvalidParameter("Creating Object with empty properties is not allowed. Use AnyType() or Map(...).")
        names = [part.name for part in given]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidParameter(
                f"Found duplicated property names: {', '.join(map(repr, twice))}. Rename one of each."
            )
        msgspec.structs.force_setattr(self, "properties", sorted(given))

    def to_dict(self) -> dict[str, Any]:
        """The type as JSON has it."""
        return {
            "type": "object",
            "properties": {name: facts for part in self.properties for name, facts in part.to_dict().items()},
        }

    @classmethod
    def from_json_dict(cls, **facts: Any) -> Object:
        """The object type that JSON describes."""
        return _of_kind(cls, facts)

    def __hash__(self) -> int:
        return hash(tuple(self.properties))

    def __repr__(self) -> str:
        return "{" + ", ".join(map(repr, self.properties)) + "}"


ValueType: TypeAlias = DataType | Array | Object | Map | AnyType

_CLASSES: Final = (DataType, Array, Object, Map, AnyType)


def as_type(given: Any) -> ValueType:
    """A type that a caller gave as an object, or as the name of a `DataType`.

    Raises:
        InvalidParameter: It is neither.
    """
    if isinstance(given, _CLASSES):
        return given
    if isinstance(given, str) and given in NAMES:
        return DataType[given]
    raise InvalidParameter(
        f"Unsupported type {_shown(given)}, expected instance of DataType, Array, Object, Map, AnyType or one of {list(NAMES)}."
    )


def type_from_dict(facts: Any, depth: int = 0) -> ValueType:
    """The type that JSON describes; keys that belong to a column or a property are not looked at.

    Raises:
        InvalidParameter: It is no type, with what is wrong.
    """
    if depth > MAX_DEPTH:
        raise InvalidParameter(f"The types of a schema nest deeper than {MAX_DEPTH} levels.")
    kind = _fact(facts, "type", "a type")
    if kind == "array":
        return Array(type_from_dict(_fact(facts, "items", "an array"), depth + 1))
    if kind == "map":
        return Map(type_from_dict(_fact(facts, "values", "a map"), depth + 1))
    if kind == "object":
        properties = _fact(facts, "properties", "an object")
        if not isinstance(properties, Mapping):
            raise InvalidParameter(f"The properties of an object are names with types; got {_shown(properties)}.")
        return Object([_property(name, described, depth + 1) for name, described in properties.items()])
    if kind == "any":
        return AnyType()
    if kind == "sparkml_vector":
        return SparkMLVector()
    return as_type(kind)


def _property(name: str, described: Any, depth: int) -> Property:
    found = type_from_dict(described, depth)
    return Property(name, found, described.get("required") is not False)


def _of_kind(cls: type[Kind], facts: dict[str, Any]) -> Kind:
    found = type_from_dict(facts)
    if not isinstance(found, cls):
        raise InvalidParameter(f"The JSON describes {found!r}; expected {cls.__name__}.")
    return found


def _fact(facts: Any, key: str, of: str) -> Any:
    if not isinstance(facts, Mapping) or key not in facts:
        raise InvalidParameter(f"Missing key {key!r} in the JSON of {of}; got {_shown(facts)}.")
    return facts[key]


def _shown(given: Any) -> str:
    return f"{repr(given)[:200]} ({type(given).__name__})"
