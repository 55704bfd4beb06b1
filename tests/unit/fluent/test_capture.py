"""How a run came about is recorded while it runs: scripts in processes of their own, in real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from kiseki.capture.capture import CAPTURE_TAG, Capture
from kiseki.client.capture import extract_untracked, read_capture, read_patch
from kiseki.client.client import KisekiClient
from kiseki.entities import Run
from tests.repositories import Repository

PROGRAM = """
import random, sys
import kiseki, part
random.seed(1)
with kiseki.start_run():
    kiseki.log_metric("m", part.VALUE)
"""


def run_python(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs Python, which must succeed."""
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "error", **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    return finished


def runs() -> list[Run]:
    """All runs, the first first."""
    return list(KisekiClient().search_runs(["0"], order_by=["start_time ASC"]))


def captured(run: Run) -> Capture:
    """The capture of a run, which must have one."""
    found = read_capture(KisekiClient(), run.info.run_id)
    assert found is not None
    return found


def test_a_run_can_be_put_together_again(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "code")
    commit = repository.commit(train__py=PROGRAM, part__py="VALUE = 1\n", __gitignore="*.pyc\n__pycache__/\nmade.py\n")
    repository.git("remote", "add", "origin", "https://me:secret@example.com/code.git")
    (repository.folder / "part.py").write_text("import made\nVALUE = made.VALUE\n", encoding="utf-8")
    (repository.folder / "made.py").write_text("VALUE = 2\n", encoding="utf-8")
    (repository.folder / "new").mkdir()
    (repository.folder / "new" / "notes.txt").write_text("日本語\n", encoding="utf-8")
    finished = run_python("train.py", "--rate", "0.1", "--api-key=abc", folder=repository.folder)
    assert finished.stderr == ""

    (run,) = runs()
    client = KisekiClient()
    found = captured(run)
    assert found.problems == ()
    assert (found.run_id, run.data.tags[CAPTURE_TAG]) == (run.info.run_id, run.info.run_id)
    assert found.command.kind == "script"
    assert found.command.argv[1:] == ("train.py", "--rate", "0.1", "--api-key=***")
    assert (found.command.folder, found.command.script) == (str(repository.folder), f"{repository.folder}/train.py")
    assert (found.source.root, found.source.commit, found.source.branch) == (str(repository.folder), commit, "main")
    assert found.source.repository == "https://example.com/code.git"
    assert [file.path for file in found.source.files if file.sha256] == ["new/notes.txt", "made.py"]
    assert {"msgspec", "numpy"} <= {package.name for package in found.packages}
    assert found.host.python == ".".join(map(str, sys.version_info[:3]))
    assert found.variables["PYTHONWARNINGS"] == "error"
    assert [info.path for info in client.list_artifacts(run.info.run_id, "kiseki")] == [
        f"kiseki/{name}" for name in ("capture.json", "changes.patch", "requirements.txt", "untracked.zip")
    ]

    again = tmp_path / "again"
    repository.git("clone", "--quiet", str(repository.folder), str(again))
    (tmp_path / "patch").write_bytes(read_patch(client, found))
    repository.git("-C", str(again), "apply", str(tmp_path / "patch"))
    extract_untracked(client, found, again)
    run_python("train.py", folder=again)
    assert [one.data.metrics for one in runs()] == [{"m": 2.0}, {"m": 2.0}]


def test_a_process_is_captured_once_and_its_seeds_when_its_first_run_ends(tmp_path: Path) -> None:
    program = "\n".join(
        [
            "import random, kiseki",
            "with kiseki.start_run():",
            "    with kiseki.start_run(nested=True): pass",
            "    random.seed(3)",
            "with kiseki.start_run(): pass",
        ]
    )
    run_python("-c", program, folder=tmp_path, PYTHONHASHSEED="7")
    run_python("-c", program, folder=tmp_path, PYTHONHASHSEED="7")
    found = runs()
    first = {run.data.tags.get(CAPTURE_TAG) for run in found[:3]}
    assert first == {found[0].info.run_id}
    one, other = captured(found[1]), captured(found[4])
    assert (one.command.kind, one.command.argv[1:]) == ("code", ("-c", program))
    assert one.seeds["hash"].value == 7
    assert one.seeds["random"].state == other.seeds["random"].state
    assert read_patch(KisekiClient(), one) == b""
    assert extract_untracked(KisekiClient(), one, tmp_path / "none") == []


def test_a_run_without_capture(tmp_path: Path) -> None:
    run_python("-c", "import kiseki; kiseki.start_run()", folder=tmp_path, KISEKI_CAPTURE="false")
    (run,) = runs()
    assert read_capture(KisekiClient(), run.info.run_id) is None
    assert KisekiClient().list_artifacts(run.info.run_id) == []


