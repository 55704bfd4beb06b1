"""Running a server process, or several."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import Final

import msgspec
import uvicorn

from kiseki.server.app import App, create_app
from kiseki.server.protocol import Protocol
from kiseki.server.settings import ServerSettings

_VARIABLE: Final = "KISEKI_SERVER_SETTINGS"
STOP_SECONDS: Final = 10
_GC_OBJECTS: Final = 20_000
"""So many new objects cause a collection of the young ones."""


def run(settings: ServerSettings) -> None:
    """Serves until a signal ends it; requests under way have 10 seconds to finish.

    Raises:
        KisekiError: The database or the artifact root cannot be opened.
    """
    options = {
        "host": settings.host,
        "port": settings.port,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "date_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": STOP_SECONDS,
        "http": Protocol,
        "ws": "none",
    }
    # Uvicorn raises the signal again when it is done; a server that ended as it was told to has not failed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if settings.workers == 1:
        uvicorn.run(_settled(create_app(settings)), **options)  # type: ignore[arg-type]
        return
    # Workers are processes of their own, which find the settings where they find everything else they inherit.
    os.environ[_VARIABLE] = msgspec.json.encode(settings).decode()
    uvicorn.run("kiseki.server.run:create", factory=True, workers=settings.workers, **options)  # type: ignore[arg-type]


def create() -> App:
    """The application of one worker."""
    return _settled(create_app(msgspec.json.decode(os.environ[_VARIABLE], type=ServerSettings)))


def _settled(app: App) -> App:
    """The application with what was loaded for it left out of garbage collection.

    A request makes thousands of objects that die with it, so that collections are frequent, and each full one would look
    through all modules.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_OBJECTS, 20, 20)
    return app
