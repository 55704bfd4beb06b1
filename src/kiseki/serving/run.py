"""Running a scoring server, in one process or in several."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
from uvicorn.config import STARTUP_FAILURE

from kiseki.asgi import logs
from kiseki.asgi.run import is_loopback, serve, settled
from kiseki.base.errors import KisekiError
from kiseki.models.load import local_model
from kiseki.serving.app import App, create_app
from kiseki.serving.model import load
from kiseki.serving.settings import ServingSettings

_VARIABLE: Final = "KISEKI_SERVING_SETTINGS"
_FAILURE: Final = "failure"
"""The file in which a worker leaves why it cannot start."""

log = logging.getLogger("kiseki.serving")


def run(settings: ServingSettings) -> None:
    """Serves a model until a signal ends it; requests under way have 10 seconds to finish.

    Raises:
        KisekiError: The model cannot be found or loaded.
    """
    logs.configure(settings.log_format, settings.log_level)
    if not is_loopback(settings.host):
        log.warning(
            "Listening on %s. There is no access control: everybody who reaches this port can ask the model. Use a trusted "
            "network or a proxy that asks for a password.",
            settings.host,
        )
    # Fetched once for all workers.
    settings = msgspec.structs.replace(settings, folder=str(local_model(settings.model)))
    if settings.workers == 1:
        app = _application(settings)
        serve(lambda: app, host=settings.host, port=settings.port)
        return
    with TemporaryDirectory(prefix="kiseki-") as folder:
        # Workers are processes of their own, which find the settings where they find everything else they inherit.
        shared = msgspec.structs.replace(settings, counts_folder=folder)
        os.environ[_VARIABLE] = msgspec.json.encode(shared).decode()
        serve("kiseki.serving.run:create", host=settings.host, port=settings.port, workers=settings.workers)
        reason = Path(folder, _FAILURE)
        if reason.exists():
            raise KisekiError(reason.read_text(encoding="utf-8"))


def create() -> App:
    """The application of one worker. One that cannot load the model leaves word why and ends, and so ends the server."""
    settings = msgspec.json.decode(os.environ[_VARIABLE], type=ServingSettings)
    logs.configure(settings.log_format, settings.log_level)
    try:
        return _application(settings)
    except Exception as error:
        told = isinstance(error, KisekiError)
        if not told:
            log.error("the model cannot be loaded", exc_info=error)
        reason = str(error) if told else f"The model cannot be loaded: {type(error).__name__}: {error}"
        Path(settings.counts_folder, _FAILURE).write_text(reason, encoding="utf-8")
        sys.exit(STARTUP_FAILURE)


def _application(settings: ServingSettings) -> App:
    return settled(create_app(settings, load(settings.folder, settings.model, settings.model_config)))
