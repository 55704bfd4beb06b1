"""From the tree of a filter to SQL. Values are bound, never part of the text.

Every condition here is true or false, never unknown, so that NOT is the complement; `kiseki.query.nodes` says what each
comparison means.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    String,
    Table,
    and_,
    bindparam,
    exists,
    false,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from kiseki.domain.runs import DATA_CONTEXT_TAG
from kiseki.query import Aggregate, And, Comparison, Field, Kind, Node, Not, OnDataset, Op, Or
from kiseki.store.ordered import INFINITY, NAN, NEGATIVE_ZERO, POSITIVE_ZERO, from_float, text_hash
from kiseki.store.sql.tables import (
    dataset_input_tags,
    dataset_inputs,
    datasets,
    experiment_tags,
    experiments,
    logged_model_params,
    logged_model_series,
    logged_model_tags,
    logged_models,
    params,
    runs,
    series,
    tags,
)

Condition = ColumnElement[bool]

TEXTS: Final[Mapping[Kind, Table]] = {Kind.PARAM: params, Kind.TAG: tags}
OF_RUNS: Final[Mapping[Kind, tuple[Table, ColumnElement[int]]]] = {
    Kind.METRIC: (series, series.c.run),
    Kind.PARAM: (params, params.c.run),
    Kind.TAG: (tags, tags.c.run),
}
OF_LOGGED_MODELS: Final[Mapping[Kind, tuple[Table, ColumnElement[int]]]] = {
    Kind.METRIC: (logged_model_series, logged_model_series.c.model),
    Kind.PARAM: (logged_model_params, logged_model_params.c.model),
    Kind.TAG: (logged_model_tags, logged_model_tags.c.model),
}
"""The tables of what is logged of a row under keys of the user, and their columns with the number of the row."""
RUN_ATTRIBUTES: Final[Mapping[str, ColumnElement[Any]]] = {
    "run_id": runs.c.run_id,
    "run_name": runs.c.name,
    "user_id": runs.c.user_id,
    "status": runs.c.status,
    "artifact_uri": runs.c.artifact_uri,
    "start_time": runs.c.start_time,
    "end_time": runs.c.end_time,
}
LOGGED_MODEL_ATTRIBUTES: Final[Mapping[str, ColumnElement[Any]]] = {
    "name": logged_models.c.name,
    "model_id": logged_models.c.model_id,
    "model_type": logged_models.c.model_type,
    "source_run_id": logged_models.c.source_run_id,
    "status": logged_models.c.status,
    "status_message": logged_models.c.status_message,
    "artifact_location": logged_models.c.artifact_uri,
    "experiment_id": logged_models.c.experiment,
    "creation_timestamp": logged_models.c.creation_time,
    "last_updated_timestamp": logged_models.c.last_update_time,
}
EXPERIMENT_ATTRIBUTES: Final[Mapping[str, ColumnElement[Any]]] = {
    "name": experiments.c.name,
    "experiment_id": experiments.c.number,
    "creation_time": experiments.c.creation_time,
    "last_update_time": experiments.c.last_update_time,
}
_NULLABLE: Final = frozenset({"end_time"})
_MAX_HASHES: Final = 500
PATTERNS: Final = (Op.LIKE, Op.ILIKE)


class Conditions(ABC):
    """What trees state of a row of one table."""

    def of(self, node: Node) -> Condition:
        """The condition that a tree states."""
        if isinstance(node, And):
            return and_(*(self.of(item) for item in node.items))
        if isinstance(node, Or):
            return or_(*(self.of(item) for item in node.items))
        if isinstance(node, Not):
            return not_(self.of(node.item))
        return self.comparison(node)

    @abstractmethod
    def comparison(self, node: Comparison) -> Condition:
        """The condition of one comparison."""


class KeyedConditions(Conditions):
    """Conditions on rows that have metrics, params and tags in tables of their own.

    Args:
        keys: The numbers of the keys that exist.
        owned: By kind, the table and its column that has the number of the row.
        number: The number of the row.
        attributes: Its own columns.
    """

    def __init__(
        self,
        keys: Mapping[str, int],
        owned: Mapping[Kind, tuple[Table, ColumnElement[int]]],
        number: ColumnElement[int],
        attributes: Mapping[str, ColumnElement[Any]],
    ) -> None:
        self._keys = keys
        self._owned = owned
        self._number = number
        self._attributes = attributes

    def comparison(self, node: Comparison) -> Condition:
        if node.field.kind is Kind.ATTRIBUTE:
            return attribute_condition(self._attributes[node.field.key], node, node.field.key in _NULLABLE)
        return self._keyed(node)

    def measured(self) -> Sequence[Condition]:
        """What the rows of metrics have to be beside being of the row and the key."""
        return ()

    def _keyed(self, node: Comparison) -> Condition:
        """A metric, param or tag."""
        number = self._keys.get(node.field.key)
        if number is None:
            return true() if node.op is Op.IS_NULL else false()
        table, owner = self._owned[node.field.kind]
        has = select(1).where(owner == self._number, table.c.key == number).correlate(self._number.table)
        is_metric = node.field.kind is Kind.METRIC
        if is_metric:
            has = has.where(*self.measured())
        if node.op is Op.IS_NULL:
            return not_(exists(has))
        if node.op is Op.IS_NOT_NULL:
            return exists(has)
        if is_metric:
            return exists(has.where(metric_condition(table, node)))
        return exists(has.where(text_condition(table.c.value, node, table.c.hash)))


class RunConditions(KeyedConditions):
    """Conditions on a row of `runs`; `keys` has the numbers of the keys that exist."""

    def __init__(self, keys: Mapping[str, int]) -> None:
        super().__init__(keys, OF_RUNS, runs.c.number, RUN_ATTRIBUTES)

    def comparison(self, node: Comparison) -> Condition:
        return _dataset_condition(node) if node.field.kind is Kind.DATASET else super().comparison(node)


class LoggedModelConditions(KeyedConditions):
    """Conditions on a row of `logged_models`; with `datasets` only metrics on one of those count."""

    def __init__(self, keys: Mapping[str, int], datasets: Sequence[OnDataset]) -> None:
        super().__init__(keys, OF_LOGGED_MODELS, logged_models.c.number, LOGGED_MODEL_ATTRIBUTES)
        self._datasets = datasets

    def comparison(self, node: Comparison) -> Condition:
        if node.field.kind is Kind.ATTRIBUTE and node.field.key == "experiment_id":
            return _decimal_condition(logged_models.c.experiment, node)
        return super().comparison(node)

    def measured(self) -> Sequence[Condition]:
        return (on_datasets(logged_model_series, self._datasets),) if self._datasets else ()

    def on_some_dataset(self) -> Condition:
        """Whether the model has any metric on one of the datasets."""
        has = select(1).where(logged_model_series.c.model == logged_models.c.number, *self.measured())
        return exists(has.correlate(logged_models))


class ExperimentConditions(Conditions):
    """Conditions on a row of `experiments`."""

    def comparison(self, node: Comparison) -> Condition:
        if node.field.kind is Kind.TAG:
            has = (
                select(1)
                .where(experiment_tags.c.experiment == experiments.c.number, experiment_tags.c.name == node.field.key)
                .correlate(experiments)
            )
            if node.op is Op.IS_NULL:
                return not_(exists(has))
            if node.op is Op.IS_NOT_NULL:
                return exists(has)
            return exists(has.where(text_condition(experiment_tags.c.value, node)))
        if node.field.key == "experiment_id":
            return _decimal_condition(experiments.c.number, node)
        return attribute_condition(EXPERIMENT_ATTRIBUTES[node.field.key], node, nullable=False)


def on_datasets(table: Any, datasets: Sequence[OnDataset]) -> Condition:
    """Whether a row of `logged_model_series` is of one of the datasets."""
    return or_(
        *(
            and_(table.c.dataset_name == one.name, table.c.dataset_digest == one.digest)
            if one.digest
            else table.c.dataset_name == one.name
            for one in datasets
        )
    )


def metric_column(table: Any, field: Field) -> ColumnElement[Any]:
    """The column in which a metric's number is."""
    column: ColumnElement[Any] = table.c["points" if field.aggregate is Aggregate.COUNT else field.aggregate.value]
    return column


