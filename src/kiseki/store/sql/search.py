"""Searches: which way through the indexes, and pages.

A page token says where the last row stood in the order (a keyset), so a page costs the same however deep it is, and
rows that come or go meanwhile shift nothing.

How runs are found, decided by what the indexes hold and not by a database's statistics:
1. If one condition that must hold names few runs (at most `FEW`), those are looked up by an index, filtered and sorted.
2. Else, ordered by a metric within one experiment, the index of that metric's values is walked.
3. Else, in the default order, the index of the newest runs is walked.
4. Else all runs that match are sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, func, literal, null, or_, select, true
from sqlalchemy.sql.selectable import FromClause

from kiseki.base.errors import InvalidParameter
from kiseki.domain.experiments import ExperimentOrder, View
from kiseki.query import (
    EXPERIMENTS,
    RUNS,
    Aggregate,
    And,
    Comparison,
    Kind,
    Node,
    Not,
    Op,
    Or,
    OrderTerm,
    full_order,
)
from kiseki.store.ordered import NAN, text_hash
from kiseki.store.sql import tables
from kiseki.store.sql.activity import activity_of_experiments, experiment_has_text, last_activity
from kiseki.store.sql.compile import (
    EXPERIMENT_ATTRIBUTES,
    FINITE,
    RUN_ATTRIBUTES,
    TEXTS,
    Condition,
    ExperimentConditions,
    RunConditions,
    metric_column,
    metric_condition,
)
from kiseki.store.sql.database import Connection

FEW: Final = 2_000
_NEAR_PAGES: Final = 4

_runs, _series = tables.runs, tables.series


class _Key(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the sort order; never null."""

    column: ColumnElement[Any]
    descending: bool = False


Keys = tuple[_Key, ...]


def experiments(
    connection: Connection,
    view: View,
    where: Node | None,
    order_by: Sequence[OrderTerm],
    max_results: int,
    page_token: str,
) -> tuple[list[int], str]:
    """The numbers of one page of experiments, and the token of the next."""
    search = _digest("experiments", view, where, order_by)
    keys = tuple(
        _Key(column=EXPERIMENT_ATTRIBUTES[term.field.key], descending=term.descending)
        for term in full_order(order_by, EXPERIMENTS)
    )
    conditions = [_in_view(tables.experiments.c.lifecycle, view)]
    if where is not None:
        conditions.append(ExperimentConditions().of(where))
    after = _position(connection, page_token, search, len(keys))
    statement = _sorted(select(tables.experiments.c.number).where(*conditions), keys, after, max_results + 1)
    rows = connection.query(statement)
    return _page(connection, rows, max_results, search)


def runs(
    connection: Connection,
    experiments: Sequence[int],
    view: View,
    where: Node | None,
    order_by: Sequence[OrderTerm],
    max_results: int,
    page_token: str,
) -> tuple[list[int], str]:
    """The numbers of one page of runs, and the token of the next."""
    search = _digest("runs", sorted(experiments), view, where, order_by)
    terms = full_order(order_by, RUNS)
    fields = [*(one.field for one in _comparisons(where)), *(term.field for term in terms)]
    names = {field.key for field in fields if field.kind in _KEYED}
    numbers = connection.find_keys(sorted(names))
    asked = _Runs(connection, list(dict.fromkeys(experiments)), view, where, terms, numbers)
    after = _position(connection, page_token, search, len(asked.keys))
    rows = asked.find(after, max_results + 1)
    return _page(connection, rows, max_results, search)


def count_runs(connection: Connection, experiments: Sequence[int], view: View, where: Node | None) -> int:
    """How many runs match."""
    names = {one.field.key for one in _comparisons(where) if one.field.kind in _KEYED}
    numbers = connection.find_keys(sorted(names))
    return _Runs(connection, list(dict.fromkeys(experiments)), view, where, (), numbers).count()


