"""How a process was started, told by processes that were started in each way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kiseki.capture.command import Command

TELL = """
import sys
from pathlib import Path
import msgspec
from kiseki.capture.command import command_of_process
def tell():
    sys.stdout.buffer.write(msgspec.json.encode(command_of_process(Path.cwd(), NOTEBOOK)))
    sys.stdout.flush()
NOTEBOOK = None
"""


def told(folder: Path, *arguments: str | bytes, given: str | None = None) -> Command:
    """What a process of Python that was started with these arguments tells."""
    finished = subprocess.run(
        [sys.executable, *arguments], cwd=folder, input=given and given.encode(), capture_output=True
    )
    assert finished.returncode == 0, finished.stderr.decode()
    return msgspec.json.decode(finished.stdout, type=Command)


def test_a_script(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(f"{TELL}\nsys.argv[:] = []\ntell()", encoding="utf-8")
    assert told(tmp_path, "-X", "dev", "train.py", "--rate", "1", b"caf\xe9") == Command(
        kind="script",
        argv=(sys.executable, "-X", "dev", "train.py", "--rate", "1", "caf\\udce9"),
        folder=str(tmp_path),
        script=str(script),
    )


def test_a_module(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__main__.py").write_text(f"{TELL}\ntell()", encoding="utf-8")
    found = told(tmp_path, "-m", "package", "x")
    assert (found.kind, found.argv[1:]) == ("module", ("-m", "package", "x"))
    assert found.script == str(tmp_path / "package" / "__main__.py")


def test_code_standard_input_and_a_notebook(tmp_path: Path) -> None:
    code = f"{TELL}\ntell()"
    assert told(tmp_path, "-c", code, "x").argv[2:] == (code, "x")
    assert told(tmp_path, "-c", code).kind == "code"
    assert told(tmp_path, "-", given=code) == Command(kind="stdin", argv=(sys.executable, "-"), folder=str(tmp_path))
    found = told(tmp_path, "-c", code.replace("NOTEBOOK = None", "NOTEBOOK = 'a.ipynb'"))
    assert (found.kind, found.script) == ("notebook", "a.ipynb")
    prompt = told(tmp_path, "-c", code.replace("NOTEBOOK = None", "NOTEBOOK = None; sys.ps1 = '>>> '"))
    assert (prompt.kind, prompt.script) == ("interactive", None)


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_a_worker(tmp_path: Path, method: str) -> None:
    script = tmp_path / "train.py"
    main = f"""
if __name__ == "__main__":
    import multiprocessing
    worker = multiprocessing.get_context("{method}").Process(target=tell)
    worker.start()
    worker.join()
"""
    script.write_text(TELL + main, encoding="utf-8")
    found = told(tmp_path, "train.py")
    assert (found.kind, found.script) == ("worker", str(script))
