"""Connections to a SQLite file, and what its failures mean.

WAL with synchronous=FULL, so that what was answered survives a power cut. On a network file system WAL's shared memory
does not work, and the rollback journal is used.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from kiseki.base.errors import InvalidParameter, PermissionDenied, StorageFull, Unavailable

_TOO_LARGE: Final = ("too many SQL variables", "too large", "too complex", "tables in a join", "stack overflow")
READ_SECONDS: Final = 30.0
"""A read that takes longer is ended."""
_BUSY_SECONDS: Final = 20.0
_LOG_PAGES: Final = 8192
"""The write-ahead log grows to so many pages (32 MiB) before they are moved to the database. What is written again and
again meanwhile is moved once."""
_NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs"),
        *("lustre", "beegfs", "gpfs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs"),
    }
)


def path_of(uri: str) -> Path:
    """The file of a `sqlite:///` URI.

    Raises:
        InvalidParameter: The URI names no file.
    """
    _, slashes, rest = uri.partition(":///")
    if not slashes or not rest or rest == ":memory:":
        raise InvalidParameter(
            f"{uri!r} names no file. Write sqlite:///relative/file.db or sqlite:////absolute/file.db."
        )
    return Path(rest).absolute()


def connect(path: Path, journal: str | None) -> sqlite3.Connection:
    """A connection to the file, which is made with mode 0600 when it is missing; `journal` sets its journal mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Only a file that is new: to close one that this process has open elsewhere would drop its locks (POSIX), and
        # another process that closes the database would then take the write-ahead log away.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        driver = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        if journal:
            driver.execute("PRAGMA page_size = 4096")
            driver.execute("PRAGMA auto_vacuum = INCREMENTAL")
            driver.execute(f"PRAGMA journal_mode = {journal}")
        driver.execute("PRAGMA synchronous = FULL")
        driver.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        driver.execute("PRAGMA foreign_keys = ON")
        driver.execute("PRAGMA mmap_size = 0")
        driver.execute(f"PRAGMA cache_size = {-65_536 if journal else -16_384}")
        driver.execute("PRAGMA temp_store = MEMORY")
        driver.execute("PRAGMA case_sensitive_like = ON")
    except (sqlite3.Error, OSError) as error:
        raise translate(error, path) from error
    return driver


def on_network(path: Path) -> bool:
    """Whether the file lies on a network file system, as far as /proc/mounts tells."""
    try:
        lines = Path("/proc/mounts").read_text(errors="replace").splitlines()
    except OSError:
        return False
    kind, longest = "", -1
    where = str(path.resolve())
    for line in lines:
        fields = line.split()
        if len(fields) < 3:
            continue
        mount = fields[1].replace("\\040", " ").rstrip("/")
        if (where == mount or where.startswith(f"{mount}/")) and len(mount) >= longest:
            kind, longest = fields[2], len(mount)
    return kind in _NETWORK_FILE_SYSTEMS


def translate(error: Exception, path: Path) -> Exception:
    """What a failure of the database means to who asked."""
    text = str(error)
    if isinstance(error, sqlite3.OperationalError | OSError):
        if "disk is full" in text or "No space left" in text or getattr(error, "errno", None) in (28, 122):
            return StorageFull("No space is left for the database. Nothing was stored; free space and send it again.")
        if "locked" in text or "busy" in text:
            return Unavailable("The database is locked by another process. Nothing was stored; send it again.")
        if "readonly" in text or isinstance(error, PermissionError):
            return PermissionDenied("The database cannot be written to. Check the permissions of its folder.")
        if "unable to open" in text or isinstance(error, OSError):
            return Unavailable(f"The database {path.name!r} cannot be opened: {text}.")
    if isinstance(error, sqlite3.OperationalError) and any(limit in text for limit in _TOO_LARGE):
        return InvalidParameter(
            f"The search is larger than the database can take ({text}). Use fewer conditions, values or experiments."
        )
    if isinstance(error, sqlite3.OperationalError) and "interrupted" in text:
        # Not one of the errors after which clients send the same again.
        return InvalidParameter(
            f"The request took longer than {READ_SECONDS:g} s and was ended. Ask for less at once: fewer conditions and "
            "wildcards, one experiment, a smaller page."
        )
    return Unavailable(f"The database failed: {text}.")
