"""Names that were seen a short time ago."""

from __future__ import annotations

import time
from typing import Final

MAX_NAMES: Final = 10_000


class Recent:
    """Paths of folders, each remembered for `seconds`. Safe for use by several threads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[str, float] = {}

    def add(self, path: str) -> None:
        """Remembers a path from now on."""
        if len(self._seen) >= MAX_NAMES:
            self._seen = {}
        self._seen[path] = time.monotonic()

    def has(self, path: str) -> bool:
        """Whether a path was added less than `seconds` ago and not forgotten since."""
        moment = self._seen.get(path)
        return moment is not None and time.monotonic() - moment < self._seconds

    def forget(self, path: str) -> None:
        """Forgets a path, those below it and those above it, which may have held nothing else."""
        self._seen = {
            one: moment
            for one, moment in list(self._seen.items())
            if not f"{one}/".startswith(f"{path}/") and not path.startswith(f"{one}/")
        }
