"""Tables of Arrow, Polars and Hugging Face as datasets: what Arrow holds in memory or on disk."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.data.hashing import arrow_digest
from kiseki.data.schema import frame_schema
from kiseki.data.sources import DatasetSource, HuggingFaceDatasetSource, resolve_source
from kiseki.data.table_dataset import TableDataset
from kiseki.types.containers import is_a
from kiseki.types.schema import Schema

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

ROWS: Final = 1 << 16
"""How many rows of a table are in memory at once while its digest is computed."""

_log = logging.getLogger("kiseki")


class ArrowDataset(TableDataset):
    """A `pyarrow.Table` as a dataset."""

    _kind = "Arrow table"

    @property
    def table(self) -> pa.Table:
        """The table itself."""
        return self._df

    def _columns(self) -> Iterable[str]:
        names: list[str] = self._df.column_names
        return names

    def _compute_digest(self) -> str:
        return arrow_digest(self._slice(start, ROWS) for start in range(0, max(1, len(self._df)), ROWS))

    def _slice(self, start: int, rows: int) -> pa.Table:
        return self._df.slice(start, rows)


class PolarsDataset(ArrowDataset):
    """A DataFrame of Polars as a dataset."""

    _kind = "Polars DataFrame"

    @property
    def df(self) -> pl.DataFrame:
        """The DataFrame itself."""
        found: pl.DataFrame = self._df
        return found

    def _columns(self) -> Iterable[str]:
        names: list[str] = self._df.columns
        return names

    def _slice(self, start: int, rows: int) -> pa.Table:
        optional("pyarrow", "The digest of a DataFrame of Polars")
        return self._df.slice(start, rows).to_arrow()


class HuggingFaceDataset(ArrowDataset):
    """A `datasets.Dataset` as a dataset, with the rows that it has after selecting, shuffling and mapping."""

    _kind = "Hugging Face dataset"

    @property
    def ds(self) -> Any:
        """The dataset itself."""
        return self._df

    @property
    def profile(self) -> dict[str, int | None]:
        """The number of rows, and the library's sizes in bytes: of the table, and with the files that it came from.

        The library knows them of what `datasets.load_dataset` has read; they are None else.
        """
        ds = self._df
        return {"num_rows": len(ds), "dataset_size": ds.dataset_size, "size_in_bytes": ds.size_in_bytes}

    @cached_property
    def schema(self) -> Schema | None:
        return frame_schema(self._slice(0, ROWS))

    def _slice(self, start: int, rows: int) -> pa.Table:
        return self._df.with_format("arrow")[start : start + rows]


def from_arrow(
    table: pa.Table,
    source: str | DatasetSource | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> ArrowDataset:
    """Makes a dataset of a table of Arrow; the arguments are those of `from_pandas`.

    Raises:
        InvalidParameter: It is no table, or has no such column.
    """
    if not is_a(table, "pyarrow.Table"):
        raise InvalidParameter(f"from_arrow() got {type(table).__name__}; expected a pyarrow.Table.")
    return ArrowDataset(table, resolve_source(source), targets, name, digest, predictions)


def from_polars(
    df: pl.DataFrame,
    source: str | DatasetSource | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PolarsDataset:
    """Makes a dataset of a DataFrame of Polars; the arguments are those of `from_pandas`.

    The digest is that of its content and not MLflow's, which does not see the order of rows and the names of columns, and is
    another one with another version of Polars.

    Raises:
        InvalidParameter: It is no DataFrame, or has no such column.
    """
    if not is_a(df, "polars.DataFrame"):
        raise InvalidParameter(f"from_polars() got {type(df).__name__}; expected a polars.DataFrame.")
    return PolarsDataset(df, resolve_source(source), targets, name, digest, predictions)


def from_huggingface(
    ds: Any,
    path: str | None = None,
    targets: str | None = None,
    data_dir: str | None = None,
    data_files: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
    revision: Any = None,
    name: str | None = None,
    digest: str | None = None,
    trust_remote_code: bool | None = None,
    source: str | DatasetSource | None = None,
) -> HuggingFaceDataset:
    """Makes a dataset of a `datasets.Dataset`.

    All rows are read for the digest, about 1 GB in a second. `digest` saves that, for example `digest=ds._fingerprint`, which
    the library keeps of how the dataset was made.

    Args:
        ds: The dataset, not a dictionary of them.
        path: What `datasets.load_dataset` was called with, as are the next three; it is the source.
        targets: The column with the targets.
        data_dir: A folder of the hub's dataset.
        data_files: Files of it.
        revision: Its version.
        name: "dataset" when None.
        digest: Computed from the data when None.
        trust_remote_code: Of no effect, as kiseki runs nothing of the hub; MLflow records it as little.
        source: Where it comes from, in place of `path`; the code that runs when neither is given.

    Raises:
        InvalidParameter: It is no such dataset, or has no such column.
    """
    del trust_remote_code
    if not is_a(ds, "datasets.Dataset"):
        raise InvalidParameter(
            f"from_huggingface() got {type(ds).__name__}; expected a datasets.Dataset. Of a DatasetDict, give one of its values."
        )
    found = resolve_source(source)
    if path is not None and source is not None:
        _log.warning("from_huggingface() got both `path` and `source`: the source is recorded, and the path is not.")
    elif path is not None:
        facts = {"path": path, "config_name": ds.config_name, "data_dir": data_dir, "data_files": data_files}
        facts |= {"split": str(ds.split), "revision": revision}
        found = HuggingFaceDatasetSource(facts)
    return HuggingFaceDataset(ds, found, targets, name, digest)
