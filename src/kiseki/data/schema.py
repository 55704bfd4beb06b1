"""What columns and arrays a dataset has, in the JSON that MLflow's UI and client read."""

from __future__ import annotations

from typing import Any

import msgspec

from kiseki.types.inference import NoType, column_schema, tensor_schema
from kiseki.types.schema import Schema


class TensorDatasetSchema(msgspec.Struct, frozen=True):
    """The arrays of a dataset: of its features, and of its targets where it has any."""

    features: Schema
    targets: Schema | None = None

    def to_dict(self) -> dict[str, Any]:
        """The arrays as MLflow records them: JSON in JSON."""
        return {
            "mlflow_tensorspec": {
                "features": self.features.to_json(),
                "targets": None if self.targets is None else self.targets.to_json(),
            }
        }


def frame_schema(frame: Any) -> Schema | None:
    """The columns of a table; None when one has values that no column type holds, or two have one name."""
    try:
        return column_schema(frame)
    except NoType:
        return None


def array_schema(arrays: Any) -> Schema | None:
    """An array, or arrays by name; None when one has no dimension."""
    try:
        return tensor_schema(arrays)
    except NoType:
        return None
