"""What all sessions on one database share: compiled statements, the numbers of keys, the secret of page tokens."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import BindParameter, Executable, Insert, Table, Update, bindparam, insert, select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

from kiseki.base.errors import InvalidParameter
from kiseki.domain.changes import Changes
from kiseki.store.ordered import text_hash
from kiseki.store.sql.ahead import Ahead
from kiseki.store.sql.tables import keys, runs

_SIGNATURE_BYTES: Final = 12
_MAX_KEYS: Final = 200_000


_LIST = re.compile(r"(NOT )?IN \(__\[POSTCOMPILE_(\w+)\]\)")


class Statement:
    """SQL that was compiled once: the text, and the names of its parameters in the order of their places.

    With `arrays` a list parameter is one array, whatever its length.
    """

    __slots__ = ("_fixed", "_names", "places", "sql")

    def __init__(self, statement: Executable, dialect: Dialect, *, arrays: bool = False) -> None:
        assert isinstance(statement, ClauseElement)
        compiled: Any = statement.compile(dialect=dialect)
        if arrays:
            self.sql: str = _LIST.sub(_array, compiled.string)
            self._names: tuple[str, ...] | None = None
            self._fixed: dict[str, Any] = {
                name: bind.value for name, bind in compiled.binds.items() if not bind.required
            }
            self.places: dict[str, list[str]] = {}
            return
        state = compiled.construct_expanded_state(
            {name: None for name, bind in compiled.binds.items() if bind.required and not bind.expanding}
        )
        self.sql = state.statement
        self._names = tuple(state.positiontup) if compiled.positional else None
        self._fixed = {name: value for name, value in state.parameters.items() if value is not None}
        self.places = dict(state.parameter_expansion)
        """The names of the places of each list parameter."""

    def arguments(self, given: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        if self._fixed:
            given = {**self._fixed, **given}
        if self._names is None:
            return given
        return [given[name] for name in self._names]


def _array(match: re.Match[str]) -> str:
    return f"{'<> ALL' if match[1] else '= ANY'}(%({match[2]})s)"


class ManyStatement:
    """An INSERT or UPDATE of one row that was compiled, for PostgreSQL, to one of many rows, which are one JSON array.

    A statement of its own for each row costs the driver and the database several times as much.
    """

    __slots__ = ("sql",)

    def __init__(self, statement: Insert | Update, dialect: Dialect) -> None:
        # Inline: it returns no numbers.
        compiled: Any = statement.inline().compile(dialect=dialect)
        columns = ", ".join(f'"{name}" {_JSON_TYPES[bind.type.python_type]}' for name, bind in compiled.binds.items())
        given = f"FROM json_to_recordset(%({_ROWS})s::json) AS given({columns})"
        sql: str = re.sub(r"%\((\w+)\)s", r'given."\1"', compiled.string)
        if isinstance(statement, Insert):
            head, _, values = sql.partition(" VALUES (")
            self.sql = f"{head} SELECT {values.removesuffix(')')} {given}"
        else:
            head, _, condition = sql.partition(" WHERE ")
            self.sql = f"{head} {given} WHERE {condition}"

    @staticmethod
    def arguments(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """The parameters as the driver takes them."""
        return {_ROWS: msgspec.json.encode(rows).decode()}

    @classmethod
    def of(cls, statement: Executable, dialect: Dialect) -> ManyStatement | None:
        """The statement for many rows; None when there is none, as for rows with blobs, which JSON has not."""
        if not isinstance(statement, Insert | Update):
            return None
        binds: Mapping[str, BindParameter[Any]] = statement.compile().binds
        return cls(statement, dialect) if all(one.type.python_type in _JSON_TYPES for one in binds.values()) else None


_ROWS: Final = "json_rows"
_JSON_TYPES: Final[Mapping[type, str]] = {int: "BIGINT", str: "TEXT"}


AddKeys = Callable[["Database", Sequence[str]], dict[str, int]]


class Database:
    """The dialect, caches and secret of one database. Safe for use by many threads.

    Args:
        dialect: What SQL is written in.
        secret: Page tokens are signed with it.
        artifact_root: Where artifacts of new experiments go.
        arrays: A list parameter is one array.
        returns: An INSERT tells the number of its row by RETURNING; otherwise the cursor knows it.
        walks: A query finds the next entry of an index behind a value that another row of it has.
        add_keys: Adds keys in a transaction of its own where others may add the same at the same time, and returns the
            numbers of all. None where there is one writer, which adds them in the transaction that needs them.
    """

    def __init__(
        self,
        dialect: Dialect,
        secret: bytes,
        artifact_root: str,
        *,
        arrays: bool = False,
        returns: bool = False,
        walks: bool = True,
        add_keys: AddKeys | None = None,
    ) -> None:
        self.dialect = dialect
        self.artifact_root = artifact_root
        self.arrays = arrays
        self.returns = returns
        self.walks = walks
        self.add_keys = add_keys
        self._secret = secret
        # Keyed by identity: the constant statements of the modules live as long as the process.
        self._statements: dict[tuple[int, int], tuple[Executable, Statement]] = {}
        self._many: dict[int, tuple[Executable, ManyStatement | None]] = {}
        self.key_numbers: dict[str, int] = {}
        self.key_names: dict[int, str] = {}

    def compiled(self, statement: Executable, expand: Mapping[str, int] | None = None) -> Statement:
        """A constant statement, compiled; `expand` has the number of places of its list parameters."""
        identity = (id(statement), hash(tuple(expand.items())) if expand else 0)
        found = self._statements.get(identity)
        if found is None:
            sized = statement
            if expand:
                assert isinstance(statement, ClauseElement)
                sized = statement.params({name: [0] * size for name, size in expand.items()})
            found = self._statements[identity] = (statement, Statement(sized, self.dialect, arrays=self.arrays))
        return found[1]

    def compiled_insert(self, statement: Executable) -> Statement:
        """A constant INSERT of one row, compiled so that it returns the number of the row."""
        identity = (id(statement), -1)
        found = self._statements.get(identity)
        if found is None:
            assert isinstance(statement, Insert)
            table = statement.table
            assert isinstance(table, Table)
            returning = statement.returning(*table.primary_key.columns)
            found = self._statements[identity] = (statement, Statement(returning, self.dialect, arrays=self.arrays))
        return found[1]

    def compiled_many(self, statement: Executable) -> ManyStatement | None:
        """A constant INSERT or UPDATE, compiled so that it takes many rows at once; None where there is no such way."""
        found = self._many.get(id(statement))
        if found is None:
            many = ManyStatement.of(statement, self.dialect) if self.arrays else None
            found = self._many[id(statement)] = (statement, many)
        return found[1]

    def remember(self, fresh: Mapping[str, int]) -> None:
        """Keeps numbers of keys that were committed; numbers never change."""
        if len(self.key_names) > _MAX_KEYS:
            # New ones, since other threads may be reading the old.
            self.key_numbers = {}
            self.key_names = {}
        self.key_numbers.update(fresh)
        self.key_names.update({number: name for name, number in fresh.items()})

    def sign(self, payload: Sequence[Any]) -> str:
        """A page token that says `payload` and that nobody else can make."""
        body = msgspec.json.encode(payload)
        return base64.urlsafe_b64encode(self._signature(body) + body).decode()

    def verify(self, token: str) -> list[Any]:
        """What a token says.

        Raises:
            InvalidParameter: This database did not make it.
        """
        try:
            data = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:
            data = b""
        signature, body = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(body)):
            raise InvalidParameter(
                "Invalid page token: this server did not make it. Use a next_page_token of the same search as it is, "
                "or leave page_token out to start again."
            )
        payload: list[Any] = msgspec.json.decode(body)
        return payload

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._secret, body, sha256)[:_SIGNATURE_BYTES]


_KEYS_BY_HASH = select(keys.c.number, keys.c.name).where(keys.c.hash.in_(bindparam("hashes", expanding=True)))
_KEYS_BY_NUMBER = select(keys.c.number, keys.c.name).where(keys.c.number.in_(bindparam("numbers", expanding=True)))
_HOLD_RUN = select(runs.c.number).where(runs.c.number == bindparam("number")).with_for_update(key_share=True)
_ADD_KEY = insert(keys).values(name=bindparam("name"), hash=bindparam("hash"))


Answer = Callable[[], list[tuple[Any, ...]]]


class Connection:
    """One transaction's way to the database: constant statements on the driver's own cursor, and the keys it uses.

    `lock` is for a transaction that changes something beside others: it locks the rows that it finds in order to change
    them. `sync` waits for what the driver has sent ahead. `ahead` is what the works of a transaction know together.
    """

    def __init__(
        self,
        database: Database,
        driver: Any,
        *,
        lock: bool = False,
        sync: Callable[[], None] | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        self.database = database
        self.lock = lock
        self.ahead = ahead or Ahead()
        self._driver = driver
        self._sync = sync
        self.fresh_keys: dict[str, int] = {}
        self.arrived: dict[int, int] = {}
        """Points that this transaction added, by the number of the run."""
        self.changes = Changes()
        """What this transaction changed that somebody may be looking at."""

    def rows(self, statement: Executable, /, **parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a constant query."""
        compiled = self.database.compiled(statement)
        cursor = self._driver.cursor()
        cursor.execute(compiled.sql, compiled.arguments(parameters))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def row(self, statement: Executable, /, **parameters: Any) -> tuple[Any, ...] | None:
        """The first row of a constant query."""
        compiled = self.database.compiled(statement)
        cursor = self._driver.cursor()
        cursor.execute(compiled.sql, compiled.arguments(parameters))
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found

    def ask(self, statement: Executable, name: str, values: Sequence[Any], /, **parameters: Any) -> Answer:
        """Sends a query of `rows_in`; what is returned waits for its rows.

        Several that are sent before the first is waited for are answered at once, if the driver can send ahead.
        """
        if self.database.arrays and values:
            return self.run(statement, **{**parameters, name: list(values)}).fetchall  # type: ignore[no-any-return]
        found = self.rows_in(statement, name, values, **parameters)
        return lambda: found

    def rows_in(self, statement: Executable, name: str, values: Sequence[Any], /, **parameters: Any) -> list[Any]:
        """All rows of a constant query with one list parameter, however long; a list is asked for in parts.

        Other parameters that are lists are given as tuples, which go into each part whole.
        """
        found: list[Any] = []
        if self.database.arrays:
            if values:
                lists = {key: list(value) for key, value in parameters.items() if isinstance(value, tuple)}
                compiled = self.database.compiled(statement)
                cursor = self._driver.cursor()
                cursor.execute(compiled.sql, compiled.arguments({**parameters, **lists, name: list(values)}))
                found = cursor.fetchall()
            return found
        fixed = {key: _filled(value) for key, value in parameters.items() if isinstance(value, tuple)}
        sizes = {key: len(value) for key, value in fixed.items()}
        most = _MAX_LIST if not fixed else _MAX_LIST_OF_SEVERAL
        for start in range(0, len(values), most):
            part = _filled(values[start : start + most])
            compiled = self.database.compiled(statement, {name: len(part), **sizes})
            places = dict(zip(compiled.places[name], part, strict=True))
            for key, value in fixed.items():
                places.update(zip(compiled.places[key], value, strict=True))
            cursor = self._driver.cursor()
            cursor.execute(compiled.sql, compiled.arguments({**parameters, **places}))
            found += cursor.fetchall()
        return found

    def run(self, statement: Executable, /, **parameters: Any) -> Any:
        """Executes a constant statement and returns the cursor."""
        compiled = self.database.compiled(statement)
        cursor = self._driver.cursor()
        cursor.execute(compiled.sql, compiled.arguments(parameters))
        return cursor

    def add(self, statement: Executable, /, **parameters: Any) -> int:
        """Executes a constant INSERT of one row and returns the number that the row was given."""
        cursor = self._driver.cursor()
        if not self.database.returns:
            compiled = self.database.compiled(statement)
            cursor.execute(compiled.sql, compiled.arguments(parameters))
            return int(cursor.lastrowid)
        compiled = self.database.compiled_insert(statement)
        cursor.execute(compiled.sql, compiled.arguments(parameters))
        return int(cursor.fetchone()[0])

    def change(self, statement: Executable, /, **parameters: Any) -> int:
        """Executes a constant UPDATE or DELETE and returns how many rows it found."""
        cursor = self.run(statement, **parameters)
        if self._sync is not None:
            self._sync()
        return int(cursor.rowcount)

    def run_many(self, statement: Executable, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Executes a constant statement once for each set of parameters."""
        if not parameters:
            return
        many = self.database.compiled_many(statement) if len(parameters) > 1 else None
        if many is not None:
            self._driver.cursor().execute(many.sql, many.arguments(parameters))
            return
        compiled = self.database.compiled(statement)
        self._driver.cursor().executemany(compiled.sql, [compiled.arguments(one) for one in parameters])

    def query(self, statement: Executable) -> list[tuple[Any, ...]]:
        """All rows of a query that was made for this one use, its values bound in it."""
        compiled = Statement(statement, self.database.dialect, arrays=self.database.arrays)
        cursor = self._driver.cursor()
        cursor.execute(compiled.sql, compiled.arguments({}))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def query_none(self, statement: Executable) -> None:
        """Executes a statement that was made for this one use and gives no rows."""
        compiled = Statement(statement, self.database.dialect, arrays=self.database.arrays)
        self._driver.cursor().execute(compiled.sql, compiled.arguments({}))

    def hold(self, run: int) -> None:
        """Keeps others from changing a run to the end of this transaction, so that changes of it come one by one."""
        if self.lock and run not in self.ahead.held:
            self.run(_HOLD_RUN, number=run)
            self.ahead.held.add(run)

    def held(self, run: int) -> None:
        """Takes notice that a run is held already."""
        self.ahead.held.add(run)

    def find_keys(self, names: Sequence[str]) -> dict[str, int]:
        """The numbers of those keys that exist."""
        known = self.database.key_numbers
        found: dict[str, int] = {}
        missing: list[str] = []
        for name in names:
            number = known.get(name) or self.fresh_keys.get(name)
            if number is None:
                missing.append(name)
            else:
                found[name] = number
        if missing:
            wanted = set(missing)
            rows = self.rows_in(_KEYS_BY_HASH, "hashes", [text_hash(name) for name in wanted])
            read = {name: number for number, name in rows if name in wanted}
            self.fresh_keys.update(read)
            found.update(read)
        return found

    def key_numbers(self, names: Sequence[str]) -> dict[str, int]:
        """The numbers of keys, which are added where they are new."""
        found = self.find_keys(names)
        missing = [name for name in dict.fromkeys(names) if name not in found]
        if not missing:
            return found
        if self.database.add_keys is not None:
            return {**found, **self.database.add_keys(self.database, missing)}
        return {**found, **self.add_keys(missing)}

    def add_keys(self, names: Sequence[str]) -> dict[str, int]:
        """Adds keys that there are not, and returns their numbers."""
        self.run_many(_ADD_KEY, [{"name": name, "hash": text_hash(name)} for name in names])
        return self.find_keys(names)

    def key_names(self, numbers: set[int]) -> dict[int, str]:
        """The names of keys by their numbers."""
        known = self.database.key_names
        missing = [number for number in numbers if number not in known]
        if not missing:
            return known
        read = dict(self.rows_in(_KEYS_BY_NUMBER, "numbers", missing))
        # What another transaction has not committed is not visible here, so these may be kept.
        return {**{number: known[number] for number in numbers if number in known}, **read}


_MAX_LIST: Final = 8192
# Each pair of lengths is a statement that is kept.
_MAX_LIST_OF_SEVERAL: Final = 1024


def _filled(values: Sequence[Any]) -> list[Any]:
    """The values with the last one repeated up to a power of two: few lengths make few statements."""
    return [*values, *([values[-1]] * ((1 << (len(values) - 1).bit_length()) - len(values)))]
