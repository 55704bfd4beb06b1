import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiseki.cli.demo import NEEDED, _name_of


def test_an_address_names_a_host_that_can_be_called() -> None:
    assert [_name_of(host) for host in ("127.0.0.1", "0.0.0.0", "::", "::1", "example.org")] == [
        *("127.0.0.1", "127.0.0.1", "127.0.0.1", "[::1]", "example.org"),
    ]


@pytest.mark.parametrize("module", NEEDED)
def test_a_missing_package_is_told_with_the_line_that_installs_it(module: str, tmp_path: Path) -> None:
    program = f"import sys; sys.modules[{module!r}] = None; from kiseki.cli import cli; cli.main(['demo'])"
    finished = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert f"-m pip install {NEEDED[module]}\n" in finished.stderr
    assert [path.name for path in tmp_path.iterdir()] == []


SERVE = """
import subprocess, sys
from pathlib import Path
import click
from kiseki.cli.demo import _serve, _terminable
with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True) as child:
    with _terminable():
        print("serving", flush=True)
        try:
            _serve(child, Path())
        finally:
            child.kill()
print("stopped")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serving_ends_without_an_error_when_it_is_asked_to(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        time.sleep(0.2)
        process.send_signal(number)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert output.strip() == "stopped"
