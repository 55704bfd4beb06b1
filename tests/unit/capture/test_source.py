"""Code that is recorded can be put together again, in real repositories; what is not recorded has a reason."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kiseki.artifact_store.archive import safe_extract
from kiseki.capture.command import Command
from kiseki.capture.repository import find_repository
from kiseki.capture.source import SourceFile, TakenSource, take_source
from tests.repositories import Repository


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """git as on an empty machine, asked anew."""
    find_repository.cache_clear()
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "code")
    made.commit(a__py="a = 1\n", b__py="b = 1\n")
    return made


def command(folder: Path, script: Path | None = None) -> Command:
    return Command(
        kind="script" if script else "stdin",
        argv=("python",),
        folder=str(folder),
        script=None if script is None else str(script),
    )


def take(folder: Path, script: Path | None = None, *leave_out: Path) -> TakenSource:
    return take_source(command(folder, script), leave_out)


def put_together(taken: TakenSource, origin: Repository, folder: Path) -> dict[str, bytes]:
    """What a fresh clone has, with the changes and the files."""
    origin.git("clone", "--quiet", "--no-checkout", str(origin.folder), str(folder))
    origin.git("-C", str(folder), "checkout", "--quiet", str(taken.source.commit))
    origin.git("-C", str(folder), "submodule", "--quiet", "update", "--init", "--recursive")
    if taken.patch:
        subprocess.run(["git", "-C", str(folder), "apply", "-"], input=taken.patch, check=True)
    if taken.archive is not None:
        packed = folder.parent / "untracked.zip"
        packed.write_bytes(taken.archive)
        safe_extract(packed, folder)
    return content(folder)


def content(folder: Path) -> dict[str, bytes]:
    """All files of a work tree by their paths."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and ".git" not in file.relative_to(folder).parts
    }


def by_path(taken: TakenSource) -> dict[str, SourceFile]:
    return {file.path: file for file in taken.source.files}


def test_nothing_is_changed(repository: Repository) -> None:
    taken = take(repository.folder)
    assert (taken.patch, taken.archive, taken.problems) == (b"", None, ())
    assert (taken.source.patch_sha256, taken.source.files, taken.source.submodules) == (None, (), ())


def test_changes_of_all_kinds(repository: Repository, tmp_path: Path) -> None:
    folder = repository.folder
    repository.commit(mode__sh="#!/bin/sh\n", gone__py="", table__bin="", long__txt="x\n" * 50)
    (folder / "a.py").write_bytes(b"a = 2")
    (folder / "table.bin").write_bytes(bytes(range(256)) * 4)
    (folder / "gone.py").unlink()
    (folder / "long.txt").rename(folder / "renamed.txt")
    (folder / "staged.py").write_text("staged = 1\n", encoding="utf-8")
    repository.git("add", "staged.py")
    (folder / "staged.py").write_text("staged = 2\n", encoding="utf-8")
    (folder / "with a space, 100%.py").write_text("", encoding="utf-8")
    (folder / "日本").mkdir()
    (folder / "日本" / "新.py").write_text("x", encoding="utf-8")
    taken = take(folder)
    assert taken.problems == ()
    assert put_together(taken, repository, tmp_path / "again") == content(folder)


def test_what_a_user_has_configured_does_not_change_the_patch(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"diff.noprefix": "true", "diff.mnemonicPrefix": "true", "color.ui": "always", "diff.context": "0"}
    settings |= {
        "diff.external": "false",
        "diff.py.textconv": "false",
        "diff.relative": "true",
        "diff.renames": "copies",
    }
    settings |= {"status.showUntrackedFiles": "no", "diff.ignoreSubmodules": "none", "core.hooksPath": "/nowhere"}
    for key, value in settings.items():
        repository.git("config", key, value)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    (repository.folder / "a.py").write_text("a = 2\n", encoding="utf-8")
    (repository.folder / "new.py").write_text("new\n", encoding="utf-8")
    monkeypatch.chdir(repository.folder)
    taken = take(repository.folder)
    for name in ("GIT_EXTERNAL_DIFF", "GIT_DIR", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name)
    assert put_together(taken, repository, tmp_path / "again") == content(repository.folder)


