"""Columns of points as bytes: how histories lie on disk.

A segment is up to `FULL_POINTS` points of one series by (timestamp, step, value). Its bytes are a header (version and
encodings of the three columns, one byte each; count, the lengths of the columns and their checksums, uint32) and the
columns of step, timestamp and value, each readable without the others. All numbers are little-endian. A column's checksum is
the CRC-32 of the header up to the checksums and the column, so that a flipped bit is an error wherever it is.

Integers are one of: raw; an arithmetic sequence (first, difference); first and differences in the narrowest integer
type, zstd-compressed. Floats are one of: raw float64; float32 when that is exact; a constant; bytes of equal weight
together, zstd-compressed, when that saves a quarter. All of them give back every bit.
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterable
from threading import local
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from kiseki.base.errors import IntegrityError
from kiseki.domain.series import BLOCK_POINTS, Blocks, Floats, Ints, group_points

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor, ZstdDecompressor
else:
    from backports.zstd import ZstdCompressor, ZstdDecompressor

FULL_POINTS: Final = 16_384
"""A segment of so many points is not merged any more."""
SUMMARY_POINTS: Final = 1_024
"""A segment of at least so many points has a summary."""

POINT: Final = np.dtype([("key", "<i8"), ("step", "<i8"), ("time", "<i8"), ("value", "<f8")])
"""One point as it arrived, 32 bytes."""
ONE_POINT: Final = struct.Struct("<qqqd")
"""`POINT`, for a single one."""

_VERSION: Final = 1
_HEADER: Final = struct.Struct("<BBBBIIII")
_CHECKS: Final = struct.Struct("<III")
_CHECK: Final = struct.Struct("<I")
_COLUMNS_START: Final = _HEADER.size + _CHECKS.size
_PAIR: Final = struct.Struct("<qq")
_RAW, _ARITHMETIC, _DIFFERENCES, _FLOAT32, _CONSTANT, _SHUFFLED = range(6)
_NARROW: Final = (np.dtype("<i1"), np.dtype("<i2"), np.dtype("<i4"), np.dtype("<i8"))
_LEVEL: Final = 3
_MIN_COMPRESSED: Final = 64

_BLOCK: Final = np.dtype(
    [
        ("step_first", "<i8"),
        ("step_last", "<i8"),
        ("time_first", "<i8"),
        ("time_last", "<i8"),
        ("min", "<f8"),
        ("max", "<f8"),
        ("sum", "<f8"),
        ("last", "<f8"),
        ("count", "<u4"),
        ("nonfinite", "<u4"),
    ]
)


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Points as arrays of one length."""

    step: Ints
    time: Ints
    value: Floats

    def __len__(self) -> int:
        return len(self.step)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Columns:
        """The points at an index."""
        return Columns(step=self.step[index], time=self.time[index], value=self.value[index])


EMPTY: Final = Columns(step=np.zeros(0, np.int64), time=np.zeros(0, np.int64), value=np.zeros(0, np.float64))


