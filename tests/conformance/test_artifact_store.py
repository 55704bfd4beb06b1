"""What every `ArtifactStore` does; a backend joins by a line in `BACKENDS`."""

from __future__ import annotations

import hashlib
import io
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiseki.artifact_store import ArtifactStore, DiskStore, FileInfo, SmallFile, StoredFile
from kiseki.base.errors import Conflict, InvalidParameter, KisekiError, NotFound, PayloadTooLarge
from tests.objects.servers import ObjectServers

BACKENDS: dict[str, Callable[[Path], ArtifactStore]] = {
    "disk": lambda folder: DiskStore(folder / "root"),
    "disk, not durable": lambda folder: DiskStore(folder / "root", durable=False),
}
OBJECT_BACKENDS = ["s3", "gs", "azure"]

NAMES = [
    "a.txt",
    "a b.txt",
    "trailing ",
    " leading",
    "trailing.",
    "...",
    ".hidden",
    "..x",
    "x..",
    "100%.txt",
    "50%25.txt",
    "x%41.txt",
    "a#b.txt",
    "a?b.txt",
    "a;b=c",
    "a&b",
    "a+b",
    "run:1",
    "~root",
    "$HOME",
    "-rf",
    "*",
    "'q'",
    '"q"',
    "<b>x",
    "{{7*7}}",
    "CON",
    "NUL.txt",
    "aux",
    "Case",
    "case",
    "CASE",
    "日本語の図.png",
    "入力／出力.csv",
    "e\u0301.txt",
    "\u00e9.txt",
    "🎌.txt",
    "x" * 255,
    "字" * 85,
]


@pytest.fixture(params=[*BACKENDS, *OBJECT_BACKENDS])
def store(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    object_servers: ObjectServers,
    monkeypatch: pytest.MonkeyPatch,
) -> ArtifactStore:
    if request.param in OBJECT_BACKENDS:
        return object_servers.store(request.param, monkeypatch)
    return BACKENDS[request.param](tmp_path)


def put(store: ArtifactStore, path: str, content: bytes = b"content") -> StoredFile:
    with store.open_upload(path) as upload:
        upload.write(content)
        return upload.commit()


def get(store: ArtifactStore, path: str) -> bytes:
    with store.open_download(path) as download:
        return download.read()


def file(path: str, size: int) -> FileInfo:
    return FileInfo(path=path, is_dir=False, file_size=size)


def folder(path: str) -> FileInfo:
    return FileInfo(path=path, is_dir=True, file_size=None)


