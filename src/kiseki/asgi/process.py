"""What this process takes of its machine."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

import msgspec

try:
    from resource import RLIMIT_NOFILE, getrlimit
except ImportError:  # Windows has no limits of this kind.
    _has_limits = False
else:
    _has_limits = True

_SELF: Final = Path("/proc/self")
_STARTED: Final = time.time()


class Process(msgspec.Struct, kw_only=True):
    """Of one process or several. 0 where the system does not tell."""

    resident_bytes: int = 0
    cpu_seconds: float = 0.0
    open_files: int = 0
    max_files: int = 0
    """The limit of one process."""
    started: float = 0.0
    """Seconds since 1970-01-01 UTC; of several, of the first."""

    def add(self, other: Process, *, running: bool) -> None:
        """Adds what another process takes, or took."""
        self.cpu_seconds += other.cpu_seconds
        self.started = min(filter(None, (self.started, other.started)), default=0.0)
        if running:
            self.resident_bytes += other.resident_bytes
            self.open_files += other.open_files
            self.max_files = max(self.max_files, other.max_files)


def look() -> Process:
    """What this process takes now."""
    times = os.times()
    resident = open_files = 0
    if _SELF.exists():
        resident = int((_SELF / "statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        # One of them is that of the folder itself.
        open_files = sum(1 for _ in (_SELF / "fd").iterdir()) - 1
    return Process(
        resident_bytes=resident,
        cpu_seconds=times.user + times.system,
        open_files=open_files,
        max_files=getrlimit(RLIMIT_NOFILE)[0] if _has_limits else 0,
        started=_STARTED,
    )


def is_running(number: int) -> bool:
    """Whether a process of this user has that number."""
    try:
        os.kill(number, 0)
    except OSError:
        return False
    return True
