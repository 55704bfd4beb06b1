"""Running a scoring server, in one process or in several."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from kiseki.asgi import logs
from kiseki.asgi.run import STOP_SECONDS, is_loopback, serve, settled
from kiseki.base.errors import KisekiError
from kiseki.models.load import local_model
from kiseki.pyfunc.predicting import child_environment, python_for
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
    if not settings.folder:
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


def run_isolated(settings: ServingSettings, env_manager: str) -> int:
    """Serves a model by a process in the environment of the model's own, and returns its code when it ends.

    Signals that end this process end that one, and this one waits for it.

    Raises:
        KisekiError: The model cannot be found, or its environment cannot be made.
    """
    logs.configure(settings.log_format, settings.log_level)
    folder = local_model(settings.model).absolute()
    settings = msgspec.structs.replace(settings, folder=str(folder))
    environment = {**child_environment(env_manager), _VARIABLE: msgspec.json.encode(settings).decode()}
    process = subprocess.Popen(  # noqa: S603 - no part of it is a model's
        [python_for(folder, env_manager), "-m", "kiseki.serving"], env=environment
    )
    # Ctrl-C reaches both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    return process.wait()


def main() -> None:
    """The process in an environment of the model's own, told what to do by `run_isolated`."""
    settings = msgspec.json.decode(os.environ[_VARIABLE], type=ServingSettings)
    try:
        run(settings)
    except KisekiError as error:
        log.error("%s", error)
        sys.exit(1)


def create() -> App:
    """The application of one worker. One that cannot load the model leaves word why, and ends the server."""
    settings = msgspec.json.decode(os.environ[_VARIABLE], type=ServingSettings)
    logs.configure(settings.log_format, settings.log_level)
    # Uvicorn's handler lets a worker finish what it answers, and there is nothing yet.
    handler = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        app = _application(settings)
    except Exception as error:
        told = isinstance(error, KisekiError)
        if not told:
            log.error("the model cannot be loaded", exc_info=error)
        reason = str(error) if told else f"The model cannot be loaded: {type(error).__name__}: {error}"
        Path(settings.counts_folder, _FAILURE).write_text(reason, encoding="utf-8")
        os.kill(os.getppid(), signal.SIGTERM)
        # Uvicorn would start another in the place of a worker that ends before the server does.
        time.sleep(STOP_SECONDS)
        sys.exit(1)
    signal.signal(signal.SIGTERM, handler)
    return app


def _application(settings: ServingSettings) -> App:
    return settled(create_app(settings, load(settings.folder, settings.model, settings.model_config)))
