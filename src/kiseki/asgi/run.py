"""Running an application in this process, or in several that share a port."""

from __future__ import annotations

import gc
import ipaddress
import signal
import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

import uvicorn

from kiseki.asgi.protocol import Protocol

A = TypeVar("A")

STOP_SECONDS: Final = 10
"""So long requests under way have to finish when a server is told to end."""
IDLE_SECONDS: Final = 75
"""So long a connection is kept for a further request, whose client gets no answer if it is sent while the connection is closed.

Longer than proxies keep theirs (nginx 60 s), and than most steps of training take.
"""
WORKER_SECONDS: Final = 30
"""A worker that is silent for so long is taken for dead; loading what is large may keep it from saying anything."""
_GC_OBJECTS: Final = 20_000
"""So many new objects cause a collection of the young ones."""


def serve(create: Callable[[], Any] | str, *, host: str, port: int, workers: int = 1) -> None:
    """Serves until a signal ends it; requests under way have 10 seconds to finish.

    Args:
        create: Makes the application. Of several workers each makes its own, so that it must be a name, `module:function`.
        host: Address to listen on.
        port: Port to listen on.
        workers: How many processes.
    """
    # Uvicorn raises the signal again when it is done; a server that ended as it was told to has not failed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        create,
        factory=True,
        workers=workers,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_worker_healthcheck=WORKER_SECONDS,
        http=Protocol,
        ws="none",
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def settled(app: A) -> A:
    """The application with what was loaded for it left out of garbage collection.

    A request makes thousands of objects that die with it, so that collections are frequent, and each full one would look
    through all modules.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_OBJECTS, 20, 20)
    return app
