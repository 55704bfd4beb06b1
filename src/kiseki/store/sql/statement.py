"""Statements that are compiled once and then given to the driver as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import BigInteger, BindParameter, Executable, Insert, Update, bindparam, column, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

_NUMBERS: Final = ARRAY(BigInteger)
PAIRS: Final = (
    func.unnest(bindparam("owners", type_=_NUMBERS), bindparam("keys", type_=_NUMBERS))
    .table_valued(column("owner", BigInteger), column("key", BigInteger), name="pairs")
    .render_derived()
)
"""Pairs of numbers, on PostgreSQL: two list parameters of equal length."""

_LIST = re.compile(r"(NOT )?IN \(__\[POSTCOMPILE_(\w+)\]\)")


class WholeLists(NamedTuple):
    """How a database takes a list as one value, so that one statement serves lists of all lengths."""

    among: str
    """What stands behind a column that is among the list, with a `{}` for the place of the parameter."""
    not_among: str
    value: Callable[[Sequence[Any]], Any]
    """What is given to the driver for a list."""


ARRAYS: Final = WholeLists("= ANY({})", "<> ALL({})", list)
JSON_LISTS: Final = WholeLists(
    "IN (SELECT value FROM json_each({}))",
    "NOT IN (SELECT value FROM json_each({}))",
    lambda values: msgspec.json.encode(values).decode(),
)
"""For numbers, and texts without control characters."""


class Statement:
    """SQL that was compiled once: the text, and the names of its parameters in the order of their places.

    With `lists` a list parameter is one value; without, it has as many places as it had when this was made.
    """

    __slots__ = ("_fixed", "_names", "places", "sql")

    def __init__(self, statement: Executable, dialect: Dialect, lists: WholeLists | None = None) -> None:
        assert isinstance(statement, ClauseElement)
        compiled: Any = statement.compile(dialect=dialect)
        self._names: tuple[str, ...] | None = None
        self.places: dict[str, list[str]] = {}
        """The names of the places of each list parameter."""
        if lists is not None:
            if compiled.positional:
                self._names = tuple(compiled.positiontup)
            place = "?" if compiled.positional else "%({})s"
            self.sql: str = _LIST.sub(
                lambda found: (lists.not_among if found[1] else lists.among).format(place.format(found[2])),
                compiled.string,
            )
            self._fixed: dict[str, Any] = {
                name: lists.value(bind.value) if bind.expanding else bind.value
                for name, bind in compiled.binds.items()
                if not bind.required
            }
            return
        state = compiled.construct_expanded_state(
            {name: None for name, bind in compiled.binds.items() if bind.required and not bind.expanding}
        )
        self.sql = state.statement
        if compiled.positional:
            self._names = tuple(state.positiontup)
        self._fixed = {name: value for name, value in state.parameters.items() if value is not None}
        self.places = dict(state.parameter_expansion)

    def arguments(self, given: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        if self._fixed:
            given = {**self._fixed, **given}
        if self._names is None:
            return given
        return [given[name] for name in self._names]


class ManyStatement:
    """An INSERT or UPDATE of one row that was compiled, for PostgreSQL, to one of many rows.

    A statement of its own for each row costs the driver and the database several times as much. The rows are one JSON array,
    and what JSON has not, blobs, an array beside it for each column.
    """

    __slots__ = ("_blobs", "_fixed", "key", "sql")

    def __init__(self, statement: Insert | Update, dialect: Dialect) -> None:
        # Inline: it returns no numbers.
        compiled: Any = statement.inline().compile(dialect=dialect)
        binds = {name: compiled.binds[name] for name in _PLACE.findall(compiled.string)}
        types = {name: bind.type.python_type for name, bind in binds.items()}
        self._fixed = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._blobs = [name for name, kind in types.items() if kind is bytes]
        names = [name for name in types if name not in self._blobs]
        columns = ", ".join(f'"{name}" {_JSON_TYPES[types[name]]}' for name in names)
        given = f"json_to_recordset(%({_ROWS})s::json) AS "
        if self._blobs:
            arrays = "".join(f", unnest(%({name})b::BYTEA[])" for name in self._blobs)
            quoted = ", ".join(f'"{name}"' for name in (*names, *self._blobs))
            given = f"FROM ROWS FROM ({given}({columns}){arrays}) AS given({quoted})"
        else:
            given = f"FROM {given}given({columns})"
        sql: str = _PLACE.sub(r'given."\1"', compiled.string)
        self.key: tuple[str, ...] = ()
        """What tells the row of an UPDATE; nothing for an INSERT."""
        if isinstance(statement, Insert):
            head, _, values = sql.partition(" VALUES (")
            self.sql = f"{head} SELECT {values.removesuffix(')')} {given}"
        else:
            head, _, condition = sql.partition(" WHERE ")
            self.sql = f"{head} {given} WHERE {condition}"
            self.key = tuple(re.findall(r'given\."(\w+)"', condition))

    def arguments(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The parameters as the driver takes them."""
        if self._fixed:
            rows = [{**self._fixed, **row} for row in rows]
        blobs = {name: [row[name] for row in rows] for name in self._blobs}
        if blobs:
            rows = [{name: value for name, value in row.items() if name not in blobs} for row in rows]
        return {_ROWS: msgspec.json.encode(rows).decode(), **blobs}

    @classmethod
    def of(cls, statement: Executable, dialect: Dialect) -> ManyStatement | None:
        """The statement for many rows; None when there is none."""
        if not isinstance(statement, Insert | Update):
            return None
        binds: Mapping[str, BindParameter[Any]] = statement.compile().binds
        return cls(statement, dialect) if all(one.type.python_type in _TYPES for one in binds.values()) else None


_PLACE: Final = re.compile(r"%\((\w+)\)s")
_ROWS: Final = "json_rows"
_JSON_TYPES: Final[Mapping[type, str]] = {int: "BIGINT", str: "TEXT"}
_TYPES: Final = {*_JSON_TYPES, bytes}
