"""Tables of Arrow's IPC format and of Parquet from somebody who is not trusted: how large they become is known before they do.

A few kilobytes can stand for gigabytes in two ways. Compressed buffers say how long they are when they are decompressed: what a
message says of them is added up before Arrow is asked to read it. And one value can stand in many places, by a dictionary or a
view: a table counts as if each of its values stood for itself, since that is what a model gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct, error
from typing import Any, Final

from kiseki.base.errors import BadRequest, PayloadTooLarge
from kiseki.base.optional import optional

PARQUET: Final = "application/vnd.apache.parquet"
ARROW_STREAM: Final = "application/vnd.apache.arrow.stream"
ARROW_FILE: Final = "application/vnd.apache.arrow.file"

_MAGIC: Final = b"ARROW1\0\0"
_DATA: Final = ("record batch", "dictionary")
_OF_A_DICTIONARY: Final = 2
_NOT_COMPRESSED: Final = -1
_POINTER: Final = 8
"""What the place of a text, or of a row, takes."""
_WIDTHS: Final = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT96": 12}
"""The bytes of a value of Parquet's types that are not 8."""

_INT64: Final = Struct("<q")
_BUFFER: Final = Struct("<qq")


def read_table(body: Any, kind: str, limit: int) -> Any:
    """The `pyarrow.Table` of a body of one of the three kinds.

    Args:
        body: Bytes, or what has a buffer of them; the table may point into it.
        kind: The content type.
        limit: How many bytes it may have when it is decompressed and each value stands for itself. A Parquet file whose pages
            are longer than its own footer says takes up to 2 GiB for the longest of them before it is refused.

    Raises:
        BadRequest: The body is not what its content type says, or has columns of views of lists, unions or runs.
        PayloadTooLarge: The table would have more bytes than the limit.
        MissingDependency: pyarrow is not installed.
    """
    pa = optional("pyarrow", f"A request of the content type {kind}")
    try:
        return _parquet(pa.BufferReader(body), limit) if kind == PARQUET else _ipc(pa, pa.py_buffer(body), kind, limit)
    except (pa.ArrowException, OSError, ValueError, error) as cause:
        raise BadRequest(f"Failed to parse input as {kind}. Error: {str(cause)[:500]}") from None


def _parquet(source: Any, limit: int) -> Any:
    parquet = optional("pyarrow.parquet", "A request with a Parquet file")
    file = parquet.ParquetFile(source)
    columns = [file.schema.column(i) for i in range(len(file.schema))]
    groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
    values = sum(group.column(j).num_values * _width(column) for group in groups for j, column in enumerate(columns))
    _check(max(_POINTER * file.metadata.num_rows, values, sum(group.total_byte_size for group in groups)), limit)
    # Texts are read as they are in the file, each once, and counted before they are copied to every place.
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    table = parquet.ParquetFile(source, read_dictionary=texts).read() if texts else file.read()
    table.validate(full=True)
    _check(sum(_size(chunk) for column in table.columns for chunk in column.chunks), limit)
    return table.cast(file.schema_arrow)


def _width(column: Any) -> int:
    fixed: int = column.length if column.physical_type == "FIXED_LEN_BYTE_ARRAY" else 0
    return fixed or _WIDTHS.get(column.physical_type, _POINTER)


def _ipc(pa: Any, body: Any, kind: str, limit: int) -> Any:
    ipc = optional("pyarrow.ipc", "A request in Arrow's format")
    if kind == ARROW_FILE:
        # A file is a stream between its first bytes and an index, which nobody needs who reads all of it.
        if body.slice(0, len(_MAGIC)).to_pybytes() != _MAGIC:
            raise BadRequest(f"Failed to parse input as {kind}. Error: it does not begin with {_MAGIC!r}.")
        body = body.slice(len(_MAGIC))
    unpacked = 0
    for message in ipc.MessageReader.open_stream(pa.BufferReader(body)):
        if message.type in _DATA:
            unpacked += _unpacked_bytes(memoryview(message.metadata), memoryview(message.body))
            _check(unpacked, limit)
    kept, size = [], 0
    with ipc.open_stream(pa.BufferReader(body)) as reader:
        for batch in reader:
            # Offsets and lengths in a message are its sender's; what they point at is looked at before it is read.
            batch.validate(full=True)
            size += max(_POINTER * batch.num_rows, sum(_size(column) for column in batch.columns))
            _check(size, limit)
            kept.append(batch)
        return pa.Table.from_batches(kept, reader.schema)


