"""Runs that are made again, in real environments and repositories, and the verdict on them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

import kiseki
from kiseki.capture.verdict import Reproduction
from kiseki.client.client import KisekiClient
from kiseki.domain.differences import Difference
from kiseki.exceptions import InvalidParameter, NotFound
from kiseki.fluent.experiments import active_experiment_id
from kiseki.models.isolation import own_requirements
from kiseki.projects.recipe import Recipe, python_for
from tests.repositories import Repository
from tests.wheels import pack

TRAIN = """
import random
import sys

import kiseki
import tiny

random.seed(7)
with open("data.txt") as file:
    first = float(file.read())
with kiseki.start_run() as run:
    kiseki.log_param("arguments", sys.argv[1:])
    for step in range(3):
        kiseki.log_metric("loss", first + tiny.SCALE * random.random(), step=step)
    kiseki.log_text("made", "made.txt")
print("run", run.info.run_id)
"""


def wheel(folder: Path, version: str, scale: str) -> None:
    """A package of one module."""
    info = f"tiny-{version}.dist-info"
    files = {
        "tiny.py": f"SCALE = {scale}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"tiny-{version}-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that an environment with kiseki has, and a tiny package in two versions."""
    folder = tmp_path_factory.mktemp("wheels")
    pack([name for name in own_requirements() if name], folder)
    wheel(folder, "1.0", "1.0")
    wheel(folder, "2.0", "1.0 + 1e-9")
    return folder


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(autouse=True)
def index(wheels: Path, environments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tracking: str) -> Path:
    """What uv is configured with, and git as on an empty machine."""
    file = tmp_path / "uv.toml"
    file.write_text(f"no-index = true\nfind-links = [{str(wheels)!r}]\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(file))
    monkeypatch.setenv("UV_CACHE_DIR", str(environments / "cache"))
    monkeypatch.setenv("KISEKI_ENV_ROOT", str(environments))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.delenv("KISEKI_CAPTURE")
    return file


@pytest.fixture
def code(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "code")
    made.commit(train__py=TRAIN, data__txt="1.0")
    return made


def python(version: str, folder: Path) -> Path:
    """An environment with kiseki and the tiny package."""
    recipe = Recipe(
        folder=folder, python=f"{sys.version_info[0]}.{sys.version_info[1]}", lines=(f"tiny=={version}",), kiseki=()
    )
    return python_for(recipe)


def train(folder: Path, *arguments: str, version: str = "1.0") -> str:
    """Runs the code as its author does; the id of its run."""
    variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "KISEKI_RUN_ID"}}
    finished = subprocess.run(
        [python(version, folder), *(arguments or ("train.py",))],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.split()[-1]


@pytest.mark.parametrize("place", ["server"], indirect=True)
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


def reproduce(old: str, **options: Any) -> Reproduction:
    """The verdict, as it is recorded."""
    found = kiseki.reproduce(old, **options)
    client = KisekiClient()
    assert client.get_run(found.new_run_id).data.tags["kiseki.reproduction.verdict"] == found.verdict
    stored = Path(client.download_artifacts(found.new_run_id, "kiseki/reproduction.json")).read_bytes()
    assert msgspec.json.decode(stored, type=Reproduction) == found
    return found


def not_runnable(old: str, kind: str, *words: str, **options: Any) -> None:
    found = reproduce(old, **options)
    assert found.verdict == "not_runnable", found
    assert [cause.kind for cause in found.causes] == [kind]
    for word in words:
        assert word in found.text
    assert KisekiClient().get_run(found.new_run_id).info.status == "FAILED"


sqlite = pytest.mark.parametrize("place", ["sqlite"], indirect=True)


@sqlite
def test_changed_data(client: KisekiClient, code: Repository, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("1.0")
    code.commit(
        train__py=TRAIN.replace('"data.txt"', repr(str(data)))
        .replace(
            "    kiseki.log_text",
            f"    kiseki.log_input(from_numpy(numpy.array([first]), source={str(data)!r}))\n    kiseki.log_text",
        )
        .replace("import tiny", "import numpy\nimport tiny\nfrom kiseki.data import from_numpy")
    )
    old = train(code.folder)
    data.write_text("1.5")
    found = reproduce(old)
    assert (found.verdict, found.causes[0].kind) == ("diverged", "data"), found
    (metric,) = found.metrics
    assert (metric.key, metric.step) == ("loss", 0)
    assert metric.after == pytest.approx(float(metric.before or 0) + 0.5)
    assert found.text.startswith("1 of 1 metrics differ. loss differs from step 0 on: ")
    data.unlink()
    not_runnable(old, "data", f"there is no {str(data)!r}")
    # It is known that it diverged, whatever is missing today.
    assert client.get_run(old).data.tags["kiseki.reproduced"] == "diverged"
    assert client.get_run(old).data.tags["kiseki.reproducedBy"] == found.new_run_id


@sqlite
def test_changed_package(tracking: str, code: Repository, index: Path) -> None:
    old = train(code.folder)
    program = f"import kiseki\nprint(kiseki.reproduce({old!r}, tolerance={{}}, env_manager='local').verdict)"
    for tolerance, verdict in (("1e-6", "within_tolerance"), ("None", "diverged")):
        assert train(code.folder, "-c", program.format(tolerance), version="2.0") == verdict
        found = last_reproduction(old)
        assert (found.verdict, found.causes[0].kind) == (verdict, "package")
        assert "tiny was 1.0 and is 2.0" in found.causes[0].text
    assert found.metrics[0].relative is not None
    assert 0 < found.metrics[0].relative < 1e-8
    index.write_text("no-index = true\n")
    (Path(os.environ["KISEKI_ENV_ROOT"]) / "other").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KISEKI_ENV_ROOT", str(Path(os.environ["KISEKI_ENV_ROOT"]) / "other"))
        not_runnable(old, "package", "could not be made", "--env-manager local")


def last_reproduction(old: str) -> Reproduction:
    client = KisekiClient()
    new = client.get_run(old).data.tags["kiseki.reproducedBy"]
    stored = Path(client.download_artifacts(new, "kiseki/reproduction.json")).read_bytes()
    return msgspec.json.decode(stored, type=Reproduction)


@sqlite
def test_an_unset_seed(tracking: str, code: Repository) -> None:
    code.commit(train__py=TRAIN.replace("random.seed(7)\n", ""))
    found = reproduce(train(code.folder), env_manager="uv")
    assert (found.verdict, found.causes[0].kind) == ("diverged", "seed"), found
    assert found.causes[0].text.startswith("The generator of random")
    assert found.difference is not None
    assert [change.name for change in found.difference.seeds] == ["random"]


@sqlite
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


@sqlite
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


@sqlite
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
    # The submodule's commit is where nobody has it.
    inside = Repository(code.folder / "part")
    inside.commit(part__py="ADDS = 0.5\n")
    code.commit()
    not_runnable(train(code.folder), "code", "A submodule of", "Push that commit")


@sqlite
def test_without_git(tracking: str, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "train.py").write_text(TRAIN)
    (folder / "data.txt").write_text("1.0")
    old = train(folder)
    # Nobody says what is data; it is read from beside the code.
    found = reproduce(old)
    assert (found.verdict, "data.txt" in found.text) == ("not_runnable", True)
    (folder / "train.py").write_text(
        TRAIN.replace('with open("data.txt") as file:\n    first = float(file.read())', "first = 1")
    )
    old = train(folder)
    (folder / "train.py").unlink()
    assert reproduce(old).verdict == "identical"
    not_runnable(old, "code", "no repository of git", version="main")


@sqlite
def test_a_script_that_was_not_kept(tracking: str, code: Repository, tmp_path: Path) -> None:
    (code.folder / "big.py").write_text(TRAIN + "#" * (1 << 20))
    old = train(code.folder, "big.py")
    assert reproduce(old).verdict == "identical"
    (code.folder / "big.py").unlink()
    not_runnable(old, "code", "big.py", "was not kept with the run")


@sqlite
def test_programs_that_no_command_runs_again(
    tracking: str, client: KisekiClient, code: Repository, tmp_path: Path
) -> None:
    program = "import kiseki\nwith kiseki.start_run() as run:\n    kiseki.log_metric('m', 1)\nprint(run.info.run_id)"
    made = train(code.folder, "-c", program)
    assert reproduce(made).verdict == "identical"
    secret = train(code.folder, "train.py", "--api-key", "s3cr3t")
    not_runnable(secret, "code", "secret")
    finished = subprocess.run(
        [python("1.0", code.folder), "-"], cwd=code.folder, input=program, capture_output=True, text=True, timeout=60
    )
    not_runnable(finished.stdout.strip(), "code", "standard input")
    silent = train(
        code.folder,
        "-c",
        program.replace("import kiseki", "import os\nos.environ['KISEKI_CAPTURE'] = 'false'\nimport kiseki"),
    )
    found = reproduce(silent)
    assert (found.verdict, found.causes) == ("not_runnable", ())
    assert "not captured" in found.text


@sqlite
def test_a_fork(tracking: str, client: KisekiClient, code: Repository, tmp_path: Path) -> None:
    old = train(code.folder, "train.py", "--lr", "1")
    command = [sys.executable, "-W", "error", "-m", "kiseki", "reproduce", old, "--", "--lr", "2"]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stderr
    new = finished.stdout.split()[2]
    assert finished.stdout.startswith(f"fork: run {new}\n")
    assert "train.py --lr 1" in finished.stdout
    tags = client.get_run(new).data.tags
    assert tags["kiseki.forkedFrom"] == old
    assert "kiseki.reproduction.verdict" not in tags
    assert "kiseki.reproduced" not in client.get_run(old).data.tags
    diff = subprocess.run([*command[:4], "diff", old, new, "--json"], capture_output=True, text=True, timeout=60)
    answer = json.loads(diff.stdout)
    assert answer["code"]["facts"] == [{"name": "command", "before": "train.py --lr 1", "after": "train.py --lr 2"}]
    assert answer["params"] == [{"name": "arguments", "before": "['--lr', '1']", "after": "['--lr', '2']"}]
    assert answer["metrics"][0]["difference"] == 0
    assert msgspec.to_builtins(kiseki.diff(old, new)) == msgspec.to_builtins(msgspec.convert(answer, Difference))


@sqlite
def test_what_is_refused(tracking: str, client: KisekiClient, code: Repository, tmp_path: Path) -> None:
    old = client.create_run(active_experiment_id(client)).info.run_id
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    for options, words in [
        ({"tolerance": -1}, "expected a number from 0 on"),
        ({"tolerance": float("nan")}, "expected a number from 0 on"),
        ({"in_dir": tmp_path / "full"}, "not empty"),
    ]:
        with pytest.raises(InvalidParameter, match=words):
            kiseki.reproduce(old, **options)  # type: ignore[arg-type]
    client.delete_run(old)
    with pytest.raises(InvalidParameter, match="in the trash"):
        kiseki.reproduce(old)
    with pytest.raises(NotFound):
        kiseki.reproduce("0" * 32)
