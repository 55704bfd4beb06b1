"""Reducing a metric's history to what a chart can show, without losing a spike."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Counts = NDArray[np.uint32]

BLOCK_POINTS: Final = 64
"""Points per block of a summary."""


class Axis(StrEnum):
    """What x is: the step, milliseconds since the epoch, or milliseconds since the run's start."""

    STEP = "step"
    TIME = "time"
    RELATIVE = "relative"


class Blocks(msgspec.Struct, frozen=True, kw_only=True):
    """Points in groups, ordered by x, as arrays of one length.

    For each group: the x of its first point; the least, greatest and sum of its finite values (NaN, NaN and 0.0 without
    any); its last value whatever it is; how many points and non-finite values it has.
    """

    x: Ints
    min: Floats
    max: Floats
    sum: Floats
    last: Floats
    count: Counts
    nonfinite: Counts


class Buckets(msgspec.Struct, frozen=True, kw_only=True):
    """A chart of one series: its buckets that are not empty, in order of x, as arrays of one length.

    `x` is that of the bucket's first point. `min`, `max` and `mean` are of the finite values, NaN without any; `last`
    is the last value whatever it is. `count` has the points of each bucket, `nonfinite` how many are NaN or infinite.
    """

    x: Floats
    min: Floats
    max: Floats
    mean: Floats
    last: Floats
    count: Counts
    nonfinite: Counts


def edges(low: float, high: float, buckets: int) -> Ints:
    """The least integer x of each of `buckets` intervals of equal width over [low, high]; the last includes high."""
    starts = np.ceil(low + np.arange(buckets, dtype=np.float64) * ((high - low) / buckets))
    limit = float(2**63 - 1024)
    return np.clip(starts, -limit, limit).astype(np.int64)


def group(blocks: Blocks, starts: Ints) -> Blocks:
    """Neighbouring blocks joined: group i has the blocks from starts[i] up to starts[i + 1].

    `starts` rises strictly and begins with 0.
    """
    if not len(starts):
        return blocks
    ends = np.append(starts[1:], len(blocks.x)) - 1
    if blocks.nonfinite.any():
        least, greatest = np.fmin.reduceat(blocks.min, starts), np.fmax.reduceat(blocks.max, starts)
    else:
        least, greatest = np.minimum.reduceat(blocks.min, starts), np.maximum.reduceat(blocks.max, starts)
    return Blocks(
        x=blocks.x[starts],
        min=least,
        max=greatest,
        sum=np.add.reduceat(blocks.sum, starts),
        last=blocks.last[ends],
        count=np.add.reduceat(blocks.count, starts, dtype=np.uint32),
        nonfinite=np.add.reduceat(blocks.nonfinite, starts, dtype=np.uint32),
    )


def group_points(x: Ints, values: Floats, starts: Ints) -> Blocks:
    """Points joined as `group` joins blocks, without making a block of each."""
    if not len(starts):
        return Blocks(
            x=x[:0],
            min=values[:0],
            max=values[:0],
            sum=values[:0],
            last=values[:0],
            count=np.zeros(0, np.uint32),
            nonfinite=np.zeros(0, np.uint32),
        )
    sizes = np.diff(np.append(starts, len(x)))
    last = values[np.append(starts[1:], len(x)) - 1]
    # The sum is not finite if a value is not; if it overflowed, looking again costs time and changes nothing.
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.add.reduceat(values, starts)
    if np.isfinite(total).all():
        return Blocks(
            x=x[starts],
            min=np.minimum.reduceat(values, starts),
            max=np.maximum.reduceat(values, starts),
            sum=total,
            last=last,
            count=sizes.astype(np.uint32),
            nonfinite=np.zeros(len(starts), np.uint32),
        )
    odd = ~np.isfinite(values)
    finite = np.where(odd, np.nan, values)
    with np.errstate(over="ignore"):
        total = np.add.reduceat(np.where(odd, 0.0, values), starts)
    return Blocks(
        x=x[starts],
        min=np.fmin.reduceat(finite, starts),
        max=np.fmax.reduceat(finite, starts),
        sum=total,
        last=last,
        count=sizes.astype(np.uint32),
        nonfinite=np.add.reduceat(odd, starts, dtype=np.uint32),
    )


def bucket_starts(x: Ints, bucket_edges: Ints) -> Ints:
    """Where in sorted `x` each bucket that is not empty begins."""
    starts = np.searchsorted(x, bucket_edges, side="left")
    # Whatever lies before the first edge belongs to the first bucket.
    starts[0] = 0
    ends = np.append(starts[1:], len(x))
    kept: Ints = starts[ends > starts].astype(np.int64)
    return kept


def to_buckets(blocks: Blocks, shift: int = 0) -> Buckets:
    """Groups as a chart's buckets, `shift` taken from x."""
    finite = blocks.count - blocks.nonfinite
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(finite > 0, blocks.sum / finite, np.nan)
    return Buckets(
        x=(blocks.x - shift).astype(np.float64),
        min=blocks.min,
        max=blocks.max,
        mean=mean,
        last=blocks.last,
        count=blocks.count,
        nonfinite=blocks.nonfinite,
    )
