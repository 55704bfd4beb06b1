import os
import platform
from pathlib import Path

import pytest

from kiseki.capture.host import Gpu, this_host


def program(folder: Path, text: str) -> None:
    """An `nvidia-smi` that is first on the path."""
    file = folder / "nvidia-smi"
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)


def test_this_machine() -> None:
    found = this_host()
    assert (found.python, found.machine) == (platform.python_version(), platform.machine())
    assert found.processor
    assert found.cpus >= 1
    assert found.memory_bytes is None or found.memory_bytes > 1 << 20


def test_graphics_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    program(tmp_path, 'echo "NVIDIA A100-SXM4-40GB, 550.54.15, 40960 MiB"; echo "NVIDIA T4, 550.54.15, 15360 MiB"')
    assert this_host().gpus == (
        Gpu(name="NVIDIA A100-SXM4-40GB", driver="550.54.15", memory="40960 MiB"),
        Gpu(name="NVIDIA T4", driver="550.54.15", memory="15360 MiB"),
    )
    program(tmp_path, "echo 'No devices were found'; exit 6")
    assert this_host().gpus == ()
