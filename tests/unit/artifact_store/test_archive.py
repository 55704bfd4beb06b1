from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from kiseki.artifact_store import DiskStore, archive, safe_extract, zip_chunks
from kiseki.base.errors import IntegrityError, InvalidParameter, NotFound

FILES = {
    "model/MLmodel": b"flavors: {}\n" * 1000,
    "model/data/weights.npz": os.urandom(100_000),
    "model/data/empty": b"",
    "model/日本語.txt": "軌跡".encode(),
    "plot.png": b"\x89PNG" * 100,
}


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    store = DiskStore(tmp_path / "root", durable=False)
    for path, content in FILES.items():
        put(store, path, content)
    return store


def put(store: DiskStore, path: str, content: bytes) -> None:
    with store.open_upload(path) as upload:
        upload.write(content)
        upload.commit()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("chunk_bytes", [1, 1000, 1 << 20])
def test_a_folder_round_trips(store: DiskStore, tmp_path: Path, chunk_bytes: int) -> None:
    target = tmp_path / "whole.zip"
    target.write_bytes(b"".join(zip_chunks(store, "", chunk_bytes)))
    extracted = safe_extract(target, tmp_path / "out")
    assert contents(tmp_path / "out") == FILES
    assert [str(path.relative_to(tmp_path / "out")) for path in extracted] == [info.path for info in store.walk("")]


def test_names_are_relative_to_the_folder(store: DiskStore) -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_chunks(store, "model/")))) as opened:
        assert opened.namelist() == ["MLmodel", "data/empty", "data/weights.npz", "日本語.txt"]
        assert opened.testzip() is None
        methods = {entry.filename: entry.compress_type for entry in opened.infolist()}
        assert methods["MLmodel"] == zipfile.ZIP_DEFLATED
        assert methods["data/weights.npz"] == zipfile.ZIP_STORED
        assert {entry.external_attr >> 16 for entry in opened.infolist()} == {stat.S_IFREG | 0o600}


def test_a_file_is_one_entry(store: DiskStore) -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_chunks(store, "model/data/weights.npz")))) as opened:
        assert opened.namelist() == ["weights.npz"]
        assert opened.read("weights.npz") == FILES["model/data/weights.npz"]


def test_an_empty_root_is_an_empty_zip(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_chunks(DiskStore(tmp_path / "root"), "")))) as opened:
        assert opened.namelist() == []


def test_what_is_missing_is_refused_by_the_call(store: DiskStore) -> None:
    with pytest.raises(NotFound, match="No such artifact: 'missing'"):
        zip_chunks(store, "missing")
    with pytest.raises(InvalidParameter, match=r"^Invalid path"):
        zip_chunks(store, "../x")


def test_the_same_files_give_the_same_bytes(store: DiskStore) -> None:
    assert b"".join(zip_chunks(store, "")) == b"".join(zip_chunks(store, ""))


@pytest.mark.parametrize(("year", "written"), [(1970, 1980), (2024, 2024), (2200, 1980)])
def test_times_are_those_of_the_files(store: DiskStore, tmp_path: Path, year: int, written: int) -> None:
    moment = (year - 1970) * 365.25 * 24 * 3600 + 90 * 24 * 3600
    os.utime(tmp_path / "root" / "plot.png", (moment, moment))
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_chunks(store, "plot.png")))) as opened:
        assert opened.getinfo("plot.png").date_time[0] == written


def test_a_large_file_is_written_as_zip64(store: DiskStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, "large/random", os.urandom(50_000))
    put(store, "large/text", b"text " * 50_000)
    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "ZIP64_LIMIT", 10_000)
        packed = b"".join(zip_chunks(store, "large"))
    # The first field behind the name has sizes of 64 bits; Python before 3.11.4 does not say so in the version too.
    extra = 30 + int.from_bytes(packed[26:28], "little")
    assert packed[extra : extra + 2] == b"\x01\x00"
    target = tmp_path / "large.zip"
    target.write_bytes(packed)
    safe_extract(target, tmp_path / "out", max_ratio=1_000)
    assert contents(tmp_path / "out")["text"] == b"text " * 50_000
    assert len(contents(tmp_path / "out")["random"]) == 50_000


def test_more_entries_than_the_plain_format_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DiskStore(tmp_path, durable=False)
    for number in range(300):
        put(store, f"{number:03}", b"")
    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 100)
        packed = b"".join(zip_chunks(store, ""))
    assert b"PK\x06\x06" in packed
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert len(opened.namelist()) == 300


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    block = os.urandom(1 << 20)
    for name in ("deflated.txt", "stored.npz"):
        with (root / name).open("wb") as file:
            for _ in range(100):
                file.write(block)
    tracemalloc.start()
    try:
        total = sum(len(chunk) for chunk in zip_chunks(DiskStore(root), ""))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total > 200 << 20
    assert peak < 12 << 20


def test_a_caller_may_stop_early(store: DiskStore) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    for stop in range(1, 4):
        chunks = zip_chunks(store, "", 100)
        for _ in range(stop):
            next(iter(chunks))
        chunks.close()  # type: ignore[attr-defined]
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_that_ends_early_breaks_the_stream(store: DiskStore, tmp_path: Path) -> None:
    put(store, "shrinks", os.urandom(3 << 20))
    chunks = zip_chunks(store, "shrinks", 1)
    next(iter(chunks))
    os.truncate(tmp_path / "root" / "shrinks", 1000)
    with pytest.raises(IntegrityError, match="'shrinks' ended"):
        list(chunks)


