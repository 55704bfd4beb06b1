"""Charts of metric histories: from summaries where the grid is coarse, from points where it is fine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from sqlalchemy import bindparam, select

from kiseki.domain.series import (
    Axis,
    Blocks,
    Buckets,
    Ints,
    bucket_starts,
    edges,
    group,
    group_points,
    to_buckets,
)
from kiseki.store.protocol import RunKey
from kiseki.store.segments import (
    Columns,
    by_step,
    by_time,
    concatenate,
    decode,
    decode_steps,
    decode_summary,
    decode_times,
    decode_values,
)
from kiseki.store.sql.database import Connection
from kiseki.store.sql.history import History, of_key
from kiseki.store.sql.tables import segments

COARSE_POINTS: Final = 512
"""With more points per bucket than this, blocks of 64 points are counted whole."""

_EXTENTS = select(
    segments.c.run,
    segments.c.key,
    segments.c.number,
    segments.c.count,
    segments.c.min_step,
    segments.c.max_step,
    segments.c.min_time,
    segments.c.max_time,
    segments.c.steps_rise,
).where(segments.c.run.in_(bindparam("numbers", expanding=True)), segments.c.key == bindparam("name"))
_COLUMNS = select(segments.c.number, segments.c.columns).where(
    segments.c.number.in_(bindparam("numbers", expanding=True))
)
_SUMMARIES = select(segments.c.number, segments.c.summary).where(
    segments.c.number.in_(bindparam("numbers", expanding=True))
)


class _Extent:
    """A segment without its points: x from `low` to `high`; `sorted` if x never falls within it.

    `others` is the extent of what decides among points of one x: the timestamp for the step, and the other way round.
    """

    __slots__ = ("count", "high", "low", "number", "others", "sorted")
    count: int
    number: int

    def __init__(self, row: tuple[Any, ...], axis: Axis) -> None:
        _, _, self.number, self.count, min_step, max_step, min_time, max_time, rises = row
        by_steps = axis is Axis.STEP
        self.low: int = min_step if by_steps else min_time
        self.high: int = max_step if by_steps else max_time
        self.others: tuple[int, int] = (min_time, max_time) if by_steps else (min_step, max_step)
        self.sorted: bool = bool(rises) or not by_steps


class _Series:
    """What is known of one series: its segments in the order of x, and its points outside of segments."""

    def __init__(self, axis: Axis, extents: list[_Extent], fresh: Columns, shift: int) -> None:
        self.axis = axis
        self.extents = sorted(extents, key=lambda extent: (extent.low, extent.number))
        self.fresh = by_step(fresh) if axis is Axis.STEP else by_time(fresh)
        self.shift = shift

    @property
    def fresh_x(self) -> Ints:
        return self.fresh.step if self.axis is Axis.STEP else self.fresh.time

    def bounds(self) -> tuple[int, int] | None:
        """The least and greatest x."""
        lows = [extent.low for extent in self.extents]
        highs = [extent.high for extent in self.extents]
        if len(self.fresh):
            lows.append(int(self.fresh_x[0]))
            highs.append(int(self.fresh_x[-1]))
        return (min(lows), max(highs)) if lows else None

    def within(self, low: int, high: int) -> None:
        """Drops what lies wholly outside."""
        self.extents = [extent for extent in self.extents if extent.high >= low and extent.low <= high]
        x = self.fresh_x
        if len(x) and (x[0] < low or x[-1] > high):
            self.fresh = self.fresh.take((x >= low) & (x <= high))

    @property
    def count(self) -> int:
        return sum((extent.count for extent in self.extents), len(self.fresh))

    @property
    def in_order(self) -> bool:
        """Whether segments and fresh points follow each other without overlap, each sorted."""
        if not all(extent.sorted for extent in self.extents):
            return False
        spans = [(extent.low, extent.high, extent.others) for extent in self.extents]
        if len(self.fresh):
            others = self.fresh.time if self.axis is Axis.STEP else self.fresh.step
            spans.append((int(self.fresh_x[0]), int(self.fresh_x[-1]), (int(others.min()), int(others.max()))))
        return all(one[1] < two[0] or (one[1] == two[0] and one[2][1] < two[2][0]) for one, two in pairwise(spans))


def chart(
    connection: Connection,
    wanted: Sequence[tuple[RunKey, int]],
    axis: Axis,
    extent: tuple[float, float] | None,
    buckets: int,
) -> list[Buckets]:
    """See `store.protocol.Metrics.chart`; `wanted` has keys by their number, 0 for one that does not exist."""
    found = _find(connection, wanted, axis)
    shifts = [one.shift for one in found]
    if extent is None:
        spans = [
            (span[0] - shift, span[1] - shift)
            for one, shift in zip(found, shifts, strict=True)
            if (span := one.bounds()) is not None
        ]
        if not spans:
            return [_nothing() for _ in found]
        extent = (min(low for low, _ in spans), max(high for _, high in spans))
    charts = []
    for one in found:
        # As integers, which x is, so that nothing at the ends is lost to rounding.
        low, high = math.ceil(extent[0]) + one.shift, math.floor(extent[1]) + one.shift
        one.within(low, high)
        if not one.count:
            charts.append(_nothing())
            continue
        grid = edges(extent[0] + one.shift, extent[1] + one.shift, buckets)
        whole = extent_is_whole(one, low, high)
        blocks = (
            _coarse(connection, one, grid)
            if whole and one.in_order and one.count > COARSE_POINTS * buckets
            else _fine(connection, one, grid, low, high)
        )
        charts.append(to_buckets(blocks, one.shift))
    return charts


def extent_is_whole(one: _Series, low: int, high: int) -> bool:
    """Whether all points of the series lie in the extent."""
    span = one.bounds()
    return span is not None and span[0] >= low and span[1] <= high


def _find(connection: Connection, wanted: Sequence[tuple[RunKey, int]], axis: Axis) -> list[_Series]:
    numbers = list({run.number for run, _ in wanted})
    extents: dict[tuple[int, int], list[_Extent]] = {}
    for key in {key for _, key in wanted}:
        for row in connection.rows_in(_EXTENTS, "numbers", numbers, name=key):
            extents.setdefault((row[0], row[1]), []).append(_Extent(row, axis))
    arrived = History(connection).arrivals_of(numbers)
    nothing = np.zeros(0, dtype=[("key", "<i8")])
    found = []
    for run, key in wanted:
        fresh = of_key(arrived.get(run.number, nothing), key)
        one = _Series(axis, extents.get((run.number, key), []), fresh, 0)
        if axis is Axis.RELATIVE:
            span = one.bounds()
            if span is not None:
                # A run that was given no start, or a wrong one, is counted from its first point.
                one.shift = run.start_time if 0 < run.start_time <= span[0] else span[0]
        found.append(one)
    return found


def _coarse(connection: Connection, one: _Series, grid: Ints) -> Blocks:
    """From summaries; a segment without one is read."""
    summaries = dict(connection.rows_in(_SUMMARIES, "numbers", [extent.number for extent in one.extents]))
    missing = [number for number, summary in summaries.items() if summary is None]
    columns = dict(connection.rows_in(_COLUMNS, "numbers", missing))
    parts = []
    for extent in one.extents:
        summary = summaries[extent.number]
        if summary is None:
            x, values = _points(one.axis, columns[extent.number])
            parts.append(group_points(x, values, bucket_starts(x, grid)))
        else:
            parts.append(decode_summary(summary, one.axis is Axis.STEP)[0])
    if len(one.fresh):
        x = one.fresh_x
        parts.append(group_points(x, one.fresh.value, bucket_starts(x, grid)))
    blocks = _joined(parts)
    return group(blocks, bucket_starts(blocks.x, grid))


def _fine(connection: Connection, one: _Series, grid: Ints, low: int, high: int) -> Blocks:
    """From points."""
    columns = dict(connection.rows_in(_COLUMNS, "numbers", [extent.number for extent in one.extents]))
    if one.in_order:
        parts = [_points(one.axis, columns[extent.number]) for extent in one.extents]
        if len(one.fresh):
            parts.append((one.fresh_x, one.fresh.value))
        x = parts[0][0] if len(parts) == 1 else np.concatenate([part[0] for part in parts])
        values = parts[0][1] if len(parts) == 1 else np.concatenate([part[1] for part in parts])
    else:
        # Steps rewound, as in a run that was resumed.
        whole = concatenate([*(decode(columns[extent.number]) for extent in one.extents), one.fresh])
        whole = by_step(whole) if one.axis is Axis.STEP else by_time(whole)
        x, values = (whole.step if one.axis is Axis.STEP else whole.time), whole.value
    first = int(np.searchsorted(x, _whole(low), side="left"))
    last = int(np.searchsorted(x, _whole(high), side="right"))
    x, values = x[first:last], values[first:last]
    return group_points(x, values, bucket_starts(x, grid))


def _whole(x: int) -> np.int64:
    """An x within 64 bits."""
    return np.int64(max(-(2**63), min(2**63 - 1, x)))


def _points(axis: Axis, data: bytes) -> tuple[Ints, Any]:
    return (decode_steps(data) if axis is Axis.STEP else decode_times(data)), decode_values(data)


def _joined(parts: list[Blocks]) -> Blocks:
    return Blocks(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in Blocks.__struct_fields__}
    )


def _nothing() -> Buckets:
    none, no_counts = np.zeros(0), np.zeros(0, np.uint32)
    return Buckets(x=none, min=none, max=none, mean=none, last=none, count=no_counts, nonfinite=no_counts)
