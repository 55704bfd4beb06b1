"""What can be compared and sorted by, one declarative table per entity.

A new entity is one more `Entity` here; lexer, parser, renderer and oracle read the tables and know no entity by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Final

import msgspec

from kiseki.query.nodes import Aggregate, Field, Kind, Op, OrderTerm


class ValueType(Enum):
    """What a field's values are, and so what it is compared with and how it sorts."""

    NUMBER = auto()
    """A double; NaN and infinities occur."""
    INTEGER = auto()
    """A 64-bit integer, absent at times."""
    TEXT = auto()
    """A string, compared and sorted by code points."""
    DECIMAL = auto()
    """The decimal digits of an integer: compared as a string, sorted as a number."""


class FieldType(msgspec.Struct, frozen=True, kw_only=True):
    """What the fields of one kind, or one attribute, can do.

    `words` maps what else may be written for a text to the text that is compared. With `quoted` a number may stand in
    quotes.
    """

    value: ValueType
    ops: tuple[Op, ...]
    sortable: bool = True
    words: Mapping[str, str] = {}
    quoted: bool = False


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """What a search is about.

    `open` has the kinds whose keys are the user's (params, tags, metrics), `fixed` those whose keys are listed.
    `aliases` maps a written key of a fixed kind to its canonical key. `default_order` holds without an `order_by`,
    `tie_order` is appended to one; each ends in the entity's unique id. `aggregates` are those of a metric's history that
    are known. With `bare_texts` a text of one word needs no quotes.
    """

    name: str
    prefixes: Mapping[str, Kind]
    open: Mapping[Kind, FieldType]
    fixed: Mapping[Kind, Mapping[str, FieldType]]
    aliases: Mapping[Kind, Mapping[str, str]]
    default_order: tuple[OrderTerm, ...]
    tie_order: tuple[OrderTerm, ...]
    example: str
    order_example: str
    column_example: str
    aggregates: tuple[Aggregate, ...] = tuple(Aggregate)
    bare_texts: bool = False

    def type_of(self, field: Field) -> FieldType:
        """The type of a field that the parser accepted for this entity."""
        return self.open[field.kind] if field.kind in self.open else self.fixed[field.kind][field.key]


def full_order(terms: Sequence[OrderTerm], entity: Entity) -> tuple[OrderTerm, ...]:
    """The order that makes pages repeatable: `terms` with the tie rule behind, or the default order if there are none."""
    if not terms:
        return entity.default_order
    given = {term.field for term in terms}
    return (*terms, *(term for term in entity.tie_order if term.field not in given))


_EQUAL: Final = (Op.EQ, Op.NE)
_LIST: Final = (Op.IN, Op.NOT_IN)
_NULL: Final = (Op.IS_NULL, Op.IS_NOT_NULL)
_NUMERIC: Final = (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE)
_TEXTUAL: Final = (*_EQUAL, Op.LIKE, Op.ILIKE, *_LIST)

_TEXT: Final = FieldType(value=ValueType.TEXT, ops=_TEXTUAL)
_TIME: Final = FieldType(value=ValueType.INTEGER, ops=_NUMERIC)
_TEXT_OR_ABSENT: Final = FieldType(value=ValueType.TEXT, ops=(*_TEXTUAL, *_NULL))
_TIME_OR_ABSENT: Final = FieldType(value=ValueType.INTEGER, ops=(*_NUMERIC, *_NULL))


def _attribute(key: str, *, descending: bool = False) -> OrderTerm:
    return OrderTerm(field=Field(kind=Kind.ATTRIBUTE, key=key), descending=descending)


RUNS: Final = Entity(
    name="runs",
    prefixes={
        "metrics": Kind.METRIC,
        "metric": Kind.METRIC,
        "params": Kind.PARAM,
        "param": Kind.PARAM,
        "parameters": Kind.PARAM,
        "parameter": Kind.PARAM,
        "tags": Kind.TAG,
        "tag": Kind.TAG,
        "attributes": Kind.ATTRIBUTE,
        "attribute": Kind.ATTRIBUTE,
        "attr": Kind.ATTRIBUTE,
        "run": Kind.ATTRIBUTE,
        "datasets": Kind.DATASET,
        "dataset": Kind.DATASET,
    },
    open={
        Kind.METRIC: FieldType(value=ValueType.NUMBER, ops=(*_NUMERIC, *_NULL)),
        Kind.PARAM: _TEXT_OR_ABSENT,
        Kind.TAG: _TEXT_OR_ABSENT,
    },
    fixed={
        Kind.ATTRIBUTE: {
            "run_id": _TEXT,
            "run_name": _TEXT,
            "user_id": _TEXT,
            "status": _TEXT,
            "artifact_uri": _TEXT,
            "start_time": _TIME,
            "end_time": _TIME_OR_ABSENT,
        },
        Kind.DATASET: {
            key: FieldType(value=ValueType.TEXT, ops=_TEXTUAL, sortable=False) for key in ("name", "digest", "context")
        },
    },
    aliases={
        Kind.ATTRIBUTE: {
            "run_uuid": "run_id",
            "run name": "run_name",
            "Run name": "run_name",
            "Run Name": "run_name",
            "created": "start_time",
            "Created": "start_time",
        }
    },
    default_order=(_attribute("start_time", descending=True), _attribute("run_id")),
    tie_order=(_attribute("start_time", descending=True), _attribute("run_id")),
    example="metrics.loss < 0.1 AND params.lr = '0.01'",
    order_example="metrics.loss DESC",
    column_example="metrics.loss.min",
)
"""Runs: metrics, params, tags, attributes and datasets."""


