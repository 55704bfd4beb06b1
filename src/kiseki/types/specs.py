"""What one input of a model is: a column, a tensor, or a parameter."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.types.data_types import DataType, Object, ValueType, as_type, type_from_dict
from kiseki.types.parameters import param_value, plain_value

_FLEXIBLE: Final = {"U": "str", "S": "bytes"}
"""NumPy kinds whose dtype has the length of the longest value, which says nothing about the next one."""


class ColSpec(msgspec.Struct, frozen=True):
    """A column of a table.

    Args:
        type: The type of its values, or the name of a `DataType`.
        name: Its name; None where columns are told apart by their position.
        required: Whether it must be there, without missing values.
    """

    type: ValueType
    name: Any = None
    required: bool = True

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "type", as_type(self.type))
        if not isinstance(self.required, bool):
            raise InvalidParameter(f"'required' of a column is true or false; got {self.required!r}.")
        if isinstance(self.name, list):
            # A column below others, as pandas has it; JSON has no tuples.
            msgspec.structs.force_setattr(self, "name", tuple(self.name))

    def to_dict(self) -> dict[str, Any]:
        """The column as JSON has it."""
        named = {} if self.name is None else {"name": list(self.name) if isinstance(self.name, tuple) else self.name}
        return {**self.type.to_dict(), **named, "required": self.required}

    @classmethod
    def from_json_dict(cls, **facts: Any) -> ColSpec:
        """The column that JSON describes. What is written neither as required nor as optional is required."""
        return cls(type_from_dict(facts), facts.get("name"), facts.get("required") is not False)

    def __repr__(self) -> str:
        named = "" if self.name is None else f"{self.name!r}: "
        return f"{named}{self.type!r} ({'required' if self.required else 'optional'})"


class TensorSpec(msgspec.Struct, frozen=True):
    """An array.

    Args:
        type: Its `numpy.dtype`; text and bytes without a length.
        shape: The length of each dimension, -1 where any will do.
        name: Its name; None for the one array that a model takes.

    Raises:
        InvalidParameter: The dtype is none, or has a length, or the shape has what is no length.
    """

    type: Any
    shape: tuple[int, ...]
    name: str | None = None

    def __post_init__(self) -> None:
        import numpy as np

        if not isinstance(self.type, np.dtype):
            raise InvalidParameter(
                f"Expected `type` to be instance of numpy.dtype, received {self.type!r}. Write np.dtype({str(self.type)!r})."
            )
        if self.type.kind in _FLEXIBLE and self.type.itemsize:
            plain = _FLEXIBLE[self.type.kind]
            raise InvalidParameter(f"The dtype {self.type} has a length; use np.dtype({plain!r}) instead.")
        shape: Any = self.shape
        if not isinstance(shape, tuple | list) or not all(
            isinstance(length, int | np.integer) and length >= -1 for length in shape
        ):
            raise InvalidParameter(f"The shape of a tensor is a tuple of lengths, -1 for any; got {shape!r}.")
        msgspec.structs.force_setattr(self, "shape", tuple(map(int, shape)))

    @property
    def required(self) -> bool:
        """Tensors are never optional."""
        return True

    def to_dict(self) -> dict[str, Any]:
        """The tensor as JSON has it."""
        named = {} if self.name is None else {"name": self.name}
        return {**named, "type": "tensor", "tensor-spec": {"dtype": dtype_name(self.type), "shape": list(self.shape)}}

    @classmethod
    def from_json_dict(cls, **facts: Any) -> TensorSpec:
        """The tensor that JSON describes."""
        import numpy as np

        inner = facts.get("tensor-spec")
        if not isinstance(inner, dict) or not {"dtype", "shape"} <= inner.keys():
            raise InvalidParameter(f"A tensor has a 'tensor-spec' with 'dtype' and 'shape'; got {repr(facts)[:200]}.")
        try:
            dtype = np.dtype(inner["dtype"])
        except TypeError as error:
            raise InvalidParameter(
                f"The dtype of a tensor is one of NumPy's; got {inner['dtype']!r} ({error})."
            ) from None
        return cls(dtype, inner["shape"], facts.get("name"))

    def __repr__(self) -> str:
        named = "" if self.name is None else f"{self.name!r}: "
        return f"{named}Tensor({dtype_name(self.type)!r}, {self.shape})"


class ParamSpec(msgspec.Struct, frozen=True):
    """A parameter of a prediction.

    Args:
        name: Its name.
        dtype: Its type, or the name of one: a `DataType` other than binary, or an `Object`.
        default: What it is when a caller leaves it out.
        shape: None for one value or an object, (-1,) for a list of values.

    Raises:
        InvalidParameter: The type cannot be a parameter's, or the default does not have it.
    """

    name: str
    dtype: DataType | Object
    default: Any
    shape: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        set_field = msgspec.structs.force_setattr
        set_field(self, "name", str(self.name))
        set_field(self, "dtype", _param_type(self.name, self.dtype))
        shape = None if self.shape is None else tuple(self.shape)
        if shape not in {None, (-1,)} or (shape and isinstance(self.dtype, Object)):
            raise InvalidParameter(
                f"The shape of parameter {self.name!r} is {self.shape}; expected None for one value or an object, "
                "(-1,) for a list of values."
            )
        set_field(self, "shape", shape)
        set_field(self, "default", param_value(self.name, self.dtype, shape, self.default))

    def to_dict(self) -> dict[str, Any]:
        """The parameter as JSON has it."""
        return {
            "name": self.name,
            "default": plain_value(self.default),
            "shape": None if self.shape is None else list(self.shape),
            **self.dtype.to_dict(),
        }

    @classmethod
    def from_json_dict(cls, **facts: Any) -> ParamSpec:
        """The parameter that JSON describes; its type may stand under `dtype`, as MLflow 2 wrote it."""
        if "name" not in facts or "default" not in facts or not {"type", "dtype"} & facts.keys():
            raise InvalidParameter(f"A parameter has 'name', 'type' and 'default'; got {repr(facts)[:200]}.")
        described = {**facts, "type": facts.get("type", facts.get("dtype"))}
        kind: Any = type_from_dict(described)
        shape = facts.get("shape")
        return cls(facts["name"], kind, facts["default"], None if shape is None else tuple(shape))

    def __repr__(self) -> str:
        shaped = "" if self.shape is None else f" (shape: {self.shape})"
        return f"{self.name!r}: {self.dtype!r} (default: {self.default}){shaped}"


def dtype_name(dtype: Any) -> str:
    """The name of a NumPy dtype in JSON: text and bytes without their lengths, and no order of bytes."""
    name: str = _FLEXIBLE.get(dtype.kind, dtype.name)
    return name


def array_dtype(dtype: Any) -> Any:
    """A NumPy dtype as tensors have it: text and bytes without their lengths, numbers in the machine's order of bytes."""
    import numpy as np

    return np.dtype(_FLEXIBLE[dtype.kind]) if dtype.kind in _FLEXIBLE else dtype.newbyteorder("=")


def _param_type(name: str, given: Any) -> DataType | Object:
    kind = as_type(given)
    if isinstance(kind, Object) or (isinstance(kind, DataType) and kind is not DataType.binary):
        return kind
    raise InvalidParameter(
        f"Parameter {name!r} has the type {kind!r}; parameters are boolean, integer, long, float, double, string, datetime "
        "or an Object. Pass bytes as base64 text."
    )
