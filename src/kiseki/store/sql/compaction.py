"""Moving points from where they arrived to segments, and small segments to larger ones."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Final

import numpy as np
from sqlalchemy import bindparam, delete, func, insert, select

from kiseki.store.segments import (
    FULL_POINTS,
    Columns,
    arrived,
    by_time,
    concatenate,
    decode,
    encode,
    summarise,
)
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import arrivals, segments

_DUE_ROWS: Final = 64
"""A run with so many arrivals is compacted at once."""
_DUE_POINTS: Final = 65_536
"""So is a run with so many points in arrivals."""
_IDLE_SECONDS: Final = 2.0
"""A run to which nothing came for so long is compacted when the writer has nothing else to do, if it is worth it."""
_WORTH_ROWS: Final = 8
_WORTH_POINTS: Final = 4_096
"""With fewer arrivals and fewer points, segments would be larger and no faster to read."""
_FANOUT: Final = 8
"""So many segments of one tier become one. Tiers are powers of this number of points."""

_RUNS = select(arrivals.c.run, func.count(), func.sum(arrivals.c.count)).group_by(arrivals.c.run)
_ARRIVALS = select(arrivals.c.number, arrivals.c.points).where(arrivals.c.run == bindparam("wanted"))
_FORGET = delete(arrivals).where(arrivals.c.run == bindparam("wanted"), arrivals.c.number <= bindparam("newest"))
_SMALL = (
    select(segments.c.number, segments.c.key, segments.c.count)
    .where(segments.c.run == bindparam("wanted"), segments.c.count < FULL_POINTS)
    .order_by(segments.c.key, segments.c.number)
)
_COLUMNS = select(segments.c.columns).where(segments.c.number == bindparam("wanted"))
_REMOVE = delete(segments).where(segments.c.number == bindparam("wanted"))
_ADD = insert(segments).values(
    run=bindparam("wanted"),
    key=bindparam("name"),
    count=bindparam("many"),
    nonfinite=bindparam("odd"),
    min_step=bindparam("low_step"),
    max_step=bindparam("high_step"),
    min_time=bindparam("low_time"),
    max_time=bindparam("high_time"),
    steps_rise=bindparam("rise"),
    summary=bindparam("blocks"),
    columns=bindparam("data"),
)


class _Waiting:
    """What is known of a run's arrivals."""

    __slots__ = ("points", "rows", "since")

    def __init__(self) -> None:
        self.rows = 0
        self.points = 0
        self.since = time.monotonic()

    @property
    def full(self) -> bool:
        """Whether reading the run suffers."""
        return self.rows >= _DUE_ROWS or self.points >= _DUE_POINTS

    @property
    def worth(self) -> bool:
        """Whether segments would be better."""
        return self.rows >= _WORTH_ROWS or self.points >= _WORTH_POINTS