def metric_condition(table: Any, node: Comparison) -> Condition:
    """A comparison of a metric that is there."""
    column = metric_column(table, node.field)
    assert isinstance(node.value, int | float)
    if node.field.aggregate is Aggregate.COUNT:
        return _compare(column, node.op, node.value)
    number = from_float(float(node.value))
    # -0.0 and 0.0 are two numbers in the column and equal to whom compares.
    low, high = (NEGATIVE_ZERO, POSITIVE_ZERO) if node.value == 0 else (number, number)
    equal = column == number if low == high else column.between(low, high)
    if node.op is Op.EQ:
        return equal
    if node.op is Op.NE:
        return not_(equal)
    if node.op is Op.LT:
        return column < low
    if node.op is Op.LE:
        return column <= high
    # NaN is above all numbers in the column.
    return and_(column > high if node.op is Op.GT else column >= low, column < NAN)


def text_condition(column: ColumnElement[Any], node: Comparison, hashed: ColumnElement[Any] | None = None) -> Condition:
    """A comparison of a text that is there; `hashed` is the column with its hash, which has an index."""
    value = node.value
    if node.op in (Op.IN, Op.NOT_IN):
        assert isinstance(value, tuple)
        inside = column.in_(value)
        if node.op is Op.NOT_IN:
            return not_(inside)
        # A long list is bound once: SQLite takes 32,766 parameters.
        return (
            inside
            if hashed is None or len(value) > _MAX_HASHES
            else and_(hashed.in_([text_hash(one) for one in value]), inside)
        )
    assert isinstance(value, str)
    if node.op is Op.EQ:
        return column == value if hashed is None else and_(hashed == text_hash(value), column == value)
    if node.op is Op.NE:
        return column != value
    if node.op in PATTERNS:
        return _like(matched(column, node.op), pattern(node))
    return _compare(column, node.op, value)


