"""Metric histories in SQL: the way in, and what is known without reading a history.

Points arrive as one row of `arrivals` per request, and the `series` row of each metric is brought up to date in the
same transaction. `compaction` moves arrivals to segments later; `history` reads both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BindParameter, and_, bindparam, insert, select, update

from kiseki.domain.changes import METRICS
from kiseki.domain.metrics import Metric, Points, SeriesSummary
from kiseki.domain.series import Axis, Buckets
from kiseki.store.ordered import NAN, from_float, to_float
from kiseki.store.protocol import RunKey
from kiseki.store.segments import ONE_POINT, POINT, Columns, ordered, seal
from kiseki.store.sql.charts import chart
from kiseki.store.sql.database import Connection
from kiseki.store.sql.history import History
from kiseki.store.sql.statement import PAIRS
from kiseki.store.sql.tables import arrivals, links, series

_STATE: Final = (
    series.c.key,
    series.c.points,
    series.c.nonfinite,
    series.c.first,
    series.c.first_step,
    series.c.first_time,
    series.c.last,
    series.c.last_step,
    series.c.last_time,
    series.c.min,
    series.c.min_step,
    series.c.max,
    series.c.max_step,
    series.c.end_time,
)


class State(NamedTuple):
    """A row of `series`, values as `store.ordered` numbers."""

    key: int
    points: int
    nonfinite: int
    first: int
    first_step: int
    first_time: int
    last: int
    last_step: int
    last_time: int
    min: int
    min_step: int
    max: int
    max_step: int
    end_time: int

    def joined(self, new: State) -> State:
        """The state with the points of `new`, which are none of its own."""
        first = min(self[4:6] + self[3:4], new[4:6] + new[3:4])
        last = max(self[7:9] + self[6:7], new[7:9] + new[6:7])
        low = new if (self.min == NAN or new.min < self.min) and new.min != NAN else self
        high = new if (self.max == NAN or new.max > self.max) and new.max != NAN else self
        return State(
            self.key,
            self.points + new.points,
            self.nonfinite + new.nonfinite,
            first[2],
            first[0],
            first[1],
            last[2],
            last[0],
            last[1],
            low.min,
            low.min_step,
            high.max,
            high.max_step,
            max(self.end_time, new.end_time),
        )


_KIND: Final = series.name
_STATE_OF = select(*_STATE).where(series.c.run == bindparam("number"), series.c.key == bindparam("name"))
_STATES_OF = select(*_STATE).where(
    series.c.run == bindparam("number"), series.c.key.in_(bindparam("keys", expanding=True))
)
_STATES_OF_PAIRS = select(series.c.run, *_STATE).join(
    PAIRS, and_(series.c.run == PAIRS.c.owner, series.c.key == PAIRS.c.key)
)
_ALL_STATES = select(*_STATE).where(series.c.run == bindparam("number"))
# The names of places must differ from those of columns.
_PLACES: Final = tuple(f"new_{name}" for name in State._fields)
_VALUES: Final[dict[str, BindParameter[Any]]] = {name: bindparam(f"new_{name}") for name in State._fields}
_ADD = insert(series).values(run=bindparam("number"), experiment=bindparam("group"), **_VALUES)
_CHANGE = (
    update(series)
    .where(series.c.run == bindparam("number"), series.c.key == bindparam("new_key"))
    .values(**{name: value for name, value in _VALUES.items() if name != "key"})
)
_ARRIVE = insert(arrivals).values(run=bindparam("number"), count=bindparam("many"), points=bindparam("data"))
_LINK = insert(links).values(
    run=bindparam("number"),
    key=bindparam("name"),
    step=bindparam("at"),
    timestamp=bindparam("when"),
    value=bindparam("what"),
    dataset_name=bindparam("dataset"),
    dataset_digest=bindparam("digest"),
)


class SqlMetrics:
    """`kiseki.store.protocol.Metrics`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_ahead(self, wanted: Mapping[int, Collection[str]]) -> Callable[[], None]:
        """Asks for the states of metrics, by the number of their run; what is returned keeps them."""
        return self._connection.ask_ahead(_KIND, _STATES_OF_PAIRS, wanted, lambda row: row[1:])

    def append(self, run: RunKey, points: Points) -> None:
        if not points.keys:
            return
        self._connection.hold(run.number)
        numbers = self._connection.key_numbers(list(dict.fromkeys(points.keys)))
        if points.links:
            self._link(run, points, numbers)
        known = self._known(run, list(numbers.values()))
        if len(numbers) == len(points):
            self._append_one_each(run, points, numbers, known)
        else:
            self._append_many(run, points, numbers, known)

    def _known(self, run: RunKey, keys: list[int]) -> dict[int, State]:
        """The states of those of some metrics that have points."""
        rows = self._connection.ahead.find(_KIND, run.number, keys)
        if rows is None:
            read = (
                self._connection.rows(_STATE_OF, number=run.number, name=keys[0])
                if len(keys) == 1
                else self._connection.rows_in(_STATES_OF, "keys", keys, number=run.number)
            )
            rows = {row[0]: row for row in read}
        return {key: State(*row) for key, row in rows.items()}

    def _append_one_each(self, run: RunKey, points: Points, numbers: dict[str, int], known: dict[int, State]) -> None:
        """Adds one point of each metric, which costs less without arrays."""
        keys = [numbers[key] for key in points.keys]
        data: list[bytes] = []
        new: list[State] = []
        for key, step, time, given in sorted(zip(keys, points.steps, points.timestamps, points.values, strict=True)):
            value = float(given)
            before = known.get(key)
            if before is not None and step <= before.last_step and time <= before.end_time:
                point = Columns(step=np.array([step]), time=np.array([time]), value=np.array([value]))
                if History(self._connection).contains(run, key, point).all():
                    continue
            number, odd = from_float(value), int(not math.isfinite(value))
            new.append(State(key, 1, odd, number, step, time, number, step, time, number, step, number, step, time))
            data.append(ONE_POINT.pack(key, step, time, value))
        self._write(run, known, new, len(data), b"".join(data))

    def _append_many(self, run: RunKey, points: Points, numbers: dict[str, int], known: dict[int, State]) -> None:
        table = np.empty(len(points), POINT)
        table["key"] = [numbers[key] for key in points.keys] if len(numbers) > 1 else numbers[points.keys[0]]
        table["step"] = points.steps
        table["time"] = points.timestamps
        table["value"] = points.values
        table = _distinct(table)
        if known:
            table = table[self._unknown(run, table, known)]
        self._write(run, known, _states(table) if len(table) else [], len(table), table.tobytes())

    def _write(self, run: RunKey, known: Mapping[int, State], new: Sequence[State], count: int, data: bytes) -> None:
        """Writes points that are not stored yet, as bytes of `POINT`, and joins the states that they make to what is known."""
        if not count:
            return
        states: dict[int, State] = {}
        added: list[dict[str, int]] = []
        changed: list[dict[str, int]] = []
        for state in new:
            before = known.get(state.key)
            after = states[state.key] = state if before is None else before.joined(state)
            place = dict(zip(_PLACES, after, strict=True))
            place["number"] = run.number
            place["group"] = run.experiment
            (added if before is None else changed).append(place)
        self._connection.ahead.write(_KIND, run.number, states)
        self._connection.write_many(_ADD, added)
        self._connection.write_many(_CHANGE, changed)
        self._connection.write(_ARRIVE, number=run.number, many=count, data=seal(data))
        self._connection.arrived[run.number] = self._connection.arrived.get(run.number, 0) + count
        self._connection.changes.runs[run.run_id, METRICS] = run.experiment

    def _unknown(self, run: RunKey, table: NDArray[np.void], known: dict[int, State]) -> NDArray[np.bool_]:
        """Which of the points, sorted by key, are not stored yet."""
        kept = np.ones(len(table), np.bool_)
        keys = table["key"]
        bounds = [0, *(np.flatnonzero(keys[1:] != keys[:-1]) + 1).tolist(), len(table)]
        firsts, times = table["step"][bounds[:-1]].tolist(), np.minimum.reduceat(table["time"], bounds[:-1]).tolist()
        for i, (start, end) in enumerate(pairwise(bounds)):
            state = known.get(int(keys[start]))
            if state is None or firsts[i] > state.last_step or times[i] > state.end_time:
                continue
            part = table[start:end]
            columns = Columns(step=part["step"], time=part["time"], value=part["value"])
            kept[start:end] = ~History(self._connection).contains(run, state.key, columns)
        return kept

    def _link(self, run: RunKey, points: Points, numbers: dict[str, int]) -> None:
        """Keeps on which dataset points were measured; what was measured of a logged model is kept with that."""
        self._connection.write_many(
            _LINK,
            [
                {
                    "number": run.number,
                    "name": numbers[points.keys[i]],
                    "at": points.steps[i],
                    "when": points.timestamps[i],
                    "what": from_float(points.values[i]),
                    "dataset": link.dataset_name,
                    "digest": link.dataset_digest,
                }
                for link, places in points.links.items()
                if not link.model_id
                for i in places
            ],
        )

    def summaries(self, run: RunKey) -> list[SeriesSummary]:
        states = [State(*row) for row in self._connection.rows(_ALL_STATES, number=run.number)]
        names = self._connection.key_names({state.key for state in states})
        found = [
            SeriesSummary(
                key=names[state.key],
                count=state.points,
                nonfinite=state.nonfinite,
                first=to_float(state.first),
                first_step=state.first_step,
                last=to_float(state.last),
                last_step=state.last_step,
                last_timestamp=state.last_time,
                min=to_float(state.min),
                min_step=state.min_step,
                max=to_float(state.max),
                max_step=state.max_step,
            )
            for state in states
        ]
        return sorted(found, key=lambda summary: summary.key)

    def history(self, run: RunKey, key: str, offset: int, limit: int) -> list[Metric]:
        number = self._connection.find_keys([key]).get(key)
        if number is None:
            return []
        return _metrics(key, History(self._connection).page(run, number, offset, limit))

    def sample(self, run: RunKey, key: str, steps: tuple[int, int] | None, limit: int) -> list[Metric]:
        number = self._connection.find_keys([key]).get(key)
        if number is None:
            return []
        return _metrics(key, History(self._connection).sample(run, number, steps, limit))

    def chart(
        self, series: Sequence[tuple[RunKey, str]], axis: Axis, extent: tuple[float, float] | None, buckets: int
    ) -> list[Buckets]:
        numbers = self._connection.find_keys([key for _, key in series])
        return chart(self._connection, [(run, numbers.get(key, 0)) for run, key in series], axis, extent, buckets)