def test_dirty_submodules_and_one_that_has_moved(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    inner = Repository(tmp_path / "inner")
    inner.commit(deep__py="deep = 1\n")
    library = Repository(tmp_path / "library")
    library.commit(lib__py="lib = 1\n", data__bin="")
    library.git("submodule", "--quiet", "add", str(inner.folder), "inner")
    recorded = library.commit()
    repository.git("submodule", "--quiet", "add", str(library.folder), "vendor/lib")
    repository.git("submodule", "--quiet", "update", "--init", "--recursive")
    repository.commit()
    there = repository.folder / "vendor" / "lib"
    (there / "lib.py").write_text("lib = 2\n", encoding="utf-8")
    repository.git("-C", str(there), "commit", "--quiet", "--all", "--message", "only here")
    moved = repository.git("-C", str(there), "rev-parse", "HEAD")
    (there / "lib.py").write_text("lib = 3\n", encoding="utf-8")
    (there / "data.bin").write_bytes(bytes(256))
    (there / "new.py").write_text("new = 1\n", encoding="utf-8")
    (there / "inner" / "deep.py").write_text("deep = 2\n", encoding="utf-8")
    monkeypatch.syspath_prepend(there)
    __import__("lib")
    taken = take(repository.folder)
    del sys.modules["lib"]
    assert taken.problems == ()
    assert [(one.path, one.commit, one.checked_out) for one in taken.source.submodules] == [
        ("vendor/lib", recorded, moved),
        ("vendor/lib/inner", *[inner.git("rev-parse", "HEAD")] * 2),
    ]
    assert put_together(taken, repository, tmp_path / "again") == content(repository.folder)


def test_a_submodule_that_is_not_checked_out(repository: Repository, tmp_path: Path) -> None:
    library = Repository(tmp_path / "library")
    commit = library.commit(lib__py="lib = 1\n")
    repository.git("submodule", "--quiet", "add", str(library.folder), "lib")
    repository.commit()
    repository.git("submodule", "--quiet", "deinit", "--force", "lib")
    taken = take(repository.folder)
    assert [(one.path, one.commit, one.checked_out) for one in taken.source.submodules] == [("lib", commit, None)]
    assert (taken.patch, taken.problems) == (b"", ())


def test_files_that_are_not_kept_have_a_reason(repository: Repository) -> None:
    folder = repository.folder
    with (folder / "huge.bin").open("wb") as file:
        file.truncate(10 << 30)
    (folder / ".env").write_text("PASSWORD=x", encoding="utf-8")
    (folder / "gcp-credentials.json").write_text("{}", encoding="utf-8")
    (folder / "id_ed25519").write_text("x", encoding="utf-8")
    (folder / "link").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    (folder / os.fsdecode(b"caf\xe9.py")).write_text("x", encoding="utf-8")
    (folder / "tab\t.py").write_text("x", encoding="utf-8")
    (folder / "good.py").write_text("x", encoding="utf-8")
    Repository(folder / "nested").commit(x__py="")
    taken = take(folder)
    assert {path: (file.left_out, file.sha256 is not None) for path, file in by_path(taken).items()} == {
        "huge.bin": ("It is larger than 1 MiB.", False),
        ".env": ("It may hold secrets.", False),
        "gcp-credentials.json": ("It may hold secrets.", False),
        "id_ed25519": ("It may hold secrets.", False),
        "link": ("It is a link.", False),
        "caf\\udce9.py": ("Its name cannot be that of an artifact.", False),
        "tab\t.py": ("Its name cannot be that of an artifact.", False),
        "good.py": (None, True),
    }
    assert by_path(taken)["huge.bin"].bytes == 10 << 30
    assert taken.problems == ()


def test_files_with_secrets_of_which_git_knows_are_not_in_the_changes(repository: Repository, tmp_path: Path) -> None:
    (repository.folder / "in").mkdir()
    repository.commit(__env="OLD=1\n")
    for path, text in {
        ".env": "KEY=hidden\n",
        "in/service_account.json": "hidden",
        "a.py": "a = 2\n",
        "new.py": "",
    }.items():
        (repository.folder / path).write_text(text, encoding="utf-8")
    repository.git("add", "--all")
    taken = take(repository.folder)
    assert b"hidden" not in taken.patch
    assert taken.source.files == (
        SourceFile(path=".env", bytes=11, left_out="It may hold secrets."),
        SourceFile(path="in/service_account.json", bytes=6, left_out="It may hold secrets."),
    )
    assert put_together(taken, repository, tmp_path / "clone") == {
        "a.py": b"a = 2\n",
        "b.py": b"b = 1\n",
        ".env": b"OLD=1\n",
        "new.py": b"",
    }


def test_many_files_and_large_changes_have_limits(repository: Repository) -> None:
    folder = repository.folder
    (folder / "a.py").write_bytes(os.urandom(12 << 20))
    for number in range(1010):
        (folder / f"f{number:04}").write_bytes(b"x" * 20_000)
    (folder / "train.py").write_bytes(b"x" * 20_000)
    taken = take(folder)
    assert taken.patch == b""
    assert taken.problems == (
        "The changes in the repository are larger than 10 MiB and not kept. Commit them, and the commit names them.",
        "Git does not know more than 1000 files; only the first are recorded. Have .gitignore name what is no code.",
    )
    kept = [file for file in taken.source.files if file.sha256]
    assert kept[0].path == "train.py"
    assert (len(taken.source.files), sum(file.bytes for file in kept)) == (1000, (10 << 20) // 20_000 * 20_000)
    assert {file.left_out for file in taken.source.files if not file.sha256} == {
        "The files are larger than 10 MiB in all."
    }


def test_what_trackers_write_is_no_code(repository: Repository) -> None:
    folder = repository.folder
    for name in (
        "kiseki.db",
        "kiseki.db-wal",
        "kiseki-artifacts/0/x",
        "mlruns/0/y",
        "__pycache__/train.cpython-311.pyc",
        "own[1]/k.db",
        "runs.db-shm",
        "runs.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    assert [*by_path(take(folder, None, folder / "own[1]", folder / "runs.db"))] == ["runs.py"]


def test_a_repository_that_cannot_be_read(repository: Repository) -> None:
    (repository.folder / "a.py").write_text("a = 2\n", encoding="utf-8")
    find_repository(str(repository.folder))
    (repository.folder / ".git" / "index").write_bytes(b"damaged")
    taken = take(repository.folder)
    assert [problem.partition("failed: ")[0] for problem in taken.problems] == [
        "The changes in the repository could not be read: git diff ",
        "The files that git does not know in the repository could not be read: git ls-files ",
    ]
    assert all(".git/index" in problem for problem in taken.problems)
    assert taken.source.commit == repository.git("rev-parse", "HEAD")


def test_without_a_repository_the_script_and_its_modules_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plain"
    (folder / "package").mkdir(parents=True)
    (folder / "train").write_text("import beside", encoding="utf-8")
    (folder / "package" / "beside.py").write_text("", encoding="utf-8")
    (folder / "unused.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(folder / "package")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    __import__("beside")
    taken = take(tmp_path, folder / "train")
    del sys.modules["beside"]
    assert (taken.source.root, taken.source.commit) == (str(folder), None)
    assert [*by_path(taken)] == ["package/beside.py", "train"]
    # A repository without a commit is none.
    Repository(folder)
    find_repository.cache_clear()
    taken = take(tmp_path, folder / "train")
    assert [*by_path(taken)] == ["train"]
    assert taken.problems == (f"The repository {folder} does not tell its commit: fatal: Needed a single revision.",)


class Strange:
    """What a program may put among its modules."""

    def __getattribute__(self, name: str) -> object:
        raise KeyError(name)


def test_modules_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = ModuleType("nowhere")
    nowhere.__file__ = "a\0.py"
    for name, module in {"strange": Strange(), "nowhere": nowhere}.items():
        monkeypatch.setitem(sys.modules, name, module)
    script = tmp_path / "train.py"
    script.touch()
    assert [*by_path(take(tmp_path, script))] == ["train.py"]


def test_a_repository_of_another_user(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "true")
    (problem,) = take(repository.folder, repository.folder / "a.py").problems
    assert problem.startswith(
        f"The repository {repository.folder} does not tell its commit: fatal: detected dubious ownership"
    )


def test_without_git(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    taken = take(repository.folder, repository.folder / "a.py")
    assert (taken.source.commit, [*by_path(taken)]) == (None, ["a.py"])
    assert "The source of a run needs the package 'git', which is not installed" in taken.problems[0]


def test_a_script_in_a_part_of_a_repository(repository: Repository) -> None:
    (repository.folder / "part").mkdir()
    taken = take(repository.folder / "part", Path("/usr/bin/env"))
    assert taken.source.root == str(repository.folder)