def found_experiments(
    connection: Connection,
    view: View,
    where: Node | None,
    text: str,
    order: ExperimentOrder,
    descending: bool,
    max_results: int,
    page_token: str,
) -> tuple[list[int], str, int]:
    """The numbers of one page of experiments, the token of the next, and how many match."""
    search = _digest("found experiments", view, where, text, order, descending)
    conditions = [_in_view(tables.experiments.c.lifecycle, view)]
    if where is not None:
        conditions.append(ExperimentConditions().of(where))
    if text:
        conditions.append(experiment_has_text(text))
    source: FromClause = tables.experiments
    if order in (ExperimentOrder.LAST_ACTIVITY, ExperimentOrder.RUNS):
        activity = activity_of_experiments().subquery()
        source = source.outerjoin(activity, activity.c.experiment == tables.experiments.c.number)
        by = func.coalesce(activity.c.runs, 0) if order is ExperimentOrder.RUNS else last_activity(activity)
    else:
        by = EXPERIMENT_ATTRIBUTES[order.value]
    keys = (_Key(column=by, descending=descending), _Key(column=tables.experiments.c.number, descending=True))
    after = _position(connection, page_token, search, len(keys))
    statement = select(tables.experiments.c.number).select_from(source).where(*conditions)
    rows = connection.query(_sorted(statement, keys, after, max_results + 1))
    total = connection.query(select(func.count()).select_from(tables.experiments).where(*conditions))[0][0]
    return *_page(connection, rows, max_results, search), total


