"""Reading metric histories: segments and arrivals as one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, select

from kiseki.store.protocol import RunKey
from kiseki.store.segments import EMPTY, Columns, arrived, by_step, by_time, concatenate, decode
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import arrivals, segments

_ARRIVALS = select(arrivals.c.points).where(arrivals.c.run == bindparam("wanted")).order_by(arrivals.c.number)
_ARRIVALS_OF = (
    select(arrivals.c.run, arrivals.c.points)
    .where(arrivals.c.run.in_(bindparam("numbers", expanding=True)))
    .order_by(arrivals.c.number)
)
_EXTENTS = (
    select(
        segments.c.number,
        segments.c.count,
        segments.c.min_step,
        segments.c.max_step,
        segments.c.min_time,
        segments.c.max_time,
    )
    .where(segments.c.run == bindparam("wanted"), segments.c.key == bindparam("name"))
    .order_by(segments.c.min_time, segments.c.number)
)
_COLUMNS_OF = select(segments.c.number, segments.c.columns).where(
    segments.c.number.in_(bindparam("numbers", expanding=True))
)
_OVERLAPPING = select(segments.c.columns).where(
    segments.c.run == bindparam("wanted"),
    segments.c.key == bindparam("name"),
    segments.c.min_step <= bindparam("last_step"),
    segments.c.max_step >= bindparam("first_step"),
    segments.c.min_time <= bindparam("last_time"),
    segments.c.max_time >= bindparam("first_time"),
)
_INT64: Final = np.iinfo(np.int64)


class History:
    """The histories of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def arrivals(self, run: RunKey) -> NDArray[np.void]:
        """The points of a run that are in no segment yet, as they came."""
        rows = self._connection.rows(_ARRIVALS, wanted=run.number)
        return arrived(row[0] for row in rows)

    def arrivals_of(self, numbers: Sequence[int]) -> dict[int, NDArray[np.void]]:
        """The same of many runs at once, by their numbers."""
        parts: dict[int, list[bytes]] = {}
        for run, points in self._connection.rows_in(_ARRIVALS_OF, "numbers", numbers):
            parts.setdefault(run, []).append(points)
        return {run: arrived(data) for run, data in parts.items()}

    def contains(self, run: RunKey, key: int, points: Columns) -> NDArray[np.bool_]:
        """Which of the points are stored, compared bit for bit."""
        parts = [of_key(self.arrivals(run), key)]
        rows = self._connection.rows(
            _OVERLAPPING,
            wanted=run.number,
            name=key,
            first_step=int(points.step.min()),
            last_step=int(points.step.max()),
            first_time=int(points.time.min()),
            last_time=int(points.time.max()),
        )
        parts += [decode(row[0]) for row in rows]
        stored = concatenate(parts)
        return np.isin(_records(points), _records(stored))

    def page(self, run: RunKey, key: int, offset: int, limit: int) -> Columns:
        """Points `offset` to `offset + limit` by (timestamp, step, value)."""
        extents = self._connection.rows(_EXTENTS, wanted=run.number, name=key)
        fresh = by_time(of_key(self.arrivals(run), key))
        if not _apart(extents, fresh):
            everything = by_time(concatenate([*self._decode([row[0] for row in extents]), fresh]))
            return everything.take(slice(offset, offset + limit))
        parts, before, wanted = [], 0, []
        for number, count, *_ in extents:
            if before < offset + limit and before + count > offset:
                wanted.append((number, before))
            before += count
        decoded = self._decode([number for number, _ in wanted])
        for (_, start), columns in zip(wanted, decoded, strict=True):
            parts.append(columns.take(slice(max(0, offset - start), offset + limit - start)))
        if before < offset + limit:
            parts.append(fresh.take(slice(max(0, offset - before), offset + limit - before)))
        return concatenate(parts)

    def everything(self, run: RunKey, key: int) -> Columns:
        """The whole history by (timestamp, step, value)."""
        return self.page(run, key, 0, int(_INT64.max) // 2)

    def sample(self, run: RunKey, key: int, steps: tuple[int, int] | None, limit: int) -> Columns:
        """At most `limit` points by (step, timestamp), evenly spaced, the first and last among them."""
        points = by_step(self.everything(run, key))
        if steps is not None:
            points = points.take((points.step >= steps[0]) & (points.step <= steps[1]))
        if len(points) <= limit:
            return points
        if limit == 1:
            return points.take(slice(len(points) - 1, len(points)))
        return points.take(np.rint(np.arange(limit) * (len(points) - 1) / (limit - 1)).astype(np.intp))

    def _decode(self, numbers: Sequence[int]) -> list[Columns]:
        rows = dict(self._connection.rows_in(_COLUMNS_OF, "numbers", numbers))
        return [decode(rows[number]) for number in numbers]


def of_key(table: NDArray[np.void], key: int) -> Columns:
    """The points of one metric, as they came."""
    if not len(table):
        return EMPTY
    part = table[table["key"] == key]
    return Columns(
        step=part["step"].astype(np.int64),
        time=part["time"].astype(np.int64),
        value=np.ascontiguousarray(part["value"]),
    )


def _apart(extents: Sequence[tuple[Any, ...]], fresh: Columns) -> bool:
    """Whether each segment, and then the fresh points, come wholly after the one before by (timestamp, step)."""
    rows = [row[2:] for row in extents]
    if len(fresh):
        rows.append((int(fresh.step.min()), int(fresh.step.max()), int(fresh.time[0]), int(fresh.time[-1])))
    for (_, step, _, time), (next_step, _, next_time, _) in pairwise(rows):
        if next_time < time or (next_time == time and next_step <= step):
            return False
    return True


def _records(points: Columns) -> NDArray[np.void]:
    """Each point as one comparable record of its bits."""
    records = np.empty((len(points), 3), np.int64)
    records[:, 0], records[:, 1] = points.step, points.time
    records[:, 2] = np.ascontiguousarray(points.value).view(np.int64)
    return records.view("V24").reshape(-1)
