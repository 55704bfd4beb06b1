"""Predicting for any number of rows in batches of Arrow's, with the memory that one batch takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

from kiseki.base.errors import InvalidParameter, KisekiError
from kiseki.base.optional import optional
from kiseki.models.enforcement import takes_anything
from kiseki.models.predictions import arrow_table
from kiseki.pyfunc.answers import Answers
from kiseki.pyfunc.loading import PyFuncModel, load_model
from kiseki.types.containers import is_a

BATCH_ROWS: Final = 16_384
"""How many rows a model is called with at a time."""

Keep = Sequence[str] | Literal["all"]
"""Columns of the input that stand before the predictions."""

_SHOWN: Final = 20


def predict_batches(
    model: PyFuncModel | str | Path,
    batches: Any,
    params: dict[str, Any] | None = None,
    *,
    keep: Keep = (),
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Any]:
    """Yields a `pyarrow.RecordBatch` of predictions for each batch of rows, as they are read.

    All have one schema. A prediction with names has a column for each, one without is the column "predictions", an array
    of rows the columns "0", "1" and so on. The types are those of the signature's outputs where it has them, else those of
    the first batch.

    Args:
        model: A loaded model, or the URI of one.
        batches: Whatever speaks Arrow's stream interface: a table or a reader of pyarrow, a dataset, a
            DataFrame of pandas or Polars, a relation of DuckDB; or an iterable of such, as a generator of batches. Batches
            without rows give none.
        params: Params of the signature.
        keep: The columns of the input that stand before the predictions: their names, or "all".
        batch_rows: So many rows at most are predicted for at a time.

    Raises:
        InvalidParameter: The rows are not as the signature says, the model failed, or it answered what does not fit to the
            batches before; the message says for which rows.
        MissingDependency: pyarrow is not installed.
    """
    loaded = model if isinstance(model, PyFuncModel) else load_model(model)
    predictor = BatchPredictor(loaded, params, keep)
    return _predicted(predictor, record_batches(batches, batch_rows))


class BatchPredictor:
    """Answers batches of rows with batches of one schema. Not safe for several threads.

    Args:
        model: A loaded model.
        params: Params of its signature.
        keep: The columns of the input that stand before the predictions.
    """

    def __init__(self, model: PyFuncModel, params: dict[str, Any] | None = None, keep: Keep = ()) -> None:
        if isinstance(keep, str) and keep != "all":
            raise InvalidParameter(f"keep is {keep!r}; expected a list of names of columns, or 'all'.")
        self._model = model
        self._params = params
        self._keep = keep
        self._answers = Answers(model.metadata.get_output_schema())
        schema = model.metadata.get_input_schema()
        self._as_pandas = takes_anything(schema) or getattr(model.implementation, "hint", None) is not None
        named = schema is not None and schema.has_input_names() and not self._as_pandas
        self._asked = schema.input_names() if schema is not None and named else None

    @property
    def columns(self) -> list[str] | None:
        """The columns of the input that are looked at, where it has them; None for all."""
        if self._asked is None or self._keep == "all":
            return None
        return list(dict.fromkeys([*self._asked, *self._keep]))

    def predict(self, batch: Any) -> Any:
        """Returns a batch with as many rows as the one that is given, which has at least one; or a table for a table.

        Raises:
            InvalidParameter: As `predict_batches`; the message does not say which batch it is.
        """
        kept = self._kept(batch)
        answers = self._answers.settled(arrow_table(self._model.predict(self._asked_of(batch), self._params)))
        if answers.num_rows != batch.num_rows:
            raise InvalidParameter(
                f"The model answered {answers.num_rows} rows for {batch.num_rows}. Batches need an answer for each row."
            )
        return _beside(kept, answers)

    def empty(self, schema: Any) -> Any:
        """A table without rows, of the schema that predictions for rows of a schema have.

        What is known of that are the signature's outputs and the batches before; otherwise "predictions" has no type.
        """
        kept = self._kept(optional("pyarrow", "Batches").Table.from_batches([], schema))
        return _beside(kept, self._answers.schema.empty_table())

    def _asked_of(self, batch: Any) -> Any:
        if self._as_pandas:
            return batch.to_pandas()
        if self._asked is None:
            return batch
        # What else is there is the caller's to keep, and no mistake.
        asked = set(self._asked)
        return batch.select([name for name in batch.schema.names if name in asked])

    def _kept(self, batch: Any) -> Any:
        if self._keep == "all":
            return batch
        have = set(batch.schema.names)
        if lacking := [name for name in self._keep if name not in have]:
            raise InvalidParameter(
                f"The columns {lacking[:_SHOWN]} that are to be kept are not there; there are {batch.schema.names[:_SHOWN]}."
            )
        return batch.select(list(self._keep))


def record_batches(given: Any, rows: int) -> Iterator[Any]:
    """The rows of whatever speaks Arrow's stream interface, or of an iterable of such, as batches of so many at most.

    Raises:
        InvalidParameter: It is nothing of that.
    """
    if rows < 1:
        raise InvalidParameter(f"batch_rows is {rows}; expected at least 1.")
    pa = optional("pyarrow", "Batches")
    if hasattr(given, "__arrow_c_stream__"):
        for batch in pa.RecordBatchReader.from_stream(given):
            yield from (batch.slice(start, rows) for start in range(0, batch.num_rows, rows))
    elif is_a(given, "pyarrow.dataset.Dataset", "pyarrow.dataset.Scanner"):
        yield from record_batches(given.to_batches(), rows)
    elif isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping):
        for one in given:
            yield from record_batches(one, rows)
    else:
        raise InvalidParameter(
            f"Batches are tables or record batches of pyarrow, DataFrames of pandas or Polars, a reader, or an iterable of "
            f"such; got {type(given).__name__}."
        )


def _predicted(predictor: BatchPredictor, batches: Iterator[Any]) -> Iterator[Any]:
    start = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        with told_in(rows_told(start, batch.num_rows)):
            found = predictor.predict(batch)
        yield found
        start += batch.num_rows


def rows_told(start: int, count: int) -> str:
    """What a message calls the rows of a batch."""
    counted = ", where the first is row 0" if start else ""
    return f"rows {start} to {start + count - 1}{counted}"


@contextmanager
def told_in(where: str) -> Iterator[None]:
    """Says in the error of a prediction for which rows it was.

    Raises:
        InvalidParameter: What the model takes is something else, or it failed.
    """
    try:
        yield
    except InvalidParameter as error:
        raise InvalidParameter(f"In {where}: {error}") from error
    except KisekiError:
        raise
    except Exception as error:
        raise InvalidParameter(f"The model failed in {where}. {type(error).__name__}: {error}") from error


def _beside(kept: Any, answers: Any) -> Any:
    twice = [name for name in answers.schema.names if name in set(kept.schema.names)]
    if twice:
        raise InvalidParameter(
            f"The columns {twice[:_SHOWN]} are both of the input and of the predictions. Rename them in the input, or do not "
            "keep them."
        )
    pa = optional("pyarrow", "Batches")
    schema = pa.schema([*kept.schema, *answers.schema])
    return type(kept).from_arrays([*kept.columns, *answers.columns], schema=schema)
