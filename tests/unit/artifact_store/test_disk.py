from __future__ import annotations

import errno
import gc
import os
import resource
import subprocess
import sys
import textwrap
import tracemalloc
from pathlib import Path

import pytest

from kiseki.artifact_store import DiskStore, folders
from kiseki.base.errors import (
    Conflict,
    InvalidParameter,
    KisekiError,
    NotFound,
    PermissionDenied,
    StorageFull,
    Unavailable,
)

SOURCE = Path(__file__).parents[3] / "src"


def put(store: DiskStore, path: str, content: bytes = b"x") -> None:
    with store.open_upload(path) as upload:
        upload.write(content)
        upload.commit()


def names_without_uploads(root: Path) -> list[str]:
    """What is in the root next to the folder of unfinished uploads, which must be empty."""
    assert list((root / ".kiseki-uploads").iterdir()) == []
    return [path.name for path in root.iterdir() if path.name != ".kiseki-uploads"]


def test_the_folder_of_uploads_goes_with_the_store(tmp_path: Path) -> None:
    store, other = DiskStore(tmp_path), DiskStore(tmp_path)
    put(store, "x")
    with other.open_upload("y") as upload:
        del store
        gc.collect()
        upload.commit()
    assert set(names_without_uploads(tmp_path)) == {"x", "y"}
    del other, upload
    gc.collect()
    assert {path.name for path in tmp_path.iterdir()} == {"x", "y"}


@pytest.mark.parametrize("umask", ["0o000", "0o022", "0o077"])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: str) -> None:
    program = f"""
        import os
        os.umask({umask})
        from pathlib import Path
        from kiseki.artifact_store import DiskStore
        with DiskStore(Path({str(tmp_path)!r}) / "deep" / "root").open_upload("a/b/c") as upload:
            upload.write(b"x")
            print(oct(max(path.stat().st_mode & 0o077 for path in Path({str(tmp_path)!r}).rglob("*"))))
            upload.commit()
    """
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.stdout, finished.stderr) == ("0o0\n", "")
    modes = {str(path.relative_to(tmp_path)): oct(path.stat().st_mode & 0o7777) for path in tmp_path.rglob("*")}
    assert modes == {
        "deep": "0o700",
        "deep/root": "0o700",
        "deep/root/a": "0o700",
        "deep/root/a/b": "0o700",
        "deep/root/a/b/c": "0o600",
    }


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are forced to disk, in order."""
    paths: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        paths.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return paths


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names of descriptors are read from /proc")
def test_commit_forces_the_file_then_the_folders_that_changed(tmp_path: Path, synced: list[str]) -> None:
    root = tmp_path / "root"
    root.mkdir()
    store = DiskStore(root)
    put(store, "a/b/x")
    assert len(synced[0]) == 32
    assert synced[1:] == ["root", "a", "b"]
    synced.clear()
    put(store, "a/b/y")
    assert len(synced) == 2
    assert synced[1] == "b"
    synced.clear()
    put(DiskStore(root, durable=False), "c/z")
    assert synced == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EFBIG, StorageFull),
        (errno.EROFS, Unavailable),
        (errno.EIO, Unavailable),
        (errno.EMFILE, Unavailable),
        (errno.ESTALE, Unavailable),
        (errno.EACCES, PermissionDenied),
        (errno.EPERM, PermissionDenied),
        (errno.ENOENT, NotFound),
        (errno.ENAMETOOLONG, InvalidParameter),
        (errno.EXDEV, InvalidParameter),
        (errno.ENOTDIR, InvalidParameter),
        (errno.EISDIR, InvalidParameter),
    ],
)
def test_errors_of_the_system_are_explained_without_its_paths(code: int, kind: type[KisekiError]) -> None:
    error = folders.explain(OSError(code, os.strerror(code), "/srv/secret/root/x"), "run/x")
    assert type(error) is kind
    assert "'run/x'" in error.message
    assert "secret" not in error.message


def test_a_full_disk_stores_nothing_and_recovers(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    put(store, "x", b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with store.open_upload("x") as upload:
            upload.write(b"1" * 90_000)
            with pytest.raises(StorageFull, match="No space is left for the artifact 'x'"):
                upload.write(b"2" * 90_000)
            with pytest.raises(Conflict, match="a part of it was not written"):
                upload.commit()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names_without_uploads(tmp_path) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"old"
    put(store, "x", b"n" * 200_000)
    assert (tmp_path / "x").stat().st_size == 200_000


@pytest.mark.parametrize("name", ["fsync", "rename"])
def test_a_failing_commit_stores_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    store = DiskStore(tmp_path)
    put(store, "x", b"old")

    def fail(*arguments: object, **options: object) -> None:
        raise OSError(errno.EIO, "injected")

    with monkeypatch.context() as patch, store.open_upload("x") as upload:
        upload.write(b"new")
        patch.setattr(os, name, fail)
        with pytest.raises(Unavailable, match="'x'"):
            upload.commit()
        with pytest.raises(Conflict, match="has ended"):
            upload.commit()
    assert names_without_uploads(tmp_path) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"old"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir(mode=0o500)
    with pytest.raises(PermissionDenied, match="'x'"):
        DiskStore(root).open_upload("x")


def test_a_root_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(b"")
    store = DiskStore(tmp_path / "root")
    with pytest.raises(InvalidParameter):
        store.open_upload("x")
    assert store.list("") == []
    assert store.stat("") is None


def test_a_store_alone_makes_nothing(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "root")
    assert store.list("") == []
    store.delete("x")
    assert list(tmp_path.iterdir()) == []


def test_a_relative_root_is_that_of_the_first_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = DiskStore(Path("root"))
    monkeypatch.chdir("/")
    put(store, "x")
    assert (tmp_path / "root" / "x").exists()


def test_a_deleted_upload_is_a_conflict(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    with store.open_upload("x") as upload:
        (temporary,) = (tmp_path / ".kiseki-uploads").iterdir()
        temporary.unlink()
        with pytest.raises(Conflict, match="send it again"):
            upload.commit()


def test_descriptors_are_given_back(tmp_path: Path) -> None:
    store = DiskStore(tmp_path, durable=False)
    put(store, "a/b")
    before = len(list(Path("/dev/fd").iterdir()))
    for path in ("a/b", "a", "a/b/c", "missing/x", "../x", "c"):
        for operation in (store.open_upload, store.open_download):
            try:
                with operation(path) as opened:
                    if operation == store.open_upload and path == "c":
                        opened.commit()  # type: ignore[union-attr]
            except KisekiError:
                continue
        try:
            store.list(path)
            store.stat(path)
            next(store.walk(path), None)
            store.delete(path)
        except KisekiError:
            continue
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    store = DiskStore(tmp_path, durable=False)
    block = os.urandom(1 << 20)
    tracemalloc.start()
    try:
        with store.open_upload("large") as upload:
            for _ in range(200):
                upload.write(block)
            stored = upload.commit()
        with store.open_download("large") as download:
            read = 0
            while chunk := download.read(1 << 20):
                read += len(chunk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert stored.size == read == 200 << 20
    assert peak < 8 << 20
