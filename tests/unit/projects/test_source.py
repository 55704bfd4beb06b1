"""Where projects come from, and what is refused."""

import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kiseki.base.errors import ExecutionFailed, InvalidParameter, Unavailable
from kiseki.projects.git import Checkout
from kiseki.projects.source import Source, fetch_source
from tests.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target" / "project"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server of the files of the folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_folder_is_left_where_it_is(tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "a#b" / "c"
    inside.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for uri in ("a#b/c", str(inside), inside.as_uri(), f"{tmp_path}/a#b#c"):
        found = fetch_source(uri, None, target)
        assert (found.folder, found.checkout, found.script) == (inside, None, None)
    assert not target.exists()


def test_a_script(tmp_path: Path, target: Path) -> None:
    script = tmp_path / "train it.py"
    script.touch()
    assert fetch_source(str(script), None, target) == Source(name=str(script), folder=tmp_path, script="train it.py")


@pytest.mark.parametrize("kind", ["path", "uri", "bare"])
def test_versions_of_a_repository(kind: str, repository: Repository, tmp_path: Path) -> None:
    first = repository.commit(a__txt="1")
    repository.git("tag", "--annotate", "--message", "first", "v1")
    repository.git("checkout", "--quiet", "-b", "dev/x")
    second = repository.commit(a__txt="2")
    repository.git("checkout", "--quiet", "main")
    third = repository.commit(a__txt="3")
    uri = {"path": str(repository.folder), "uri": repository.folder.as_uri(), "bare": str(tmp_path / "bare")}[kind]
    if kind == "bare":
        repository.git("clone", "--quiet", "--bare", ".", uri)
        assert fetch_source(uri, None, tmp_path / "none").checkout == Checkout(commit=third, branch=None)
    for number, (version, commit, branch) in enumerate(
        [
            ("v1", first, None),
            ("dev/x", second, "dev/x"),
            ("main", third, "main"),
            (first, first, None),
            (second[:10], second, None),
        ]
    ):
        folder = tmp_path / f"fetched {number}"
        found = fetch_source(uri, version, folder)
        assert found.checkout == Checkout(commit=commit, branch=branch)
        assert (folder / "a.txt").read_text() == {first: "1", second: "2", third: "3"}[commit]


def test_a_repository_behind_http(repository: Repository, tmp_path: Path, address: str) -> None:
    first = repository.commit(a__txt="1")
    second = repository.commit(a__txt="2")
    repository.git("update-server-info")
    uri = f"{address}/repository/.git"
    for version, commit in [("main", second), (first, first), (None, second)]:
        found = fetch_source(uri, version, tmp_path / str(version))
        assert (found.repository, found.checkout and found.checkout.commit) == (uri, commit)
    with pytest.raises(ExecutionFailed, match="no branch or tag 'dev'"):
        fetch_source(uri, "dev", tmp_path / "dev")


def test_a_folder_of_a_repository(repository: Repository, tmp_path: Path, target: Path) -> None:
    (repository.folder / "sub.d" / "deep").mkdir(parents=True)
    (repository.folder / "sub.d" / "deep" / "x").touch()
    (repository.folder / "out").symlink_to("..")
    repository.commit()
    found = fetch_source(f"{repository.folder}#sub.d/deep", "main", target)
    assert found.folder == target / "sub.d" / "deep"
    assert (found.folder / "x").exists()
    for inside, message in [("none", "no folder 'none'"), ("../x", "leads out of it"), ("out", "a link 'out'")]:
        with pytest.raises(ExecutionFailed, match=message):
            fetch_source(f"{repository.folder}#{inside}", "main", tmp_path / inside.strip("./"))


def test_a_version_that_vanished(repository: Repository, tmp_path: Path) -> None:
    repository.commit(a__txt="1")
    gone = repository.commit(a__txt="2")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")
    repository.git("tag", "v1")
    with pytest.raises(
        ExecutionFailed, match=rf"no commit, branch or tag '{gone}'.* gone there\. Branches: main; tags: v1"
    ):
        fetch_source(str(repository.folder), gone, tmp_path / "1")
    with pytest.raises(ExecutionFailed, match="no branch or tag 'nope'"):
        fetch_source(str(repository.folder), "nope", tmp_path / "2")


@pytest.mark.parametrize("version", ["--upload-pack=touch canary", "-x", "a:b"])
def test_a_version_is_no_option(version: str, repository: Repository, tmp_path: Path, target: Path) -> None:
    repository.commit()
    with pytest.raises(ExecutionFailed, match="no repository and version"):
        fetch_source(str(repository.folder), version, target)
    assert not list(tmp_path.rglob("canary"))


def test_submodules_are_fetched(repository: Repository, tmp_path: Path, target: Path) -> None:
    library = Repository(tmp_path / "library")
    library.commit(lib__py="x = 1")
    repository.git("submodule", "--quiet", "add", str(library.folder), "lib")
    repository.commit()
    found = fetch_source(str(repository.folder), "main", target)
    assert (found.folder / "lib" / "lib.py").read_text() == "x = 1"


