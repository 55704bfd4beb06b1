"""An index of packages on this machine, as https://packaging.python.org/specifications/simple-repository-api describes it."""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from packaging.utils import parse_wheel_filename


class PackageIndex:
    """A folder of links to wheels, of which a web server shows the lists: those are the pages of an index.

    Args:
        folder: Where the links are; made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add(self, *wheels: Path) -> None:
        """Has the index offer wheels."""
        for wheel in wheels:
            self._place(wheel.name).symlink_to(wheel)

    def remove(self, wheel: Path) -> None:
        """Has the index offer a wheel no more."""
        self._place(wheel.name).unlink()

    def _place(self, file: str) -> Path:
        name, *_ = parse_wheel_filename(file)
        (self._folder / name).mkdir(exist_ok=True)
        return self._folder / name / file


class _Pages(SimpleHTTPRequestHandler):
    def copyfile(self, source: Any, outputfile: Any) -> None:
        # uv reads the end of a wheel, and leaves.
        with contextlib.suppress(ConnectionError):
            super().copyfile(source, outputfile)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
