"""Memory and processor time of a process and all its descendants, read from /proc (Linux)."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_MIB = 1024.0 * 1024.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """Memory of a process tree in MiB; `pss` shares pages among those who map them, None where it is not readable."""

    processes: int
    rss: float
    pss: float | None


def tree(root: int) -> tuple[int, ...]:
    """Returns the ids of the process and of all its descendants that are alive."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, ()))
    return tuple(pid for pid in found if (_PROC / str(pid)).exists())


def memory(root: int) -> Memory | None:
    """Returns the memory of the tree; None on systems without /proc."""
    pids = tree(root)
    if not pids:
        return None
    rss = 0.0
    pss: float | None = 0.0
    page = os.sysconf("SC_PAGE_SIZE")
    for pid in pids:
        try:
            rss += int((_PROC / str(pid) / "statm").read_text().split()[1]) * page / _MIB
        except OSError:
            continue
        share = _pss(pid)
        pss = None if pss is None or share is None else pss + share
    return Memory(processes=len(pids), rss=rss, pss=pss)


def cpu_seconds(root: int) -> float | None:
    """Returns the processor time that the tree has used, descendants that ended included; None without /proc."""
    pids = tree(root)
    if not pids:
        return None
    ticks = 0
    for pid in pids:
        try:
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # utime, stime, cutime, cstime are the fields 14 to 17 of proc(5); two of them stand before the bracket.
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def settle(root: int, *, seconds: float, share: float = 0.05) -> bool:
    """Waits until the tree uses less than a share of one processor for half a second; False when time ran out."""
    deadline = time.monotonic() + seconds
    before = cpu_seconds(root)
    if before is None:
        return True
    while time.monotonic() < deadline:
        time.sleep(0.5)
        now = cpu_seconds(root)
        if now is None or now - before < share * 0.5:
            return True
        before = now
    return False


def _parents() -> Iterator[tuple[int, int]]:
    if not _PROC.is_dir():
        return
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue


def _pss(pid: int) -> float | None:
    try:
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024.0
    except OSError:
        return None
    return None
