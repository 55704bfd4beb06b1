"""Runs that are made again, in real environments and repositories, and the verdict on them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

import kiseki
from kiseki.capture.capture import encode
from kiseki.capture.packages import Package
from kiseki.capture.source import SourceFile
from kiseki.client.capture import read_capture, write_capture
from kiseki.client.client import KisekiClient
from kiseki.domain.differences import Difference
from kiseki.exceptions import InvalidParameter, NotFound
from kiseki.fluent.experiments import active_experiment_id
from tests.repositories import Repository
from tests.reproductions import TRAIN, last_reproduction, not_runnable, reproduce, train

pytestmark = pytest.mark.usefixtures("index")

server = pytest.mark.parametrize("place", ["server"], indirect=True)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_identical(client: KisekiClient, code: Repository, tmp_path: Path) -> None:
    """Changes and files that no commit has come along."""
    code.git("remote", "add", "origin", str(tmp_path / "gone"))
    (code.folder / "train.py").write_text(
        TRAIN.replace("range(3)", "range(beside.STEPS)").replace("import tiny", "import beside, tiny")
    )
    (code.folder / "beside.py").write_text("STEPS = 4\n")
    old = train(code.folder, "train.py", "--note", "a b")
    (code.folder / "train.py").unlink()
    (code.folder / "beside.py").unlink()
    command = [sys.executable, "-W", "error", "-m", "kiseki", "reproduce", old, "--json", "--in", "again"]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    found = json.loads(finished.stdout)
    new = found["new_run_id"]
    assert (found["verdict"], found["run_id"], found["metrics"], found["params"]) == ("identical", old, [], [])
    assert found["text"] == ("All 4 points of 1 metrics are the same, bit for bit. All 1 artifacts are the same.")
    assert (found["artifacts"], found["causes"]) == ([], [])
    assert f"run {new}" in finished.stderr
    assert (tmp_path / "again" / "beside.py").read_text() == "STEPS = 4\n"
    tags, old_tags = client.get_run(new).data.tags, client.get_run(old).data.tags
    assert (tags["kiseki.reproduces"], tags["kiseki.reproduction.verdict"]) == (old, "identical")
    assert (old_tags["kiseki.reproduced"], old_tags["kiseki.reproducedBy"]) == ("identical", new)
    assert client.get_run(new).data.params == {"arguments": "['--note', 'a b']"}
    stored = json.loads(Path(client.download_artifacts(new, "kiseki/reproduction.json")).read_text())
    assert stored == found


@server
def test_a_run_that_made_another_again_is_made_again(tracking: str, code: Repository, tmp_path: Path) -> None:
    (code.folder / "train.py").write_text("import beside\n" + TRAIN)
    (code.folder / "beside.py").touch()
    old = train(code.folder)
    second = reproduce(old)
    third = reproduce(second.new_run_id)
    assert (second.verdict, third.verdict, third.causes) == ("identical", "identical", ())
    fourth = reproduce(third.new_run_id)
    assert (fourth.run_id, fourth.verdict) == (third.new_run_id, "identical"), fourth.text
    assert third.run_id == second.new_run_id


@server
def test_captures_that_lie(tracking: str, client: KisekiClient, code: Repository, tmp_path: Path) -> None:
    """What they name is not reached, does not run, and is told."""
    old = train(code.folder)
    capture = read_capture(client, old)
    assert capture is not None
    command, source = capture.command, capture.source
    assert source.commit is not None
    code.commit(other__py="")
    code.git("branch", source.commit)
    not_runnable(old, "code", f"under the name '{source.commit}'")
    code.git("branch", "-D", source.commit)
    lies: list[tuple[dict[str, Any], str]] = [
        ({"source": msgspec.structs.replace(source, commit="HEAD")}, "under the name 'HEAD'"),
        ({"source": msgspec.structs.replace(source, root="/" + "x" * 5000)}, "File name too long"),
        ({"source": msgspec.structs.replace(source, branch="a\0b")}, "null byte"),
        (
            {"source": msgspec.structs.replace(source, files=(SourceFile(path="a\0", bytes=1, left_out="x"),))},
            "null byte",
        ),
        ({"command": msgspec.structs.replace(command, folder="/\0")}, "null byte"),
        ({"command": msgspec.structs.replace(command, folder=f"{source.root}/train.py")}, "File exists"),
        ({"command": msgspec.structs.replace(command, script="/etc/passwd", argv=("", "passwd"))}, "in no commit"),
        ({"command": msgspec.structs.replace(command, argv=())}, "No argument of the command names the script"),
        ({"packages": (Package(name="x", version="1", url="file://host/x"),)}, "another host"),
    ]
    for lie, words in lies:
        write_capture(client, old, {"capture.json": encode(msgspec.structs.replace(capture, **lie))})
        not_runnable(old, "code", words)
    lie = {"command": msgspec.structs.replace(command, argv=("python", "train.py", "\0"))}
    write_capture(client, old, {"capture.json": encode(msgspec.structs.replace(capture, **lie))})
    not_runnable(old, "package", "could not be started", "null byte")
    outside = tmp_path / "outside.txt"
    outside.write_text("x")
    files = tuple(SourceFile(path=path, bytes=1, left_out="x") for path in (str(outside), "../outside.txt"))
    lie = {"source": msgspec.structs.replace(source, files=files, repository="ext::sh -c touch% pwned")}
    write_capture(client, old, {"capture.json": encode(msgspec.structs.replace(capture, **lie))})
    found = reproduce(old, in_dir=tmp_path / "in" / "here")
    assert found.verdict == "identical"
    assert found.notes[1] == f"Files that were there and are not kept: {outside}, ../outside.txt."
    assert [file.name for file in (tmp_path / "in").iterdir()] == ["here"]
    assert not [*tmp_path.rglob("pwned")]


@server
def test_a_script_that_changes_its_folder(tracking: str, code: Repository, tmp_path: Path) -> None:
    code.commit(
        train__py=TRAIN.replace(
            "import kiseki", "import os, kiseki\nfirst = open(sys.argv[1]).read()\nos.chdir('/')", 1
        ).replace('open("data.txt")', 'open(__file__.replace("train.py", "data.txt"))')
    )
    assert reproduce(train(code.folder, "train.py", "data.txt")).verdict == "identical"


@server
def test_changed_data(client: KisekiClient, code: Repository, tmp_path: Path) -> None:
    data = code.folder / "ignored" / "data.csv"
    data.parent.mkdir()
    data.write_text("1.0")
    reads = 'with open("data.txt") as file:'
    logs = "kiseki.log_input(sys.argv[1])"
    code.commit(
        train__py=TRAIN.replace(reads, "with open(sys.argv[1]) as file:").replace(
            "    kiseki.log_text", f"    {logs}\n    kiseki.log_text"
        ),
        __gitignore="ignored\n",
    )
    old = train(code.folder, "train.py", "ignored/data.csv")
    assert reproduce(old).verdict == "identical"
    data.write_text("1.5")
    found = reproduce(old)
    assert (found.verdict, found.causes[0].kind) == ("diverged", "data"), found
    assert found.causes[0].text.startswith("The data 'data.csv' was ")
    (metric,) = found.metrics
    assert (metric.key, metric.step) == ("loss", 0)
    assert metric.after == pytest.approx(float(metric.before or 0) + 0.5)
    assert found.text.startswith("1 of 1 metrics differ. loss differs from step 0 on: ")
    data.unlink()
    not_runnable(old, "data", f"there is no {str(data)!r}")
    # It is known that it diverged, whatever is missing today.
    assert client.get_run(old).data.tags["kiseki.reproduced"] == "diverged"
    assert client.get_run(old).data.tags["kiseki.reproducedBy"] == found.new_run_id


@server
def test_changed_package(
    tracking: str, code: Repository, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = train(code.folder)
    program = f"import kiseki\nprint(kiseki.reproduce({old!r}, tolerance=1e-6, env_manager='local').verdict)"
    assert train(code.folder, "-c", program, version="2.0") == "within_tolerance"
    found = last_reproduction(old)
    assert (found.verdict, found.causes[0].kind) == ("within_tolerance", "package")
    assert "tiny was 1.0 and is 2.0" in found.causes[0].text
    assert found.metrics[0].relative is not None
    assert 0 < found.metrics[0].relative < 1e-8
    # An index that does not have the packages, or does not answer.
    index.write_text('no-index = false\nindex-url = "http://127.0.0.1:9/"\n')
    monkeypatch.setenv("KISEKI_ENV_ROOT", str(tmp_path / "others"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    not_runnable(old, "package", "could not be made", "--env-manager local")


@server
def test_an_unset_seed(tracking: str, code: Repository) -> None:
    code.commit(train__py=TRAIN.replace("random.seed(7)\n", ""))
    found = reproduce(train(code.folder))
    assert (found.verdict, found.causes[0].kind) == ("diverged", "seed"), found
    assert "random ended in another state" in found.causes[0].text
    assert found.difference is not None
    assert [change.name for change in found.difference.seeds] == ["random"]


@server
def test_changed_code(tracking: str, client: KisekiClient, code: Repository, tmp_path: Path) -> None:
    old = train(code.folder)
    code.commit(train__py=TRAIN.replace("tiny.SCALE *", "2 * tiny.SCALE *"))
    found = reproduce(old, version="main")
    assert (found.verdict, found.causes[0].kind) == ("diverged", "code"), found
    assert "The commit was" in found.causes[0].text
    # A commit that nobody has any more.
    code.git("reset", "--quiet", "--soft", "HEAD~1")
    code.git("commit", "--quiet", "--amend", "--message", "another")
    code.git("reflog", "expire", "--expire=now", "--all")
    code.git("gc", "--quiet", "--prune=now")
    not_runnable(old, "code", "cannot be had", "no commit, branch or tag", "--version BRANCH")


@server
def test_changes_that_somebody_changed(tracking: str, client: KisekiClient, code: Repository) -> None:
    (code.folder / "data.txt").write_text("2.0")
    (code.folder / "note.txt").write_text("x")
    old = train(code.folder)
    patch = Path(client.download_artifacts(old, "kiseki/changes.patch")).read_text()
    client.log_text(old, patch.replace("+2.0", "+3.0"), "kiseki/changes.patch")
    not_runnable(old, "code", "not those that were captured")
    client.log_text(old, patch, "kiseki/changes.patch")
    archive = Path(client.download_artifacts(old, "kiseki/untracked.zip"))
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("../note.txt", "x")
    client.log_artifact(old, archive, "kiseki")
    not_runnable(old, "code", "cannot be put back", "..")
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("note.txt", "y")
    client.log_artifact(old, archive, "kiseki")
    not_runnable(old, "code", "'note.txt'", "not the one that was captured")


@server
def test_a_script_that_was_named_by_a_link(tracking: str, code: Repository, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(code.folder, target_is_directory=True)
    old = train(code.folder, str(link / "train.py"), f"--data={link / 'data.txt'}", str(link))
    # The folder has other code by now; what runs is the checkout.
    (code.folder / "train.py").write_text(TRAIN.replace("first +", "9 +"))
    found = reproduce(old, in_dir=tmp_path / "again")
    assert found.verdict == "identical", found
    again = tmp_path / "again"
    assert [change.after for change in found.params] == [str([f"--data={again / 'data.txt'}", str(again)])]
    link.unlink()
    assert reproduce(old).verdict == "identical"


@server
def test_packages_that_are_no_requirements(tracking: str, client: KisekiClient, code: Repository) -> None:
    old = train(code.folder)
    capture = read_capture(client, old)
    assert capture is not None
    for package in [
        Package(name="--index-url=https://example.com tiny", version="1.0"),
        Package(name="tiny", version="1.0\n-r /etc/passwd"),
        Package(name="tiny", version="1.0", url="https://example.com/tiny.whl\n-r /etc/passwd"),
        Package(name="tiny", version="1.0", url="git+https://example.com/x\n--pre", editable=True),
        Package(name="tiny", version="1.0", url="x --pre", editable=True),
    ]:
        changed = msgspec.structs.replace(capture, packages=(package,))
        write_capture(client, old, {"capture.json": encode(changed)})
        not_runnable(old, "package", "is no requirement")


@server
def test_a_submodule_with_changes(tracking: str, code: Repository, tmp_path: Path) -> None:
    part = Repository(tmp_path / "part")
    part.commit(part__py="ADDS = 0.0\n")
    code.git("submodule", "--quiet", "add", str(part.folder), "part")
    code.commit(
        train__py=TRAIN.replace("import tiny", "import tiny\nfrom part.part import ADDS").replace(
            "first +", "ADDS + first +"
        )
    )
    (code.folder / "part" / "part.py").write_text("ADDS = 0.25\n")
    old = train(code.folder)
    found = reproduce(old)
    assert (found.verdict, found.notes) == ("identical", ()), found
    # Nobody has the submodule's commit any more.
    part.folder.rename(tmp_path / "moved")
    not_runnable(old, "code", "A submodule of", "Push that commit")


@server
def test_without_git(tracking: str, client: KisekiClient, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "beside.py").write_text("STEPS = 3\n")
    reads = 'with open("data.txt") as file:\n    first = float(file.read())'
    (folder / "train.py").write_text(
        "import beside\n"
        + TRAIN.replace(reads, "first = float(open('data.txt').read()) if '--data' in sys.argv else 1.0")
    )
    (folder / "data.txt").write_text("1.0")
    old = train(folder)
    (folder / "train.py").unlink()
    assert reproduce(old).verdict == "identical"
    not_runnable(old, "code", "no repository of git", version="main")
    # What no capture has and no log_input names is not there.
    fork = kiseki.reproduce(old, arguments=["--data"])
    assert fork.verdict == "not_runnable"
    assert fork.text.startswith("The command ended FAILED, and before FINISHED:\n")
    assert "No such file or directory: 'data.txt'" in fork.text
    assert client.get_run(old).data.tags["kiseki.reproduced"] == "identical"


@server
def test_a_script_that_was_not_kept(tracking: str, code: Repository, tmp_path: Path) -> None:
    (code.folder / "big.py").write_text(TRAIN + "#" * (1 << 20))
    old = train(code.folder, "big.py")
    assert reproduce(old).verdict == "identical"
    (code.folder / "big.py").unlink()
    not_runnable(old, "code", "big.py", "was not kept with the run")


@server
def test_a_run_that_has_not_ended(tracking: str, client: KisekiClient, code: Repository) -> None:
    old = train(code.folder)
    client.update_run(old, status="RUNNING")
    found = reproduce(old)
    assert (found.verdict, found.causes) == ("not_runnable", ())
    assert "has not ended" in found.text
    fork = kiseki.reproduce(old, arguments=["--x"])
    assert (fork.verdict, [change.name for change in fork.params]) == (None, ["arguments"])


@server
def test_what_a_command_says_when_it_fails_has_a_limit(tracking: str, client: KisekiClient, code: Repository) -> None:
    says = "import os, sys\nif 'TORCH_SAY' in os.environ: sys.exit('first\\n' * 100_000 + 'x' * 1_000_000)\n"
    (code.folder / "train.py").write_text(says + TRAIN)
    old = train(code.folder)
    capture = read_capture(client, old)
    assert capture is not None
    changed = msgspec.structs.replace(capture, variables={**capture.variables, "TORCH_SAY": "1"})
    write_capture(client, old, {"capture.json": encode(changed)})
    found = reproduce(old)
    assert (found.verdict, len(found.text) < 10_000) == ("not_runnable", True)
    assert found.text.splitlines()[1:3] == ["first", "first"]
    assert found.text.endswith("xxx …")


@server
def test_a_run_that_is_deleted_while_it_is_made_again(tracking: str, client: KisekiClient, code: Repository) -> None:
    delete = "import os\nif 'TORCH_DELETE' in os.environ: kiseki.delete_run(os.environ['TORCH_DELETE'])\n"
    (code.folder / "train.py").write_text(TRAIN + delete)
    old = train(code.folder)
    capture = read_capture(client, old)
    assert capture is not None
    changed = msgspec.structs.replace(capture, variables={**capture.variables, "TORCH_DELETE": old})
    write_capture(client, old, {"capture.json": encode(changed)})
    assert reproduce(old).verdict == "identical"
    assert "kiseki.reproduced" not in client.get_run(old).data.tags


@server
def test_programs_that_no_command_runs_again(tracking: str, client: KisekiClient, tmp_path: Path) -> None:
    program = "import kiseki\nwith kiseki.start_run() as run:\n    kiseki.log_metric('m', 1)\nprint(run.info.run_id)"
    old = train(tmp_path, "-c", program)
    assert reproduce(old).verdict == "identical"
    capture = read_capture(client, old)
    assert capture is not None
    changes: list[tuple[dict[str, Any], str]] = [
        ({"kind": "stdin"}, "standard input"),
        ({"kind": "notebook"}, "a notebook"),
        ({"kind": "interactive"}, "interactive"),
        ({"kind": "worker"}, "a worker"),
        ({"argv": ("python", "-c", program, "--api-key", "***")}, "secret"),
    ]
    for command, word in changes:
        changed = msgspec.structs.replace(capture, command=msgspec.structs.replace(capture.command, **command))
        write_capture(client, old, {"capture.json": encode(changed)})
        not_runnable(old, "code", word)
    unknown = client.create_run(active_experiment_id(client)).info.run_id
    found = reproduce(unknown)
    assert (found.verdict, found.causes) == ("not_runnable", ())
    assert "not captured" in found.text


@server
def test_a_fork(tracking: str, client: KisekiClient, code: Repository, tmp_path: Path) -> None:
    old = train(code.folder, "train.py", "--lr", "1")
    found = kiseki.reproduce(old, arguments=["--lr", "2"])
    assert (found.verdict, found.metrics, [change.name for change in found.params]) == (None, (), ["arguments"])
    new = found.new_run_id
    tags = client.get_run(new).data.tags
    assert tags["kiseki.forkedFrom"] == old
    assert "kiseki.reproduction.verdict" not in tags
    assert "kiseki.reproduced" not in client.get_run(old).data.tags
    command = [sys.executable, "-W", "error", "-m", "kiseki", "diff", old, new]
    shown, as_json = (
        subprocess.run([*command, *options], capture_output=True, text=True, timeout=60).stdout
        for options in ([], ["--json"])
    )
    assert re.split(r"  +", shown.splitlines()[1]) == ["code", "command", "train.py --lr 1", "train.py --lr 2"]
    answer = json.loads(as_json)
    assert answer["params"] == [{"name": "arguments", "before": "['--lr', '1']", "after": "['--lr', '2']"}]
    assert answer["metrics"][0]["difference"] == 0
    assert kiseki.diff(old, new) == found.difference == msgspec.convert(answer, Difference)


@server
def test_what_is_refused(tracking: str, client: KisekiClient, code: Repository, tmp_path: Path) -> None:
    old = client.create_run(active_experiment_id(client)).info.run_id
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    for options, words in [
        ({"tolerance": -1}, "expected a number from 0 on"),
        ({"tolerance": float("nan")}, "expected a number from 0 on"),
        ({"in_dir": tmp_path / "full"}, "not empty"),
        ({"env_manager": "conda"}, "expected one of uv, local"),
    ]:
        with pytest.raises(InvalidParameter, match=words):
            kiseki.reproduce(old, **options)  # type: ignore[arg-type]
    client.delete_run(old)
    with pytest.raises(InvalidParameter, match="in the trash"):
        kiseki.reproduce(old)
    with pytest.raises(NotFound):
        kiseki.reproduce("0" * 32)


@server
def test_all_runs_of_a_process(tracking: str, client: KisekiClient, code: Repository) -> None:
    code.commit(
        train__py="""