def test_a_submodule_whose_commit_vanished(repository: Repository, tmp_path: Path, target: Path) -> None:
    library = Repository(tmp_path / "library")
    library.commit(lib__py="x = 1")
    repository.git("submodule", "--quiet", "add", str(library.folder), "lib")
    inside = Repository(repository.folder / "lib")
    inside.commit(lib__py="x = 2")
    repository.commit()
    with pytest.raises(ExecutionFailed, match=r"A submodule of .* cannot be fetched at the commit"):
        fetch_source(str(repository.folder), "main", target)


def test_submodules_of_a_folder_are_what_its_commit_says(repository: Repository, tmp_path: Path, target: Path) -> None:
    library = Repository(tmp_path / "library")
    library.commit(lib__py="x = 1")
    repository.git("submodule", "--quiet", "add", str(library.folder), "lib")
    repository.commit(a__txt="1")
    uri = str(repository.folder)
    assert fetch_source(uri, None, target).folder == repository.folder
    # What is not committed of the project itself is the user's to run.
    (repository.folder / "a.txt").write_text("2")
    assert fetch_source(uri, None, target).folder == repository.folder
    (repository.folder / "lib" / "lib.py").write_text("x = 2")
    with pytest.raises(ExecutionFailed, match=r"submodule 'lib' .* has changes that are not committed.*stash"):
        fetch_source(uri, None, target)
    Repository(repository.folder / "lib").commit()
    with pytest.raises(ExecutionFailed, match=r"submodule 'lib' .* is at another commit .*git submodule update"):
        fetch_source(uri, None, target)
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", ".", str(clone))
    with pytest.raises(ExecutionFailed, match=r"submodule 'lib' .* is not checked out: git submodule update --init"):
        fetch_source(str(clone), None, target)


def pack(file: Path, **files: str) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", ".").replace("_in_", "/"), text)
    return file


@pytest.mark.parametrize("where", ["path", "uri", "http"])
def test_a_zip(where: str, tmp_path: Path, target: Path, address: str) -> None:
    file = pack(tmp_path / "p.zip", MLproject="name: x", sub_in_a__py="1")
    uri = {"path": str(file), "uri": file.as_uri(), "http": f"{address}/p.zip"}[where]
    found = fetch_source(uri, None, target)
    assert (found.name, found.folder, found.checkout) == (uri, target, None)
    assert (target / "sub" / "a.py").read_text() == "1"


def test_a_zip_with_a_folder_around_everything(tmp_path: Path, target: Path) -> None:
    file = pack(tmp_path / "p.zip", top_in_MLproject="name: x", top_in_a__py="1")
    assert fetch_source(str(file), None, target).folder == target / "top"


def test_a_zip_that_writes_elsewhere(tmp_path: Path, target: Path) -> None:
    file = tmp_path / "slip.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../canary", "x")
    with pytest.raises(InvalidParameter, match="Invalid path"):
        fetch_source(str(file), None, target)
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc")
    with pytest.raises(InvalidParameter, match="link"):
        fetch_source(str(tmp_path / "link.zip"), None, target)
    assert not list(tmp_path.rglob("canary"))


@pytest.mark.parametrize(
    ("uri", "version", "error", "message"),
    [
        ("none", None, ExecutionFailed, "'none' does not exist"),
        ("", None, ExecutionFailed, "no folder, repository or zip"),
        ("a\nb", None, ExecutionFailed, "no folder, repository or zip"),
        (".", "main", ExecutionFailed, "only supported for Git project URIs"),
        ("p.zip", "v1", ExecutionFailed, "only supported for Git project URIs"),
        ("data.csv", None, ExecutionFailed, "is a file; expected"),
        ("s3://bucket/project", None, ExecutionFailed, "of the kind 's3'"),
        ("ext::sh -c touch% canary", "main", ExecutionFailed, "does not exist"),
        ("ext::touch%20canary", "main", Unavailable, "'ext' not allowed"),
        ("http://127.0.0.1:1/p.zip", None, Unavailable, "cannot be fetched"),
        (
            "http://user:secret@127.0.0.1:1/repository",
            None,
            Unavailable,
            r"http://\*\*\*@127\.0\.0\.1:1/.*git ls-remote",
        ),
        ("nobody@127.0.0.1:none", "main", Unavailable, "cannot be read"),
    ],
)
def test_what_is_no_project(
    uri: str,
    version: str | None,
    error: type[Exception],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    for name in ("p.zip", "data.csv"):
        (tmp_path / name).touch()
    with pytest.raises(error, match=message) as caught:
        fetch_source(uri, version, tmp_path / "target")
    assert "secret" not in str(caught.value)
    assert not list(tmp_path.rglob("canary"))


def test_a_zip_that_is_not_there(address: str, target: Path) -> None:
    with pytest.raises(Unavailable, match=r"/none\.zip cannot be fetched: 404"):
        fetch_source(f"{address}/none.zip", None, target)