def _metrics(key: str, columns: Columns) -> list[Metric]:
    return [
        Metric(key=key, value=value, timestamp=time, step=step)
        for step, time, value in zip(columns.step.tolist(), columns.time.tolist(), columns.value.tolist(), strict=True)
    ]


def _distinct(table: NDArray[np.void]) -> NDArray[np.void]:
    """The points by (key, step, timestamp, value), without exact repeats."""
    table = table[np.argsort(table["key"], kind="stable")]
    same_key = table["key"][1:] == table["key"][:-1]
    step, time = table["step"], table["time"]
    # Mostly a request has each metric's points in order, and then nothing repeats either.
    if (~same_key | (step[1:] > step[:-1]) | ((step[1:] == step[:-1]) & (time[1:] > time[:-1]))).all():
        return table
    table = table[np.lexsort((ordered(table["value"]), time, step, table["key"]))]
    bits = np.ascontiguousarray(table["value"]).view(np.int64)
    same = (bits[1:] == bits[:-1]) & (table["time"][1:] == table["time"][:-1])
    same &= (table["step"][1:] == table["step"][:-1]) & (table["key"][1:] == table["key"][:-1])
    return table[np.append(True, ~same)] if same.any() else table


def _states(table: NDArray[np.void]) -> list[State]:
    """The states that the points, sorted by (key, step, timestamp, value), make on their own."""
    keys, step, time = table["key"], table["step"], table["time"]
    order = ordered(table["value"])
    starts = np.append(0, np.flatnonzero(keys[1:] != keys[:-1]) + 1)
    sizes = np.diff(np.append(starts, len(keys)))
    ends = starts + sizes - 1
    low = np.minimum.reduceat(order, starts)
    odd = ~np.isfinite(table["value"])
    if odd.any():
        nonfinite = np.add.reduceat(odd, starts, dtype=np.int64)
        # A NaN is neither the least nor the greatest, unless there is nothing else.
        high = np.maximum.reduceat(np.where(order == NAN, np.iinfo(np.int64).min, order), starts)
        high = np.where(low == NAN, NAN, high)
    else:
        nonfinite = np.zeros(len(starts), np.int64)
        high = np.maximum.reduceat(order, starts)
    columns: list[Any] = [
        keys[starts],
        sizes,
        nonfinite,
        order[starts],
        step[starts],
        time[starts],
        order[ends],
        step[ends],
        time[ends],
        low,
        step[_first_of(order, low, starts, sizes)],
        high,
        step[_first_of(order, high, starts, sizes)],
        np.maximum.reduceat(time, starts),
    ]
    return [State(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _first_of(
    order: NDArray[np.int64], wanted: NDArray[np.int64], starts: NDArray[np.intp], sizes: NDArray[np.intp]
) -> NDArray[np.intp]:
    """In each group, where the wanted value first is."""
    found = np.flatnonzero(order == np.repeat(wanted, sizes))
    return found[np.searchsorted(found, starts)]
