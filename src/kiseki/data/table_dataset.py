"""Tables as datasets, of whatever library."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from kiseki.base.errors import InvalidParameter
from kiseki.data.dataset import Dataset
from kiseki.data.schema import frame_schema
from kiseki.data.sources import DatasetSource
from kiseki.types.schema import Schema


class TableDataset(Dataset):
    """A table as a dataset. `targets` and `predictions` name columns of it."""

    _kind: ClassVar[str]
    """What it is called in messages."""

    def __init__(
        self,
        df: Any,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
        predictions: str | None = None,
    ) -> None:
        super().__init__(source, name, digest)
        self._df = df
        self._targets = targets
        self._predictions = predictions
        columns = [*self._columns()]
        for what, column in (("targets", targets), ("predictions", predictions)):
            if column is not None and column not in columns:
                raise InvalidParameter(
                    f"The specified {self._kind} does not contain the specified {what} column {column!r}. "
                    f"Its columns are {[str(name) for name in columns][:20]}."
                )

    @property
    def targets(self) -> str | None:
        """The name of the column with the targets."""
        return self._targets

    @property
    def predictions(self) -> str | None:
        """The name of the column with the predictions."""
        return self._predictions

    @property
    def profile(self) -> dict[str, int | None]:
        """The numbers of rows and of elements."""
        rows = len(self._df)
        return {"num_rows": rows, "num_elements": rows * len([*self._columns()])}

    @cached_property
    def schema(self) -> Schema | None:
        """The columns with their types; None when one has values that no type holds."""
        return frame_schema(self._df)

    def to_dict(self) -> dict[str, Any]:
        schema = self.schema
        return {
            **super().to_dict(),
            "schema": None if schema is None else json.dumps({"mlflow_colspec": schema.to_dict()}),
            "profile": json.dumps(self.profile),
        }

    def _columns(self) -> Iterable[Any]:
        raise NotImplementedError
