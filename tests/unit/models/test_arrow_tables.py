"""Tables that are small on the wire and large in memory; what is read of them is tested with the payloads."""

from __future__ import annotations

import io
import struct
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kiseki.base.errors import BadRequest, PayloadTooLarge
from kiseki.models.arrow_tables import ARROW_FILE, ARROW_STREAM, PARQUET, read_table

LIMIT: Final = 2**20
KINDS: Final = (ARROW_STREAM, ARROW_FILE, PARQUET)
CODECS: Final = ("lz4", "zstd")


def ipc(table: Any, kind: str = ARROW_STREAM, codec: str | None = None) -> bytes:
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=codec)
    with (pa.ipc.new_file if kind == ARROW_FILE else pa.ipc.new_stream)(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def parquet(table: Any, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def encoded(table: Any, kind: str) -> bytes:
    return parquet(table, compression="zstd") if kind == PARQUET else ipc(table, kind, "zstd")


WORDS: Final = ["軌跡", None, "", "a" * 100]
VALUES: Final = {
    "floats": pa.array([0.5, None, 2.5, 3.5]),
    "bytes": pa.array(WORDS).cast(pa.binary()),
    "texts": pa.array(WORDS),
    "large texts": pa.array(WORDS, pa.large_string()),
    "categories": pa.array(WORDS).dictionary_encode(),
    "lists": pa.array([[1.0, 2.0], None, [], [3.0]]),
    "lists of texts": pa.array([["a", None], [], None, ["b"]]),
    "structs": pa.array([{"a": 1, "b": "x"}, None, {"a": 2, "b": None}, {"a": 3, "b": "z"}]),
    "maps": pa.array([[("a", 1)], [], None, [("b", 2), ("c", 3)]], pa.map_(pa.string(), pa.int64())),
    "tensors": pa.array([[1, 2], [3, 4], [0, 0], [5, 6]], pa.list_(pa.int8(), 2)),
    "nothing": pa.nulls(4),
    "times": pa.array([0, 1, None, 3], pa.timestamp("us")),
    "flags": pa.array([True, None, False, True]),
    "decimals": pa.array([1, 2, None, 4], pa.decimal128(10, 2)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("codec", [None, *CODECS])
def test_what_is_small_is_read_as_it_is(kind: str, codec: str | None) -> None:
    table = pa.table(VALUES)
    body = parquet(table, compression=codec or "none") if kind == PARQUET else ipc(table, kind, codec)
    read = read_table(body, kind, LIMIT)
    assert read.schema.equals(table.schema)
    assert read.equals(table)
    assert read_table(memoryview(body), kind, LIMIT).equals(table)


@pytest.mark.parametrize("kind", [ARROW_STREAM, ARROW_FILE])
def test_views_of_texts_are_read(kind: str) -> None:
    table = pa.table(
        {"a": pa.array(WORDS, pa.string_view()), "b": pa.array([b"x", b"y" * 50, None, b""], pa.binary_view())}
    )
    assert read_table(ipc(table, kind), kind, LIMIT).equals(table)
    assert read_table(ipc(table.slice(1, 2), kind), kind, LIMIT).equals(table.slice(1, 2))


def test_several_batches_with_other_dictionaries_are_read() -> None:
    batches = [pa.record_batch({"a": pa.array(words).dictionary_encode()}) for words in (["a", "b"], ["a", "b", "c"])]
    sink = io.BytesIO()
    with pa.ipc.new_stream(
        sink, batches[0].schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    ) as writer:
        for batch in batches:
            writer.write_batch(batch)
    read = read_table(sink.getvalue(), ARROW_STREAM, LIMIT)
    assert read.column("a").to_pylist() == ["a", "b", "a", "b", "c"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_gigabyte_of_zeros_is_not_decompressed(kind: str) -> None:
    zeros = pa.table({"a": np.zeros(2**27)})
    body = encoded(zeros, kind)
    del zeros
    assert len(body) < 2**20
    before = pa.total_allocated_bytes()
    pool = pa.default_memory_pool()
    peak = pool.max_memory()
    with pytest.raises(PayloadTooLarge, match=r"has \d{10} bytes when it is decompressed; the limit is 67108864 bytes"):
        read_table(body, kind, 2**26)
    assert pool.max_memory() == peak
    assert pa.total_allocated_bytes() <= before + 2**20


REPEATED: Final = {
    "the same text in many places": pa.DictionaryArray.from_arrays(pa.array([0] * 2_000, pa.int32()), ["x" * 1_000]),
    "the same text in lists": pa.ListArray.from_arrays(
        [0, 2_000], pa.DictionaryArray.from_arrays(pa.array([0] * 2_000, pa.int32()), ["x" * 1_000])
    ),
    "a dictionary of lists": pa.DictionaryArray.from_arrays(
        pa.array([0] * 2_000, pa.int32()), pa.array([list(range(1_000))])
    ),
    "no values at all": pa.nulls(2**20),
    "no values in a list": pa.ListArray.from_arrays([0, 2**30], pa.nulls(2**30)),
    "no values in a tensor": pa.FixedSizeListArray.from_arrays(pa.nulls(2**30), 2**30),
    "views of one text": pa.Array.from_buffers(
        pa.string_view(),
        2_000,
        [None, pa.py_buffer(struct.pack("<i4sii", 1_000, b"xxxx", 0, 0) * 2_000), pa.py_buffer(b"x" * 1_000)],
    ),
}


@pytest.mark.parametrize("name", REPEATED)
def test_what_stands_in_many_places_counts_in_each(name: str) -> None:
    body = ipc(pa.table({"a": REPEATED[name]}), ARROW_STREAM, "zstd")
    assert len(body) < 2**14
    with pytest.raises(PayloadTooLarge, match="limit is 1048576 bytes"):
        read_table(body, ARROW_STREAM, LIMIT)


def test_rows_of_no_columns_count() -> None:
    batch = pa.RecordBatch.from_struct_array(pa.StructArray.from_arrays([], fields=[], mask=pa.array([False] * 2**18)))
    with pytest.raises(PayloadTooLarge):
        read_table(ipc(pa.Table.from_batches([batch])), ARROW_STREAM, LIMIT)


def test_a_text_that_a_parquet_file_repeats_counts_in_each_place() -> None:
    for column in (pa.array(["x" * 1_000] * 2_000), pa.array([["x" * 1_000] * 2_000])):
        body = parquet(pa.table({"a": column}))
        assert len(body) < 2**14
        with pytest.raises(PayloadTooLarge, match="limit is 1048576 bytes"):
            read_table(body, PARQUET, LIMIT)
    wide = pa.array([b"x" * 1_000] * 2_000, pa.binary(1_000))
    with pytest.raises(PayloadTooLarge):
        read_table(parquet(pa.table({"a": wide})), PARQUET, LIMIT)


@pytest.mark.parametrize(
    "values",
    [
        pa.RunEndEncodedArray.from_arrays(pa.array([2**30], pa.int32()), ["x"]),
        pa.UnionArray.from_dense(pa.array([0, 0], pa.int8()), pa.array([0, 0], pa.int32()), [pa.array(["x"])]),
        pa.ListViewArray.from_arrays([0, 0], [1, 1], pa.array(["x"])),
    ],
    ids=lambda values: str(values.type),
)
def test_columns_whose_size_nothing_tells_are_refused(values: Any) -> None:
    with pytest.raises(BadRequest, match="which is not read"):
        read_table(ipc(pa.table({"a": values})), ARROW_STREAM, 2**40)


def test_lengths_that_are_none() -> None:
    body = ipc(pa.table({"a": np.zeros(1_000)}), ARROW_STREAM, "zstd")
    (said,) = (struct.pack("<q", 8_000),)
    assert body.count(said) >= 1
    with pytest.raises(BadRequest, match="-7 bytes"):
        read_table(body.replace(said, struct.pack("<q", -7)), ARROW_STREAM, LIMIT)
    with pytest.raises(PayloadTooLarge):
        read_table(body.replace(said, struct.pack("<q", 2**62)), ARROW_STREAM, LIMIT)


def test_what_is_no_file() -> None:
    body = ipc(pa.table({"a": [1]}), ARROW_FILE)
    for broken in (body[8:], b"", b"ARROW1", body[:100]):
        with pytest.raises(BadRequest, match="Failed to parse"):
            read_table(broken, ARROW_FILE, LIMIT)
