"""Adding names of params, tags and metrics to a database that several processes write to."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from kiseki.base.errors import Unavailable
from kiseki.store.sql.database import Connection, Database
from kiseki.store.sql.engine import LOCK_SECONDS, Engine
from kiseki.store.sql.server_pool import Pool

_LOCK = "kiseki keys"


class Keys:
    """Adds keys in short transactions of their own, one at a time over all processes.

    Keys are few and stay, so one that was added for a transaction that failed does no harm. In the transaction that needs
    it, its name would be locked until that ends, and two that add the same names in other orders would wait for each other.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = Pool(engine, engine.connect, 1)
        self._lock = threading.Lock()

    def add(self, database: Database, names: Sequence[str]) -> dict[str, int]:
        """The numbers of all these keys, which are added where they are new."""
        with self._lock, self._pool.connection() as driver:
            if not self._engine.lock(driver, _LOCK, LOCK_SECONDS):
                raise Unavailable(
                    f"Another server was adding names of metrics for over {LOCK_SECONDS:g} s. Nothing was stored; send "
                    "it again."
                )
            try:
                found = self._add(database, driver, names)
            finally:
                if not self._engine.is_lost(driver):
                    driver.rollback()
                    self._engine.unlock(driver, _LOCK)
        database.remember(found)
        return found

    def close(self) -> None:
        """Closes the connection."""
        self._pool.close()

    def _add(self, database: Database, driver: Any, names: Sequence[str]) -> dict[str, int]:
        connection = Connection(database, driver)
        found = connection.find_keys(names)
        missing = [name for name in names if name not in found]
        if missing:
            found = {**found, **connection.add_keys(missing)}
            driver.commit()
        return found
