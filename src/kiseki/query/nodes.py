"""The tree that a filter parses to.

What the compilers (`kiseki.store.sql.compile`, `kiseki.query.evaluate`) may rely on for every tree that the parser made:

- `And` and `Or` have two items or more and never an item of their own class; `Not` never holds a `Not`.
- At most `MAX_DEPTH` levels of `And`, `Or` and `Not` are nested, so a recursive function may walk the tree.
- The value fits the operator: `None` for IS_NULL and IS_NOT_NULL, a non-empty tuple without repeats for IN and NOT_IN,
  a `str` for LIKE and ILIKE (where runs of `%` are one `%`). For the others the field decides: a finite `float` for a
  metric, an `int` within 64 bits for a numeric attribute and for a metric's COUNT, a `str` elsewhere.
- The operator is one that the field has (`kiseki.query.fields`).
- No text holds NUL or half of a surrogate pair.

What they mean, for one row (a run, an experiment):

- Every comparison is true or false, never unknown; `Not` is the complement.
- A comparison with a key that the row lacks is false, with any operator but IS_NULL (so `params.a != '1'` and
  `params.a NOT IN ('1')` are false and `NOT params.a = '1'` is true for a run without `a`). COUNT of a metric that the
  row lacks is absent, not 0.
- A metric that is NaN is present; it matches `!=` with every number and IS_NOT_NULL, and nothing else. Infinities
  compare as numbers. MIN and MAX leave NaN points out, and are NaN if there are no others.
- A metric of a logged model has a value for each dataset that it was measured on, and one for those without; a comparison
  is true if one of them matches, LAST being the latest on its dataset.
- A DATASET comparison is true if one of the run's datasets matches; each comparison looks for its own dataset.
- Text compares by code points. LIKE and ILIKE know `%` (any text, also none) and `_` (one code point) and no escape.
  ILIKE treats A-Z and a-z as equal, and no other letters, on every database.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

MAX_DEPTH: Final = 50
"""The deepest nesting of AND, OR and NOT that the parser accepts, not counting redundant parentheses."""


class Kind(StrEnum):
    """What a field belongs to; the value is the prefix in the text."""

    METRIC = "metrics"
    PARAM = "params"
    TAG = "tags"
    ATTRIBUTE = "attributes"
    DATASET = "datasets"


class Aggregate(StrEnum):
    """Which number of a metric's history is meant; the value is the suffix in the text."""

    LAST = "last"
    MIN = "min"
    MAX = "max"
    FIRST = "first"
    COUNT = "count"


class Op(StrEnum):
    """A comparison operator; the value is its text."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    IN = "IN"
    NOT_IN = "NOT IN"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a row that can be compared or sorted by.

    `key` is canonical for attributes and datasets (`run_name`, whichever alias was written) and as written for metrics,
    params and tags. `aggregate` is LAST for everything but metrics.
    """

    kind: Kind
    key: str
    aggregate: Aggregate = Aggregate.LAST


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """`field op value`."""

    field: Field
    op: Op
    value: str | int | float | tuple[str, ...] | None = None


class And(msgspec.Struct, frozen=True, kw_only=True):
    """True where all items are."""

    items: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True, kw_only=True):
    """True where one of the items is."""

    items: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, kw_only=True):
    """True where the item is false."""

    item: Node


Node: TypeAlias = And | Or | Not | Comparison


class OnDataset(msgspec.Struct, frozen=True, kw_only=True):
    """Which of a logged model's metrics are meant: those on a dataset of this name, and of this digest unless it is ""."""

    name: str
    digest: str = ""


class OrderTerm(msgspec.Struct, frozen=True, kw_only=True):
    """One key to sort by. Absent values come last in both directions, NaN directly before them; -0.0 is less than 0.0.

    Of a logged model's metric the latest value counts; with `dataset`, the latest on that dataset.
    """

    field: Field
    descending: bool = False
    dataset: OnDataset | None = None