def attribute_condition(column: ColumnElement[Any], node: Comparison, nullable: bool) -> Condition:
    """A comparison of a column of the row itself."""
    if node.op is Op.IS_NULL:
        return column.is_(null())
    if node.op is Op.IS_NOT_NULL:
        return column.is_not(null())
    condition = (
        _compare(column, node.op, node.value) if isinstance(node.value, int | float) else text_condition(column, node)
    )
    return and_(column.is_not(null()), condition) if nullable else condition


def _decimal_condition(column: ColumnElement[Any], node: Comparison) -> Condition:
    """A number that is compared as the text of its digits: only a text that is the number itself is equal."""
    values = node.value if isinstance(node.value, tuple) else (str(node.value),)
    numbers = [int(one) for one in values if one.isascii() and one.isdigit() and str(int(one)) == one and len(one) < 19]
    inside = column.in_(numbers) if numbers else false()
    return inside if node.op in (Op.EQ, Op.IN) else not_(inside)


def _dataset_condition(node: Comparison) -> Condition:
    inputs = select(1).select_from(dataset_inputs).where(dataset_inputs.c.run == runs.c.number).correlate(runs)
    if node.field.key == "context":
        return exists(
            inputs.join(
                dataset_input_tags,
                and_(
                    dataset_input_tags.c.run == dataset_inputs.c.run,
                    dataset_input_tags.c.dataset == dataset_inputs.c.dataset,
                    dataset_input_tags.c.name == DATA_CONTEXT_TAG,
                ),
            ).where(text_condition(dataset_input_tags.c.value, node))
        )
    column = datasets.c.name if node.field.key == "name" else datasets.c.digest
    return exists(
        inputs.join(datasets, datasets.c.number == dataset_inputs.c.dataset).where(text_condition(column, node))
    )


def _compare(column: ColumnElement[Any], op: Op, value: Any) -> Condition:
    conditions: dict[Op, Condition] = {
        Op.EQ: column == value,
        Op.NE: column != value,
        Op.LT: column < value,
        Op.LE: column <= value,
        Op.GT: column > value,
        Op.GE: column >= value,
    }
    return conditions[op]


def matched(column: ColumnElement[Any], op: Op) -> ColumnElement[Any]:
    """What of a text is compared with the pattern of LIKE or ILIKE."""
    return AsciiLower(column) if op is Op.ILIKE else column


def pattern(node: Comparison) -> str:
    """The pattern of LIKE or ILIKE, in which only `%` and `_` mean more than themselves."""
    assert isinstance(node.value, str)
    text = lower_ascii(node.value) if node.op is Op.ILIKE else node.value
    # Neighbouring `%` are the same as one, and each would cost the database another loop.
    while "%%" in text:
        text = text.replace("%%", "%")
    return text


def _like(column: ColumnElement[Any], pattern: str) -> Condition:
    if "\\" not in pattern:
        return column.like(pattern)
    # Elsewhere than on SQLite a backslash takes the meaning from what follows, unless another character does.
    return column.like(pattern, escape=next(one for one in map(chr, range(0x21, 0x10000)) if one not in pattern))


class AsciiLower(FunctionElement[str]):
    """A text of the database with A-Z as a-z and all else as it is, as `lower_ascii` makes it."""

    type = String()
    inherit_cache = True


@compiles(AsciiLower)
def _lower(element: AsciiLower, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite's knows no other letters, nor does PostgreSQL's of a text that compares by code points.
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(AsciiLower, "mysql", "mariadb")
def _lower_of_mysql(element: AsciiLower, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    for letter in ascii_uppercase:
        text = f"REPLACE({text}, '{letter}', '{letter.lower()}')"
    return text


class Among(ColumnElement[bool]):
    """Whether a column is one of many whole numbers, which go to the database as one value: places would be one each."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[int], numbers: Sequence[int]) -> None:
        self.column = column
        self.numbers = list(numbers)
        self.type = Boolean()

    def self_group(self, against: Any = None) -> Among:
        # A comparison as it is, where a column would be compared with 1.
        return self


@compiles(Among)
def _among(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.column.in_(element.numbers), **options)


@compiles(Among, "sqlite")
def _among_json(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    numbers: BindParameter[str] = bindparam(None, str(element.numbers), unique=True)
    column, value = compiler.process(element.column, **options), compiler.process(numbers, **options)
    return f"{column} IN (SELECT value FROM json_each({value}))"  # noqa: S608 - a place, whose value is bound


@compiles(Among, "mysql", "mariadb")
def _among_text(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.column, **options)} IN ({','.join(map(str, map(int, element.numbers)))})"


def lower_ascii(text: str) -> str:
    """The text with A-Z as a-z."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


FINITE: Final = (from_float(float("-inf")), INFINITY)
"""The ordered numbers that are not NaN, both included."""
