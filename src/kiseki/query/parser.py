r"""Filters, `order_by` items and columns to trees.

The grammar, keywords in any case; NOT binds closest, then AND, then OR:

    filter      = [ disjunction ] { AND }
    disjunction = conjunction { OR conjunction }
    conjunction = { AND } negation { AND { AND } negation } { AND }
    negation    = { NOT } ( "(" disjunction ")" | comparison )
    comparison  = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" | LIKE | ILIKE ) value
                | field [ NOT ] IN "(" text { "," text } [ "," ] ")"
                | field IS [ NOT ] NULL
    field       = [ prefix "." ] key [ "." ( last | min | max | first | count ) ]     the last part for metrics alone
    order_by    = field [ ASC | DESC ]
    column      = field                                                               of a metric, param or tag

It accepts what MLflow accepts, surplus ANDs included, with the same meaning, except that

- two comparisons with no AND between are refused (MLflow reads an AND there), and two texts with no comma in a list;
- a quote character inside a quoted text is written twice, as in SQL: `'it''s'` is `it's`. MLflow takes it as two
  characters, and so has no way to write a text that holds both kinds of quotes;
- a backslash before a quote has no meaning, so `'C:\'` ends where it seems to;
- an unquoted metric key that ends in `.min`, `.max`, `.first`, `.last` or `.count` means that number of the metric named
  before the dot; quoted (``metrics.`loss.min` ``) it is the plain key;
- refused are: numbers out of range (`1e999`) or in other digits than 0-9, empty keys, keys that are half quoted, a space behind the dot, NUL, half
  surrogate pairs, and equality of an integer with a fraction (in other comparisons it is rounded to what says the same).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiseki.base.errors import FilterError
from kiseki.query.comparison import Reader, read_comparison, read_field
from kiseki.query.fields import Entity
from kiseki.query.lexer import Part, Source, TokenType, shown
from kiseki.query.nodes import MAX_DEPTH, Aggregate, And, Field, Kind, Node, Not, Or, OrderTerm

MAX_COMPARISONS: Final = 500
"""The most comparisons in one filter."""
MAX_PARENTHESES: Final = 500
"""The deepest nesting of parentheses, redundant ones included."""
MAX_ORDER_TERMS: Final = 50
"""The most different fields in one `order_by`."""
MAX_COLUMNS: Final = 1_000
"""The most columns in one search."""

_ENDS: Final = (TokenType.END, TokenType.CLOSE)


def parse_filter(text: str, entity: Entity) -> Node | None:
    """Parses a filter; `None` if it has no comparison and so matches everything.

    Takes time linear in the length of the text, and no recursion. `kiseki.query.nodes` says what the tree promises.

    Raises:
        FilterError: The text is no filter for this entity, or passes one of the limits that stand as `MAX_...` in the
            modules of this package.
    """
    reader = Reader(Source(text=text), entity)
    groups = [_Group(reader, 0)]
    comparisons = 0
    while True:
        if _operand_follows(reader, groups):
            if reader.at(TokenType.OPEN):
                if len(groups) > MAX_PARENTHESES:
                    raise reader.over_limit(f"parentheses are nested deeper than {MAX_PARENTHESES}, which is the limit")
                groups.append(_Group(reader, reader.advance().start))
                continue
            comparisons += 1
            if comparisons > MAX_COMPARISONS:
                raise reader.over_limit(f"it has more than {MAX_COMPARISONS} comparisons, which is the limit")
            groups[-1].add(read_comparison(reader), 0)
        while reader.at(TokenType.CLOSE):
            if len(groups) == 1:
                raise reader.unexpected("this parenthesis closes none that is open; remove it")
            node, depth = groups.pop().close()
            reader.advance()
            groups[-1].add(node, depth)
        group = groups[-1]
        if reader.at(TokenType.END):
            if len(groups) > 1:
                raise reader.unexpected(f"the parenthesis of position {group.start} is not closed; add a )")
            return group.close()[0] if group.conjunction else None
        if reader.keyword("OR"):
            reader.advance()
            group.next_conjunction()
        elif not reader.keyword("AND"):
            raise reader.unexpected(f"expected AND, OR or the end of the filter, as in: {entity.example}")


def parse_order_by(items: Sequence[str], entity: Entity) -> tuple[OrderTerm, ...]:
    """Parses `field [ASC | DESC]` items; of several terms with the same field the first one counts.

    The tie rule is not part of the result: see `kiseki.query.fields.full_order`.

    Raises:
        FilterError: An item is no order for this entity, or there are more than `MAX_ORDER_TERMS` different ones.
    """
    terms: dict[Field, OrderTerm] = {}
    for item in items:
        term = _order_term(Reader(Source(text=item, part=Part.ORDER_BY), entity))
        terms.setdefault(term.field, term)
        if len(terms) > MAX_ORDER_TERMS:
            raise Source(text=item, part=Part.ORDER_BY).over_limit(
                f"it has more than {MAX_ORDER_TERMS} different fields, which is the limit", 0
            )
    return tuple(terms.values())


def parse_name(text: str, entity: Entity) -> Field:
    """The field of a name as programs write it: what stands behind the first dot is a metric's key as it is.

    Raises:
        FilterError: The entity has no such field that it can be sorted by.
    """
    prefix, _, key = text.partition(".")
    source = Source(text=text, part=Part.ORDER_BY)
    if entity.prefixes.get(prefix) is Kind.METRIC and key:
        stem, _, suffix = key.rpartition(".")
        if stem and suffix in entity.aggregates:
            return Field(kind=Kind.METRIC, key=stem, aggregate=Aggregate(suffix))
        return Field(kind=Kind.METRIC, key=key)
    name = entity.aliases.get(Kind.ATTRIBUTE, {}).get(text, text)
    if name not in entity.fixed[Kind.ATTRIBUTE]:
        valid = [*entity.fixed[Kind.ATTRIBUTE], "metrics.<key>"]
        raise source.error(f"Invalid order by field name: {shown(text)}.", 0, f"give one of {', '.join(valid)}")
    return Field(kind=Kind.ATTRIBUTE, key=name)


def parse_columns(items: Sequence[str], entity: Entity) -> tuple[Field, ...]:
    """Parses columns: fields whose keys are the user's, in the order given; the same one may be there twice.

    Raises:
        FilterError: An item is no column of this entity, or there are more than `MAX_COLUMNS`.
    """
    if len(items) > MAX_COLUMNS:
        raise FilterError(f"{len(items):,} columns were given; the limit is {MAX_COLUMNS:,}. Ask for fewer.")
    return tuple(_column(Reader(Source(text=item, part=Part.COLUMN), entity)) for item in items)


class _Group:
    """An open parenthesis, or the filter itself: what has been read of it so far, items with their depths."""

    def __init__(self, reader: Reader, start: int) -> None:
        self.reader = reader
        self.start = start
        self.negating = False
        """Whether an odd number of NOTs stands before the operand that comes next."""
        self.disjunction: list[tuple[Node, int]] = []
        self.conjunction: list[tuple[Node, int]] = []

    def add(self, node: Node, depth: int) -> None:
        if self.negating:
            node, depth = (node.item, depth - 1) if isinstance(node, Not) else (Not(item=node), depth + 1)
            self.negating = False
            self.check(depth)
        self.conjunction.append((node, depth))

    def next_conjunction(self) -> None:
        self.disjunction.append(self.join(And, self.conjunction))
        self.conjunction = []

    def close(self) -> tuple[Node, int]:
        self.next_conjunction()
        return self.join(Or, self.disjunction)

    def join(self, junction: type[And | Or], operands: list[tuple[Node, int]]) -> tuple[Node, int]:
        if len(operands) == 1:
            return operands[0]
        items: list[Node] = []
        depth = 0
        for node, node_depth in operands:
            if isinstance(node, junction):
                items.extend(node.items)
                depth = max(depth, node_depth)
            else:
                items.append(node)
                depth = max(depth, node_depth + 1)
        self.check(depth)
        return junction(items=tuple(items)), depth

    def check(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self.reader.over_limit(
                f"AND, OR and NOT are nested deeper than {MAX_DEPTH} levels, which is the limit"
            )


def _operand_follows(reader: Reader, groups: list[_Group]) -> bool:
    """Reads ANDs and NOTs before an operand; false if the group ends instead, which it may after an AND."""
    group = groups[-1]
    empty = not group.conjunction and not group.disjunction
    may_end = empty and len(groups) == 1
    while reader.keyword("AND"):
        if group.disjunction and not group.conjunction:
            raise reader.unexpected(f"expected a comparison after OR, as in: {reader.entity.example}")
        reader.advance()
        may_end = may_end or bool(group.conjunction)
    while reader.keyword("NOT"):
        reader.advance()
        group.negating = not group.negating
        may_end = False
    if reader.at(*_ENDS) and may_end:
        return False
    if reader.at(*_ENDS) or reader.keyword("AND", "OR"):
        raise reader.unexpected(f"expected a comparison, as in: {reader.entity.example}")
    return True


def _order_term(reader: Reader) -> OrderTerm:
    text = shown(reader.source.text)
    start = reader.token.start
    field = read_field(reader)
    if not reader.entity.type_of(field).sortable:
        singular = field.kind.value.removesuffix("s")
        what = "Invalid identifier type" if field.kind is Kind.DATASET else "Invalid order_by entity:"
        raise reader.source.error(
            f"{what} '{singular}' in order_by clause '{text}'.",
            start,
            f"{reader.entity.name} cannot be sorted by {field.kind}; write it like: {reader.entity.order_example}",
        )
    direction = reader.keyword("ASC", "DESC")
    if direction:
        reader.advance()
    if not reader.at(TokenType.END):
        raise reader.source.error(
            f"Invalid ordering key in order_by clause '{text}'.",
            reader.token.start,
            f"expected ASC, DESC or the end, as in: {reader.entity.order_example}; each field is an item of its own, and "
            "a key with spaces stands in backticks: metrics.`my key`",
        )
    return OrderTerm(field=field, descending=direction == "DESC")


def _column(reader: Reader) -> Field:
    start = reader.token.start
    field = read_field(reader)
    if not reader.at(TokenType.END):
        raise reader.unexpected(f"a column ends behind its key, as in: {reader.entity.column_example}")
    if field.kind not in reader.entity.open:
        able = " or ".join(f"{kind}.<key>" for kind in reader.entity.open)
        what = f"Invalid column '{shown(reader.source.text)}'."
        raise reader.source.error(what, start, f"a column is {able}; what every row has is in the answer anyway")
    return field
