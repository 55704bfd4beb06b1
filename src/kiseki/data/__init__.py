"""Datasets: what a run read, with a digest of its content and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from kiseki.base.absent import Absent
from kiseki.base.errors import InvalidParameter
from kiseki.data.arrow_dataset import (
    ArrowDataset,
    HuggingFaceDataset,
    PolarsDataset,
    from_arrow,
    from_huggingface,
    from_polars,
)
from kiseki.data.dataset import Dataset, MetaDataset
from kiseki.data.files_dataset import FilesDataset, from_files
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
from kiseki.types.containers import is_a

__all__ = [
    "ArrowDataset",
    "ArtifactDatasetSource",
    "CodeDatasetSource",
    "Dataset",
    "DatasetSource",
    "FilesDataset",
    "HTTPDatasetSource",
    "HuggingFaceDataset",
    "LocalArtifactDatasetSource",
    "MetaDataset",
    "NumpyDataset",
    "PandasDataset",
    "PolarsDataset",
    "dataset_of",
    "from_arrow",
    "from_files",
    "from_huggingface",
    "from_numpy",
    "from_pandas",
    "from_polars",
    "get_source",
]

_KINDS: Final[dict[str, Callable[[Any], Dataset]]] = {
    "pandas.DataFrame": from_pandas,
    "polars.DataFrame": from_polars,
    "pyarrow.Table": from_arrow,
    "datasets.Dataset": from_huggingface,
    "numpy.ndarray": from_numpy,
}
"""What makes a dataset of an object, by its class."""

_ABSENT: Final = frozenset({"from_spark", "from_tensorflow", "load_delta"})
"""What MLflow's module of this name has and kiseki does not have yet."""


def dataset_of(data: Any) -> Dataset | DatasetEntity:
    """A dataset of whatever a run may have read: a dataset itself, the path of a file or folder, a table or an array.

    Raises:
        InvalidParameter: It is of no such kind, or there is no such file.
    """
    if isinstance(data, Dataset | DatasetEntity):
        return data
    if isinstance(data, str | Path):
        return from_files(data)
    made = next((make for kind, make in _KINDS.items() if is_a(data, kind)), None)
    if made is None:
        raise InvalidParameter(
            f"The dataset is of type {type(data).__name__}; expected one that kiseki.data makes, for example "
            "kiseki.data.from_pandas(df, source='data.csv'), the path of a file or folder, a table or an array."
        )
    return made(data)


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
