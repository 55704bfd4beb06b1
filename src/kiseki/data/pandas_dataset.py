"""pandas DataFrames as datasets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kiseki.base.errors import InvalidParameter
from kiseki.data.hashing import frame_digest
from kiseki.data.sources import DatasetSource, resolve_source
from kiseki.data.table_dataset import TableDataset

if TYPE_CHECKING:
    import pandas as pd


class PandasDataset(TableDataset):
    """A DataFrame of pandas as a dataset."""

    _kind = "pandas DataFrame"

    @property
    def df(self) -> pd.DataFrame:
        """The DataFrame itself."""
        found: pd.DataFrame = self._df
        return found

    def _columns(self) -> Iterable[Any]:
        return self.df.columns

    def _compute_digest(self) -> str:
        return frame_digest(self._df)


def from_pandas(
    df: pd.DataFrame,
    source: str | DatasetSource | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PandasDataset:
    """Makes a dataset of a DataFrame.

    Args:
        df: The data.
        source: Where it comes from: a path, an address or a URI; the code that runs when None.
        targets: The column with the targets.
        name: "dataset" when None.
        digest: Computed from the data when None.
        predictions: The column with the predictions.

    Raises:
        InvalidParameter: It is no DataFrame, or has no such column.
    """
    if not hasattr(df, "select_dtypes"):
        raise InvalidParameter(f"from_pandas() got {type(df).__name__}; expected a pandas.DataFrame.")
    return PandasDataset(df, resolve_source(source), targets, name, digest, predictions)
