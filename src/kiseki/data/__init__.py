"""Datasets: what a run read, with a digest of its content and where it comes from."""

from __future__ import annotations

from typing import Any, Final

from kiseki.base.absent import Absent
from kiseki.base.errors import InvalidParameter
from kiseki.data.dataset import Dataset, MetaDataset
from kiseki.data.numpy_dataset import NumpyDataset, from_numpy
from kiseki.data.pandas_dataset import PandasDataset, from_pandas
from kiseki.data.sources import (
    ArtifactDatasetSource,
    CodeDatasetSource,
    DatasetSource,
    HTTPDatasetSource,
    LocalArtifactDatasetSource,
    source_of_record,
)
from kiseki.entities import Dataset as DatasetEntity
from kiseki.entities import DatasetInput

__all__ = [
    "ArtifactDatasetSource",
    "CodeDatasetSource",
    "Dataset",
    "DatasetSource",
    "HTTPDatasetSource",
    "LocalArtifactDatasetSource",
    "MetaDataset",
    "NumpyDataset",
    "PandasDataset",
    "from_numpy",
    "from_pandas",
    "get_source",
]

_ABSENT: Final = frozenset({"from_huggingface", "from_polars", "from_spark", "from_tensorflow", "load_delta"})
"""What MLflow's module of this name has and kiseki does not have yet."""


def get_source(dataset: Dataset | DatasetEntity | DatasetInput) -> DatasetSource:
    """Returns where a dataset comes from: one that was made here, or one that a run recorded.

    Raises:
        InvalidParameter: It is no dataset, or what was recorded is not a source.
    """
    if isinstance(dataset, Dataset):
        return dataset.source
    entity = dataset.dataset if isinstance(dataset, DatasetInput) else dataset
    if not isinstance(entity, DatasetEntity):
        raise InvalidParameter(
            f"get_source() got {type(dataset).__name__}; expected a dataset or a run's dataset input."
        )
    return source_of_record(entity.source_type, entity.source)


def __getattr__(name: str) -> Any:
    if name in _ABSENT:
        return Absent(f"data.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
