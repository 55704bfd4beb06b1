"""What was measured of logged models, in SQL.

Points are one row per request, run and dataset, as they came. The row of each metric on each dataset is brought up to
date in the same transaction: what a search compares, and what is told of a model with too many points. All of it is the
same when points come twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BindParameter, bindparam, insert, select, update

from kiseki.domain.changes import METRICS
from kiseki.domain.metrics import Link, Metric, Points
from kiseki.store.ordered import NAN, from_float, text_hash, to_float
from kiseki.store.protocol import ModelKey
from kiseki.store.segments import POINT, arrived, ordered, seal
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import logged_model_points, logged_model_series

MAX_POINTS: Final = 1_000
"""A model with more points is told of by the latest of each metric on each dataset."""
MAX_POINTS_OF_PAGE: Final = 100_000
"""So many points all models of a page have together, at least one each of a metric."""

_series = logged_model_series


class State(NamedTuple):
    """What is known of a metric on a dataset, values as `store.ordered` numbers."""

    key: int
    points: int
    last: int
    last_step: int
    last_time: int
    run_id: str
    min: int
    max: int

    def joined(self, new: State) -> State:
        """The state with what `new` says."""
        latest = max(self, new, key=lambda one: (one.last_time, one.last_step, one.last))
        # NaN is neither the least nor the greatest, unless there is nothing else; it is above all in the column.
        high = new.max if self.max == NAN else self.max if new.max == NAN else max(self.max, new.max)
        return latest._replace(points=self.points + new.points, min=min(self.min, new.min), max=high)


_STATE: Final = tuple(_series.c[name] for name in State._fields)
_STATES = select(*_STATE).where(
    _series.c.model == bindparam("number"),
    _series.c.dataset == bindparam("on"),
    _series.c.key.in_(bindparam("keys", expanding=True)),
)
_PLACES: Final = tuple(f"new_{name}" for name in State._fields)
_VALUES: Final[dict[str, BindParameter[Any]]] = {name: bindparam(f"new_{name}") for name in State._fields}
_ADD_STATE = insert(_series).values(
    model=bindparam("number"),
    dataset=bindparam("on"),
    experiment=bindparam("group"),
    dataset_name=bindparam("called"),
    dataset_digest=bindparam("digest"),
    **_VALUES,
)
_CHANGE_STATE = (
    update(_series)
    .where(
        _series.c.model == bindparam("number"),
        _series.c.key == bindparam("new_key"),
        _series.c.dataset == bindparam("on"),
    )
    .values(**{name: value for name, value in _VALUES.items() if name != "key"})
)
_ADD_POINTS = insert(logged_model_points).values(
    model=bindparam("number"),
    run_id=bindparam("of"),
    dataset_name=bindparam("called"),
    dataset_digest=bindparam("digest"),
    count=bindparam("many"),
    points=bindparam("data"),
)
_STATES_OF = select(_series.c.model, _series.c.dataset_name, _series.c.dataset_digest, *_STATE).where(
    _series.c.model.in_(bindparam("numbers", expanding=True))
)
_POINTS_OF = (
    select(
        logged_model_points.c.model,
        logged_model_points.c.run_id,
        logged_model_points.c.dataset_name,
        logged_model_points.c.dataset_digest,
        logged_model_points.c.points,
    )
    .where(logged_model_points.c.model.in_(bindparam("numbers", expanding=True)))
    .order_by(logged_model_points.c.number)
)


class SqlLoggedModelMetrics:
    """Metrics of logged models over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_ahead(self, model: ModelKey, link: Link, names: Collection[str]) -> Callable[[], None]:
        """Asks for the states of a model's metrics on a dataset; what is returned keeps them."""
        keys = list(self._connection.find_keys(list(names)).values())
        on = _dataset(link)
        answer = self._connection.ask(_STATES, "keys", keys, number=model.number, on=on)
        return lambda: self._connection.ahead.fill(_kind(on), model.number, keys, {row[0]: row for row in answer()})

    def append(self, model: ModelKey, run_id: str, link: Link, points: Points, places: Sequence[int]) -> None:
        """Adds those of some points that are at these places."""
        numbers = self._connection.key_numbers(list(dict.fromkeys(points.keys[i] for i in places)))
        table = np.empty(len(places), POINT)
        table["key"] = [numbers[points.keys[i]] for i in places]
        table["step"] = [points.steps[i] for i in places]
        table["time"] = [points.timestamps[i] for i in places]
        table["value"] = [points.values[i] for i in places]
        on = _dataset(link)
        known = self._known(model, on, list(numbers.values()))
        row = {
            "number": model.number,
            "on": on,
            "group": model.experiment,
            "called": link.dataset_name,
            "digest": link.dataset_digest,
        }
        added: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        states: dict[int, State] = {}
        for state in _states(table, run_id):
            before = known.get(state.key)
            after = states[state.key] = state if before is None else before.joined(state)
            (added if before is None else changed).append({**row, **dict(zip(_PLACES, after, strict=True))})
        self._connection.ahead.write(_kind(on), model.number, states)
        self._connection.write_many(_ADD_STATE, added)
        self._connection.write_many(_CHANGE_STATE, changed)
        self._connection.write(
            _ADD_POINTS,
            number=model.number,
            of=run_id,
            called=link.dataset_name,
            digest=link.dataset_digest,
            many=len(table),
            data=seal(table.tobytes()),
        )
        self._connection.changes.models[model.model_id, METRICS] = model.experiment

    def of_models(self, models: Mapping[int, str]) -> dict[int, list[Metric]]:
        """The points of models in the order in which they came, by the models' numbers, which are given with their ids.

        All points of a model that has few; of another one the latest of each metric on each dataset.
        """
        found: dict[int, list[Metric]] = {}
        total = dict.fromkeys(models, 0)
        rows = self._connection.rows_in(_STATES_OF, "numbers", list(models))
        for model, _, _, *state in rows:
            total[model] += State(*state).points
        most = min(MAX_POINTS, MAX_POINTS_OF_PAGE // max(len(models), 1))
        whole = [model for model, points in total.items() if 0 < points <= most]
        names = self._connection.key_names({row[3] for row in rows})
        for model, run_id, name, digest, data in self._connection.rows_in(_POINTS_OF, "numbers", whole):
            for key, step, time, value in arrived([data]).tolist():
                found.setdefault(model, []).append(
                    Metric(
                        key=names[key],
                        value=value,
                        timestamp=time,
                        step=step,
                        model_id=models[model],
                        dataset_name=name,
                        dataset_digest=digest,
                        run_id=run_id,
                    )
                )
        for model, name, digest, *row in rows:
            if total[model] > most:
                state = State(*row)
                found.setdefault(model, []).append(
                    Metric(
                        key=names[state.key],
                        value=to_float(state.last),
                        timestamp=state.last_time,
                        step=state.last_step,
                        model_id=models[model],
                        dataset_name=name,
                        dataset_digest=digest,
                        run_id=state.run_id,
                    )
                )
        return {model: _distinct(metrics) for model, metrics in found.items()}

    def _known(self, model: ModelKey, on: int, keys: Sequence[int]) -> dict[int, State]:
        rows = self._connection.ahead.find(_kind(on), model.number, keys)
        if rows is None:
            read = self._connection.rows_in(_STATES, "keys", keys, number=model.number, on=on)
            rows = {row[0]: row for row in read}
        return {key: State(*row) for key, row in rows.items()}


def _kind(dataset: int) -> str:
    return f"{_series.name} {dataset}"


def _dataset(link: Link) -> int:
    """The number of a dataset in the key of a row; a NUL is in neither name nor digest."""
    return text_hash(f"{link.dataset_name}\x00{link.dataset_digest}") if link.dataset_name else 0


def _states(table: NDArray[np.void], run_id: str) -> list[State]:
    """The states that points make on their own."""
    if len(table) == 1:
        key, step, time, value = table[0].tolist()
        number = from_float(value)
        return [State(key, 1, number, step, time, run_id, number, number)]
    order = ordered(table["value"])
    by = np.lexsort((order, table["step"], table["time"], table["key"]))
    table, order = table[by], order[by]
    keys = table["key"]
    bounds = [0, *(np.flatnonzero(keys[1:] != keys[:-1]) + 1).tolist(), len(table)]
    found = []
    for start, end in pairwise(bounds):
        key, step, time, _ = table[end - 1].tolist()
        numbers = order[start:end][order[start:end] != NAN]
        low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (NAN, NAN)
        found.append(State(key, end - start, int(order[end - 1]), step, time, run_id, low, high))
    return found


def _distinct(metrics: list[Metric]) -> list[Metric]:
    """Points without exact repeats, the first of each; values are compared as the numbers that a column would have."""
    seen: dict[tuple[Any, ...], Metric] = {}
    for one in metrics:
        what = (one.key, one.dataset_name, one.dataset_digest, one.run_id)
        seen.setdefault((*what, one.step, one.timestamp, from_float(one.value)), one)
    return list(seen.values())