def test_a_run_that_was_made_for_the_process_is_captured_and_one_that_goes_on_is_not(tmp_path: Path) -> None:
    made, old = (KisekiClient().create_run("0").info.run_id for _ in range(2))
    run_python("-c", "import kiseki; kiseki.start_run()", folder=tmp_path, KISEKI_RUN_ID=made)
    run_python("-c", f"import kiseki; kiseki.start_run('{old}')", folder=tmp_path)
    run_python("-c", "import kiseki; kiseki.start_run()", "again", folder=tmp_path, KISEKI_RUN_ID=made)
    client = KisekiClient()
    found = read_capture(client, made)
    assert found is not None
    assert found.command.argv[-1] == "import kiseki; kiseki.start_run()"
    assert read_capture(client, old) is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_refers_to_what_its_parent_captured(tmp_path: Path) -> None:
    program = """
import os, kiseki
from kiseki.client.capture import read_capture
kiseki.start_run()
child = os.fork()
if child == 0:
    # The process has waited for its capture before it forked.
    assert read_capture(kiseki.KisekiClient(), kiseki.active_run().info.run_id) is not None
    with kiseki.start_run(nested=True):
        os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    run_python("-c", program, folder=tmp_path)
    parent, child = runs()
    assert child.data.tags[CAPTURE_TAG] == parent.data.tags[CAPTURE_TAG] == parent.info.run_id


def test_what_goes_wrong_is_one_warning(tmp_path: Path) -> None:
    (tmp_path / "kiseki-artifacts").write_text("a file where artifacts go", encoding="utf-8")
    finished = run_python("-c", "import kiseki; kiseki.start_run()", folder=tmp_path)
    (run,) = runs()
    assert (run.info.status, read_capture(KisekiClient(), run.info.run_id)) == ("FINISHED", None)
    (line,) = finished.stderr.splitlines()
    assert line.startswith(f"How run {run.info.run_id} came about is not recorded completely: ")


REFUSED = """
import random, threading
import kiseki
from kiseki.fluent.capture import settle

start = threading.Thread.start

def refuse(*_):
    raise RuntimeError("refused")

def begin(thread):
    # A process that may have no more threads.
    return refuse() if thread.name == "kiseki-capture" else start(thread)

BEFORE
with kiseki.start_run():
    # A generator that something else took the place of, when all but the seeds is captured.
    settle()
    WHILE
"""


@pytest.mark.parametrize(
    ("before", "meanwhile"), [("threading.Thread.start = begin", "pass"), ("pass", "random.getstate = refuse")]
)
def test_a_run_ends_whatever_goes_wrong(before: str, meanwhile: str, tmp_path: Path) -> None:
    program = REFUSED.replace("BEFORE", before).replace("WHILE", meanwhile)
    (tmp_path / "train.py").write_text(program, encoding="utf-8")
    finished = run_python("train.py", folder=tmp_path)
    (run,) = runs()
    assert run.info.status == "FINISHED"
    (told,) = finished.stderr.splitlines()
    assert told.startswith(f"How run {run.info.run_id} came about is not recorded completely: refused.")


def test_an_address_of_a_repository_that_is_no_url(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "code")
    commit = repository.commit(train__py="import kiseki; kiseki.start_run()")
    repository.git("remote", "add", "origin", "https://[host/code")
    run_python("train.py", folder=repository.folder)
    (run,) = runs()
    assert (run.info.status, captured(run).source.commit) == ("FINISHED", commit)
    assert captured(run).source.repository == "https://[host/code"


def test_a_folder_that_is_gone_is_a_warning(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import os, kiseki\nos.mkdir('x')\nos.chdir('x')\nos.rmdir('../x')\nkiseki.start_run()\n", encoding="utf-8"
    )
    finished = run_python(str(script), folder=tmp_path)
    assert [run.info.status for run in runs()] == ["FINISHED"]
    assert "No such file or directory" in finished.stderr


def test_the_end_of_a_process_does_not_wait_for_a_git_that_hangs(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "code")
    commit = repository.commit(train__py="import kiseki; kiseki.start_run()")
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(
        f'#!/bin/sh\ncase "$*" in *" diff "*) exec sleep 100;; esac\nexec {which("git")} "$@"\n', encoding="utf-8"
    )
    slow.chmod(0o755)
    path = f"{slow.parent}{os.pathsep}{os.environ['PATH']}"
    finished = run_python("train.py", folder=repository.folder, PATH=path, KISEKI_EXIT_TIMEOUT="2")
    (run,) = runs()
    assert (run.info.status, run.data.tags["mlflow.source.git.commit"]) == ("FINISHED", commit)
    assert "it takes longer than the end of the run can wait" in finished.stderr


CELLS = [
    "import kiseki\nwith kiseki.start_run(): pass",
    "with kiseki.start_run():\n    with kiseki.start_run(nested=True): pass",
]


# The kernel's client leaves sockets to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_each_run_of_a_notebook_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: notebooks are not tested")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("JPY_SESSION_NAME", "work/train.ipynb")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    first, second, nested = runs()
    tags = [run.data.tags[CAPTURE_TAG] for run in (first, second, nested)]
    assert tags == [first.info.run_id, second.info.run_id, second.info.run_id]
    command = captured(first).command
    assert (command.kind, command.script) == ("notebook", "work/train.ipynb")