def make(path: Path, entries: dict[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return path


def refused(path: Path, reason: str, **limits: int) -> None:
    """Extracts next to a canary, and expects a refusal that wrote nothing."""
    ground = path.parent / "ground"
    ground.mkdir()
    (ground / "canary.txt").write_bytes(b"canary")
    with pytest.raises(InvalidParameter, match=reason):
        safe_extract(path, ground / "out", **limits)
    assert contents(ground) == {"canary.txt": b"canary"}
    assert not (ground / "out").exists()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../canary.txt",
            "a/../../canary.txt",
            "/etc/x",
            "//x",
            "..\\canary.txt",
            "C:\\x",
            "C:/x",
            "a\\..\\..\\x",
            "..",
        ),
        *("%2e%2e/x", "..;/x", "x\n", "file:///x", "../", "a/../", "x" * 256, ".kiseki-uploads/x"),
    ],
)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    refused(make(tmp_path / "evil.zip", {"good": b"1", name: b"2"}), "Invalid path")


def test_a_name_with_a_hidden_end_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "evil.zip", {"good_..": b"1"})
    path.write_bytes(path.read_bytes().replace(b"good_..", b"good\0.."))
    refused(path, "control characters")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    refused(make(tmp_path / "evil.zip", {"good": b"../canary.txt"}, kind | 0o777), "a link or a device")


def test_modes_are_ignored(tmp_path: Path) -> None:
    (path,) = safe_extract(make(tmp_path / "x.zip", {"tool": b"#!"}, stat.S_IFREG | 0o6777), tmp_path / "out")
    assert path.stat().st_mode & 0o7111 == 0


def test_names_that_collide_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "evil.zip", {"aa": b"1", "ab": b"2"})
    path.write_bytes(path.read_bytes().replace(b"ab", b"aa"))
    refused(path, "two files of one name")


def test_a_file_that_is_a_folder_too_is_refused(tmp_path: Path) -> None:
    refused(make(tmp_path / "evil.zip", {"a/b": b"1", "a": b"2"}), "below something that is a file")


def test_too_many_entries_are_refused_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "many.zip", {str(number): b"" for number in range(1000)})
    made: list[str] = []
    monkeypatch.setattr(zipfile, "ZipInfo", lambda *arguments: made.append("entry"))
    refused(path, "more than 999 entries", max_entries=999)
    assert made == []


def test_a_lie_about_the_number_of_entries_does_not_help(tmp_path: Path) -> None:
    path = make(tmp_path / "many.zip", {str(number): b"" for number in range(1000)})
    packed = bytearray(path.read_bytes())
    packed[-14:-10] = b"\1\0\1\0"
    path.write_bytes(packed)
    refused(path, "more than 100 entries", max_entries=100)


def test_a_huge_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MAX_DIRECTORY_BYTES", 10_000)
    refused(make(tmp_path / "many.zip", {str(number): b"" for number in range(1000)}), "the limit is 10000")


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "bomb.zip", {"zeros": bytes(64 << 20)})
    assert path.stat().st_size < 100_000
    refused(path, "it looks like a bomb")


def test_more_bytes_than_allowed_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "x.zip", {"a": os.urandom(600), "b": os.urandom(600)})
    refused(path, "unpacks to 1200 bytes, the limit is 1199", max_bytes=1199)


def test_an_entry_larger_than_it_says_is_cut_off(tmp_path: Path) -> None:
    path = make(tmp_path / "x.zip", {"a": b"z" * 100_000})
    packed = path.read_bytes().replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(packed)
    with pytest.raises(IntegrityError, match="'a' is damaged"):
        safe_extract(path, tmp_path / "out")
    assert contents(tmp_path / "out") == {}


def test_damage_is_noticed(tmp_path: Path) -> None:
    content = os.urandom(1000)
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as target:
        target.writestr("a", content)
    packed = bytearray(path.read_bytes())
    packed[500] ^= 1
    path.write_bytes(packed)
    with pytest.raises(IntegrityError, match="'a' is damaged"):
        safe_extract(path, tmp_path / "out")
    assert contents(tmp_path / "out") == {}


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + b"\xff" * 18, zlib.compress(b"x" * 1000)])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(InvalidParameter, match=r"'x\.zip' is not a zip|directory has"):
        safe_extract(path, tmp_path / "out")


def test_links_in_the_destination_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "canary").write_bytes(b"canary")
    destination = tmp_path / "out"
    destination.mkdir()
    (destination / "folder").symlink_to(outside)
    (destination / "file").symlink_to(outside / "canary")
    with pytest.raises(InvalidParameter, match="is in the way"):
        safe_extract(make(tmp_path / "x.zip", {"folder/canary": b"evil"}), destination)
    safe_extract(make(tmp_path / "y.zip", {"file": b"new"}), destination)
    assert contents(outside) == {"canary": b"canary"}
    assert not (destination / "file").is_symlink()


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_other_programs_read_it(store: DiskStore, tmp_path: Path) -> None:
    target = tmp_path / "whole.zip"
    target.write_bytes(b"".join(zip_chunks(store, "")))
    finished = subprocess.run(["unzip", "-t", str(target)], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
