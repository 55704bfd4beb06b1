"""The machine and the interpreter."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Annotated, Final

import msgspec

MAX_BYTES: Final = 1 << 62
_SECONDS: Final = 10.0


class Gpu(msgspec.Struct, frozen=True, kw_only=True):
    """A graphics processor of NVIDIA."""

    name: str
    driver: str
    memory: str
    """With its unit."""


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """What a program can notice of where it runs."""

    python: str
    """A version such as "3.12.1"."""
    implementation: str
    """Such as "CPython"."""
    system: str
    """The operating system with its version."""
    machine: str
    """Such as "x86_64"."""
    processor: str
    cpus: int
    """Those that this process may use."""
    memory_bytes: Annotated[int, msgspec.Meta(ge=0, le=MAX_BYTES)] | None
    gpus: tuple[Gpu, ...] = ()


def this_host() -> Host:
    """Describes this machine; asks `nvidia-smi` where it is installed."""
    return Host(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        system=platform.platform(),
        machine=platform.machine(),
        processor=_processor(),
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=_memory_bytes(),
        gpus=_gpus(),
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in {"model name", "Model"}:
                return value.strip()
    except OSError:
        pass
    return _answer("sysctl", "-n", "machdep.cpu.brand_string").strip() or platform.processor()


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _gpus() -> tuple[Gpu, ...]:
    told = _answer("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
    rows = [[field.strip() for field in line.split(",")] for line in told.splitlines()]
    return tuple(Gpu(name=row[0], driver=row[1], memory=row[2]) for row in rows if len(row) == 3)


def _answer(program: str, *arguments: str) -> str:
    """What a program prints, "" when it is not there, fails or takes too long."""
    found = shutil.which(program)
    if found is None:
        return ""
    try:
        finished = subprocess.run(  # noqa: S603 - a list of arguments, of our own making
            [found, *arguments],
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return finished.stdout
