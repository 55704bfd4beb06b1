"""Tables in CSV, whose columns get the types of a signature."""

from __future__ import annotations

import io
from typing import Any, Final

import msgspec

from kiseki.base.errors import BadRequest, InvalidParameter
from kiseki.base.optional import optional
from kiseki.models.cells import NULLABLE, column_of
from kiseki.models.columns import expected
from kiseki.types.casts import Refused
from kiseki.types.data_types import AnyType, DataType
from kiseki.types.schema import Schema
from kiseki.types.specs import ColSpec
from kiseki.types.values import FLOATS

_GAPS: Final = ["", "NaN", "nan", "NA", "N/A", "n/a", "null", "NULL", "None", "<NA>", "#N/A"]
"""What stands for a missing number; of a text column only the empty field is missing."""

MAX_EXTRA_COLUMNS: Final = 10_000
"""A table has at most so many columns more than the signature: each costs pandas ten kilobytes, and the client a comma."""

_TRUTHS: Final = {"true": True, "false": False, "1": True, "0": False}


def read_csv(body: bytes, schema: Schema | None) -> Any:
    """The table as a `pandas.DataFrame`.

    Args:
        body: A line with the names of the columns, and lines of as many fields; UTF-8.
        schema: Columns whose types the values get; a column that it does not have, and all without it, get the types that
            pandas finds. "007" stays a text where texts are expected.

    Raises:
        BadRequest: It is no CSV, or has too many columns.
        InvalidParameter: A value is not of its column's type.
    """
    pd = optional("pandas", "A request in CSV")
    most = MAX_EXTRA_COLUMNS + (0 if schema is None else len(schema.inputs))
    if (columns := body.partition(b"\n")[0].count(b",") + 1) > most:
        raise BadRequest(f"Failed to parse input as CSV: it has {columns} columns, and {most} are read at most.")
    if schema is None or schema.is_tensor_spec():
        return _parsed(pd, body, {})
    names = schema.input_names() if schema.has_input_names() else _header(pd, body)
    specs = {str(name): spec for name, spec in zip(names, schema.inputs, strict=False) if isinstance(spec, ColSpec)}
    # Numbers are parsed with the table; only where one is none are they looked at again, to say which.
    dtypes: dict[str, Any] = {
        name: spec.type.to_numpy() if isinstance(spec.type, DataType) and spec.type in FLOATS else "str"
        for name, spec in specs.items()
        if not isinstance(spec.type, AnyType)
    }
    try:
        frame = _parsed(pd, body, dtypes)
    except InvalidParameter:
        frame = _parsed(pd, body, dict.fromkeys(dtypes, "str"))
    refusals = []
    for name in frame.columns.intersection(list(dtypes)):
        spec = specs[name]
        if (
            not isinstance(spec.type, DataType)
            or spec.type not in FLOATS
            or str(frame[name].dtype) != str(dtypes[name])
        ):
            try:
                frame[name] = _column(spec, frame[name].tolist())
            except Refused as refused:
                refusals.append(f"Incompatible input types for column {name}. {refused.told(expected(spec.type))}.")
    if refusals:
        raise InvalidParameter(" ".join(refusals[:20]))
    return frame


def _header(pd: Any, body: bytes) -> list[str]:
    # As a row, since pandas gives columns of one name numbers.
    first = _read(pd, body, header=None, nrows=1, dtype="str", keep_default_na=False)
    found: list[str] = first.iloc[0].tolist()
    return found


def _parsed(pd: Any, body: bytes, dtypes: dict[str, Any]) -> Any:
    texts = {name: [""] for name, dtype in dtypes.items() if dtype == "str"}
    present = _header(pd, body)
    if len(set(present)) < len(present):
        raise BadRequest(f"Failed to parse input as CSV: several columns have one name: {present[:20]}.")
    gaps = {name: texts.get(name, _GAPS) for name in present}
    frame = _read(pd, body, dtype=dtypes, na_values=gaps, keep_default_na=False)
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas takes the first fields of longer rows for their names.
        raise BadRequest(
            f"Failed to parse input as CSV: a row has more fields than the {len(present)} columns of the header."
        )
    return frame


def _read(pd: Any, body: bytes, **options: Any) -> Any:
    try:
        return pd.read_csv(io.BytesIO(body), encoding="utf-8", engine="c", **options)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise BadRequest(f"Failed to parse input as CSV. Error: {error}") from None
    except (ValueError, OverflowError) as error:
        raise InvalidParameter(f"Failed to parse input as CSV. Error: {error}") from None


def _column(spec: ColSpec, fields: list[Any]) -> Any:
    kind = spec.type
    values = [_value(kind, field, row) for row, field in enumerate(fields)]
    return column_of(kind, values, nullable=not spec.required, text=True)


def _value(kind: Any, field: Any, row: int) -> Any:
    """A field as JSON would have it."""
    if not isinstance(field, str):
        return None
    if kind in {DataType.string, DataType.datetime, DataType.binary}:
        return field
    if kind in FLOATS or kind in NULLABLE:
        if field in _GAPS:
            return None
        found = _TRUTHS.get(field.strip().lower()) if kind is DataType.boolean else _number(field)
        if found is None:
            raise Refused(f"the text {field[:50]!r}", "", f"row {row}")
        return found
    try:
        return msgspec.json.decode(field)
    except msgspec.DecodeError as error:
        raise Refused(f"the text {field[:50]!r}", f"it is no JSON ({error})", f"row {row}") from None


def _number(field: str) -> float | int | None:
    for parse in (int, float):
        try:
            return parse(field)
        except ValueError:
            continue
    return None