def _size(array: Any) -> int:
    """The bytes of an array when each of its values stands for itself."""
    from pyarrow import ExtensionArray, types

    kind, places = array.type, _POINTER * len(array)
    if isinstance(array, ExtensionArray):
        return _size(array.storage)
    if types.is_dictionary(kind):
        return places + _repeated(array.dictionary, array.indices)
    if types.is_struct(kind):
        return places + sum(_size(array.field(i)) for i in range(kind.num_fields))
    if types.is_map(kind):
        return places + _size(array.keys) + _size(array.items)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return places + _size(array.values)
    if types.is_nested(kind) or types.is_run_end_encoded(kind):
        raise BadRequest(f"A column has the type {kind}, which is not read. Send it as plain values or as lists.")
    lengths = _lengths(array)
    if lengths is not None:
        return places + int(lengths.sum())
    return places if types.is_null(kind) else max(len(array), array.nbytes)


def _repeated(values: Any, indices: Any) -> int:
    """The bytes of values that stand in the places that indices name."""
    import numpy as np

    lengths = _lengths(values)
    if lengths is None:
        return len(indices) * _size(values)
    return int(lengths[np.asarray(indices.drop_null())].sum())


def _lengths(array: Any) -> Any:
    """How long each text or sequence of bytes is, as an array of NumPy; None where values are neither."""
    import numpy as np
    from pyarrow import compute, types

    kind = array.type
    if types.is_string_view(kind) or types.is_binary_view(kind):
        views = np.frombuffer(array.buffers()[1] or b"", np.int32).reshape(-1, 4)
        return views[array.offset : array.offset + len(array), 0].astype(np.int64)
    if any(of(kind) for of in (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)):
        return compute.binary_length(array).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return None


def _unpacked_bytes(message: memoryview, body: memoryview) -> int:
    """The bytes of the buffers of a message when they are decompressed.

    Arrow has no function for this. The message is a FlatBuffer of `Message.fbs` of Arrow's format, which was verified when
    Arrow read it: its slots are those of that file, and stay what they are.
    """
    whole = _Table(message, int.from_bytes(message[:4], "little"))
    batch = whole.table(2)
    if batch is not None and whole.byte(1) == _OF_A_DICTIONARY:
        batch = batch.table(1)
    if batch is None:
        return 0
    compressed = batch.table(3) is not None
    size = 0
    for offset, length in batch.structs(2, _BUFFER):
        said = _INT64.unpack_from(body, offset)[0] if compressed and length else _NOT_COMPRESSED
        if said < _NOT_COMPRESSED:
            raise BadRequest(f"A buffer of the Arrow message has {said} bytes when it is decompressed.")
        size += length if said == _NOT_COMPRESSED else said
    return size


class _Table:
    """A table of a FlatBuffer."""

    def __init__(self, data: memoryview, at: int) -> None:
        self._data = data
        self._at = at

    def byte(self, slot: int) -> int:
        at = self._field(slot)
        return 0 if at is None else self._data[at]

    def table(self, slot: int) -> _Table | None:
        at = self._field(slot)
        return None if at is None else _Table(self._data, at + self._number(at, 4))

    def structs(self, slot: int, form: Struct) -> Iterator[tuple[Any, ...]]:
        at = self._field(slot)
        if at is None:
            return iter(())
        first = at + self._number(at, 4)
        count = self._number(first, 4)
        return form.iter_unpack(self._data[first + 4 : first + 4 + count * form.size])

    def _field(self, slot: int) -> int | None:
        places = self._at - int.from_bytes(self._data[self._at : self._at + 4], "little", signed=True)
        place = 4 + 2 * slot
        offset = self._number(places + place, 2) if place < self._number(places, 2) else 0
        return self._at + offset if offset else None

    def _number(self, at: int, size: int) -> int:
        return int.from_bytes(self._data[at : at + size], "little")


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise PayloadTooLarge(
            f"The table has {size} bytes when it is decompressed; the limit is {limit} bytes. Split the request into several, or "
            "start the server with a larger --max-body."
        )