import kiseki, random
for seed in (1, 2, None):
    random.seed(seed)
    with kiseki.start_run() as run:
        kiseki.log_metric("m", random.random())
        with kiseki.start_run(nested=True):
            kiseki.log_metric("m", 1.0)
    print(run.info.run_id)
"""
    )
    last = train(code.folder)
    old = [*reversed(client.search_runs([active_experiment_id(client)]))]
    assert [len(old), old[4].info.run_id] == [6, last]
    found = reproduce(last)
    assert (found.run_id, found.verdict, found.causes[0].kind) == (last, "diverged", "unknown")
    verdicts = [client.get_run(run.info.run_id).data.tags["kiseki.reproduced"] for run in old]
    assert verdicts == ["identical"] * 4 + ["diverged", "identical"]
    for run in old:
        tags = client.get_run(run.info.run_id).data.tags
        assert client.get_run(tags["kiseki.reproducedBy"]).data.tags["kiseki.reproduces"] == run.info.run_id


@server
def test_a_project_that_logs_with_another_program(
    tracking: str, client: KisekiClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commit, its entry point and its params are enough."""
    monkeypatch.setenv("KISEKI_CAPTURE", "false")
    project = Repository(tmp_path / "project")
    project.commit(
        train__py="import kiseki, sys\nwith kiseki.start_run():\n    kiseki.log_metric('m', float(sys.argv[1]))\n"
        "    kiseki.log_param('more', 1)\n",
        MLproject="entry_points: {main: {parameters: {m: float, n: {type: float, default: 1}}, command: 'python train.py {m}'}}",
    )
    old = kiseki.run(project.folder.as_uri(), version="main", parameters={"m": 3.5}).run_id
    project.commit(train__py="raise SystemExit(3)\n")
    found = reproduce(old)
    assert (found.verdict, found.params, found.metrics_compared) == ("identical", (), 1), found
    assert "was not captured" in (found.difference.problems[0] if found.difference else "")
    tags, before = client.get_run(found.new_run_id).data.tags, client.get_run(old).data.tags
    same = ("mlflow.source.name", "mlflow.source.git.commit", "mlflow.project.entryPoint")
    assert [tags[name] for name in same] == [before[name] for name in same]
    assert kiseki.reproduce(old, arguments=["--m", "4"]).text.endswith("kiseki run URI -P NAME=VALUE.")
    assert reproduce(old, version="main").text.startswith("The command ended FAILED")
    project.folder.rename(tmp_path / "moved")
    not_runnable(old, "code", "does not exist")