def test_a_file_round_trips(store: ArtifactStore) -> None:
    content = bytes(range(256)) * 1000
    with store.open_upload("a/b/c.bin") as upload:
        for start in range(0, len(content), 1000):
            upload.write(memoryview(content)[start : start + 1000])
        stored = upload.commit()
    assert replace(stored, modified_ns=0) == StoredFile(
        path="a/b/c.bin", size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    assert get(store, "a/b/c.bin") == content
    with store.open_download("a/b/c.bin") as download:
        assert download.modified_ns == stored.modified_ns


def test_an_empty_file_round_trips(store: ArtifactStore) -> None:
    with store.open_upload("empty") as upload:
        stored = upload.commit()
    assert replace(stored, modified_ns=0) == StoredFile(path="empty", size=0, sha256=hashlib.sha256(b"").hexdigest())
    assert get(store, "empty") == b""
    assert store.stat("empty") == file("empty", 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_exactly(store: ArtifactStore, name: str) -> None:
    put(store, name, name.encode())
    put(store, f"folder/{name}", b"deep")
    assert get(store, name) == name.encode()
    assert store.stat(name) == file(name, len(name.encode()))
    assert store.list("folder") == [file(f"folder/{name}", 4)]
    assert [info.path for info in store.walk("")] == sorted([name, f"folder/{name}"], key=lambda path: path.split("/"))


def test_names_side_by_side_stay_apart(store: ArtifactStore) -> None:
    for name in NAMES:
        put(store, f"all/{name}", name.encode())
    assert [info.path for info in store.list("all")] == sorted(f"all/{name}" for name in NAMES)
    assert [get(store, f"all/{name}") for name in NAMES] == [name.encode() for name in NAMES]


def test_empty_and_dot_segments_are_dropped(store: ArtifactStore) -> None:
    assert put(store, "a//b/./c").path == "a/b/c"
    assert get(store, "a/b/c") == get(store, "./a/b//c") == b"content"
    assert store.list("a/b/") == [file("a/b/c", 7)]


def test_list_is_sorted_and_flat(store: ArtifactStore) -> None:
    for path in ("b/x", "b/y/z", "a", "c.txt", "B"):
        put(store, path)
    assert store.list("") == [file("B", 7), file("a", 7), folder("b"), file("c.txt", 7)]
    assert store.list("b") == [file("b/x", 7), folder("b/y")]


def test_list_of_what_is_no_folder_is_empty(store: ArtifactStore) -> None:
    assert store.list("") == []
    assert store.list("missing") == []
    put(store, "file")
    assert store.list("file") == []
    assert store.list("file/below") == []


def test_stat(store: ArtifactStore) -> None:
    assert store.stat("missing") is None
    put(store, "a/b")
    assert store.stat("a") == folder("a")
    assert store.stat("a/b") == file("a/b", 7)
    assert store.stat("a/b/c") is None
    assert store.stat("") == folder("")


def test_walk_goes_depth_first(store: ArtifactStore) -> None:
    for path in ("b/y/2", "b/y/1", "b/z", "b/a", "a", "c", "b.txt"):
        put(store, path)
    assert [info.path for info in store.walk("")] == ["a", "b/a", "b/y/1", "b/y/2", "b/z", "b.txt", "c"]
    assert [info.path for info in store.walk("b/y")] == ["b/y/1", "b/y/2"]
    assert list(store.walk("b/z")) == [file("b/z", 7)]
    assert list(store.walk("missing")) == []


def test_walk_goes_as_deep_as_paths_do(store: ArtifactStore) -> None:
    path = "/".join(["d"] * 100)
    put(store, path)
    assert [info.path for info in store.walk("")] == [path]
    store.delete("d")
    assert list(store.walk("")) == []


def test_download_is_a_file(store: ArtifactStore) -> None:
    put(store, "digits", b"0123456789")
    with store.open_download("digits") as download:
        assert download.size == 10
        assert download.modified_ns > 1_600_000_000_000_000_000
        assert download.read(3) == b"012"
        assert download.tell() == 3
        assert download.seek(-2, 2) == 8
        assert download.read() == b"89"
        assert download.read(1) == b""
        assert download.seek(0) == 0
        copy = io.BytesIO()
        shutil.copyfileobj(download, copy)
        assert copy.getvalue() == b"0123456789"
        download.close()
        download.close()


def test_download_of_what_is_no_file(store: ArtifactStore) -> None:
    put(store, "folder/file")
    for missing in ("missing", "folder/missing", "missing/missing", "folder/file/below"):
        with pytest.raises(NotFound, match="No such artifact"):
            store.open_download(missing)
    with pytest.raises(InvalidParameter, match="it is a folder, not a file"):
        store.open_download("folder")


def test_a_reader_keeps_the_bytes_that_it_opened(store: ArtifactStore) -> None:
    put(store, "x", b"old")
    with store.open_download("x") as download:
        put(store, "x", b"newer")
        assert download.read() == b"old"
        store.delete("x")
    assert store.stat("x") is None


def test_nothing_is_visible_before_commit(store: ArtifactStore) -> None:
    with store.open_upload("a/b") as upload:
        upload.write(b"x" * 100_000)
        assert list(store.walk("")) == []
        assert store.list("") == []
        upload.commit()
    assert store.list("a") == [file("a/b", 100_000)]


def test_leaving_without_commit_aborts(store: ArtifactStore) -> None:
    put(store, "kept", b"old")
    for path in ("kept", "new/file"):
        with store.open_upload(path) as upload:
            upload.write(b"half")
    with suppress(ZeroDivisionError), store.open_upload("kept") as upload:
        upload.write(b"half")
        raise ZeroDivisionError
    assert store.list("") == [file("kept", 3)]
    assert get(store, "kept") == b"old"


def test_an_ended_upload_refuses(store: ArtifactStore) -> None:
    upload = store.open_upload("x")
    upload.abort()
    upload.abort()
    with pytest.raises(Conflict, match="has ended"):
        upload.write(b"x")
    with pytest.raises(Conflict, match="has ended"):
        upload.commit()
    with store.open_upload("x") as upload:
        upload.commit()
        upload.abort()
    assert store.stat("x") == file("x", 0)


def test_the_last_commit_wins_whole(store: ArtifactStore) -> None:
    with store.open_upload("x") as first, store.open_upload("x") as second:
        first.write(b"1" * 70_000)
        second.write(b"2" * 50_000)
        first.write(b"1" * 30_000)
        second.commit()
        assert get(store, "x") == b"2" * 50_000
        first.commit()
    assert get(store, "x") == b"1" * 100_000
    assert store.list("") == [file("x", 100_000)]


def test_writers_at_once_never_mix(store: ArtifactStore) -> None:
    contents = [bytes([number]) * (10_000 + number) for number in range(8)]
    seen: set[bytes] = set()

    def write(content: bytes) -> None:
        for _ in range(5):
            put(store, "folder/x", content)
            seen.add(get(store, "folder/x"))

    run_all([lambda content=content: write(content) for content in contents])  # type: ignore[misc]
    assert seen <= set(contents)
    assert get(store, "folder/x") in contents
    assert [info.path for info in store.walk("")] == ["folder/x"]


def test_writers_and_deleters_at_once(store: ArtifactStore) -> None:
    def write(number: int) -> None:
        for turn in range(20):
            assert put(store, f"a/b/{number}-{turn}").size == 7

    def delete() -> None:
        for _ in range(40):
            store.delete("a")

    run_all([lambda: write(1), lambda: write(2), delete, delete])
    store.delete("a")
    assert store.list("") == []


def test_a_file_and_a_folder_exclude_each_other(store: ArtifactStore) -> None:
    put(store, "file")
    put(store, "folder/x")
    with pytest.raises(InvalidParameter, match="'folder': it is a folder"):
        store.open_upload("folder")
    with pytest.raises(InvalidParameter, match="not a folder"):
        store.open_upload("file/below")
    assert [info.path for info in store.walk("")] == ["file", "folder/x"]


def test_a_folder_that_appears_during_the_upload(store: ArtifactStore) -> None:
    with store.open_upload("x") as upload:
        put(store, "x/y")
        with pytest.raises(InvalidParameter, match="'x': it is a folder"):
            upload.commit()
    assert list(store.walk("")) == [file("x/y", 7)]


def test_delete(store: ArtifactStore) -> None:
    for path in ("a/b/c", "a/b/d", "a/e", "f"):
        put(store, path)
    store.delete("a/b/c")
    assert store.list("a/b") == [file("a/b/d", 7)]
    store.delete("a")
    store.delete("a")
    store.delete("f/below")
    assert store.list("") == [file("f", 7)]
    store.delete("f")
    assert store.list("") == []
    with pytest.raises(InvalidParameter, match="the root"):
        store.delete("")


def small(path: str, content: bytes = b"content") -> SmallFile:
    return SmallFile(path=path, content=content)


def read(store: ArtifactStore, *paths: str, max_bytes: int = 1 << 20) -> list[bytes | type[KisekiError]]:
    """The contents of files that are read together, or the kinds of their errors."""
    found = list(store.read_files(paths, max_bytes))
    return [one.content if isinstance(one, SmallFile) else kind_of(one) for one in found]


def kind_of(error: KisekiError) -> type[KisekiError]:
    return next(kind for kind in (NotFound, InvalidParameter, PayloadTooLarge, Conflict) if isinstance(error, kind))


def test_files_that_go_together_are_what_they_are_alone(store: ArtifactStore) -> None:
    contents = {f"all/{i % 7}/{i}-日本.bin": bytes([i % 251]) * (i * 37 % 9_000) for i in range(200)}
    put(store, "all/0/0-日本.bin", b"old")
    stored = store.store_files([small(path, content) for path, content in contents.items()])
    assert [replace(one, modified_ns=0) if isinstance(one, StoredFile) else one for one in stored] == [
        StoredFile(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for path, content in contents.items()
    ]
    assert {info.path for info in store.walk("")} == set(contents)
    assert {path: get(store, path) for path in contents} == contents
    for one in stored[::40]:
        assert isinstance(one, StoredFile)
        with store.open_download(one.path) as download:
            assert download.modified_ns == one.modified_ns
    came = list(store.read_files(list(contents), 1 << 20))
    assert [(one.path, one.content) for one in came if isinstance(one, SmallFile)] == list(contents.items())
    assert [one.modified_ns for one in came if isinstance(one, SmallFile)] == [
        one.modified_ns for one in stored if isinstance(one, StoredFile)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_exactly_together_with_others(store: ArtifactStore, name: str) -> None:
    store.store_files([small(f"folder/{name}", b"deep"), small(name, name.encode())])
    assert read(store, name, f"folder/{name}") == [name.encode(), b"deep"]


def test_one_that_can_not_be_stored_leaves_the_others_alone(store: ArtifactStore) -> None:
    put(store, "file")
    put(store, "folder/x")
    hostile = ["../evil", "/evil", "a/../../evil", "", "a\\b", "a\0b", ".kiseki-uploads/x", "x" * 256]
    paths = ["first", "folder", "file/below", *hostile, "folder/y", "last"]
    stored = store.store_files([small(path, path.encode()) for path in paths])
    for path, one in zip(paths, stored, strict=True):
        if path in {"first", "folder/y", "last"}:
            assert isinstance(one, StoredFile), one
            assert get(store, path) == path.encode()
        else:
            assert isinstance(one, InvalidParameter), (path, one)
            assert one.message.startswith("Invalid path")
    assert [info.path for info in store.walk("")] == ["file", "first", "folder/x", "folder/y", "last"]


def test_of_one_name_twice_the_last_is_kept(store: ArtifactStore) -> None:
    first, second = store.store_files([small("x", b"first"), small("x", b"second")])
    assert isinstance(first, StoredFile)
    assert isinstance(second, StoredFile)
    with store.open_download("x") as download:
        assert (download.read(), download.modified_ns) == (b"second", second.modified_ns)
    assert first.modified_ns != second.modified_ns
    assert [info.path for info in store.walk("")] == ["x"]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_file_and_a_folder_that_go_together_exclude_each_other(store: ArtifactStore, turn: int) -> None:
    paths = ["d/x", "d/x/y", "d/a", "d/b", "d/c"][::turn]
    stored = [one.path for one in store.store_files([small(path) for path in paths]) if isinstance(one, StoredFile)]
    assert len(stored) == 4
    assert sorted(stored) == sorted(info.path for info in store.walk(""))


def test_a_fuller_folder_than_a_list_tells(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first and the last name lies more than a few requests tell, and beside them folders."""
    monkeypatch.setattr("kiseki.artifact_store.object_group.PAGES", 1)
    monkeypatch.setattr("kiseki.artifact_store.object_group.PAGE_KEYS", 10)
    put(store, "f/a-folder/x")
    put(store, "f/z-folder/x")
    between = [f"f/m{i:02d}" for i in range(30)]
    assert all(isinstance(one, StoredFile) for one in store.store_files([small(path) for path in between]))
    paths = ["f/a", "f/a-folder", "f/b", "f/m05", "f/z-folder", "f/zz"]
    stored = store.store_files([small(path, path.encode()) for path in paths])
    assert [isinstance(one, StoredFile) for one in stored] == [True, False, True, True, False, True]
    for one in stored:
        if isinstance(one, StoredFile):
            with store.open_download(one.path) as download:
                assert (download.read(), download.modified_ns) == (one.path.encode(), one.modified_ns)


def test_files_that_are_read_together_come_in_order_with_their_errors(store: ArtifactStore) -> None:
    put(store, "a/long", b"x" * 1001)
    put(store, "a/fits", b"x" * 1000)
    put(store, "empty", b"")
    paths = ["empty", "none", "a", "a/long", "a/fits", "../x", "a/fits/below", "empty"]
    assert read(store, *paths, max_bytes=1000) == [
        *(b"", NotFound, InvalidParameter, PayloadTooLarge, b"x" * 1000, InvalidParameter, NotFound, b"")
    ]
    assert read(store) == []
    assert store.store_files([]) == []


def test_groups_and_deleters_at_once(store: ArtifactStore) -> None:
    def write(number: int) -> None:
        for turn in range(5):
            stored = store.store_files([small(f"a/b/{number}-{turn}-{i}") for i in range(20)])
            assert all(isinstance(one, StoredFile) for one in stored), stored

    def delete() -> None:
        for _ in range(40):
            store.delete("a")

    run_all([lambda: write(1), lambda: write(2), delete, delete])
    store.delete("a")
    assert store.list("") == []


@pytest.mark.parametrize("path", ["", ".", "/", "a/", "a/."])
def test_a_file_needs_a_name(store: ArtifactStore, path: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^Invalid path"):
        store.open_upload(path)
    with pytest.raises(InvalidParameter, match=r"^Invalid path"):
        store.open_download(path)


def run_all(tasks: list[Callable[[], None]]) -> None:
    errors: list[BaseException] = []

    def guarded(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
