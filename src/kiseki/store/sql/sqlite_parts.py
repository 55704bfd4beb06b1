"""An index of the parts of texts on SQLite: the sources of versions by three neighbouring characters each.

A pattern such as `%/77/3` names few of many sources, of which SQLite alone would read each (0.1 µs, 10 ms for 100,000). FTS5 keeps
the index, with its tokenizer `trigram` (https://sqlite.org/fts5.html#the_trigram_tokenizer, SQLite 3.34), and triggers keep
it as the table is. It is no part of the schema: where SQLite was built without FTS5, a new database goes without.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any, Final

from sqlalchemy import Integer, Select, bindparam, column, select, table

from kiseki.base.errors import Unavailable

_FROM: Final = (3, 34)
"""The version of SQLite that has the tokenizer."""
_LEAST: Final = 3
"""The characters of an entry: shorter parts are not found."""
_MAKE: Final = (
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS model_version_parts
    USING fts5(source, content='model_versions', content_rowid='number', tokenize='trigram', columnsize=0)
    """,
    "INSERT INTO model_version_parts(model_version_parts) VALUES ('rebuild')",
    """
    CREATE TRIGGER IF NOT EXISTS model_version_parts_added AFTER INSERT ON model_versions BEGIN
        INSERT INTO model_version_parts(rowid, source) VALUES (new.number, new.source);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS model_version_parts_deleted AFTER DELETE ON model_versions BEGIN
        INSERT INTO model_version_parts(model_version_parts, rowid, source) VALUES ('delete', old.number, old.source);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS model_version_parts_changed AFTER UPDATE OF number, source ON model_versions BEGIN
        INSERT INTO model_version_parts(model_version_parts, rowid, source) VALUES ('delete', old.number, old.source);
        INSERT INTO model_version_parts(rowid, source) VALUES (new.number, new.source);
    END
    """,
)
_PARTS: Final = table("model_version_parts", column("rowid", Integer), column("source"))
HAVING: Final[Select[Any]] = (
    select(_PARTS.c.rowid).where(_PARTS.c.source.match(bindparam("phrase"))).limit(bindparam("most", type_=Integer))
)
"""The numbers of the versions whose source has a `phrase` in it, with letters of any case."""


def prepare(driver: sqlite3.Connection) -> bool:
    """Makes the index where there is none, of all that there is; whether there is one then.

    Raises:
        Unavailable: There is one, and this SQLite cannot keep it.
    """
    there = bool(driver.execute("SELECT 1 FROM sqlite_master WHERE name = 'model_version_parts'").fetchall())
    able = sqlite3.sqlite_version_info >= _FROM and bool(
        driver.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchall()
    )
    if there and not able:
        raise Unavailable(
            f"The database was made with a SQLite that has FTS5; that of this Python, {sqlite3.sqlite_version}, has not, and "
            "could not add versions of models. Use a Python whose SQLite is 3.34 or newer and has FTS5."
        )
    if able and not there:
        driver.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have made it meanwhile, to which this adds nothing.
            for statement in _MAKE:
                driver.execute(statement)
            driver.execute("COMMIT")
        except BaseException:
            driver.execute("ROLLBACK")
            raise
    return able


def phrase(pattern: str) -> str | None:
    """What sources have in them that are like a pattern, as a phrase of FTS5; None where that is too short to be found."""
    longest = max(re.split("[%_\0]", pattern), key=len)
    return '"{}"'.format(longest.replace('"', '""')) if len(longest) >= _LEAST else None
