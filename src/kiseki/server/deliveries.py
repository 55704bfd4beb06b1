"""What sends messages to webhooks while a server runs."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from kiseki.base.errors import KisekiError
from kiseki.domain.webhooks import Delivery
from kiseki.service import Store, webhooks
from kiseki.service.egress import Egress

log = logging.getLogger("kiseki.server")

_LOOK_SECONDS: Final = 0.5
_TIDY_SECONDS: Final = 3_600.0
_SENDERS: Final = 4


class Deliveries:
    """A thread that looks for messages which are due, and some that send them.

    Several servers on one database send each message once; what a server has taken that ends is sent by another after
    minutes. A message may come twice where a server ends between sending it and saying so: its id is the same.
    """

    def __init__(self, store: Store, egress: Egress) -> None:
        self._store = store
        self._egress = egress
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kiseki-webhooks", daemon=True)
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix="kiseki-webhook")

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def close(self) -> None:
        """Ends; what is on its way is waited for by nobody, and sent again by the next server."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(_LOOK_SECONDS * 4)
        self._senders.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        tidied = time.monotonic()
        while not self._closing.wait(_LOOK_SECONDS):
            try:
                for delivery in webhooks.take_due(self._store):
                    self._senders.submit(self._send, delivery)
                if time.monotonic() - tidied > _TIDY_SECONDS:
                    tidied = time.monotonic()
                    webhooks.forget_old(self._store)
            except KisekiError as error:
                # The database is away: it is looked at again.
                log.warning("messages to webhooks cannot be looked for: %s", error)
            except Exception as error:
                log.error("messages to webhooks cannot be looked for", exc_info=error)

    def _send(self, delivery: Delivery) -> None:
        try:
            webhooks.deliver(self._store, self._egress, delivery)
        except Exception as error:
            # Whoever looks next sends it, when it is not this server's any more.
            log.error("a message to a webhook was not sent", exc_info=error)
