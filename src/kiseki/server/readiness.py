"""Whether a server can do its work now: its database answers, and has the schema of this version."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from kiseki.base.errors import InvalidParameter, KisekiError, Unavailable
from kiseki.base.ids import ExperimentId
from kiseki.service import Store
from kiseki.store.inspection import inspect_store

LIMIT_SECONDS: Final = 2.0
"""A database that takes longer does not answer."""
FRESH_SECONDS: Final = 1.0
"""So long an answer holds: anybody may ask, as often as they like."""
_DEFAULT: Final = ExperimentId("0")

log = logging.getLogger("kiseki.server")


class Readiness:
    """Looks at one database, with a thread of its own, so that busy readers do not make a server look dead.

    One look at a time: who asks while a look takes long waits for the same one.
    """

    def __init__(self, uri: str, store: Store) -> None:
        self._uri = uri
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kiseki-readiness")
        self._look: Future[None] | None = None
        self._until = 0.0

    async def check(self) -> None:
        """Returns within about two seconds when the server can work.

        Raises:
            Unavailable: It can not; the message has the reason.
        """
        loop = asyncio.get_running_loop()
        if self._look is None or (self._look.done() and loop.time() >= self._until):
            self._look = self._thread.submit(self._ask)
            self._until = loop.time() + FRESH_SECONDS
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                # Shielded, since others may wait for it too.
                await asyncio.shield(asyncio.wrap_future(self._look))
        except TimeoutError:
            raise Unavailable(
                f"The database did not answer within {LIMIT_SECONDS:g} seconds. Look at its load and its locks."
            ) from None

    def close(self) -> None:
        """Ends the thread, after a look that is under way."""
        self._thread.shutdown(wait=False)

    def _ask(self) -> None:
        """One look."""
        try:
            self._check_schema()
            self._store.read(lambda session: session.experiments.get(_DEFAULT))
        except Unavailable:
            raise
        except KisekiError as error:
            raise Unavailable(error.message) from error
        except Exception as error:
            log.error("the database cannot be looked at", exc_info=error)
            raise Unavailable("The database cannot be looked at; the log has the details.") from error

    def _check_schema(self) -> None:
        try:
            found = inspect_store(self._uri)
        except InvalidParameter:
            # Databases of this kind cannot be looked at from outside; that the store works with it is all there is.
            return
        if found.error or not found.exists:
            raise Unavailable(f"The database cannot be read: {found.error or 'it is gone'}.")
        if found.schema != found.newest_schema:
            raise Unavailable(
                f"The database has the schema {found.schema!r}, and this version of kiseki works with "
                f"{found.newest_schema!r}. Start the version that fits."
            )