class _Runs:
    """One search of runs."""

    def __init__(
        self,
        connection: Connection,
        experiments: list[int],
        view: View,
        where: Node | None,
        terms: Sequence[OrderTerm],
        numbers: dict[str, int],
    ) -> None:
        self._connection = connection
        self._experiments = experiments
        self._where = where
        self._terms = terms
        self._numbers = numbers
        self._conditions = RunConditions(numbers)
        self._in_view = _in_view(_runs.c.lifecycle, view)
        self._source: FromClause = _runs
        self.keys: Keys = tuple(key for term in terms for key in self._keys(term))

    def find(self, after: list[Any] | None, limit: int) -> list[tuple[Any, ...]]:
        """Rows of (number, *sort keys), at most `limit`."""
        few = self._few()
        if few is not None:
            return self._sorted(_runs.c.number.in_(few) if few else None, after, limit) if few else []
        if len(self._experiments) == 1 and self._terms[0].field.kind is Kind.METRIC and self._only_ties_follow():
            return self._by_metric(after, limit)
        return self._sorted(_runs.c.experiment.in_(self._experiments), after, limit)

    def count(self) -> int:
        """How many runs there are on all pages."""
        few = self._few()
        if few is not None and not few:
            return 0
        among = _runs.c.experiment.in_(self._experiments) if few is None else _runs.c.number.in_(few)
        statement = select(func.count()).select_from(_runs).where(self._in_view, among)
        if self._where is not None:
            statement = statement.where(self._conditions.of(self._where))
        return int(self._connection.query(statement)[0][0])

    def _sorted(self, among: Condition | None, after: list[Any] | None, limit: int) -> list[tuple[Any, ...]]:
        statement = select(_runs.c.number).select_from(self._source).where(self._in_view)
        if among is not None:
            statement = statement.where(among)
        if self._where is not None:
            statement = statement.where(self._conditions.of(self._where))
        return self._connection.query(_sorted(statement, self.keys, after, limit))

    def _keys(self, term: OrderTerm) -> Iterator[_Key]:
        """The columns that sort by one term: what is absent last, NaN before that, in both directions."""
        field = term.field
        if field.kind is Kind.ATTRIBUTE:
            column = RUN_ATTRIBUTES[field.key]
            if field.key == "end_time":
                yield _Key(column=case((column.is_(null()), 1), else_=0))
                column = func.coalesce(column, 0)
            yield _Key(column=column, descending=term.descending)
            return
        number = self._numbers.get(field.key)
        if number is None:
            return
        if field.kind is Kind.METRIC:
            table = _series.alias()
            self._source = self._source.outerjoin(table, and_(table.c.run == _runs.c.number, table.c.key == number))
            column = metric_column(table, field)
            odd: Condition = column.is_(null())
            if field.aggregate is not Aggregate.COUNT:
                yield _Key(column=case((odd, 2), (column == NAN, 1), else_=0))
                odd = or_(odd, column == NAN)
            else:
                yield _Key(column=case((odd, 2), else_=0))
            yield _Key(column=case((odd, literal(0, BigInteger)), else_=column), descending=term.descending)
        else:
            texts = TEXTS[field.kind].alias()
            self._source = self._source.outerjoin(texts, and_(texts.c.run == _runs.c.number, texts.c.key == number))
            yield _Key(column=case((texts.c.value.is_(null()), 1), else_=0))
            yield _Key(column=func.coalesce(texts.c.value, ""), descending=term.descending)

    def _only_ties_follow(self) -> bool:
        """Whether the order is one metric, by a value that the index has, and then the usual tie rule."""
        first = self._terms[0].field
        return (
            tuple(self._terms[1:]) == tuple(RUNS.tie_order)
            and first.key in self._numbers
            and first.aggregate in (Aggregate.LAST, Aggregate.MIN, Aggregate.MAX)
        )

    def _by_metric(self, after: list[Any] | None, limit: int) -> list[tuple[Any, ...]]:
        """Walks the index of the metric's numbers, then the runs where it is NaN, then those without it."""
        term = self._terms[0]
        required = [one for one in _required(self._where) if one.field.kind is Kind.METRIC and one.field == term.field]
        first_rank, last_rank = 0, 2
        if any(one.op is Op.IS_NULL for one in required):
            first_rank = 2
        elif required:
            last_rank = 1 if all(one.op in (Op.NE, Op.IS_NOT_NULL) for one in required) else 0
        rank = after[0] if after else first_rank
        rows: list[tuple[Any, ...]] = []
        while rank <= last_rank and len(rows) < limit:
            position = after[1:] if after is not None and after[0] == rank else None
            rows += self._of_rank(term, rank, required, position, limit - len(rows))
            rank += 1
        return rows

    def _of_rank(
        self, term: OrderTerm, rank: int, required: list[Comparison], after: list[Any] | None, limit: int
    ) -> list[tuple[Any, ...]]:
        number = self._numbers[term.field.key]
        column = metric_column(_series, term.field)
        ties = (_Key(column=_runs.c.start_time, descending=True), _Key(column=_runs.c.run_id))
        if rank == 2:
            absent = (
                ~select(1).where(_series.c.run == _runs.c.number, _series.c.key == number).correlate(_runs).exists()
            )
            statement = select(_runs.c.number).where(_runs.c.experiment == self._experiments[0], absent)
            value: ColumnElement[Any] = literal(0)
        else:
            statement = (
                select(_runs.c.number)
                .select_from(_series.join(_runs, _runs.c.number == _series.c.run))
                .where(_series.c.experiment == self._experiments[0], _series.c.key == number)
            )
            if rank == 1:
                statement = statement.where(column == NAN)
                value = literal(0)
            else:
                statement = statement.where(column.between(*FINITE))
                statement = statement.where(*(metric_condition(_series, one) for one in required if _is_range(one)))
                value = column
        statement = statement.where(self._in_view)
        if self._where is not None:
            statement = statement.where(self._conditions.of(self._where))
        keys = (*((_Key(column=value, descending=term.descending),) if rank == 0 else ()), *ties)
        position = after if rank == 0 or after is None else after[1:]
        rows: list[tuple[Any, ...]] = []
        if rank == 0:
            near = self._near(term, column, required, position, limit)
            if near is not None:
                rows = self._connection.query(_sorted(statement.where(near), keys, position, limit))
        if len(rows) < limit:
            rows = self._connection.query(_sorted(statement, keys, position, limit))
        if rank == 0:
            return [(row[0], rank, *row[1:]) for row in rows]
        return [(row[0], rank, 0, *row[1:]) for row in rows]

    def _near(
        self,
        term: OrderTerm,
        column: ColumnElement[Any],
        required: list[Comparison],
        after: list[Any] | None,
        limit: int,
    ) -> Condition | None:
        """A bound on the metric's number below which some pages of runs are, for a number that has no index.

        The index of the last value has the least and greatest too, so the bound is found without looking at runs, and
        only the runs within it are joined and sorted. None if there are few, or if the number has an index.
        """
        if term.field.aggregate is Aggregate.LAST:
            return None
        statement = select(column).where(
            _series.c.experiment == self._experiments[0],
            _series.c.key == self._numbers[term.field.key],
            column.between(*FINITE),
            *(metric_condition(_series, one) for one in required if _is_range(one)),
        )
        if after is not None:
            statement = statement.where(column <= after[0] if term.descending else column >= after[0])
        statement = statement.order_by(column.desc() if term.descending else column.asc())
        found = self._connection.query(statement.limit(1).offset(_NEAR_PAGES * limit))
        if not found:
            return None
        bound: Condition = column >= found[0][0] if term.descending else column <= found[0][0]
        return bound

    def _few(self) -> list[int] | None:
        """The runs that a condition names, if one that must hold names few; None if all name many."""
        best: Callable[[int], Select[tuple[int]]] | None = None
        fewest = FEW + 1
        for comparison in _required(self._where):
            named = self._named_by(comparison)
            if named is None:
                continue
            statement = named(FEW + 1)
            count = self._connection.query(select(func.count()).select_from(statement.subquery()))[0][0]
            if count < fewest:
                best, fewest = named, count
        if best is None:
            return None
        return [row[0] for row in self._connection.query(best(FEW + 1))]

    def _named_by(self, comparison: Comparison) -> Callable[[int], Select[tuple[int]]] | None:
        """A query for the runs that an index finds for a comparison; None if no index does."""
        field, op, value = comparison.field, comparison.op, comparison.value
        if field.kind is Kind.ATTRIBUTE and field.key == "run_id" and op in (Op.EQ, Op.IN):
            wanted = [value] if isinstance(value, str) else list(value or ())  # type: ignore[arg-type]
            return lambda limit: (
                select(_runs.c.number)
                .where(_runs.c.run_id.in_(wanted), _runs.c.experiment.in_(self._experiments))
                .limit(limit)
            )
        number = self._numbers.get(field.key)
        if field.kind not in _KEYED:
            return None
        if number is None:
            nothing = select(_runs.c.number).where(_runs.c.number == -1)
            return None if op is Op.IS_NULL else nothing.limit
        if field.kind is Kind.METRIC:
            if not _is_range(comparison) or field.aggregate in (Aggregate.FIRST, Aggregate.COUNT):
                return None
            return lambda limit: (
                select(_series.c.run)
                .where(
                    _series.c.experiment.in_(self._experiments),
                    _series.c.key == number,
                    metric_condition(_series, comparison),
                )
                .limit(limit)
            )
        if op not in (Op.EQ, Op.IN):
            return None
        table = TEXTS[field.kind]
        hashes = [text_hash(one) for one in ([value] if isinstance(value, str) else value or ())]  # type: ignore[union-attr]
        return lambda limit: (
            select(table.c.run)
            .where(table.c.experiment.in_(self._experiments), table.c.key == number, table.c.hash.in_(hashes))
            .limit(limit)
        )


