"""Predicting for files of Parquet, of any size, into files of Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, Final

import msgspec

from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.optional import optional
from kiseki.data.place import Place
from kiseki.pyfunc.batches import BATCH_ROWS, BatchPredictor, Keep, rows_told, told_in
from kiseki.pyfunc.loading import PyFuncModel

_GROUP_ROWS: Final = 2**20
_GROUP_BYTES: Final = 64 * 2**20
"""So much is written as one row group: few enough to hold, and enough for readers to skip by."""

_ENDING: Final = ".parquet"


class Predicted(msgspec.Struct, frozen=True, kw_only=True):
    """What was predicted for.

    Args:
        files: How many files.
        rows: How many rows they have.
    """

    files: int
    rows: int


def predict_parquet(
    model: PyFuncModel,
    source: str,
    target: str,
    params: dict[str, Any] | None = None,
    *,
    keep: Keep = (),
    batch_rows: int = BATCH_ROWS,
    tell: Callable[[int], None] = lambda _: None,
) -> Predicted:
    """Predicts for the rows of Parquet files, and writes Parquet files of the same names.

    Rows are read and written in batches: what is in memory are the columns that the model asks for of one batch, and the
    predictions of one row group. A file appears under its name when all of it is written; one that fails leaves those
    before it, and nothing of its own.

    Args:
        model: A loaded model.
        source: A file, or a folder of them, whose names end in `.parquet`; or a URI of either, such as
            `s3://bucket/prefix`. Files and folders that begin with `_` or `.` are left out, as engines do.
        target: The file, or the folder, accordingly.
        params: Params of the signature.
        keep: The columns of the input that stand before the predictions.
        batch_rows: So many rows at most are predicted for at a time.
        tell: Is told of each further number of rows that were predicted for.

    Raises:
        NotFound: There is no such file, or none in the folder.
        InvalidParameter: A file is not of Parquet or has not what the model asks for, or the model failed; the message
            says in which rows of which file. Or the target is within the source.
        MissingDependency: pyarrow is not installed.
    """
    predictor = BatchPredictor(model, params, keep)
    pairs = list(_pairs(source, target))
    rows = 0
    without: list[tuple[_File, _File]] = []
    for given, made in pairs:
        with _opened(given) as file:
            if not file.metadata.num_rows:
                # Their schema may only be known from others.
                without.append((given, made))
                continue
            rows += _write(made, _answers(predictor, file, given.name, batch_rows), tell)
    for given, made in without:
        with _opened(given) as file:
            _write(made, iter([predictor.empty(file.schema_arrow)]), tell)
    return Predicted(files=len(pairs), rows=rows)


class _File(msgspec.Struct, frozen=True):
    place: Place
    name: str


def _pairs(source: str, target: str) -> Iterator[tuple[_File, _File]]:
    place, name = Place.of_file(source)
    if place.is_file(name):
        made, made_name = Place.of_file(target)
        if made.is_within(place) and place.is_within(made) and made_name == name:
            raise InvalidParameter(f"The predictions would take the place of what they are for: {target!r}.")
        yield _File(place, name), _File(made, made_name)
        return
    given, made = Place(source), Place(target)
    if made.is_within(given):
        raise InvalidParameter(
            f"The target {target!r} is within the source {source!r}, which would be read again. Give another folder."
        )
    names = [one for one in given.names() if one.endswith(_ENDING) and not _is_hidden(one)]
    if not names:
        raise NotFound(f"There is no file at {source!r}, and no folder with files that end in {_ENDING!r}.")
    for one in names:
        yield _File(given, one), _File(made, one)


def _is_hidden(name: str) -> bool:
    return any(part.startswith(("_", ".")) for part in name.split("/"))


def _opened(given: _File) -> Any:
    pa = optional("pyarrow", "Parquet files")
    parquet = optional("pyarrow.parquet", "Parquet files")
    try:
        return parquet.ParquetFile(given.place.open(given.name))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidParameter(f"{given.name!r} is no Parquet file: {error}") from None


def _answers(predictor: BatchPredictor, file: Any, name: str, batch_rows: int) -> Iterator[Any]:
    asked = predictor.columns
    columns = None if asked is None else [one for one in asked if one in file.schema_arrow.names]
    start = 0
    for batch in file.iter_batches(batch_size=batch_rows, columns=columns):
        with told_in(f"{name!r}, {rows_told(start, batch.num_rows)}"):
            found = predictor.predict(batch)
        yield found
        start += batch.num_rows


def _write(made: _File, batches: Iterator[Any], tell: Callable[[int], None]) -> int:
    """Writes a file, and returns how many rows it has."""
    pa = optional("pyarrow", "Parquet files")
    parquet = optional("pyarrow.parquet", "Parquet files")
    place, name = made.place, made.name
    rows = 0
    held = [next(batches)]
    writer = None
    try:
        with place.create(name) as stream:
            writer = parquet.ParquetWriter(stream, held[0].schema, compression="zstd")
            for batch in chain(batches, [None]):
                rows += held[-1].num_rows
                tell(held[-1].num_rows)
                if batch is None or _is_full(held):
                    table = held[0] if isinstance(held[0], pa.Table) else pa.Table.from_batches(held)
                    writer.write_table(table, row_group_size=max(table.num_rows, 1))
                    held.clear()
                held.append(batch)
            writer.close()
    except BaseException:
        with suppress(OSError, ValueError):
            place.discard(name)
            if writer is not None:
                # Its stream is closed, so that nothing is written that makes it a file.
                writer.close()
        raise
    place.publish(name)
    return rows


def _is_full(held: list[Any]) -> bool:
    return bool(sum(one.num_rows for one in held) >= _GROUP_ROWS or sum(one.nbytes for one in held) >= _GROUP_BYTES)
