"""Running a server process, or several."""

from __future__ import annotations

import logging
import os
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from kiseki.asgi import logs
from kiseki.asgi.run import is_loopback, serve, settled
from kiseki.server.app import App, create_app
from kiseki.server.settings import ServerSettings

_VARIABLE: Final = "KISEKI_SERVER_SETTINGS"

log = logging.getLogger("kiseki.server")


def run(settings: ServerSettings) -> None:
    """Serves until a signal ends it; requests under way have 10 seconds to finish.

    Raises:
        KisekiError: The database or the artifact root cannot be opened.
    """
    logs.configure(settings.log_format, settings.log_level)
    if not is_loopback(settings.host):
        log.warning(
            "Listening on %s. There is no access control: everybody who reaches this port can read and write all "
            "experiments. Use a trusted network or a proxy that asks for a password.",
            settings.host,
        )
    if settings.workers == 1:
        app = settled(create_app(settings))
        serve(lambda: app, host=settings.host, port=settings.port)
        return
    with TemporaryDirectory(prefix="kiseki-") as folder:
        # Workers are processes of their own, which find the settings where they find everything else they inherit.
        shared = msgspec.structs.replace(settings, counts_folder=folder)
        os.environ[_VARIABLE] = msgspec.json.encode(shared).decode()
        serve("kiseki.server.run:create", host=settings.host, port=settings.port, workers=settings.workers)


def create() -> App:
    """The application of one worker."""
    settings = msgspec.json.decode(os.environ[_VARIABLE], type=ServerSettings)
    logs.configure(settings.log_format, settings.log_level)
    return settled(create_app(settings))
