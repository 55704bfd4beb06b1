"""What all sessions on one database share: compiled statements, the numbers of keys, the secret of page tokens."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import Executable, bindparam, insert, select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

from kiseki.base.errors import InvalidParameter
from kiseki.domain.changes import Changes
from kiseki.store.ordered import text_hash
from kiseki.store.sql.tables import keys

_SIGNATURE_BYTES: Final = 12
_MAX_KEYS: Final = 200_000


class Statement:
    """SQL that was compiled once: the text, and the names of its parameters in the order of their places."""

    __slots__ = ("_fixed", "_names", "places", "sql")

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        assert isinstance(statement, ClauseElement)
        compiled: Any = statement.compile(dialect=dialect)
        state = compiled.construct_expanded_state(
            {name: None for name, bind in compiled.binds.items() if bind.required and not bind.expanding}
        )
        self.sql: str = state.statement
        self._names: tuple[str, ...] | None = tuple(state.positiontup) if compiled.positional else None
        self._fixed: dict[str, Any] = {name: value for name, value in state.parameters.items() if value is not None}
        self.places: dict[str, list[str]] = dict(state.parameter_expansion)
        """The names of the places of each list parameter."""

    def arguments(self, given: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        if self._fixed:
            given = {**self._fixed, **given}
        if self._names is None:
            return given
        return [given[name] for name in self._names]


class Database:
    """The dialect, caches and secret of one database. Safe for use by many threads."""

    def __init__(self, dialect: Dialect, secret: bytes, artifact_root: str) -> None:
        self.dialect = dialect
        self.artifact_root = artifact_root
        self._secret = secret
        # Keyed by identity: the constant statements of the modules live as long as the process.
        self._statements: dict[tuple[int, int], tuple[Executable, Statement]] = {}
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
            found = self._statements[identity] = (statement, Statement(sized, self.dialect))
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
_ADD_KEY = insert(keys).values(name=bindparam("name"), hash=bindparam("hash"))


class Connection:
    """One transaction's way to the database: constant statements on the driver's own cursor, and the keys it uses."""

    def __init__(self, database: Database, driver: Any) -> None:
        self.database = database
        self._driver = driver
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

    def rows_in(self, statement: Executable, name: str, values: Sequence[Any], /, **parameters: Any) -> list[Any]:
        """All rows of a constant query with one list parameter, however long; a list is asked for in parts.

        Other parameters that are lists are given as tuples, which go into each part whole.
        """
        found: list[Any] = []
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
        return int(self.run(statement, **parameters).lastrowid)

    def run_many(self, statement: Executable, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Executes a constant statement once for each set of parameters."""
        if not parameters:
            return
        compiled = self.database.compiled(statement)
        self._driver.cursor().executemany(compiled.sql, [compiled.arguments(one) for one in parameters])

    def query(self, statement: Executable) -> list[tuple[Any, ...]]:
        """All rows of a query that was made for this one use, its values bound in it."""
        compiled = Statement(statement, self.database.dialect)
        cursor = self._driver.cursor()
        cursor.execute(compiled.sql, compiled.arguments({}))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def query_none(self, statement: Executable) -> None:
        """Executes a statement that was made for this one use and gives no rows."""
        compiled = Statement(statement, self.database.dialect)
        self._driver.cursor().execute(compiled.sql, compiled.arguments({}))

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
        for name in names:
            if name not in found:
                number = self.add(_ADD_KEY, name=name, hash=text_hash(name))
                found[name] = self.fresh_keys[name] = number
        return found

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