def concatenate(parts: list[Columns]) -> Columns:
    """The points of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return EMPTY
    return Columns(
        step=np.concatenate([part.step for part in parts]),
        time=np.concatenate([part.time for part in parts]),
        value=np.concatenate([part.value for part in parts]),
    )


def by_time(columns: Columns) -> Columns:
    """The points by (timestamp, step, value), which is the order of a history."""
    time, step = columns.time, columns.step
    later = time[1:] > time[:-1]
    if (later | ((time[1:] == time[:-1]) & (step[1:] > step[:-1]))).all():
        return columns
    return columns.take(np.lexsort((ordered(columns.value), step, time)))


def by_step(columns: Columns) -> Columns:
    """The points by (step, timestamp, value), which is the order of a chart over steps."""
    time, step = columns.time, columns.step
    later = step[1:] > step[:-1]
    if (later | ((step[1:] == step[:-1]) & (time[1:] > time[:-1]))).all():
        return columns
    return columns.take(np.lexsort((ordered(columns.value), time, step)))


def ordered(values: Floats) -> Ints:
    """`store.ordered.from_float` of each value."""
    bits = np.ascontiguousarray(values).view(np.int64)
    numbers = np.where(bits >= 0, bits, bits ^ np.int64(0x7FFF_FFFF_FFFF_FFFF))
    return np.where(np.isnan(values), np.int64(0x7FF8_0000_0000_0000), numbers)


class _Compressor(local):
    """A zstd context for each thread, since one must not be used by two at once."""

    def __init__(self) -> None:
        self.context = ZstdCompressor(level=_LEVEL)

    def compress(self, data: bytes) -> bytes:
        return self.context.compress(data, ZstdCompressor.FLUSH_FRAME)


_zstd = _Compressor()


def _decompress(data: bytes | memoryview) -> bytes:
    return ZstdDecompressor().decompress(data)


def seal(data: bytes) -> bytes:
    """Bytes with their CRC-32 behind them: what a row of `arrivals` has of its points, and a summary."""
    return data + _CHECK.pack(zlib.crc32(data))


def unseal(sealed: bytes) -> bytes:
    """The bytes that were sealed.

    Raises:
        IntegrityError: They are not what they were.
    """
    data = sealed[: -_CHECK.size]
    if len(sealed) < _CHECK.size or _CHECK.pack(zlib.crc32(data)) != sealed[-_CHECK.size :]:
        raise _damaged()
    return data


def arrived(rows: Iterable[bytes]) -> NDArray[np.void]:
    """The points of several rows of `arrivals`, one after the other.

    Raises:
        IntegrityError: A row is not what was stored.
    """
    return np.frombuffer(b"".join(map(unseal, rows)), POINT)


def encode(columns: Columns) -> bytes:
    """The bytes of a segment."""
    step_kind, step = _encode_ints(columns.step)
    time_kind, time = _encode_ints(columns.time)
    value_kind, value = _encode_floats(columns.value)
    header = _HEADER.pack(_VERSION, step_kind, time_kind, value_kind, len(columns), len(step), len(time), len(value))
    seed = zlib.crc32(header)
    checks = _CHECKS.pack(*(zlib.crc32(column, seed) for column in (step, time, value)))
    return b"".join((header, checks, step, time, value))


def decode(data: bytes) -> Columns:
    """The points of a segment.

    Raises:
        IntegrityError: The bytes are not those that were stored; so do the functions below.
    """
    return Columns(step=decode_steps(data), time=decode_times(data), value=decode_values(data))


def decode_steps(data: bytes) -> Ints:
    """The steps of a segment."""
    kind, count, column = _column(data, 0)
    return _decode_ints(kind, column, count)


def decode_times(data: bytes) -> Ints:
    """The timestamps of a segment."""
    kind, count, column = _column(data, 1)
    return _decode_ints(kind, column, count)


def decode_values(data: bytes) -> Floats:
    """The values of a segment."""
    kind, count, column = _column(data, 2)
    return _decode_floats(kind, column, count)


def _column(data: bytes, place: int) -> tuple[int, int, memoryview]:
    """The encoding, the number of values and the bytes of a column, its checksum compared."""
    if len(data) < _COLUMNS_START:
        raise _damaged()
    header = _HEADER.unpack_from(data)
    if header[0] != _VERSION:
        raise IntegrityError(f"A metric segment has the format version {header[0]}; this kiseki reads {_VERSION}.")
    sizes = header[5:]
    start = _COLUMNS_START + sum(sizes[:place])
    column = memoryview(data)[start : start + sizes[place]]
    if zlib.crc32(column, zlib.crc32(data[: _HEADER.size])) != _CHECKS.unpack_from(data, _HEADER.size)[place]:
        raise _damaged()
    return header[1 + place], header[4], column


def _damaged() -> IntegrityError:
    return IntegrityError(
        "Stored points of a metric do not match their checksum: the database was damaged on disk. Restore it from a "
        "backup; what else is in it can be read."
    )


def _encode_ints(column: Ints) -> tuple[int, bytes]:
    differences = np.diff(column)
    if not len(differences) or (differences == differences[0]).all():
        return _ARITHMETIC, _PAIR.pack(int(column[0]), int(differences[0]) if len(differences) else 0)
    low, high = int(differences.min()), int(differences.max())
    narrow = next(
        (kind for kind in _NARROW[:3] if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max), _NARROW[3]
    )
    packed = _zstd.compress(differences.astype(narrow).tobytes())
    return _DIFFERENCES, _PAIR.pack(int(column[0]), narrow.itemsize) + packed


def _decode_ints(kind: int, data: memoryview, count: int) -> Ints:
    if kind == _ARITHMETIC:
        first, difference = _PAIR.unpack(data)
        if difference == 1 and abs(first) < 2**62:
            return np.arange(first, first + count, dtype=np.int64)
        return np.arange(count, dtype=np.int64) * np.int64(difference) + np.int64(first)
    if kind == _DIFFERENCES:
        first, width = _PAIR.unpack_from(data)
        column = np.empty(count, np.int64)
        column[0] = first
        # The sums wrap around as the differences did.
        column[1:] = np.frombuffer(_decompress(data[_PAIR.size :]), dtype=f"<i{width}")
        return np.cumsum(column, out=column)
    return np.frombuffer(data, dtype="<i8")


def _encode_floats(column: Floats) -> tuple[int, bytes]:
    bits = column.view(np.int64)
    if (bits == bits[0]).all():
        return _CONSTANT, column[:1].tobytes()
    with np.errstate(over="ignore", invalid="ignore"):
        halves = column.astype("<f4")
        exact = (halves.astype(np.float64).view(np.int64) == bits).all()
    raw = halves.tobytes() if exact else column.astype("<f8", copy=False).tobytes()
    if len(column) >= _MIN_COMPRESSED:
        shuffled = column.view(np.uint8).reshape(-1, 8).T.tobytes()
        packed = _zstd.compress(shuffled)
        if len(packed) * 4 <= len(raw) * 3:
            return _SHUFFLED, packed
    return (_FLOAT32 if exact else _RAW), raw


def _decode_floats(kind: int, data: memoryview, count: int) -> Floats:
    if kind == _RAW:
        return np.frombuffer(data, dtype="<f8")
    if kind == _FLOAT32:
        return np.frombuffer(data, dtype="<f4").astype(np.float64)
    if kind == _CONSTANT:
        return np.repeat(np.frombuffer(data, dtype="<f8"), count)
    planes = np.frombuffer(_decompress(data), np.uint8).reshape(8, count)
    return np.ascontiguousarray(planes.T).view("<f8").reshape(count)


def summarise(columns: Columns) -> bytes | None:
    """The summary of a segment: a record per 64 points. None for a segment that is too small to need one."""
    if len(columns) < SUMMARY_POINTS:
        return None
    starts = np.arange(0, len(columns), BLOCK_POINTS)
    ends = np.append(starts[1:], len(columns)) - 1
    blocks = group_points(columns.step, columns.value, starts)
    records = np.empty(len(starts), _BLOCK)
    records["step_first"], records["step_last"] = columns.step[starts], columns.step[ends]
    records["time_first"], records["time_last"] = columns.time[starts], columns.time[ends]
    for name in ("min", "max", "sum", "last", "count", "nonfinite"):
        records[name] = getattr(blocks, name)
    return seal(_zstd.compress(records.tobytes()))


def decode_summary(data: bytes, by_steps: bool) -> tuple[Blocks, int]:
    """The blocks of a summary, x being the step or the timestamp, and the x of the last point of all.

    Raises:
        IntegrityError: The bytes are not those that were stored.
    """
    records = np.frombuffer(_decompress(unseal(data)), _BLOCK)
    axis = "step" if by_steps else "time"
    blocks = Blocks(
        x=records[f"{axis}_first"],
        min=records["min"],
        max=records["max"],
        sum=records["sum"],
        last=records["last"],
        count=records["count"],
        nonfinite=records["nonfinite"],
    )
    return blocks, int(records[f"{axis}_last"][-1])
