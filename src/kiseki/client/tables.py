"""Tables as artifacts: JSON of pandas' orientation "split" without index, or Parquet.

Without pandas a table is a dictionary of lists, and is kept as JSON.
"""

from __future__ import annotations

import io
import json
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec

from kiseki.base.errors import InvalidParameter, MissingDependency
from kiseki.base.optional import optional
from kiseki.client.images import Image, encoded, thumbnail, to_pil

LOGGED_ARTIFACTS_TAG: Final = "mlflow.loggedArtifacts"
IMAGES_FOLDER: Final = "table_images"

StoreFile = Callable[[bytes, str], None]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Columns by name, and rows of as many cells."""

    columns: list[Any]
    rows: list[list[Any]]


def check_file(artifact_file: str) -> None:
    """Raises InvalidParameter unless the file's name ends in .json or .parquet."""
    if PurePosixPath(artifact_file).suffix not in {".json", ".parquet"}:
        raise InvalidParameter(
            f"Invalid artifact file path {artifact_file!r}. Please ensure the file you are trying to log as a table has "
            "a file name with either '.json' or '.parquet' extension."
        )


def table_of(data: Any) -> Table:
    """A table from a DataFrame, or from a dictionary of columns.

    In a dictionary a list, tuple, array or Series is a column, and anything else the value of every row. Columns of
    unequal lengths make one row in which each list is a cell.

    Raises:
        InvalidParameter: It is neither.
    """
    if _is_frame(data):
        return Table(columns=list(data.columns), rows=[list(row) for row in data.itertuples(index=False, name=None)])
    if not isinstance(data, Mapping):
        raise InvalidParameter(f"data must be a pandas.DataFrame or a dictionary, got {type(data).__name__}.")
    columns = {key: _column(value) for key, value in data.items()}
    lengths = {len(column) for column in columns.values() if column is not None}
    if len(lengths) != 1:
        return Table(columns=list(data), rows=[list(data.values())])
    (rows,) = lengths
    filled = [column if column is not None else [data[key]] * rows for key, column in columns.items()]
    return Table(columns=list(data), rows=[list(cells) for cells in zip(*filled, strict=True)])


def appended(first: Table, second: Table) -> Table:
    """The rows of both tables, over the columns of both; a cell that a table does not have is None."""
    columns = [*first.columns, *(column for column in second.columns if column not in first.columns)]
    rows = []
    for table in (first, second):
        index = {column: i for i, column in enumerate(table.columns)}
        picks = [index.get(column) for column in columns]
        rows += [[None if pick is None else row[pick] for pick in picks] for row in table.rows]
    return Table(columns=columns, rows=rows)


def with_images_stored(table: Table, artifact_file: str, store_file: StoreFile) -> Table:
    """The table with each image in it stored as a file, and in its cell what the UI needs to show it."""

    def stored(cell: Any) -> Any:
        if not isinstance(cell, Image):
            return cell
        stem = f"{IMAGES_FOLDER}/{PurePosixPath(artifact_file).stem}/{uuid.uuid4()}"
        image = to_pil(cell)
        store_file(encoded(image, ".png"), f"{stem}.png")
        store_file(thumbnail(image), f"{stem}.webp")
        return {"type": "image", "filepath": f"{stem}.png", "compressed_filepath": f"{stem}.webp"}

    return Table(columns=table.columns, rows=[[stored(cell) for cell in row] for row in table.rows])


def encode(table: Table, artifact_file: str) -> bytes:
    """The content of the table's file.

    Raises:
        InvalidParameter: A cell is of a type that the format does not have.
        MissingDependency: Parquet needs pandas and pyarrow.
    """
    if artifact_file.endswith(".parquet"):
        written = io.BytesIO()
        try:
            optional("pandas", "log_table() to .parquet").DataFrame(table.rows, columns=table.columns).to_parquet(
                written, index=False
            )
        except ImportError as error:
            raise MissingDependency("pyarrow", "log_table() to .parquet") from error
        except (TypeError, ValueError) as error:
            raise InvalidParameter(f"The table cannot be written as Parquet: {error}.") from error
        return written.getvalue()
    plain = {
        "columns": [_cell(name) for name in table.columns],
        "data": [[_cell(c) for c in row] for row in table.rows],
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def decode(data: bytes, artifact_file: str) -> Table:
    """The table in a file.

    Raises:
        InvalidParameter: It is not a table.
    """
    if artifact_file.endswith(".parquet"):
        try:
            return table_of(optional("pandas", "load_table() of .parquet").read_parquet(io.BytesIO(data)))
        except ImportError as error:
            raise MissingDependency("pyarrow", "load_table() of .parquet") from error
    try:
        given = json.loads(data)
        table = Table(columns=list(given["columns"]), rows=[list(row) for row in given["data"]])
    except (ValueError, TypeError, KeyError):
        table = None
    if table is None or any(len(row) != len(table.columns) for row in table.rows):
        raise InvalidParameter(
            f"The artifact {artifact_file!r} is not a table: expected a JSON object with 'columns' and 'data', as "
            "log_table() writes it."
        )
    return table


def tag_with(tag: str | None, artifact_file: str) -> str | None:
    """The tag that lists a run's tables, with one more; None when it lists it already."""
    try:
        listed = json.loads(tag) if tag else []
    except ValueError:
        listed = []
    entry = {"path": artifact_file, "type": "table"}
    if not isinstance(listed, list) or entry in listed:
        return None if isinstance(listed, list) else json.dumps([entry])
    return json.dumps([*listed, entry])


def lists(tag: str | None, artifact_file: str) -> bool:
    """Whether a run's tag lists the table."""
    return tag_with(tag, artifact_file) is None


def shown(table: Table) -> Any:
    """The table for a caller: a DataFrame, or a dictionary of lists where pandas is not installed."""
    try:
        pd = optional("pandas", "load_table() as a DataFrame")
    except MissingDependency:
        return {column: [row[i] for row in table.rows] for i, column in enumerate(table.columns)}
    return pd.DataFrame(table.rows, columns=table.columns)


def _column(value: Any) -> Sequence[Any] | None:
    if isinstance(value, list | tuple | range):
        return value
    if getattr(value, "ndim", None) == 1 and callable(getattr(value, "tolist", None)):
        found: list[Any] = value.tolist()
        return found
    return None


def _cell(value: Any) -> Any:
    """A cell as what JSON has: NaN, NaT and NA become null, dates ISO 8601."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _cell(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cell(inner) for inner in value]
    # pandas' missing values are not equal to themselves, or say so by their type.
    if type(value).__name__ in {"NaTType", "NAType"}:
        return None
    if callable(getattr(value, "isoformat", None)):
        return value.isoformat(timespec="milliseconds") if hasattr(value, "hour") else value.isoformat()
    for name in ("tolist", "item"):
        if callable(convert := getattr(value, name, None)):
            return _cell(convert())
    raise InvalidParameter(
        f"A cell of the table is of type {type(value).__name__}, which JSON does not have. Convert it to text or numbers."
    )


def _is_frame(data: Any) -> bool:
    return hasattr(data, "itertuples") and hasattr(data, "columns")