class Compaction:
    """Which runs have arrivals, as far as this process has seen; used by one writer at a time."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Waiting] = {}
        self._full: list[int] = []
        self._not_before = 0.0
        self._looked = False

    @property
    def due(self) -> bool:
        """Whether there is something to do when nothing else is."""
        return bool(self._waiting) or not self._looked

    @property
    def overdue(self) -> bool:
        """Whether a run has so many arrivals that reading it suffers."""
        return bool(self._full) and time.monotonic() >= self._not_before

    def note(self, connection: Connection) -> None:
        """Takes notice of what a piece of work added."""
        for run, points in connection.arrived.items():
            waiting = self._waiting.setdefault(run, _Waiting())
            was_full = waiting.full
            waiting.rows += 1
            waiting.points += points
            waiting.since = time.monotonic()
            if waiting.full and not was_full:
                self._full.append(run)

    def look_again(self) -> None:
        """Finds what other processes left, too, the next time."""
        self._looked = False

    def postpone(self) -> None:
        """Leaves everything for a second after a failure, and then finds what is there anew."""
        self._not_before = time.monotonic() + 1.0
        self._looked = False

    def some(self, connection: Connection) -> None:
        """Compacts one run: a full one if there is any, else one that has been quiet, if it is worth it."""
        self._look(connection)
        run = self._full.pop() if self._full else self._quiet()
        if run is not None:
            # First, so that a run that cannot be compacted does not keep the others waiting.
            self._waiting.pop(run, None)
            compact(connection, run)

    def everything(self, connection: Connection) -> None:
        """Compacts every run."""
        for run, *_ in connection.rows(_RUNS):
            compact(connection, run)
        self._waiting.clear()
        self._full.clear()
        self._looked = True

    def _look(self, connection: Connection) -> None:
        """Once, finds what an earlier process left."""
        if self._looked:
            return
        for run, rows, points in connection.rows(_RUNS):
            waiting = self._waiting.setdefault(run, _Waiting())
            waiting.rows, waiting.points = max(waiting.rows, rows), max(waiting.points, int(points))
        self._full = [run for run, waiting in self._waiting.items() if waiting.full]
        self._looked = True

    def _quiet(self) -> int | None:
        """A run that is worth it and to which nothing came for a while; forgets those that are not worth it."""
        before = time.monotonic() - _IDLE_SECONDS
        for run in [number for number, waiting in self._waiting.items() if waiting.since <= before]:
            if self._waiting[run].worth:
                return run
            del self._waiting[run]
        return None


def compact(connection: Connection, run: int) -> None:
    """Moves all arrivals of a run to segments, one per metric, and joins segments where enough are of one size."""
    connection.hold(run)
    rows = connection.rows(_ARRIVALS, wanted=run)
    if not rows:
        return
    table = arrived(row[1] for row in rows)
    table = table[np.argsort(table["key"], kind="stable")]
    keys = table["key"]
    bounds = [0, *(np.flatnonzero(keys[1:] != keys[:-1]) + 1).tolist(), len(table)]
    small: dict[int, list[tuple[int, int]]] = {}
    for number, key, count in connection.rows(_SMALL, wanted=run):
        small.setdefault(key, []).append((number, count))
    fresh = []
    for start, end in pairwise(bounds):
        key = int(keys[start])
        part = table[start:end]
        columns = Columns(
            step=part["step"].astype(np.int64),
            time=part["time"].astype(np.int64),
            value=np.ascontiguousarray(part["value"]),
        )
        joined, gone = _with_small(connection, columns, small.get(key, []))
        connection.write_many(_REMOVE, [{"wanted": number} for number in gone])
        fresh += [_row(run, key, piece) for piece in _pieces(by_time(joined))]
    connection.write_many(_ADD, fresh)
    connection.run(_FORGET, wanted=run, newest=max(row[0] for row in rows))


def _with_small(connection: Connection, columns: Columns, small: list[tuple[int, int]]) -> tuple[Columns, list[int]]:
    """The new points with those of the small segments that are to be joined with them, and the segments' numbers.

    From the newest back, segments of a lower tier than the points so far are joined, and those of the same tier if there
    are seven. Once there is enough for a full segment all small ones are, so that none is left before a full one and
    segments follow each other in time as the points did.
    """
    total = len(columns)
    left = list(small)
    while left:
        tier = _tier(total)
        if total >= FULL_POINTS:
            same = len(left)
        else:
            same = next((i for i, (_, count) in enumerate(reversed(left)) if _tier(count) > tier), len(left))
            if same < _FANOUT - 1:
                same = next((i for i, (_, count) in enumerate(reversed(left)) if _tier(count) >= tier), len(left))
        if not same:
            break
        total += sum(count for _, count in left[-same:])
        left = left[:-same]
    taken = [number for number, _ in small[len(left) :]]
    if not taken:
        return columns, []
    parts = [decode(row[0]) for number in taken if (row := connection.row(_COLUMNS, wanted=number)) is not None]
    return concatenate([*parts, columns]), taken


def _tier(count: int) -> int:
    return (count.bit_length() - 1) // 3


def _pieces(columns: Columns) -> list[Columns]:
    """Cut into full segments and a rest."""
    if len(columns) < 2 * FULL_POINTS:
        return [columns]
    return [columns.take(slice(start, start + FULL_POINTS)) for start in range(0, len(columns), FULL_POINTS)]


def _row(run: int, key: int, columns: Columns) -> dict[str, object]:
    step = columns.step
    return {
        "wanted": run,
        "name": key,
        "many": len(columns),
        "odd": int((~np.isfinite(columns.value)).sum()),
        "low_step": int(step.min()),
        "high_step": int(step.max()),
        "low_time": int(columns.time[0]),
        "high_time": int(columns.time[-1]),
        "rise": int((step[1:] >= step[:-1]).all()),
        "blocks": summarise(columns),
        "data": encode(columns),
    }
