"""Searches: which way through the indexes.

A page token says where the last row stood in the order (a keyset), so a page costs the same however deep it is, and
rows that come or go meanwhile shift nothing.

How rows are found, decided by what the indexes hold and not by a database's statistics:
1. If one condition that must hold names few rows (at most `FEW`), those are looked up by an index, filtered and sorted.
2. Else, ordered by a metric within one experiment, the index of that metric's values is walked.
3. Else, in the default order, the index of the newest rows is walked.
4. Else all rows that match are sorted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.sql.selectable import FromClause

from kiseki.domain.experiments import View
from kiseki.query import (
    LOGGED_MODELS,
    RUNS,
    Aggregate,
    And,
    Comparison,
    Entity,
    Kind,
    Node,
    Not,
    OnDataset,
    Op,
    Or,
    OrderTerm,
    full_order,
)
from kiseki.store.ordered import NAN, text_hash
from kiseki.store.sql import tables
from kiseki.store.sql.compile import (
    FINITE,
    LOGGED_MODEL_ATTRIBUTES,
    OF_LOGGED_MODELS,
    OF_RUNS,
    RUN_ATTRIBUTES,
    Among,
    Condition,
    KeyedConditions,
    LoggedModelConditions,
    RunConditions,
    metric_column,
    metric_condition,
    on_datasets,
)
from kiseki.store.sql.database import Connection
from kiseki.store.sql.paging import SortKey, SortKeys, digest, in_order, in_view, page, position

FEW: Final = 2_000
_NEAR_PAGES: Final = 4


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
    search = digest("runs", sorted(experiments), view, where, order_by)
    terms = full_order(order_by, RUNS)
    asked = _Runs(connection, experiments, view, where, terms)
    after = position(connection, page_token, search, len(asked.keys))
    rows = asked.find(after, max_results + 1)
    return page(connection, rows, max_results, search)


def count_runs(connection: Connection, experiments: Sequence[int], view: View, where: Node | None) -> int:
    """How many runs match."""
    return _Runs(connection, experiments, view, where, ()).count()


def logged_models(
    connection: Connection,
    experiments: Sequence[int],
    view: View,
    where: Node | None,
    datasets: Sequence[OnDataset],
    order_by: Sequence[OrderTerm],
    max_results: int,
    page_token: str,
) -> tuple[list[int], str]:
    """The numbers of one page of logged models, and the token of the next."""
    search = digest("logged models", sorted(experiments), view, where, datasets, order_by)
    terms = full_order(order_by, LOGGED_MODELS)
    asked = _LoggedModels(connection, experiments, view, where, terms, datasets)
    after = position(connection, page_token, search, len(asked.keys))
    rows = asked.find(after, max_results + 1)
    return page(connection, rows, max_results, search)


class _Search:
    """One search of rows that belong to experiments and have metrics, params and tags in tables of their own."""

    entity: Entity
    table: Table
    """The rows."""
    owned: Mapping[Kind, tuple[Table, ColumnElement[int]]]
    """By kind, the table of what is logged of them, and its column with the number of the row."""
    attributes: Mapping[str, ColumnElement[Any]]
    lookups: frozenset[str]
    """The attributes that have an index."""
    indexed: frozenset[Aggregate]
    """Which numbers of a metric the index of its last values has."""

    def __init__(
        self,
        connection: Connection,
        experiments: Sequence[int],
        view: View,
        where: Node | None,
        terms: Sequence[OrderTerm],
    ) -> None:
        self._connection = connection
        self._experiments = list(dict.fromkeys(experiments))
        self._where = where
        self._terms = terms
        fields = [*(one.field for one in _comparisons(where)), *(term.field for term in terms)]
        self._numbers = connection.find_keys(sorted({field.key for field in fields if field.kind in _KEYED}))
        self._conditions = self.conditions(self._numbers)
        self._series, self._owner = self.owned[Kind.METRIC]
        self._among = [in_view(self.table.c.lifecycle, view), *self.further()]
        self._source: FromClause = self.table
        self.keys: SortKeys = tuple(key for term in terms for key in self._keys(term))

    def conditions(self, numbers: Mapping[str, int]) -> KeyedConditions:
        """What makes conditions of the filter."""
        raise NotImplementedError

    def further(self) -> Sequence[Condition]:
        """Conditions on all rows that are not in the filter."""
        return ()

    def counts(self, series: Any, term: OrderTerm) -> Sequence[Condition]:
        """What makes a row of metrics the one that a row is sorted by."""
        return ()

    def find(self, after: list[Any] | None, limit: int) -> list[tuple[Any, ...]]:
        """Rows of (number, *sort keys), at most `limit`."""
        few = self._few()
        if few is not None:
            return self._sorted(Among(self.table.c.number, few), after, limit) if few else []
        if len(self._experiments) == 1 and self._terms[0].field.kind is Kind.METRIC and self._only_ties_follow():
            return self._by_metric(after, limit)
        return self._sorted(self.table.c.experiment.in_(self._experiments), after, limit)

    def count(self) -> int:
        """How many rows there are on all pages."""
        few = self._few()
        if few is not None and not few:
            return 0
        inside = self.table.c.experiment.in_(self._experiments) if few is None else Among(self.table.c.number, few)
        statement = select(func.count()).select_from(self.table).where(*self._among, inside)
        if self._where is not None:
            statement = statement.where(self._conditions.of(self._where))
        return int(self._connection.query(statement)[0][0])

    def _sorted(self, inside: Condition, after: list[Any] | None, limit: int) -> list[tuple[Any, ...]]:
        statement = select(self.table.c.number).select_from(self._source).where(*self._among, inside)
        if self._where is not None:
            statement = statement.where(self._conditions.of(self._where))
        return self._connection.query(in_order(statement, self.keys, after, limit))

    def _keys(self, term: OrderTerm) -> Iterator[SortKey]:
        """The columns that sort by one term: what is absent last, NaN before that, in both directions."""
        field = term.field
        if field.kind is Kind.ATTRIBUTE:
            column = self.attributes[field.key]
            if field.key == "end_time":
                yield SortKey(column=case((column.is_(null()), 1), else_=0))
                column = func.coalesce(column, 0)
            yield SortKey(column=column, descending=term.descending)
            return
        number = self._numbers.get(field.key)
        if number is None:
            return
        table, owner = self.owned[field.kind]
        alias = table.alias()
        joined = [alias.c[owner.name] == self.table.c.number, alias.c.key == number]
        if field.kind is Kind.METRIC:
            self._source = self._source.outerjoin(alias, and_(*joined, *self.counts(alias, term)))
            column = metric_column(alias, field)
            odd: Condition = column.is_(null())
            if field.aggregate is not Aggregate.COUNT:
                yield SortKey(column=case((odd, 2), (column == NAN, 1), else_=0))
                odd = or_(odd, column == NAN)
            else:
                yield SortKey(column=case((odd, 2), else_=0))
            yield SortKey(column=case((odd, literal(0, BigInteger)), else_=column), descending=term.descending)
        else:
            self._source = self._source.outerjoin(alias, and_(*joined))
            yield SortKey(column=case((alias.c.value.is_(null()), 1), else_=0))
            yield SortKey(column=func.coalesce(alias.c.value, ""), descending=term.descending)

    def _only_ties_follow(self) -> bool:
        """Whether the order is one metric, by a value that the index has, and then the usual tie rule."""
        first = self._terms[0].field
        return (
            tuple(self._terms[1:]) == tuple(self.entity.tie_order)
            and first.key in self._numbers
            and first.aggregate in self.indexed
        )

    def _by_metric(self, after: list[Any] | None, limit: int) -> list[tuple[Any, ...]]:
        """Walks the index of the metric's numbers, then the rows where it is NaN, then those without it."""
        term = self._terms[0]
        required = self._of_this_metric(term)
        first_rank, last_rank = 0, 2
        if any(one.op is Op.IS_NULL for one in required):
            first_rank = 2
        elif required:
            last_rank = 1 if all(one.op in (Op.NE, Op.IS_NOT_NULL) for one in required) else 0
        rank = after[0] if after else first_rank
        rows: list[tuple[Any, ...]] = []
        while rank <= last_rank and len(rows) < limit:
            place = after[1:] if after is not None and after[0] == rank else None
            rows += self._of_rank(term, rank, required, place, limit - len(rows))
            rank += 1
        return rows

    def _of_this_metric(self, term: OrderTerm) -> list[Comparison]:
        """The comparisons that must hold of the very number that rows are sorted by."""
        return [one for one in required(self._where) if one.field.kind is Kind.METRIC and one.field == term.field]

    def _of_rank(
        self, term: OrderTerm, rank: int, required: list[Comparison], after: list[Any] | None, limit: int
    ) -> list[tuple[Any, ...]]:
        series, rows_ = self._series, self.table
        number = self._numbers[term.field.key]
        column = metric_column(series, term.field)
        ties = tuple(
            SortKey(column=self.attributes[one.field.key], descending=one.descending) for one in self.entity.tie_order
        )
        counts = self.counts(series, term)
        if rank == 2:
            has = select(1).where(self._owner == rows_.c.number, series.c.key == number, *counts)
            statement = select(rows_.c.number).where(
                rows_.c.experiment == self._experiments[0], ~has.correlate(rows_).exists()
            )
            value: ColumnElement[Any] = literal(0)
        else:
            statement = (
                select(rows_.c.number)
                .select_from(series.join(rows_, rows_.c.number == self._owner))
                .where(series.c.experiment == self._experiments[0], series.c.key == number, *counts)
            )
            if rank == 1:
                statement = statement.where(column == NAN)
                value = literal(0)
            else:
                statement = statement.where(column.between(*FINITE))
                statement = statement.where(*(metric_condition(series, one) for one in required if _is_range(one)))
                value = column
        statement = statement.where(*self._among)
        if self._where is not None:
            statement = statement.where(self._conditions.of(self._where))
        keys = (*((SortKey(column=value, descending=term.descending),) if rank == 0 else ()), *ties)
        place = after if rank == 0 or after is None else after[1:]
        rows: list[tuple[Any, ...]] = []
        if rank == 0:
            near = self._near(term, column, required, place, limit)
            if near is not None:
                rows = self._connection.query(in_order(statement.where(near), keys, place, limit))
        if len(rows) < limit:
            rows = self._connection.query(in_order(statement, keys, place, limit))
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
        """A bound on the metric's number below which some pages of rows are, for a number that has no index.

        The index of the last value has the least and greatest too, so the bound is found without looking at rows, and
        only the rows within it are joined and sorted. None if there are few, or if the number has an index.
        """
        if term.field.aggregate is Aggregate.LAST:
            return None
        statement = select(column).where(
            self._series.c.experiment == self._experiments[0],
            self._series.c.key == self._numbers[term.field.key],
            column.between(*FINITE),
            *(metric_condition(self._series, one) for one in required if _is_range(one)),
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
        """The rows that a condition names, if one that must hold names few; None if all name many."""
        best: Select[Any] | None = None
        fewest = FEW + 1
        for comparison in required(self._where):
            named = self._named_by(comparison)
            if named is None:
                continue
            named = named.limit(FEW + 1)
            count = self._connection.query(select(func.count()).select_from(named.subquery()))[0][0]
            if count < fewest:
                best, fewest = named, count
        return None if best is None else [row[0] for row in self._connection.query(best)]

    def _named_by(self, comparison: Comparison) -> Select[Any] | None:
        """A query for the numbers of the rows that an index finds for a comparison; None if no index does."""
        field, op, value = comparison.field, comparison.op, comparison.value
        wanted = [value] if isinstance(value, str) else list(value) if isinstance(value, tuple) else []
        if field.kind is Kind.ATTRIBUTE and field.key in self.lookups and op in (Op.EQ, Op.IN):
            column = self.attributes[field.key]
            inside = self.table.c.experiment.in_(self._experiments)
            return select(self.table.c.number).where(column.in_(wanted), inside)
        if field.kind not in _KEYED:
            return None
        number = self._numbers.get(field.key)
        if number is None:
            return None if op is Op.IS_NULL else select(self.table.c.number).where(self.table.c.number == -1)
        table, owner = self.owned[field.kind]
        of_key = select(owner).where(table.c.experiment.in_(self._experiments), table.c.key == number)
        if field.kind is Kind.METRIC:
            if not _is_range(comparison) or field.aggregate in (Aggregate.FIRST, Aggregate.COUNT):
                return None
            return of_key.where(*self._conditions.measured(), metric_condition(table, comparison))
        if op not in (Op.EQ, Op.IN):
            return None
        return of_key.where(table.c.hash.in_([text_hash(one) for one in wanted]))


class _Runs(_Search):
    """One search of runs."""

    entity = RUNS
    table = tables.runs
    owned = OF_RUNS
    attributes = RUN_ATTRIBUTES
    lookups = frozenset({"run_id"})
    indexed = frozenset({Aggregate.LAST, Aggregate.MIN, Aggregate.MAX})

    def conditions(self, numbers: Mapping[str, int]) -> KeyedConditions:
        return RunConditions(numbers)


class _LoggedModels(_Search):
    """One search of logged models; with `datasets` only metrics on one of those count."""

    entity = LOGGED_MODELS
    table = tables.logged_models
    owned = OF_LOGGED_MODELS
    attributes = LOGGED_MODEL_ATTRIBUTES
    lookups = frozenset({"model_id", "source_run_id", "name"})
    indexed = frozenset({Aggregate.LAST})

    def __init__(
        self,
        connection: Connection,
        experiments: Sequence[int],
        view: View,
        where: Node | None,
        terms: Sequence[OrderTerm],
        datasets: Sequence[OnDataset],
    ) -> None:
        self._datasets = datasets
        super().__init__(connection, experiments, view, where, terms)

    def conditions(self, numbers: Mapping[str, int]) -> LoggedModelConditions:
        return LoggedModelConditions(numbers, self._datasets)

    def further(self) -> Sequence[Condition]:
        return (self.conditions({}).on_some_dataset(),) if self._datasets else ()

    def counts(self, series: Any, term: OrderTerm) -> Sequence[Condition]:
        """The latest on any dataset, or on that of the term."""
        later = tables.logged_model_series.alias()
        key = [(table.c.last_time, table.c.last_step, table.c.dataset) for table in (later, series)]
        conditions = [later.c.model == series.c.model, later.c.key == series.c.key]
        others = select(1).where(*conditions, _greater(*key))
        if term.dataset is None:
            return (~others.correlate(series).exists(),)
        others = others.where(on_datasets(later, [term.dataset]))
        return (on_datasets(series, [term.dataset]), ~others.correlate(series).exists())

    def _of_this_metric(self, term: OrderTerm) -> list[Comparison]:
        # A filter is satisfied by a value on any dataset, and the order goes by the latest.
        return []


_KEYED: Final = frozenset({Kind.METRIC, Kind.PARAM, Kind.TAG})


def _greater(left: Sequence[ColumnElement[Any]], right: Sequence[ColumnElement[Any]]) -> Condition:
    """Whether the columns on the left come after those on the right, compared one after the other."""
    first, other = left[0], right[0]
    if len(left) == 1:
        return first > other
    return or_(first > other, and_(first == other, _greater(left[1:], right[1:])))


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


def required(node: Node | None) -> list[Comparison]:
    """The comparisons that must hold for the tree to hold."""
    if isinstance(node, And):
        return [item for item in node.items if isinstance(item, Comparison)]
    return [node] if isinstance(node, Comparison) else []
