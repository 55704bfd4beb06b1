"""Runs as rows of a table, and the keys that there are columns for, in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import FromClause, Integer, Join, Select, Table, bindparam, func, literal, select, union_all

from kiseki.base.ids import ExperimentId
from kiseki.domain.columns import Keys, KeySummary, RunRow, cut
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.runs import Page, RunStatus
from kiseki.query import Aggregate, Field, Kind, Node, OrderTerm
from kiseki.store.ordered import to_floats
from kiseki.store.sql import search
from kiseki.store.sql.compile import TEXTS
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import ACTIVE, keys, params, runs, series, tags

SAMPLE: Final = 100
"""So many different values of a key are looked at, where there are few keys."""
SAMPLE_OF_ALL: Final = 10_000
"""So many values of all keys are looked at, but of each key one at least."""
_AT_ONCE: Final = 32
"""Of so many keys values are asked for at once."""
SAMPLE_CHARS: Final = 101
"""So much is read of a value that is looked at: one character more than anybody shows."""

_INFO = select(
    runs.c.number,
    runs.c.run_id,
    runs.c.experiment,
    runs.c.name,
    runs.c.user_id,
    runs.c.status,
    runs.c.start_time,
    runs.c.end_time,
    runs.c.lifecycle,
).where(runs.c.number.in_(bindparam("numbers", expanding=True)))
_METRICS: Final = (Aggregate.LAST, Aggregate.MIN, Aggregate.MAX, Aggregate.FIRST, Aggregate.COUNT)
_NUMBERS_OF = select(
    series.c.run, series.c.key, series.c.last, series.c.min, series.c.max, series.c.first, series.c.points
).where(
    series.c.run.in_(bindparam("numbers", expanding=True)),
    series.c.key.in_(bindparam("wanted", expanding=True)),
)


def _texts_of(table: Table, whole: bool) -> Select[tuple[Any, ...]]:
    """The texts of some keys of some runs, whole or their first `chars` characters."""
    value = table.c.value if whole else func.substr(table.c.value, 1, bindparam("chars", type_=Integer))
    return select(table.c.run, table.c.key, value).where(
        table.c.run.in_(bindparam("numbers", expanding=True)), table.c.key.in_(bindparam("wanted", expanding=True))
    )


_WHOLE: Final = {kind: _texts_of(table, whole=True) for kind, table in TEXTS.items()}
_STARTS: Final = {kind: _texts_of(table, whole=False) for kind, table in TEXTS.items()}


def _counts(table: Table) -> Select[tuple[Any, ...]]:
    """How many runs of an experiment have each key, from the index that begins with both."""
    return select(table.c.key, func.count()).where(table.c.experiment == bindparam("group")).group_by(table.c.key)


def _walks(table: Table) -> Select[tuple[Any, ...]]:
    """Some different values of the keys `wanted` of an experiment, by their hashes, which no order of the values decides.

    Each step finds the next hash of a key in the index, however many runs have the same value.
    """

    def least(one: Any, key: Any) -> Select[tuple[Any, ...]]:
        return select(func.min(one.c.hash)).where(one.c.experiment == bindparam("group"), one.c.key == key)

    first, later, found = table.alias(), table.alias(), table.alias()
    walk = (
        select(
            keys.c.number.label("key"),
            least(first, keys.c.number).scalar_subquery().label("hash"),
            literal(1).label("step"),
        )
        .where(keys.c.number.in_(bindparam("wanted", expanding=True)))
        .cte("walk", recursive=True)
    )
    following = least(later, walk.c.key).where(later.c.hash > walk.c.hash).scalar_subquery()
    walk = walk.union_all(
        select(walk.c.key, following, walk.c.step + 1).where(walk.c.hash.is_not(None), walk.c.step < bindparam("most"))
    )
    run = (
        select(func.min(found.c.run))
        .where(found.c.experiment == bindparam("group"), found.c.key == walk.c.key, found.c.hash == walk.c.hash)
        .scalar_subquery()
    )
    return _shown(table, walk.join(table, (table.c.run == run) & (table.c.key == walk.c.key)), walk)


@cache
def _scans(table: Table) -> Select[tuple[Any, ...]]:
    """The same of `_AT_ONCE` keys, each of which is a parameter; of each the index is read until there are enough."""

    def of_key(place: int) -> Select[tuple[Any, ...]]:
        some = (
            select(table.c.key, table.c.hash, func.min(table.c.run).label("run"))
            .where(table.c.experiment == bindparam("group"), table.c.key == bindparam(f"key{place}"))
            .group_by(table.c.key, table.c.hash)
            .order_by(table.c.hash)
            .limit(bindparam("most", type_=Integer))
        )
        return select(some.subquery())

    found = union_all(*map(of_key, range(_AT_ONCE))).subquery()
    return _shown(table, found.join(table, (table.c.run == found.c.run) & (table.c.key == found.c.key)), found)


def _shown(table: Table, joined: Join, found: FromClause) -> Select[tuple[Any, ...]]:
    """The keys that were found and the first characters of their values."""
    start = func.substr(table.c.value, 1, SAMPLE_CHARS)
    return select(found.c.key, start).select_from(joined).order_by(found.c.key, found.c.hash)


_COUNTS: Final = {table.name: _counts(table) for table in (params, tags, series)}
_WALKS: Final = {table.name: _walks(table) for table in (params, tags)}


class SqlColumns:
    """`kiseki.store.protocol.Columns`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keys(self, experiment_ids: Sequence[ExperimentId]) -> Keys:
        numbers = [int(one) for one in dict.fromkeys(experiment_ids)]
        return Keys(
            metrics=self._summaries(series, numbers),
            params=self._summaries(params, numbers),
            tags=self._summaries(tags, numbers),
        )

    def _summaries(self, table: Table, experiments: Sequence[int]) -> list[KeySummary]:
        """What is known of the keys of one table, by key."""
        counts = {
            number: self._connection.rows(_COUNTS[table.name], group=number) for number in dict.fromkeys(experiments)
        }
        total: dict[int, int] = defaultdict(int)
        values: dict[int, dict[str, None]] = defaultdict(dict)
        pairs = sum(len(rows) for rows in counts.values())
        most = max(1, min(SAMPLE, SAMPLE_OF_ALL // max(1, pairs)))
        for experiment, rows in counts.items():
            for key, count in rows:
                total[key] += count
            if table is not series:
                for key, value in self._samples(table, experiment, [key for key, _ in rows], most):
                    values[key][value] = None
        names = self._connection.key_names(set(total))
        summaries = [
            KeySummary(key=names[key], runs=count, values=list(values[key])[:SAMPLE]) for key, count in total.items()
        ]
        return sorted(summaries, key=lambda summary: summary.key)

    def _samples(self, table: Table, experiment: int, wanted: Sequence[int], most: int) -> list[tuple[int, str]]:
        """Different values of some keys with their keys, at most so many of each."""
        if self._connection.database.walks:
            return self._connection.rows_in(_WALKS[table.name], "wanted", wanted, group=experiment, most=most)
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(wanted), _AT_ONCE):
            # The last one is asked for again where there are no more.
            places = {f"key{place}": wanted[min(start + place, len(wanted) - 1)] for place in range(_AT_ONCE)}
            found += self._connection.rows(_scans(table), group=experiment, most=most, **places)
        return found

    def find(
        self,
        experiment_ids: Sequence[ExperimentId],
        view: View,
        where: Node | None,
        order_by: Sequence[OrderTerm],
        columns: Sequence[Field],
        max_chars: int,
        max_results: int,
        page_token: str,
    ) -> Page[RunRow]:
        numbers, token = search.runs(
            self._connection, [int(one) for one in experiment_ids], view, where, order_by, max_results, page_token
        )
        return Page(items=self._rows(numbers, columns, max_chars), next_page_token=token)

    def count(self, experiment_ids: Sequence[ExperimentId], view: View, where: Node | None) -> int:
        return search.count_runs(self._connection, [int(one) for one in experiment_ids], view, where)

    def _rows(self, numbers: Sequence[int], columns: Sequence[Field], max_chars: int) -> list[RunRow]:
        """The runs in the order of their numbers, with one query per table."""
        if not numbers:
            return []
        rows: dict[int, tuple[Any, ...]] = {row[0]: row for row in self._connection.rows_in(_INFO, "numbers", numbers)}
        values: dict[int, list[Any]] = {number: [None] * len(columns) for number in numbers}
        known = self._connection.find_keys(sorted({column.key for column in columns}))
        for kind in (Kind.PARAM, Kind.TAG, Kind.METRIC):
            places: dict[int, list[int]] = {}
            for place, column in enumerate(columns):
                if column.kind is kind and column.key in known:
                    places.setdefault(known[column.key], []).append(place)
            if not places:
                continue
            if kind is Kind.METRIC:
                self._put_metrics(values, numbers, columns, places)
            else:
                self._put_texts(values, numbers, kind, places, max_chars)
        return [_row(rows[number], values[number]) for number in numbers]

    def _put_texts(
        self,
        values: dict[int, list[Any]],
        numbers: Sequence[int],
        kind: Kind,
        places: dict[int, list[int]],
        max_chars: int,
    ) -> None:
        """Puts params or tags in their places."""
        wanted = tuple(places)
        if max_chars:
            # One character more, which tells whether there is more.
            found = self._connection.rows_in(_STARTS[kind], "numbers", numbers, wanted=wanted, chars=max_chars + 1)
        else:
            found = self._connection.rows_in(_WHOLE[kind], "numbers", numbers, wanted=wanted)
        for run, key, value in found:
            text = cut(value, max_chars)
            for place in places[key]:
                values[run][place] = text

    def _put_metrics(
        self,
        values: dict[int, list[Any]],
        numbers: Sequence[int],
        columns: Sequence[Field],
        places: dict[int, list[int]],
    ) -> None:
        """Puts metrics in their places."""
        by_key: dict[int, list[tuple[Any, ...]]] = {key: [] for key in places}
        for row in self._connection.rows_in(_NUMBERS_OF, "numbers", numbers, wanted=tuple(places)):
            by_key[row[1]].append(row)
        for key, rows in by_key.items():
            for place in places[key]:
                aggregate = columns[place].aggregate
                column = 2 + _METRICS.index(aggregate)
                ordered = [row[column] for row in rows]
                found: Sequence[float] = ordered if aggregate is Aggregate.COUNT else to_floats(ordered)
                for row, value in zip(rows, found, strict=True):
                    values[row[0]][place] = value


def _row(row: tuple[Any, ...], values: list[Any]) -> RunRow:
    """A run of a row of `_INFO`."""
    number, run_id, experiment, name, user_id, status, start, end, lifecycle = row
    return RunRow(
        run_id=run_id,
        number=number,
        experiment_id=ExperimentId(str(experiment)),
        run_name=name,
        user_id=user_id,
        status=RunStatus(status),
        start_time=start,
        end_time=end,
        lifecycle_stage=LifecycleStage.ACTIVE if lifecycle == ACTIVE else LifecycleStage.DELETED,
        values=values,
    )