EXPERIMENTS: Final = Entity(
    name="experiments",
    prefixes={
        "attribute": Kind.ATTRIBUTE,
        "attributes": Kind.ATTRIBUTE,
        "attr": Kind.ATTRIBUTE,
        "tags": Kind.TAG,
        "tag": Kind.TAG,
    },
    open={Kind.TAG: FieldType(value=ValueType.TEXT, ops=(*_TEXTUAL, *_NULL), sortable=False)},
    fixed={
        Kind.ATTRIBUTE: {
            "name": _TEXT,
            "experiment_id": FieldType(value=ValueType.DECIMAL, ops=(*_EQUAL, *_LIST)),
            "creation_time": _TIME,
            "last_update_time": _TIME,
        }
    },
    aliases={},
    default_order=(_attribute("creation_time", descending=True), _attribute("experiment_id")),
    tie_order=(_attribute("experiment_id", descending=True),),
    example="name LIKE 'train%' AND tags.team = 'vision'",
    order_example="name ASC",
    column_example="tags.team",
)
"""Experiments: tags and attributes."""


LOGGED_MODELS: Final = Entity(
    name="logged models",
    prefixes={
        "attributes": Kind.ATTRIBUTE,
        "metrics": Kind.METRIC,
        "params": Kind.PARAM,
        "tags": Kind.TAG,
    },
    open={
        Kind.METRIC: FieldType(value=ValueType.NUMBER, ops=(*_NUMERIC, *_NULL)),
        Kind.PARAM: FieldType(value=ValueType.TEXT, ops=(*_TEXTUAL, *_NULL), sortable=False),
        Kind.TAG: FieldType(value=ValueType.TEXT, ops=(*_TEXTUAL, *_NULL), sortable=False),
    },
    fixed={
        Kind.ATTRIBUTE: {
            "name": _TEXT,
            "model_id": _TEXT,
            "model_type": _TEXT,
            "source_run_id": _TEXT,
            "status": FieldType(
                value=ValueType.TEXT,
                ops=_TEXTUAL,
                # Its number is what MLflow compares, its long name what MLflow answers.
                words={
                    "1": "PENDING",
                    "2": "READY",
                    "3": "FAILED",
                    "LOGGED_MODEL_PENDING": "PENDING",
                    "LOGGED_MODEL_READY": "READY",
                    "LOGGED_MODEL_UPLOAD_FAILED": "FAILED",
                },
            ),
            "status_message": _TEXT,
            "artifact_location": _TEXT,
            "experiment_id": FieldType(value=ValueType.DECIMAL, ops=(*_EQUAL, *_LIST)),
            "creation_timestamp": _TIME,
            "last_updated_timestamp": _TIME,
        }
    },
    aliases={
        Kind.ATTRIBUTE: {
            "creation_time": "creation_timestamp",
            "creation_timestamp_ms": "creation_timestamp",
            "last_updated_timestamp_ms": "last_updated_timestamp",
        }
    },
    default_order=(_attribute("creation_timestamp", descending=True), _attribute("model_id")),
    tie_order=(_attribute("creation_timestamp", descending=True), _attribute("model_id")),
    example="metrics.accuracy > 0.9 AND params.kind = 'forest'",
    order_example="metrics.accuracy",
    column_example="metrics.accuracy",
    aggregates=(Aggregate.LAST, Aggregate.MIN, Aggregate.MAX),
    bare_texts=True,
)
"""Logged models: metrics, params, tags and attributes, by the prefixes that MLflow takes, which are the plural ones."""


_REGISTRY_PREFIXES: Final = {
    "attribute": Kind.ATTRIBUTE,
    "attributes": Kind.ATTRIBUTE,
    "tag": Kind.TAG,
    "tags": Kind.TAG,
}
_REGISTRY_TAGS: Final = {Kind.TAG: FieldType(value=ValueType.TEXT, ops=(*_TEXTUAL, *_NULL), sortable=False)}

REGISTERED_MODELS: Final = Entity(
    name="registered models",
    prefixes=_REGISTRY_PREFIXES,
    open=_REGISTRY_TAGS,
    fixed={Kind.ATTRIBUTE: {"name": _TEXT, "creation_timestamp": _TIME, "last_updated_timestamp": _TIME}},
    aliases={Kind.ATTRIBUTE: {"timestamp": "last_updated_timestamp"}},
    default_order=(_attribute("name"),),
    tie_order=(_attribute("name"),),
    example="name LIKE 'churn%' AND tags.team = 'crm'",
    order_example="name ASC",
    column_example="tags.team",
)
"""Registered models: tags and attributes."""

MODEL_VERSIONS: Final = Entity(
    name="model versions",
    prefixes=_REGISTRY_PREFIXES,
    open=_REGISTRY_TAGS,
    fixed={
        Kind.ATTRIBUTE: {
            "name": _TEXT,
            "version_number": FieldType(value=ValueType.INTEGER, ops=_NUMERIC, quoted=True),
            "run_id": _TEXT,
            "model_id": _TEXT,
            "source_path": _TEXT,
            "current_stage": _TEXT,
            "creation_timestamp": _TIME,
            "last_updated_timestamp": _TIME,
        }
    },
    aliases={Kind.ATTRIBUTE: {"stage": "current_stage"}},
    default_order=(
        _attribute("last_updated_timestamp", descending=True),
        _attribute("name"),
        _attribute("version_number", descending=True),
    ),
    tie_order=(_attribute("name"), _attribute("version_number", descending=True)),
    example="name = 'churn' AND version_number > 3",
    order_example="version_number DESC",
    column_example="tags.team",
)
"""Versions of registered models: tags and attributes."""
