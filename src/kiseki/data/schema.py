"""What columns and arrays a dataset has, in the JSON that MLflow's UI and client read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

_NUMPY_TYPES: Final = {
    "bool": "boolean",
    "int8": "integer",
    "int16": "integer",
    "int32": "integer",
    "uint8": "integer",
    "uint16": "integer",
    "int64": "long",
    "uint32": "long",
    "float16": "float",
    "float32": "float",
    "float64": "double",
}


class Schema:
    """The columns of a table, each a dictionary with `type`, `name` and `required`."""

    def __init__(self, columns: list[dict[str, Any]]) -> None:
        self.columns = columns

    def to_dict(self) -> list[dict[str, Any]]:
        """The columns as JSON has them."""
        return self.columns

    def to_json(self) -> str:
        """The columns as JSON."""
        return json.dumps(self.columns)

    def input_names(self) -> list[Any]:
        """The names of the columns."""
        return [column.get("name") for column in self.columns]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self.columns == other.columns

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __repr__(self) -> str:
        shown = [
            f"{column.get('name')!r}: {column['type']} ({'required' if column.get('required') else 'optional'})"
            for column in self.columns
        ]
        return f"[{', '.join(shown)}]"


class TensorDatasetSchema:
    """The arrays of a dataset: of its features, and of its targets where it has any."""

    def __init__(self, features: list[dict[str, Any]], targets: list[dict[str, Any]] | None = None) -> None:
        self.features = features
        self.targets = targets

    def to_dict(self) -> dict[str, Any]:
        """The arrays as MLflow records them: JSON in JSON."""
        return {
            "mlflow_tensorspec": {
                "features": json.dumps(self.features),
                "targets": None if self.targets is None else json.dumps(self.targets),
            }
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorDatasetSchema) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_dict()))


def frame_schema(frame: Any) -> Schema | None:
    """The columns of a pandas DataFrame; None when one has values that no column type holds, or two have one name."""
    columns: list[dict[str, Any]] = []
    if not frame.columns.is_unique:
        return None
    for position, name in enumerate(frame.columns):
        series = frame.iloc[:, position]
        kind = _series_type(series)
        if kind is None:
            return None
        columns.append({**kind, "name": _plain_name(name), "required": not bool(series.isna().any())})
    return Schema(columns) if columns else None


def array_schema(arrays: Any) -> list[dict[str, Any]] | None:
    """An array, or arrays by name; None when one has no dimension. The first dimension is any number of rows."""
    named = arrays.items() if isinstance(arrays, Mapping) else [(None, arrays)]
    specs = []
    for name, array in named:
        if array.ndim == 0:
            return None
        # A text's type has its length, which says nothing.
        dtype = {"U": "str", "S": "bytes"}.get(array.dtype.kind, array.dtype.name)
        spec = {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": [-1, *array.shape[1:]]}}
        specs.append(spec if name is None else {"name": name, **spec})
    return specs


def _series_type(series: Any) -> dict[str, Any] | None:
    dtype = series.dtype
    # Extension types tell the NumPy type that they hold: Int64, boolean, int64[pyarrow].
    plain = str(getattr(dtype, "numpy_dtype", dtype)).lower()
    if plain in _NUMPY_TYPES:
        return {"type": _NUMPY_TYPES[plain]}
    if getattr(dtype, "kind", "") == "M":
        return {"type": "datetime"}
    if str(dtype) not in {"object", "str", "string", "category"} and not str(dtype).startswith("string"):
        return None
    if not len(series):
        return {"type": "string"}
    values = [value for value in series.tolist() if not _is_missing(value)]
    return {"type": "any"} if not values else _common([_value_type(value) for value in values])


def _value_type(value: Any) -> dict[str, Any] | None:
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "long"}
    if isinstance(value, float):
        return {"type": "double"}
    if isinstance(value, str):
        return {"type": "string"}
    if isinstance(value, bytes | bytearray):
        return {"type": "binary"}
    if isinstance(value, Mapping):
        kinds = {str(key): _value_type(inner) for key, inner in value.items()}
        if any(kind is None for kind in kinds.values()):
            return None
        return {
            "type": "object",
            "properties": {key: {**(kinds[key] or {}), "required": True} for key in sorted(kinds)},
        }
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return _value_type(value.tolist())
    if isinstance(value, list | tuple):
        inner = _common([_value_type(item) for item in value]) if value else {"type": "any"}
        return None if inner is None else {"type": "array", "items": inner}
    if hasattr(value, "isoformat"):
        return {"type": "datetime"}
    return None


def _common(kinds: list[dict[str, Any] | None]) -> dict[str, Any] | None:
    """The type that all values have; None when they have several."""
    first = kinds[0]
    return first if all(kind == first for kind in kinds) else None


def _is_missing(value: Any) -> bool:
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or type(value).__name__ in {"NAType", "NaTType"}
    )


def _plain_name(name: Any) -> Any:
    if isinstance(name, tuple):
        return [_plain_name(level) for level in name]
    if hasattr(name, "item"):
        return name.item()
    return name if isinstance(name, str | int) else str(name)
