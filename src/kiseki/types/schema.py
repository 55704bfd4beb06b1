"""Schemas: the columns or tensors that a model takes or gives, and its parameters.

MLflow's module of this name has all types and specs, and so has this one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.types.data_types import AnyType, Array, DataType, Map, Object, Property, SparkMLVector
from kiseki.types.specs import ColSpec, ParamSpec, TensorSpec

__all__ = [
    "AnyType",
    "Array",
    "ColSpec",
    "DataType",
    "Map",
    "Object",
    "ParamSchema",
    "ParamSpec",
    "Property",
    "Schema",
    "SparkMLVector",
    "TensorSpec",
]

Spec: TypeAlias = ColSpec | TensorSpec


class Schema(msgspec.Struct, frozen=True):
    """The inputs or the outputs of a model: columns, or tensors.

    Args:
        inputs: At least one, all columns or all tensors, all with names or all without. One tensor alone may lack a
            name; a column without one is required.

    Raises:
        InvalidParameter: They are not.
    """

    inputs: list[Spec]

    def __post_init__(self) -> None:
        given: Any = self.inputs
        if not isinstance(given, list) or not all(isinstance(spec, ColSpec | TensorSpec) for spec in given):
            raise InvalidParameter(
                f"Inputs of Schema must be a list of ColSpec or TensorSpec, got {repr(given)[:200]}."
            )
        if not given:
            raise InvalidParameter(
                "Creating Schema with empty inputs is not allowed. Give at least one column or tensor."
            )
        if len({type(spec) for spec in given}) > 1:
            raise InvalidParameter("A Schema has either columns (ColSpec) or tensors (TensorSpec), not both.")
        names = [spec.name for spec in given]
        if any(name is None for name in names) and any(name is not None for name in names):
            raise InvalidParameter(
                f"Creating Schema with a combination of named and unnamed inputs is not allowed. Got input names {names[:20]}."
            )
        if names[0] is None and self.is_tensor_spec() and len(given) > 1:
            raise InvalidParameter("Several tensors need names; give each TensorSpec one.")
        if names[0] is None and not all(spec.required for spec in given):
            raise InvalidParameter(
                "A column without a name cannot be optional. Name all columns or require all of them."
            )
        msgspec.structs.force_setattr(self, "inputs", list(given))

    def is_tensor_spec(self) -> bool:
        """Whether it has tensors rather than columns."""
        return isinstance(self.inputs[0], TensorSpec)

    def has_input_names(self) -> bool:
        """Whether the inputs have names."""
        return self.inputs[0].name is not None

    def input_names(self) -> list[Any]:
        """The names of the inputs, their positions where they have none."""
        return [position if spec.name is None else spec.name for position, spec in enumerate(self.inputs)]

    def required_input_names(self) -> list[Any]:
        """The names, or positions, of the inputs that must be there."""
        return [name for name, spec in zip(self.input_names(), self.inputs, strict=True) if spec.required]

    def optional_input_names(self) -> list[Any]:
        """The names of the inputs that may be left out."""
        return [spec.name for spec in self.inputs if not spec.required]

    def input_types(self) -> list[Any]:
        """The types of the inputs: of columns theirs, of tensors `numpy.dtype`s."""
        return [spec.type for spec in self.inputs]

    def input_types_dict(self) -> dict[Any, Any]:
        """The types of the inputs by name.

        Raises:
            InvalidParameter: They have no names.
        """
        return {name: spec.type for name, spec in self.input_dict().items()}

    def input_dict(self) -> dict[Any, Spec]:
        """The inputs by name.

        Raises:
            InvalidParameter: They have no names.
        """
        if not self.has_input_names():
            raise InvalidParameter("The inputs of this schema have no names; use input_names() for their positions.")
        return {spec.name: spec for spec in self.inputs}

    def numpy_types(self) -> list[Any]:
        """The `numpy.dtype` of each input.

        Raises:
            InvalidParameter: A column is an array, an object, a map or anything.
        """
        if self.is_tensor_spec():
            return self.input_types()
        return [_plain(spec, "NumPy").to_numpy() for spec in self.inputs]

    def pandas_types(self) -> list[Any]:
        """The pandas dtype of each column.

        Raises:
            InvalidParameter: They are tensors, or a column is an array, an object, a map or anything.
        """
        if self.is_tensor_spec():
            raise InvalidParameter("Tensors have no pandas types; use numpy_types().")
        return [_plain(spec, "pandas").to_pandas() for spec in self.inputs]

    def to_dict(self) -> list[dict[str, Any]]:
        """The inputs as JSON has them."""
        return [spec.to_dict() for spec in self.inputs]

    def to_json(self) -> str:
        """The inputs as JSON, as an MLmodel file has it."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, json_str: str | bytes) -> Schema:
        """The schema that JSON describes; keys that are not known are not looked at.

        Raises:
            InvalidParameter: It is none.
        """
        return cls([_spec(facts) for facts in _entries(json_str, "A schema")])

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __repr__(self) -> str:
        return repr(self.inputs)


class ParamSchema(msgspec.Struct, frozen=True):
    """The parameters that a prediction takes.

    Args:
        params: Their specs.

    Raises:
        InvalidParameter: One is no ParamSpec, or two have one name.
    """

    params: list[ParamSpec]

    def __post_init__(self) -> None:
        given: Any = self.params
        if not isinstance(given, list) or not all(isinstance(spec, ParamSpec) for spec in given):
            raise InvalidParameter(f"A ParamSchema has a list of ParamSpec, got {repr(given)[:200]}.")
        names = [spec.name for spec in given]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidParameter(f"Duplicated parameters found in schema: {twice}. Rename one of each.")
        msgspec.structs.force_setattr(self, "params", list(given))

    def to_dict(self) -> list[dict[str, Any]]:
        """The parameters as JSON has them."""
        return [spec.to_dict() for spec in self.params]

    def to_json(self) -> str:
        """The parameters as JSON, as an MLmodel file has it."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, json_str: str | bytes) -> ParamSchema:
        """The parameters that JSON describes.

        Raises:
            InvalidParameter: It describes none.
        """
        return cls([ParamSpec.from_json_dict(**facts) for facts in _entries(json_str, "A parameter schema")])

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __repr__(self) -> str:
        return repr(self.params)


def _spec(facts: dict[str, Any]) -> Spec:
    return TensorSpec.from_json_dict(**facts) if facts.get("type") == "tensor" else ColSpec.from_json_dict(**facts)


def _entries(text: str | bytes, what: str) -> Sequence[dict[str, Any]]:
    try:
        # Not msgspec: defaults may be NaN, which Python's module reads as MLflow writes it.
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidParameter(f"{what} is JSON in a text; got {repr(text)[:200]} ({error}).") from None
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise InvalidParameter(f"{what} is a JSON list of objects; got {repr(text)[:200]}.")
    return found


def _plain(spec: Spec, library: str) -> DataType:
    if isinstance(spec.type, DataType):
        return spec.type
    raise InvalidParameter(f"The column {spec!r} has no type of {library}: only columns without parts have one.")
