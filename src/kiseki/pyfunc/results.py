"""What there is in predictions of a type that an engine asks for, by MLflow's rules for `spark_udf`."""

from __future__ import annotations

from typing import Any, Final

from kiseki.base.errors import InvalidParameter
from kiseki.pyfunc.answers import is_nameless

_SHOWN: Final = 20


def result(table: Any, wanted: Any) -> Any:
    """One column of a table's values.

        a number, text …   the leftmost column that has it: whole numbers of as many bits or fewer, any numbers for floats
        a list             a column of lists, or else all columns that have its items
        a struct           a column for each name; columns without names by their places

    Anything becomes text; a gap stays one.

    Args:
        table: A `pyarrow.Table` or `pyarrow.RecordBatch` of predictions.
        wanted: The `pyarrow.DataType` of the column.

    Returns:
        A `pyarrow.Array`.

    Raises:
        InvalidParameter: There is no such column; the message says which there are.
    """
    import pyarrow as pa

    columns = [column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in table.columns]
    names = table.schema.names
    if pa.types.is_struct(wanted):
        return _struct(dict(zip(names, columns, strict=True)), wanted)
    if (found := _chosen(columns, wanted)) is not None:
        return found
    have = ", ".join(f"{name} {column.type}" for name, column in zip(names[:_SHOWN], columns, strict=False))
    raise InvalidParameter(
        f"The model did not produce any values compatible with the requested type {wanted}; it answered {have}. Ask for "
        "another result_type: 'string' and 'array<string>' take everything."
    )


def _struct(columns: dict[str, Any], wanted: Any) -> Any:
    import pyarrow as pa

    names = [field.name for field in wanted]
    if is_nameless(list(columns)) and len(columns) == len(names):
        columns = dict(zip(names, columns.values(), strict=True))
    if lacking := [name for name in names if name not in columns]:
        raise InvalidParameter(
            f"The result type has the fields {lacking[:_SHOWN]}, and the model answered {list(columns)[:_SHOWN]}."
        )
    parts = []
    for field in wanted:
        column = columns[field.name]
        part = _chosen([column], field.type)
        if part is None:
            raise InvalidParameter(
                f"The field {field.name!r} of the result type is {field.type}, and the model answered {column.type}."
            )
        parts.append(part)
    return pa.StructArray.from_arrays(parts, fields=list(wanted))


def _chosen(columns: list[Any], wanted: Any) -> Any:
    """The leftmost column that has a type, or for lists all columns with its items; None when there is none."""
    found = next((column for column in columns if _has(column.type, wanted)), None)
    if found is not None:
        return _converted(found, wanted)
    if not _is_list(wanted):
        return None
    items = [column for column in columns if _has(column.type, wanted.value_type)]
    return _rows([_converted(item, wanted.value_type) for item in items]) if items else None


def _has(given: Any, wanted: Any) -> bool:
    """Whether a column of a type has values of the wanted one."""
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_null(given) or kinds.is_string(wanted):
        return True
    if _is_list(wanted):
        return _is_list(given) and _has(given.value_type, wanted.value_type)
    if kinds.is_integer(wanted):
        room = wanted.bit_width - (1 if kinds.is_unsigned_integer(given) else 0)
        return bool(kinds.is_integer(given) and given.bit_width <= room)
    if kinds.is_floating(wanted):
        return bool(kinds.is_floating(given) or kinds.is_integer(given) or kinds.is_decimal(given))
    if kinds.is_timestamp(wanted):
        return bool(kinds.is_timestamp(given) or kinds.is_date(given))
    if kinds.is_binary(wanted):
        return bool(kinds.is_binary(given) or kinds.is_large_binary(given) or kinds.is_fixed_size_binary(given))
    return bool(given == wanted)


def _converted(column: Any, wanted: Any) -> Any:
    import pyarrow as pa

    if column.type == wanted:
        return column
    kinds = pa.types
    if kinds.is_string(wanted) and not (kinds.is_large_string(column.type) or kinds.is_string_view(column.type)):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], wanted)
    if _is_list(wanted) and kinds.is_string(wanted.value_type):
        texts = [
            None if row is None else [None if value is None else str(value) for value in row]
            for row in column.to_pylist()
        ]
        return pa.array(texts, wanted)
    if kinds.is_timestamp(wanted) and wanted.tz and not getattr(column.type, "tz", None):
        # Times without a zone are UTC, as everywhere in models.
        return column.cast(pa.timestamp(wanted.unit), safe=False).cast(wanted)
    # Floats are rounded to fewer bits, and nanoseconds cut to microseconds.
    return column.cast(wanted, safe=False)


def _rows(items: list[Any]) -> Any:
    """Columns as one column of lists."""
    import numpy as np
    import pyarrow as pa

    rows, width = len(items[0]), len(items)
    places = (np.arange(width)[None, :] * rows + np.arange(rows)[:, None]).ravel()
    values = pa.concat_arrays(items).take(pa.array(places))
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * width, pa.int32()), values)


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    kinds = pa.types
    return bool(kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind))
