"""Running a server process, or several."""

from __future__ import annotations

import gc
import ipaddress
import logging
import os
import signal
import sys
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import uvicorn

from kiseki.server import logs
from kiseki.server.app import App, create_app
from kiseki.server.protocol import Protocol
from kiseki.server.settings import ServerSettings

_VARIABLE: Final = "KISEKI_SERVER_SETTINGS"
STOP_SECONDS: Final = 10
_GC_OBJECTS: Final = 20_000
"""So many new objects cause a collection of the young ones."""

log = logging.getLogger("kiseki.server")


def run(settings: ServerSettings) -> None:
    """Serves until a signal ends it; requests under way have 10 seconds to finish.

    Raises:
        KisekiError: The database or the artifact root cannot be opened.
    """
    options = {
        "host": settings.host,
        "port": settings.port,
        "log_config": None,
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
    logs.configure(settings.log_format, settings.log_level)
    if not _is_loopback(settings.host):
        log.warning(
            "Listening on %s. There is no access control: everybody who reaches this port can read and write all "
            "experiments. Use a trusted network or a proxy that asks for a password.",
            settings.host,
        )
    if settings.workers == 1:
        uvicorn.run(_settled(create_app(settings)), **options)  # type: ignore[arg-type]
        return
    with TemporaryDirectory(prefix="kiseki-") as folder:
        # Workers are processes of their own, which find the settings where they find everything else they inherit.
        shared = msgspec.structs.replace(settings, counts_folder=folder)
        os.environ[_VARIABLE] = msgspec.json.encode(shared).decode()
        uvicorn.run("kiseki.server.run:create", factory=True, workers=settings.workers, **options)  # type: ignore[arg-type]


def create() -> App:
    """The application of one worker."""
    settings = msgspec.json.decode(os.environ[_VARIABLE], type=ServerSettings)
    logs.configure(settings.log_format, settings.log_level)
    return _settled(create_app(settings))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _settled(app: App) -> App:
    """The application with what was loaded for it left out of garbage collection.

    A request makes thousands of objects that die with it, so that collections are frequent, and each full one would look
    through all modules.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_OBJECTS, 20, 20)
    return app
