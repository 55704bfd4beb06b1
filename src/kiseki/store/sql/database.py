"""What all sessions on one database share: compiled statements, the numbers of keys, the secret of page tokens."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import Executable, Insert, Table, bindparam, insert, select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

from kiseki.base.errors import InvalidParameter
from kiseki.domain.changes import Changes
from kiseki.store.ordered import text_hash
from kiseki.store.sql.ahead import Ahead
from kiseki.store.sql.known_models import REPLACE, KnownModels, another
from kiseki.store.sql.outbox import Outbox
from kiseki.store.sql.statement import ARRAYS, JSON_LISTS, ManyStatement, Statement
from kiseki.store.sql.tables import keys, runs

_SIGNATURE_BYTES: Final = 12
_MAX_KEYS: Final = 200_000

AddKeys = Callable[["Database", Sequence[str]], dict[str, int]]


class Database:
    """The dialect, caches and secret of one database. Safe for use by many threads.

    Args:
        dialect: What SQL is written in.
        secret: Page tokens are signed with it.
        artifact_root: Where artifacts of new experiments go.
        arrays: A list parameter may be an array.
        returns: An INSERT tells the number of its row by RETURNING; otherwise the cursor knows it.
        walks: A query finds the next entry of an index behind a value that another row of it has.
        parts: There is an index of the parts of sources.
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
        parts: bool = False,
        add_keys: AddKeys | None = None,
    ) -> None:
        self.dialect = dialect
        self.artifact_root = artifact_root
        self.arrays = arrays
        self.lists = ARRAYS if arrays else JSON_LISTS if dialect.name == "sqlite" else None
        """How constant statements take lists; None where each value has a place of its own."""
        self.returns = returns
        self.walks = walks
        self.parts = parts
        self.add_keys = add_keys
        self._secret = secret
        # Keyed by identity: the constant statements of the modules live as long as the process.
        self._statements: dict[tuple[int, int], tuple[Executable, Statement]] = {}
        self._many: dict[int, tuple[Executable, ManyStatement | None]] = {}
        self.key_numbers: dict[str, int] = {}
        self.key_names: dict[int, str] = {}
        self.known_models = KnownModels()

    def compiled(self, statement: Executable, expand: Mapping[str, int] | None = None) -> Statement:
        """A constant statement, compiled; `expand` has the number of places of its list parameters."""
        identity = (id(statement), hash(tuple(expand.items())) if expand else 0)
        found = self._statements.get(identity)
        if found is None:
            sized = statement
            if expand:
                assert isinstance(statement, ClauseElement)
                sized = statement.params({name: [0] * size for name, size in expand.items()})
            found = self._statements[identity] = (statement, Statement(sized, self.dialect, self.lists))
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
            found = self._statements[identity] = (statement, Statement(returning, self.dialect, self.lists))
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
    them; `reads` is for one that changes nothing and sees what was committed. `sync` waits for what the driver has sent
    ahead. `ahead` is what the works of a transaction know together, `outbox` what they write together.
    """

    def __init__(
        self,
        database: Database,
        driver: Any,
        *,
        lock: bool = False,
        reads: bool = False,
        sync: Callable[[], None] | None = None,
        ahead: Ahead | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        self.database = database
        self.lock = lock
        self.reads = reads
        self.ahead = ahead or Ahead()
        self._outbox = outbox
        self._driver = driver
        self._sync = sync
        self.fresh_keys: dict[str, int] = {}
        self.arrived: dict[int, int] = {}
        """Points that this transaction added, by the number of the run."""
        self.changes = Changes()
        """What this transaction changed that somebody may be looking at."""

    def rows(self, statement: Executable, /, **parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a constant query."""
        found: list[tuple[Any, ...]] = self.run(statement, **parameters).fetchall()
        return found

    def row(self, statement: Executable, /, **parameters: Any) -> tuple[Any, ...] | None:
        """The first row of a constant query."""
        found: tuple[Any, ...] | None = self.run(statement, **parameters).fetchone()
        return found

    def ask(self, statement: Executable, name: str, values: Sequence[Any], /, **parameters: Any) -> Answer:
        """Sends a query of `rows_in`; what is returned waits for its rows.

        Several that are sent before the first is waited for are answered at once, if the driver can send ahead.
        """
        if self.database.arrays and values:
            return self.run(statement, **{**parameters, name: list(values)}).fetchall  # type: ignore[no-any-return]
        found = self.rows_in(statement, name, values, **parameters)
        return lambda: found

    def ask_ahead(
        self, kind: str, statement: Executable, wanted: Mapping[int, Collection[str]], value: Callable[[Any], Any]
    ) -> Callable[[], None]:
        """Asks for what owners have by keys; what is returned keeps it in `ahead`.

        Args:
            kind: As in `ahead`.
            statement: Takes pairs, `owners` and `keys`, and has them as the first two of its columns.
            wanted: Names of keys by the number of the owner.
            value: What is kept of a row.
        """
        keys = {owner: list(self.find_keys(list(names)).values()) for owner, names in wanted.items()}
        pairs = [(owner, key) for owner, some in keys.items() for key in some]
        if not pairs:
            return lambda: None
        answer = self.run(statement, owners=[owner for owner, _ in pairs], keys=[key for _, key in pairs])

        def keep() -> None:
            found: dict[int, dict[int, Any]] = {owner: {} for owner in keys}
            for row in answer.fetchall():
                found[row[0]][row[1]] = value(row)
            for owner, some in keys.items():
                self.ahead.fill(kind, owner, some, found[owner])

        return keep

    def rows_in(self, statement: Executable, name: str, values: Sequence[Any], /, **parameters: Any) -> list[Any]:
        """All rows of a constant query with one list parameter, however long; a list is asked for in parts.

        Other parameters that are lists are given as tuples, which go into each part whole.
        """
        found: list[Any] = []
        if not values:
            return found
        lists = self.database.lists
        if lists is not None:
            given = {
                key: lists.value(value) if isinstance(value, tuple) else value for key, value in parameters.items()
            }
            given[name] = lists.value(values)
            return self._execute(self.database.compiled(statement), given).fetchall()  # type: ignore[no-any-return]
        fixed = {key: _filled(value) for key, value in parameters.items() if isinstance(value, tuple)}
        sizes = {key: len(value) for key, value in fixed.items()}
        most = _MAX_LIST if not fixed else _MAX_LIST_OF_SEVERAL
        for start in range(0, len(values), most):
            part = _filled(values[start : start + most])
            compiled = self.database.compiled(statement, {name: len(part), **sizes})
            places = dict(zip(compiled.places[name], part, strict=True))
            for key, value in fixed.items():
                places.update(zip(compiled.places[key], value, strict=True))
            found += self._execute(compiled, {**parameters, **places}).fetchall()
        return found

    def run(self, statement: Executable, /, **parameters: Any) -> Any:
        """Executes a constant statement and returns the cursor."""
        return self._execute(self.database.compiled(statement), parameters)

    def add(self, statement: Executable, /, **parameters: Any) -> int:
        """Executes a constant INSERT of one row and returns the number that the row was given."""
        if not self.database.returns:
            return int(self.run(statement, **parameters).lastrowid)
        return int(self._execute(self.database.compiled_insert(statement), parameters).fetchone()[0])

    def change(self, statement: Executable, /, **parameters: Any) -> int:
        """Executes a constant UPDATE or DELETE and returns how many rows it found."""
        cursor = self.run(statement, **parameters)
        if self._sync is not None:
            self._sync()
        return int(cursor.rowcount)

    def write(self, statement: Executable, /, **parameters: Any) -> None:
        """Executes a constant INSERT or UPDATE of one row, on a server together with others of the transaction."""
        if self._outbox is None or not self._outbox.put(statement, (parameters,)):
            self.run(statement, **parameters)

    def write_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Executes a constant INSERT, UPDATE or DELETE once for each row, on a server together with others of the transaction.

        What is done together is done before anything that this transaction reads, and at its end.
        """
        if not rows:
            return
        if self._outbox is not None and self._outbox.put(statement, rows):
            return
        if len(rows) == 1:
            self.run(statement, **rows[0])
            return
        many = self.database.compiled_many(statement)
        if many is not None:
            self._cursor().execute(many.sql, many.arguments(rows))
            return
        compiled = self.database.compiled(statement)
        self._cursor().executemany(compiled.sql, [compiled.arguments(row) for row in rows])

    def query(self, statement: Executable) -> list[tuple[Any, ...]]:
        """All rows of a query that was made for this one use, its values bound in it."""
        compiled = self._made(statement)
        found: list[tuple[Any, ...]] = self._execute(compiled, {}).fetchall()
        return found

    def query_none(self, statement: Executable) -> None:
        """Executes a statement that was made for this one use and gives no rows."""
        self._execute(self._made(statement), {})

    def _made(self, statement: Executable) -> Statement:
        # Lists of such statements may have any text.
        return Statement(statement, self.database.dialect, ARRAYS if self.database.arrays else None)

    def _execute(self, compiled: Statement, parameters: Mapping[str, Any]) -> Any:
        cursor = self._cursor()
        cursor.execute(compiled.sql, compiled.arguments(parameters))
        return cursor

    def _cursor(self) -> Any:
        """A cursor of the driver, to which all that was written before has been sent."""
        if self._outbox is not None:
            self._outbox.send()
        return self._driver.cursor()

    def changed_model(self, number: int, name: str) -> None:
        """Takes notice that something changed that is told of a registered model, and lets all servers know."""
        self.run(REPLACE, owner=number, another=another())
        self.changes.registered_models.add(name)

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
        self.write_many(_ADD_KEY, [{"name": name, "hash": text_hash(name)} for name in names])
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
