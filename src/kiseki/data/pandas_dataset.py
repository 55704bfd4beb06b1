"""pandas DataFrames as datasets."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kiseki.base.errors import InvalidParameter
from kiseki.data.dataset import Dataset
from kiseki.data.hashing import frame_digest
from kiseki.data.schema import frame_schema
from kiseki.data.sources import DatasetSource, resolve_source
from kiseki.types.schema import Schema

if TYPE_CHECKING:
    import pandas as pd


class PandasDataset(Dataset):
    """A DataFrame as a dataset. `targets` and `predictions` name columns of it."""

    def __init__(
        self,
        df: pd.DataFrame,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
        predictions: str | None = None,
    ) -> None:
        for what, column in (("targets", targets), ("predictions", predictions)):
            if column is not None and column not in df.columns:
                raise InvalidParameter(
                    f"The specified pandas DataFrame does not contain the specified {what} column {column!r}. "
                    f"Its columns are {[str(name) for name in df.columns][:20]}."
                )
        super().__init__(source, name, digest)
        self._df = df
        self._targets = targets
        self._predictions = predictions

    @property
    def df(self) -> pd.DataFrame:
        """The DataFrame itself."""
        return self._df

    @property
    def targets(self) -> str | None:
        """The name of the column with the targets."""
        return self._targets

    @property
    def predictions(self) -> str | None:
        """The name of the column with the predictions."""
        return self._predictions

    @property
    def profile(self) -> dict[str, int]:
        """The numbers of rows and of elements."""
        return {"num_rows": len(self._df), "num_elements": int(self._df.size)}

    @cached_property
    def schema(self) -> Schema | None:
        """The columns with their types; None when one has values that no type holds."""
        return frame_schema(self._df)

    def _compute_digest(self) -> str:
        return frame_digest(self._df)

    def to_dict(self) -> dict[str, Any]:
        schema = self.schema
        return {
            **super().to_dict(),
            "schema": None if schema is None else json.dumps({"mlflow_colspec": schema.to_dict()}),
            "profile": json.dumps(self.profile),
        }


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
