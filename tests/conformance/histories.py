"""Metric histories in plain Python: what `Metrics` must answer, written to be obviously right."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import msgspec

from kiseki.domain.metrics import Metric, SeriesSummary
from kiseki.domain.series import Axis, Buckets
from tests.conformance.rows import Point

NAN = math.nan


def bits(value: float) -> int:
    """The bits of a float64."""
    number: int = struct.unpack("<q", struct.pack("<d", value))[0]
    return number


def float_of(number: int) -> float:
    """The float64 of some bits."""
    value: float = struct.unpack("<d", struct.pack("<q", number))[0]
    return value


def rank(value: float) -> tuple[int, float, float]:
    """Sorts values: -Inf < … < -0.0 < 0.0 < … < Inf < NaN."""
    if math.isnan(value):
        return 1, 0.0, 0.0
    return 0, value, math.copysign(1.0, value)


def by_time(point: Point) -> Any:
    """The order of a history."""
    step, time, value = point
    return time, step, rank(value)


def by_step(point: Point) -> Any:
    """The order in which points succeed each other."""
    step, time, value = point
    return step, time, rank(value)


def exactly(points: Iterable[Point]) -> list[tuple[int, int, int]]:
    """Points such that two are equal when all their bits are."""
    return [(step, time, bits(value)) for step, time, value in points]


def plain(points: Iterable[Metric]) -> list[Point]:
    """A store's points as the model has them."""
    return [(point.step, point.timestamp, point.value) for point in points]


class History:
    """The points of one metric: a set, in which NaN is itself and -0.0 is not 0.0."""

    def __init__(self) -> None:
        self._points: dict[tuple[int, int, int], Point] = {}

    def add(self, points: Iterable[Point]) -> None:
        """Adds what is not there."""
        for point in points:
            self._points.setdefault(exactly([point])[0], point)

    def __len__(self) -> int:
        return len(self._points)

    def sorted(self, key: Any) -> list[Point]:
        """All points in an order; NaNs of different bits at one place stay as they came."""
        return sorted(self._points.values(), key=key)

    def check_history(self, found: list[Point]) -> None:
        """Fails unless `found` is the whole history in its order."""
        expected = self.sorted(by_time)
        assert [by_time(point) for point in found] == [by_time(point) for point in expected]
        assert sorted(exactly(found)) == sorted(exactly(expected))

    def check_summary(self, found: SeriesSummary) -> None:
        """Fails unless `found` is the summary; of several steps with the least value any may be named."""
        points = self.sorted(by_step)
        numbers = [point for point in points if not math.isnan(point[2])] or points
        least, greatest = min(numbers, key=lambda p: rank(p[2]))[2], max(numbers, key=lambda p: rank(p[2]))[2]
        expected = SeriesSummary(
            key=found.key,
            count=len(points),
            nonfinite=sum(not math.isfinite(point[2]) for point in points),
            first=points[0][2],
            first_step=points[0][0],
            last=points[-1][2],
            last_step=points[-1][0],
            last_timestamp=points[-1][1],
            min=least,
            min_step=found.min_step,
            max=greatest,
            max_step=found.max_step,
        )
        assert _comparable(found) == _comparable(expected)
        assert found.min_step in {point[0] for point in numbers if rank(point[2]) == rank(least)}
        assert found.max_step in {point[0] for point in numbers if rank(point[2]) == rank(greatest)}

    def check_sample(self, found: list[Point], steps: tuple[int, int] | None, limit: int) -> None:
        """Fails unless `found` is the sample: all points, or `limit` of them, evenly spaced, both ends included; a single one is the last."""
        points = [point for point in self.sorted(by_step) if steps is None or steps[0] <= point[0] <= steps[1]]
        if len(points) > limit:
            places = [round(i * (len(points) - 1) / (limit - 1)) for i in range(limit)] if limit > 1 else [-1]
            points = [points[place] for place in places]
        assert [by_step(point) for point in found] == [by_step(point) for point in points]

    def shift(self, axis: Axis, start_time: int) -> int:
        """What is taken from each x."""
        if axis is not Axis.RELATIVE:
            return 0
        first = min(time for _, time, _ in self._points.values())
        return start_time if 0 < start_time <= first else first

    def along(self, axis: Axis, start_time: int) -> list[tuple[int, float]]:
        """(x, value) of all points in the order of a chart."""
        shift = self.shift(axis, start_time)
        if axis is Axis.STEP:
            return [(step, value) for step, _, value in self.sorted(by_step)]
        return [(time - shift, value) for _, time, value in self.sorted(by_time)]


def _comparable(summary: SeriesSummary) -> dict[str, Any]:
    """All fields, floats by their bits and every NaN alike."""
    fields = msgspec.structs.asdict(summary)
    return {name: repr(value) if isinstance(value, float) else value for name, value in fields.items()}


def extent_of(lines: Iterable[list[tuple[int, float]]]) -> tuple[int, int] | None:
    """The least and greatest x of several series."""
    xs = [x for line in lines for x, _ in line]
    return (min(xs), max(xs)) if xs else None


def check_buckets(
    found: Buckets,
    line: list[tuple[int, float]],
    extent: tuple[float, float],
    buckets: int,
    *,
    spare_points: int = 0,
) -> None:
    """Fails unless `found` is the line reduced to at most `buckets` buckets of equal width over `extent`.

    Each bucket must be the exact reduction of the points that are its own by their number. Which bucket a point is in
    may differ from the grid by rounding, and by `spare_points` points.
    """
    points = [(x, value) for x, value in line if extent[0] <= x <= extent[1]]
    counts = found.count.tolist()
    lengths = {len(getattr(found, name)) for name in Buckets.__struct_fields__}
    assert lengths == {len(counts)}
    assert sum(counts) == len(points)
    assert len(counts) <= buckets
    assert all(counts)
    low, width = Fraction(extent[0]), (Fraction(extent[1]) - Fraction(extent[0])) / buckets
    slack = max(abs(Fraction(extent[0])), abs(Fraction(extent[1]))) / 2**50
    start, used = 0, -1
    for i, count in enumerate(counts):
        group = points[start : start + count]
        values = [value for _, value in group]
        finite = [value for value in values if math.isfinite(value)]
        assert found.x[i] == float(group[0][0])
        assert found.nonfinite[i] == len(values) - len(finite)
        assert repr(float(found.last[i])) == repr(values[-1])
        assert _same(found.min[i], min(finite, default=NAN))
        assert _same(found.max[i], max(finite, default=NAN))
        _check_mean(float(found.mean[i]), finite)
        if not spare_points and width:
            # One place of the grid fits all points of the bucket, which are in order, and comes after that of the bucket
            # before.
            first = _place(group[-1][0] - low, width, slack, buckets)[0]
            last = _place(group[0][0] - low, width, slack, buckets)[1]
            used = max(first, used + 1)
            assert used <= last, (group, extent, buckets)
        start += count


def _place(distance: Fraction, width: Fraction, slack: Fraction, buckets: int) -> tuple[int, int]:
    """The first and last bucket in which a point may be."""
    first, last = (distance - slack) // width, (distance + slack) // width
    return max(0, min(first, buckets - 1)), max(0, min(last, buckets - 1))


def _same(found: float, expected: float) -> bool:
    return bool(found == expected) or (math.isnan(found) and math.isnan(expected))


def _check_mean(found: float, finite: list[float]) -> None:
    if not finite:
        assert math.isnan(found)
        return
    scale = max(abs(value) for value in finite)
    if scale < 1e300:
        assert abs(found - math.fsum(finite) / len(finite)) <= 1e-9 * scale + 5e-324
