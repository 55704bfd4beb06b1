"""Memory and processor time of a process and its children."""

import os
import subprocess
import sys

import pytest

from bench import processes

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "x = sum(range(3_000_000)); print('ready', flush=True); input()"],
                         stdin=sys.stdin)
child.wait()
"""


def test_a_tree_is_measured_with_its_children() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        assert parent.stdout.readline() == b"ready\n"
        found = processes.memory(parent.pid)
        assert len(processes.tree(parent.pid)) == 2
        assert found is not None
        assert found.processes == 2
        assert found.rss > 10
        assert found.pss is None or found.pss <= found.rss
        used = processes.cpu_seconds(parent.pid)
        assert used is not None
        assert used > 0
        parent.stdin.close()
    assert processes.tree(parent.pid) == ()
    assert processes.memory(parent.pid) is None


def test_an_idle_process_has_settled() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        assert processes.settle(process.pid, seconds=5)
        process.terminate()
    assert processes.settle(os.getpid() + 10_000_000, seconds=1)
