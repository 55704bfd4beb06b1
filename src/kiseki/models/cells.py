"""Python's values as one column: the array that a column's type asks for."""

from __future__ import annotations

import datetime as dt
import numbers
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import starmap
from typing import Any, Final

from kiseki.base.optional import optional
from kiseki.types.casts import Refused, cast, cast_values, times
from kiseki.types.data_types import DataType, ValueType
from kiseki.types.values import FLOATS, INTEGER_BITS, checked, is_missing, parse_time, parse_times

NULLABLE: Final = {DataType.integer: "Int32", DataType.long: "Int64", DataType.boolean: "boolean"}
"""pandas' dtypes of columns whose type has no missing values, for columns that may have them."""

_NO_GAPS: Final = frozenset(NULLABLE)


def column_of(kind: ValueType, values: Sequence[Any], *, nullable: bool = False, text: bool = False) -> Any:
    """A column with these values: a NumPy array, a list of what pandas infers texts from, or a nullable array of pandas.

    Args:
        kind: The column's type.
        values: Its values. None, NaN, NaT and NA are missing.
        nullable: Whether whole numbers and booleans may be missing.
        text: Whether the values come from JSON (see `kiseki.types.values.checked`).

    Raises:
        Refused: A value is not of the type; `where` says in which row.
    """
    if not isinstance(kind, DataType):
        return _objects(kind, values, nullable, text)
    classes = set(map(type, values))
    if kind in FLOATS:
        return _floats(kind, values, classes, text)
    if kind in _NO_GAPS:
        return _without_gaps(kind, values, classes, nullable, text)
    if kind is DataType.datetime:
        return _times(values, classes, text)
    if kind is DataType.string and classes <= {str, type(None)}:
        return values if isinstance(values, list) else list(values)
    return [None if is_missing(value) else value for value in _each(kind, values, text)]


def _floats(kind: DataType, values: Sequence[Any], classes: set[type], text: bool) -> Any:
    import numpy as np

    # Whole numbers that floats do not hold are found one by one; JSON's are numbers of no type, rounded as all are.
    exact = text or int not in classes or kind is DataType.float
    if not (exact and classes <= {float, int, type(None)}):
        values = [None if is_missing(value) else _exact_float(kind, value, row) for row, value in enumerate(values)]
    try:
        # None becomes NaN.
        return cast_values(np.array(values, dtype=np.float64), kind.to_numpy())
    except (Refused, OverflowError):
        list(_each(kind, values, text))
        raise


def _exact_float(kind: DataType, value: Any, row: int) -> Any:
    found = _one(kind, value, row, text=False)
    if isinstance(value, numbers.Integral) and int(found) != int(value):
        raise Refused("int", f"{value} is not exactly a float of 64 bits", f"row {row}")
    return found


def _without_gaps(kind: DataType, values: Sequence[Any], classes: set[type], nullable: bool, text: bool) -> Any:
    import numpy as np

    if classes <= ({bool} if kind is DataType.boolean else {int}):
        try:
            return cast_values(np.array(values, dtype=bool if kind is DataType.boolean else np.int64), kind.to_numpy())
        except (Refused, OverflowError):
            list(_each(kind, values, text))
            raise
    gaps = [row for row, value in enumerate(values) if is_missing(value)]
    found = list(_each(kind, values, text))
    if not gaps:
        return np.array(found, dtype=kind.to_numpy())
    if not nullable:
        raise missing(kind, type(values[gaps[0]]).__name__, gaps[0])
    pd = optional("pandas", "A column with missing whole numbers")
    return pd.array([None if is_missing(value) else value for value in found], dtype=NULLABLE[kind])


def _times(values: Sequence[Any], classes: set[type], text: bool) -> Any:
    import numpy as np

    # Together where all are alike; one by one where that fails, to say which it is.
    with suppress(Refused, ValueError):
        if text and classes == {str}:
            return parse_times(values)
        if classes <= {dt.datetime, dt.date, type(None)} and all(
            getattr(value, "tzinfo", None) is None for value in values
        ):
            return times(np.array(values, dtype="datetime64[us]"))
    found = np.empty(len(values), dtype="datetime64[ns]")
    for row, value in enumerate(values):
        try:
            found[row] = "NaT" if is_missing(value) else _time(value, text)
        except Refused as refused:
            raise refused.inside(f"row {row}") from None
    return found


def _time(value: Any, text: bool) -> Any:
    import numpy as np

    if text and isinstance(value, str):
        return parse_time(value)
    moment = checked(DataType.datetime, value, text=text)
    if getattr(moment, "tzinfo", None) is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    # pandas' Timestamp has nanoseconds that Python's datetime does not show.
    plain = moment.to_datetime64() if hasattr(moment, "to_datetime64") else moment
    return cast(np.array([plain], dtype="datetime64[us]" if plain is moment else None), np.dtype("datetime64[ns]"))[0]


def _objects(kind: ValueType, values: Sequence[Any], nullable: bool, text: bool) -> Any:
    import numpy as np

    found = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        if is_missing(value):
            if not nullable:
                raise missing(kind, type(value).__name__, row)
            found[row] = None
        else:
            found[row] = _one(kind, value, row, text)
    return found


def missing(kind: ValueType, given: str, row: int) -> Refused:
    """The refusal of a missing value in a column whose type has none."""
    advice = "fill the gaps, or let the signature have an optional column"
    if kind in INTEGER_BITS:
        advice += " or one of type double"
    return Refused(
        given,
        f"the value is missing, and a required column of this type has a value in every row; {advice}",
        f"row {row}",
    )


def _each(kind: ValueType, values: Sequence[Any], text: bool) -> Iterable[Any]:
    return starmap(lambda row, value: value if is_missing(value) else _one(kind, value, row, text), enumerate(values))


def _one(kind: ValueType, value: Any, row: int, text: bool) -> Any:
    try:
        return checked(kind, value, text=text)
    except Refused as refused:
        raise refused.inside(f"row {row}") from None
