"""Small disks, and what a server answers and keeps when its disk is full."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import Target
from tests.wire.server import metric, pairs


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """A disk at the folder, where mounting is allowed."""
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def full(server: Target, disk: Path) -> Iterator[None]:
    """The disk of the server's database is full in the block: nothing of what is refused is stored, and reads go on.

    Behind it there is room again, and the server stores again.
    """
    run = server.new_run(server.new_experiment())
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(disk).total // 4))
    logged, refused = fill(server, run)
    assert logged
    check_refusals(refused)
    assert {answer.status for answer in refused} == {507}
    check_stored(server, run, logged)
    yield
    ballast.unlink()
    again = server.new_run(server.new_experiment())
    logged_again, refused = fill(server, again, 4)
    assert (len(logged_again), refused) == (4, [])
    check_stored(server, again, logged_again)
    check_stored(server, run, logged)
    server.check()


def fill(server: Target, run: str, most: int = 400) -> tuple[set[int], list[Any]]:
    """Logs until something is refused some times; the steps that were acknowledged, and the refusals."""
    logged, refused = set(), []
    for i in range(most):
        # Random, since PostgreSQL stores long texts compressed.
        big = pairs(**{f"t{i}-{j}": secrets.token_hex(10_000) for j in range(4)})
        answer = server.post("runs/log-batch", run_id=run, metrics=[metric("m", i, i, i)], tags=big)
        if answer.status == 200:
            logged.add(i)
        else:
            refused.append(answer)
        if len(refused) == 5:
            break
    return logged, refused


def check_refusals(refused: list[Any]) -> None:
    assert refused
    for answer in refused:
        assert answer.status in (503, 507), answer
        assert answer.json()["error_code"] == "TEMPORARILY_UNAVAILABLE"
        assert int(answer.headers["retry-after"]) >= 1


def check_stored(server: Target, run: str, logged: set[int]) -> None:
    assert {point["step"] for point in server.history(run, "m")} == logged
    tags = set(server.tags(run))
    assert tags == {f"t{i}-{j}" for i in logged for j in range(4)}
