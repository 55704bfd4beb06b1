"""NumPy arrays as datasets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from kiseki.base.errors import InvalidParameter
from kiseki.data.dataset import Dataset
from kiseki.data.hashing import array_digest
from kiseki.data.schema import TensorDatasetSchema, array_schema
from kiseki.data.sources import DatasetSource, resolve_source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays: TypeAlias = NDArray[np.generic] | Mapping[str, NDArray[np.generic]]


class NumpyDataset(Dataset):
    """An array of features, or arrays by name, with targets of the same kind or none."""

    def __init__(
        self,
        features: Arrays,
        source: DatasetSource,
        targets: Arrays | None = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        super().__init__(source, name, digest)
        self._features = features
        self._targets = targets

    @property
    def features(self) -> Any:
        """The features as they were given."""
        return self._features

    @property
    def targets(self) -> Any | None:
        """The targets as they were given, None without."""
        return self._targets

    @property
    def profile(self) -> dict[str, Any]:
        """Shape, number of values and bytes of features and targets."""
        found: dict[str, Any] = {}
        for part, arrays in (("features", self._features), ("targets", self._targets)):
            if arrays is not None:
                found[f"{part}_shape"] = _each(arrays, lambda array: list(array.shape))
                found[f"{part}_size"] = _each(arrays, lambda array: int(array.size))
                found[f"{part}_nbytes"] = _each(arrays, lambda array: int(array.nbytes))
        return found

    @property
    def schema(self) -> TensorDatasetSchema | None:
        """Types and shapes; None for an array without dimensions."""
        features = array_schema(self._features)
        targets = None if self._targets is None else array_schema(self._targets)
        return None if features is None else TensorDatasetSchema(features, targets)

    def _compute_digest(self) -> str:
        return array_digest(self._features, self._targets)

    def to_dict(self) -> dict[str, Any]:
        schema = self.schema
        return {
            **super().to_dict(),
            "schema": None if schema is None else json.dumps(schema.to_dict()),
            "profile": json.dumps(self.profile),
        }


def from_numpy(
    features: Arrays,
    source: str | DatasetSource | None = None,
    targets: Arrays | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> NumpyDataset:
    """Makes a dataset of arrays.

    Args:
        features: An array, or arrays by name.
        source: Where they come from: a path, an address or a URI; the code that runs when None.
        targets: An array, or arrays by name.
        name: "dataset" when None.
        digest: Computed from the arrays when None.

    Raises:
        InvalidParameter: They are no arrays.
    """
    for part, arrays in (("features", features), ("targets", targets)):
        for array in arrays.values() if isinstance(arrays, Mapping) else [arrays]:
            if array is not None and not hasattr(array, "__array_interface__"):
                raise InvalidParameter(
                    f"from_numpy() got {type(array).__name__} as {part}; expected a numpy.ndarray, or a dictionary of them."
                )
    return NumpyDataset(features, resolve_source(source), targets, name, digest)


def _each(arrays: Any, fact: Callable[[Any], Any]) -> Any:
    return {name: fact(array) for name, array in arrays.items()} if isinstance(arrays, Mapping) else fact(arrays)
