"""Predictions of many batches as tables of one schema."""

from __future__ import annotations

from typing import Any, Final

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.types.arrow import arrow_type
from kiseki.types.schema import Schema
from kiseki.types.specs import TensorSpec

PREDICTIONS: Final = "predictions"
"""The column of predictions that have no names."""


class Answers:
    """Gives each table of predictions the schema of the first.

    Names and types are those of the signature where the first table agrees with them: it has as many columns, and what it
    has is a type of theirs or becomes one without loss.

    Args:
        outputs: What the signature says.
    """

    def __init__(self, outputs: Schema | None) -> None:
        self._pa = optional("pyarrow", "Batches")
        self._signed = None if outputs is None else _fields(outputs, self._pa)
        self._schema: Any = None

    @property
    def schema(self) -> Any:
        """The `pyarrow.Schema` of all tables; before the first one what the signature says, or "predictions" of no type."""
        if self._schema is not None:
            return self._schema
        fields = [(PREDICTIONS, None)] if self._signed is None else self._signed
        return self._pa.schema([(name, kind or self._pa.null()) for name, kind in fields])

    def settled(self, table: Any) -> Any:
        """The table with the schema, as a `pyarrow.RecordBatch`.

        Raises:
            InvalidParameter: It has other columns than the first, or a value that is not of the first's types.
        """
        names = table.schema.names
        if self._schema is None:
            self._schema = self._first(table)
        elif set(names) == set(self._schema.names) and len(names) == len(self._schema.names):
            table = table.select(self._schema.names)
        elif not is_nameless(names) or len(names) != len(self._schema.names):
            raise InvalidParameter(
                f"The predictions have the columns {names[:20]}, and those of the rows before had {self._schema.names[:20]}."
            )
        arrays = [self._cast(field, column) for field, column in zip(self._schema, table.columns, strict=True)]
        return self._pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _first(self, table: Any) -> Any:
        names, kinds = table.schema.names, table.schema.types
        signed = self._signed
        if signed is not None and len(signed) == len(names):
            ordered = [name for name, _ in signed]
            if is_nameless(names) or names == ordered:
                names = ordered
                kinds = [
                    wanted if wanted is not None and _becomes(kind, wanted, self._pa.types) else kind
                    for kind, (_, wanted) in zip(kinds, signed, strict=True)
                ]
        return self._pa.schema(list(zip(names, kinds, strict=True)))

    def _cast(self, field: Any, column: Any) -> Any:
        whole = column.combine_chunks()
        if whole.type == field.type:
            return whole
        try:
            return whole.cast(field.type)
        except (self._pa.ArrowInvalid, self._pa.ArrowNotImplementedError) as error:
            raise InvalidParameter(
                f"The column {field.name!r} of the predictions is {whole.type} here, and was {field.type} in the rows before "
                f"({error}). Save the model with a signature of its outputs, or let it answer one type."
            ) from None


def _fields(outputs: Schema, pa: Any) -> list[tuple[str, Any]] | None:
    """Names and types of the columns that predictions have; None when they are not known."""
    if not outputs.is_tensor_spec():
        named = outputs.has_input_names()
        names = [str(name) if named or len(outputs.inputs) > 1 else PREDICTIONS for name in outputs.input_names()]
        return [(name, arrow_type(kind)) for name, kind in zip(names, outputs.input_types(), strict=True)]
    found = []
    for spec in outputs.inputs:
        assert isinstance(spec, TensorSpec)
        kind = _tensor_type(spec, pa)
        if spec.name is None and len(spec.shape) == 2:
            return None if spec.shape[1] < 0 else [(str(place), kind) for place in range(spec.shape[1])]
        found.append((spec.name or PREDICTIONS, _tensor_row(spec, pa)))
    return found


def _tensor_type(spec: TensorSpec, pa: Any) -> Any:
    if spec.type.kind in "biuf":
        return pa.from_numpy_dtype(spec.type)
    return {"U": pa.string(), "S": pa.binary(), "M": pa.timestamp("ns")}.get(spec.type.kind)


def signed_type(outputs: Schema) -> Any:
    """The `pyarrow.DataType` of one value for a row of predictions; None when the signature does not say it.

    That of the only column, a struct of several; the array that a row of a tensor is. A row of a tensor of one dimension
    is an array of one value, as MLflow has it.
    """
    pa = optional("pyarrow", "Batches")
    if outputs.is_tensor_spec():
        rows = [(spec, _tensor_row(spec, pa)) for spec in outputs.inputs if isinstance(spec, TensorSpec)]
        kinds = [
            (spec.name, pa.list_(kind) if kind is not None and len(spec.shape) == 1 else kind) for spec, kind in rows
        ]
    else:
        kinds = [
            (str(name), arrow_type(kind))
            for name, kind in zip(outputs.input_names(), outputs.input_types(), strict=True)
        ]
    if any(kind is None for _, kind in kinds):
        return None
    return kinds[0][1] if len(kinds) == 1 else pa.struct(kinds)


def _tensor_row(spec: TensorSpec, pa: Any) -> Any:
    kind = _tensor_type(spec, pa)
    for _ in spec.shape[1:]:
        kind = None if kind is None else pa.list_(kind)
    return kind


def is_nameless(names: list[str]) -> bool:
    """Whether these are the columns of predictions that have no names."""
    return names == [PREDICTIONS] or names == [str(place) for place in range(len(names))]


def _becomes(given: Any, wanted: Any, kinds: Any) -> bool:
    """Whether values of a type can be those of another without loss."""
    if given == wanted or kinds.is_null(given):
        return True
    if kinds.is_integer(given) and kinds.is_floating(wanted):
        # Each value is looked at when it is converted.
        return bool(given.bit_width <= wanted.bit_width)
    if all(map(kinds.is_integer, (given, wanted))) or all(map(kinds.is_floating, (given, wanted))):
        return bool(given.bit_width < wanted.bit_width)
    texts = (kinds.is_string, kinds.is_large_string, kinds.is_string_view)
    return kinds.is_string(wanted) and any(is_text(given) for is_text in texts)