_KEYED: Final = frozenset({Kind.METRIC, Kind.PARAM, Kind.TAG})


def _is_range(comparison: Comparison) -> bool:
    return comparison.op in (Op.EQ, Op.LT, Op.LE, Op.GT, Op.GE)


def _comparisons(node: Node | None) -> Iterator[Comparison]:
    """All comparisons in a tree."""
    if isinstance(node, And | Or):
        for item in node.items:
            yield from _comparisons(item)
    elif isinstance(node, Not):
        yield from _comparisons(node.item)
    elif node is not None:
        yield node


def _required(node: Node | None) -> list[Comparison]:
    """The comparisons that must hold for the tree to hold."""
    if isinstance(node, And):
        return [item for item in node.items if isinstance(item, Comparison)]
    return [node] if isinstance(node, Comparison) else []


def _in_view(column: ColumnElement[Any], view: View) -> Condition:
    if view is View.ALL:
        return true()
    return column == (tables.ACTIVE if view is View.ACTIVE_ONLY else tables.DELETED)


def _sorted(statement: Select[Any], keys: Keys, after: Sequence[Any] | None, limit: int) -> Select[Any]:
    """The statement with its sort keys as columns, from behind a position on, in order."""
    statement = statement.add_columns(*(key.column.label(f"sort_{i}") for i, key in enumerate(keys)))
    if after is not None:
        statement = statement.where(_behind(keys, after))
    order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
    return statement.order_by(*order).limit(limit)


def _behind(keys: Keys, position: Sequence[Any]) -> Condition:
    """Whether a row comes after a position in the order of the keys."""
    ways = []
    for i, key in enumerate(keys):
        equal = [one.column == value for one, value in zip(keys[:i], position, strict=False)]
        ways.append(and_(*equal, key.column < position[i] if key.descending else key.column > position[i]))
    # Implied by the rest; it lets the database start its walk along an index at the position.
    first = keys[0].column <= position[0] if keys[0].descending else keys[0].column >= position[0]
    return and_(first, or_(*ways))


def _digest(*search: Any) -> str:
    """What a token belongs to: the same search with the same order."""
    encoded = msgspec.json.encode([repr(part) for part in search])
    return blake2b(encoded, digest_size=8).hexdigest()


def _position(connection: Connection, token: str, search: str, keys: int) -> list[Any] | None:
    if not token:
        return None
    made_for, position = (*connection.database.verify(token), None)[:2]
    if made_for != search or not isinstance(position, list) or len(position) != keys:
        raise InvalidParameter(
            "Invalid page token: it belongs to another search. Use it with the same filter, order_by, view and "
            "experiments as the page that it came with."
        )
    return position


def _page(connection: Connection, rows: list[tuple[Any, ...]], max_results: int, search: str) -> tuple[list[int], str]:
    numbers = [row[0] for row in rows[:max_results]]
    if len(rows) <= max_results:
        return numbers, ""
    return numbers, connection.database.sign([search, list(rows[max_results - 1][1:])])
