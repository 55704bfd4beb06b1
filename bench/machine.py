"""Facts about the machine that belong beside every figure."""

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

from bench.load import quantile


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """What the figures depend on: processors, memory, system, Python, load at the start, cost of an fsync."""

    processor: str
    processors: int
    memory_gib: float
    system: str
    python: str
    load: float
    fsync_p50_ms: float
    fsync_p95_ms: float


def observe(folder: Path) -> Machine:
    """Returns the facts; the fsync is measured on a file in the given folder, where the databases will lie."""
    times = _fsync_times(folder / "fsync.probe")
    return Machine(
        processor=_processor(),
        processors=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 2),
        fsync_p50_ms=round(quantile(times, 0.5) * 1000, 3),
        fsync_p95_ms=round(quantile(times, 0.95) * 1000, 3),
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _fsync_times(path: Path) -> list[float]:
    times = []
    with path.open("wb") as file:
        for _ in range(200):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    path.unlink()
    return times
