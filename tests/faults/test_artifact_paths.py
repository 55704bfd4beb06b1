"""Rows 1, 4, 5, 8, 9 and 53 of the faults: hostile paths, locations and links, and cut uploads, at the store itself.

The same strings are sent over HTTP by the tests of the server; here nothing stands between them and the disk.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import product
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from kiseki.artifact_store import DiskStore, check_artifact_location, check_path, file_name, is_valid_path, resolve
from kiseki.base.errors import InvalidParameter, KisekiError, NotFound, NotImplementedByKiseki

SECRET = b"the canary"


def traversal_strings() -> list[str]:
    """Paths that lead out of a folder for somebody, in the form in which the store gets them (decoded once)."""
    dots = [
        *("..", "%2e%2e", ".%2e", "%2e.", "%2E%2E", "%252e%252e", "%25252e%25252e", "%%32%65%%32%65", "%u002e%u002e"),
        *("%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "%f0%80%80%ae%f0%80%80%ae", "%c0%2e%c0%2e", "%uff0e%uff0e"),
        *("．．", "․․", "‥", "%ef%bc%8e%ef%bc%8e"),
    ]
    slashes = ["/", "%2f", "%2F", "%252f", "%25252F", "%%32%66", "\\", "%5c", "%255c", "%u2215/", "%u2216/", "%c0%af"]
    pairs = [f"{dot}{slash}" * 2 + "canary.txt" for dot, slash in product(dots, slashes)]
    inside = [f"a/b{slash}{dot}{slash}{dot}{slash}{dot}{slash}canary.txt" for dot, slash in product(dots[:8], slashes)]
    suffixes = [
        "..;/",
        "..;x=y/",
        "..#/",
        "..?/",
        "..?x/",
        ".. /",
        " ../",
        "..%20/",
        "..%09/",
        "..%0a/",
        "..%3b/",
        "..%23/",
    ]
    suffixed = [suffix * 2 + "canary.txt" for suffix in suffixes]
    tabbed = [f"..{mark}/..{mark}/canary.txt" for mark in "\t\n\r\0\x0b\x0c\x1f\x7f\x85\u2028\u2029"]
    cut = [
        "canary.txt%00.png",
        "canary.txt\0.png",
        "../../canary.txt%00",
        "../../canary.txt\0",
        "a%2500/../../canary.txt",
    ]
    absolute = [
        *("/canary.txt", "//canary.txt", "/etc/passwd", "///etc/passwd", "%2fetc%2fpasswd", "%252fetc/passwd"),
        *(
            "C:/canary.txt",
            "C:canary.txt",
            "c:\\canary.txt",
            "C%3a/x",
            "C%253A%255Cx",
            "\\\\host\\share\\x",
            "\\canary.txt",
        ),
        *("file:///etc/passwd", "file:/etc/passwd", "FILE:///etc/passwd", "file:x", "file%3a///etc/passwd"),
        *("http://evil/x", "http:/evil/x", "s3://bucket/x", "mlflow-artifacts:/x", "runs:/x/y", "jar:file:/x"),
    ]
    ends = [
        "..",
        "a/..",
        "a/b/../..",
        "%2e%2e",
        "a/%2e%2e",
        "a/%2e",
        "%2e/a",
        "%2f",
        "a%2f",
        "a%2fb",
        "../",
        "./..",
        "a/./../..",
    ]
    other = [
        "\ud800",
        "a\udcff/b",
        "%ff",
        "%80",
        "x\\y",
        "%5c",
        "x%5cy",
        "x%0ay",
        "x%00y",
        "x%7fy",
        "%" + "25" * 9 + "2e",
    ]
    return list(dict.fromkeys([*pairs, *inside, *suffixed, *tabbed, *cut, *absolute, *ends, *other]))


TRAVERSALS = traversal_strings()


def inventory(folder: Path) -> dict[str, tuple[int, int, bytes | None]]:
    """Mode, time of change and content of everything below `folder`."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else None
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_mtime_ns, content)
    return found


class Ground:
    """A root between canaries: `outside/canary.txt`, the same one folder up, and the store in `root`."""

    def __init__(self, folder: Path) -> None:
        self.outside = folder / "outside"
        self.root = folder / "middle" / "root"
        self.root.mkdir(parents=True)
        self.outside.mkdir()
        for canary in (folder, folder / "middle", self.outside):
            (canary / "canary.txt").write_bytes(SECRET)
        self.folder = folder
        self.store = DiskStore(self.root, durable=False)

    def everything_else(self) -> dict[str, tuple[int, int, bytes | None]]:
        return {path: facts for path, facts in inventory(self.folder).items() if not path.startswith("middle/root")}

    def put(self, path: str, content: bytes = b"mine") -> None:
        with self.store.open_upload(path) as upload:
            upload.write(content)
            upload.commit()


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path)
    before = ground.everything_else()
    yield ground
    assert ground.everything_else() == before


def test_there_are_many_traversal_strings() -> None:
    assert len(TRAVERSALS) >= 200


# Row 1
def test_row_1_every_traversal_string_is_refused_by_every_operation(ground: Ground) -> None:
    ground.put("a/b/kept")
    before = inventory(ground.root)
    wrong: list[tuple[object, ...]] = []
    for path in TRAVERSALS:
        for operation in (
            ground.store.open_upload,
            ground.store.open_download,
            ground.store.list,
            ground.store.stat,
            lambda path: list(ground.store.walk(path)),
            ground.store.delete,
            check_path,
        ):
            try:
                outcome: object = operation(path)
            except InvalidParameter as error:
                if not error.message.startswith("Invalid path") or str(ground.root) in error.message:
                    wrong.append((path, operation, error.message))
            else:
                wrong.append((path, operation, outcome))
    assert wrong == []
    assert inventory(ground.root) == before


def test_row_1_every_traversal_string_behind_a_good_prefix(ground: Ground) -> None:
    """What is refused alone is refused in the middle too, but for drives, which mean something at the front only."""
    passed = [path for path in TRAVERSALS if is_valid_path(f"1/run/artifacts/{path}")]
    assert all(check_path(f"1/run/artifacts/{path}").startswith("1/run/artifacts/") for path in passed)
    fronts = {unquote(unquote(path)).partition(":")[0].lower() for path in passed}
    assert fronts <= {"c", "file", "http", "s3", "mlflow-artifacts", "runs", "jar"}


def test_row_1_an_error_shows_no_path_of_the_server(ground: Ground) -> None:
    (ground.root / "locked").mkdir(mode=0)
    (ground.root / "file").write_bytes(b"")
    messages = []
    for path in ("missing", "file/below", "x" * 256, "locked/x", "../x"):
        for operation in (ground.store.open_download, ground.store.open_upload):
            try:
                operation(path).__exit__(None, None, None)
            except KisekiError as error:
                messages.append(error.message)
    (ground.root / "locked").chmod(0o700)
    assert len(messages) >= 7
    assert [message for message in messages if str(ground.folder) in message or "middle" in message] == []


def test_row_1_unfinished_uploads_can_not_be_named(ground: Ground) -> None:
    with ground.store.open_upload("x") as upload:
        upload.write(b"half")
        (temporary,) = (ground.root / ".kiseki-uploads").iterdir()
        for path in (
            ".kiseki-uploads",
            f".kiseki-uploads/{temporary.name}",
            ".KISEKI-Uploads/x",
            "a/.kiseki-uploads/x",
        ):
            with pytest.raises(InvalidParameter, match="is reserved"):
                ground.store.open_download(path)
            with pytest.raises(InvalidParameter, match="is reserved"):
                ground.store.delete(path)
        assert ground.store.list("") == []
        assert list(ground.store.walk("")) == []


# Row 4
NONSENSE_LOCATIONS = [
    *(
        "../x",
        "a/../x",
        "/a/..",
        "/a/../../etc",
        "s3://b/../..",
        "s3://b/%2e%2e/x",
        "s3://b/%252e%252e/x",
        "file:///a/%2e%2e/b",
    ),
    *(
        "mlflow-artifacts:/../x",
        "mlflow-artifacts:/%2e%2e/x",
        "mlflow-artifacts:/%252e%252e/x",
        "mlflow-artifacts:/a/..",
    ),
    *("mlflow-artifacts:..", "gs://b/..%2f..%2fx", "s3://b/..\\x", "..", "file:..", "file:../x", "s3://../x", "s3:.."),
    *(
        "x\ny",
        "x\0y",
        "/a\tb",
        "s3://b/\r\nSet-Cookie: x",
        "file:///a%00b",
        "file:///a%0ab",
        "s3://b/%00",
        "s3://b/%0d%0a",
    ),
    *(
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "javascript://%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:x",
    ),
    *(
        "mailto:a@b",
        "about:blank",
        "gopher://h/x",
        "ldap://h/x",
        "php://filter",
        "jar:file:/x!/y",
        "ws://h/x",
        "view-source:x",
    ),
    *("foo:bar", "foo:/bar", "databricks:/x", "runs:/a/b", "RUNS:/a/b", "models:/m/1", "prompts:/p/1"),
    *(
        "http://127.0.0.1/x",
        "https://h/x",
        "http:x",
        "ftp://u:p@h/x",
        "sftp://h/x",
        "hdfs://h/x",
        "r2://b/x",
        "b2://b/x",
    ),
    *(
        "abfss://c@evil/x",
        "viewfs://h/x",
        "mlflow-artifacts://evil:99/x",
        "mlflow-artifacts://u@h/x",
        "mlflow-artifacts://h\\x/",
    ),
    *(
        "file://host/etc",
        "FILE://evil/x",
        "file:",
        "file://",
        "s3://b/a?x=1",
        "s3://b/a#f",
        "s3://b/a;p",
        "/a?b",
        "/a#b",
        "/a;b",
    ),
    *(
        "mlflow-artifacts:/x?y",
        "mlflow-artifacts:/x#y",
        "s3://key:secret@b/x",
        "\\\\host\\share",
        "a\\b",
        "\\a",
        "",
        "\ud800",
    ),
    *("/" + "x" * 2048, "s3://b/" + "x" * 5000, "x" * 5000, "s3://b/" + "%" + "25" * 20 + "2e", "s3://b/%ff"),
]


@pytest.mark.parametrize("location", NONSENSE_LOCATIONS, ids=lambda location: ascii(location)[:60])
def test_row_4_a_nonsense_location_is_refused(location: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        check_artifact_location(location)
    assert len(caught.value.message) < 600


@pytest.mark.parametrize(
    "location",
    [
        *(
            "/etc",
            "/data/runs",
            "/data/実験/x",
            "/data/a b",
            "/data/100%",
            "relative/folder",
            "./x",
            "C:\\runs\\x",
            "C:/runs",
        ),
        *("file:///data", "file:/data", "file:relative", "FILE:///data", "file://localhost/data", "file:///data/a%20b"),
        *(
            "s3://bucket/folder",
            "S3://bucket",
            "s3a://b/x",
            "gs://b/x",
            "wasbs://c@a.blob.core.windows.net/x",
            "dbfs:/x",
        ),
        *("mlflow-artifacts:/", "mlflow-artifacts:/1", "mlflow-artifacts:///x", "foo://plugin/x", "x" * 2048),
    ],
)
def test_row_4_a_plausible_location_is_stored_as_it_is(location: str) -> None:
    assert check_artifact_location(location) == location


@pytest.mark.parametrize("location", ["ftp://h/x", "sftp://h/x", "hdfs://h/x", "r2://b@h/x", "foo://h/x"])
def test_row_4_a_location_of_another_kind_has_no_store(location: str) -> None:
    with pytest.raises(NotImplementedByKiseki, match=f"'{location.partition(':')[0]}'"):
        resolve(location)


@pytest.mark.parametrize(
    "location",
    [
        *("abfss://c@a/x", "wasbs://c@a/x", "wasbs://c@evil.example/x", "abfss://c@169.254.169.254/x"),
        *("abfss://c@acc.dfs.core.windows.net.evil.example/x", "wasbs://c@acc.blob.core.windows.net:8080/x"),
        *("s3://", "s3:///x", "s3://b b/x", "s3://user@b/x", "s3://127.0.0.1:9000/x", "gs://..", "s3://b/../c"),
    ],
)
def test_row_14_a_bucket_is_a_name_and_never_a_host(location: str) -> None:
    with pytest.raises(InvalidParameter):
        resolve(location)


# Row 5
def test_row_5_planted_links_are_refused(ground: Ground) -> None:
    ground.put("folder/file")
    (ground.root / "to-file").symlink_to(ground.outside / "canary.txt")
    (ground.root / "to-folder").symlink_to(ground.outside)
    (ground.root / "inside").symlink_to(ground.root / "folder")
    (ground.root / "dangling").symlink_to(ground.outside / "new")
    (ground.root / "loop").symlink_to("loop")
    (ground.root / "folder" / "up").symlink_to("../..")
    store = ground.store
    for path in (
        "to-file",
        "to-folder",
        "to-folder/canary.txt",
        "inside/file",
        "dangling",
        "loop",
        "loop/x",
        "folder/up/x",
    ):
        with pytest.raises(NotFound):
            store.open_download(path)
        with pytest.raises(InvalidParameter):
            store.open_upload(path)
        assert store.stat(path) is None
        assert store.list(path) == []
        assert list(store.walk(path)) == []
    assert [info.path for info in store.list("")] == ["folder"]
    assert [info.path for info in store.walk("")] == ["folder/file"]
    for path in ("to-file", "to-folder", "dangling"):
        with pytest.raises(InvalidParameter, match="neither a file nor a folder"):
            store.delete(path)
    store.delete("to-folder/canary.txt")
    assert (ground.root / "to-folder").is_symlink()


def test_row_5_a_folder_with_links_is_deleted_without_following_them(ground: Ground) -> None:
    ground.put("folder/sub/file")
    (ground.root / "folder" / "out").symlink_to(ground.outside)
    (ground.root / "folder" / "sub" / "canary").symlink_to(ground.outside / "canary.txt")
    ground.store.delete("folder")
    assert [path.name for path in ground.root.rglob("*")] == [".kiseki-uploads"]


def test_row_5_fifos_sockets_and_devices_are_refused(ground: Ground) -> None:
    os.mkfifo(ground.root / "fifo")
    with pytest.raises(NotFound):
        ground.store.open_download("fifo")
    with pytest.raises(InvalidParameter, match="a link or a device"):
        ground.store.open_upload("fifo")
    assert ground.store.stat("fifo") is None
    assert ground.store.list("") == []


def test_row_5_a_planted_uploads_folder_is_refused(ground: Ground) -> None:
    (ground.root / ".kiseki-uploads").symlink_to(ground.outside)
    with pytest.raises(InvalidParameter):
        ground.store.open_upload("x")
    canary = ground.outside / "canary.txt"
    changed_ns = canary.stat().st_mtime_ns
    os.utime(canary, (0, time.time() - 7 * 24 * 3600))
    DiskStore(ground.root)
    assert canary.exists()
    os.utime(canary, ns=(0, changed_ns))


def test_row_5_the_root_may_be_a_link_that_is_resolved_once(ground: Ground) -> None:
    link = ground.root / "link"
    real = ground.root / "real"
    real.mkdir()
    link.symlink_to(real)
    store = DiskStore(link)
    with store.open_upload("x") as upload:
        upload.commit()
    link.unlink()
    link.symlink_to(ground.outside)
    assert [info.path for info in store.walk("")] == ["x"]
    assert (real / "x").exists()


def test_row_5_a_raced_link_never_leads_out(tmp_path: Path) -> None:
    """A folder is swapped with a link to the outside a thousand times while files go in and out."""
    ground = Ground(tmp_path)
    (ground.outside / "deep").mkdir()
    (ground.outside / "deep" / "canary.txt").write_bytes(SECRET)
    before = inventory(ground.outside)
    ground.put("swap/deep/canary.txt")
    swap, aside = ground.root / "swap", ground.root / "aside"
    done = threading.Event()
    escapes: list[str] = []
    counts = {"stored": 0, "read": 0, "refused": 0}

    def work(number: int) -> None:
        turn = 0
        while not done.is_set():
            turn += 1
            path = f"swap/deep/{number}-{turn % 20}"
            try:
                ground.put(path)
                counts["stored"] += 1
                with ground.store.open_download("swap/deep/canary.txt") as download:
                    if download.read() == SECRET:
                        escapes.append("read")
                counts["read"] += 1
                if any(info.path == "swap/canary.txt" for info in ground.store.walk("swap")):
                    escapes.append("listed")
                ground.store.delete("swap/deep" if turn % 20 == 0 else path)
            except (InvalidParameter, NotFound):
                counts["refused"] += 1

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(work, number) for number in range(2)]
        swaps = 0
        try:
            while (swaps < 1000 or min(counts.values()) == 0) and not any(worker.done() for worker in workers):
                swaps += swap_once(ground, swap, aside)
        finally:
            done.set()
        for worker in workers:
            worker.result()
    assert escapes == []
    assert swaps >= 1000
    assert min(counts.values()) > 0, counts
    assert inventory(ground.outside) == before


def swap_once(ground: Ground, swap: Path, aside: Path) -> int:
    """Puts a link to the outside in the place of a folder for a moment; 0 when a writer made the folder anew meanwhile."""
    with suppress(KisekiError):
        ground.put("swap/deep/canary.txt")
    try:
        swap.rename(aside)
        swap.symlink_to(ground.outside)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        return 0
    time.sleep(0.0002)
    swap.unlink()
    try:
        aside.rename(swap)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
    time.sleep(0.0002)
    return 1


# Row 8
@pytest.mark.parametrize(
    ("given", "name"),
    [
        *(
            ("../../x", "x"),
            ("/etc/passwd", "passwd"),
            ("..\\..\\x", "x"),
            ("C:\\Users\\x.txt", "x.txt"),
            ("a/b/c", "c"),
        ),
        *(("model.zip", "model.zip"), ("日本語 1.txt", "日本語 1.txt"), ("100%.txt", "100%.txt")),
    ],
)
def test_row_8_only_the_last_segment_of_a_given_name_is_used(given: str, name: str) -> None:
    assert file_name(given) == name


@pytest.mark.parametrize(
    "given", ["", "..", ".", "/", "a/", "a/..", "x\ny", "x\0", "%2e%2e%2fx", "..%2fx", "C:", "..;"]
)
def test_row_8_a_name_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^Invalid path"):
        file_name(given)


# Row 9; the names that are stored are those of tests/conformance/test_artifact_store.py
@pytest.mark.parametrize(
    "name", ["x\n.html", "x\r\nX-Header: 1", "x\0", "x\x1b[2J", "字" * 86, "x" * 256, "a/" * 2100 + "x"]
)
def test_row_9_a_name_that_can_not_be_kept_is_refused(ground: Ground, name: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^Invalid path"):
        ground.store.open_upload(name)
    assert list(ground.root.iterdir()) == []


def test_row_9_what_others_put_there_is_hidden_when_it_can_not_be_named(ground: Ground) -> None:
    for name in (b"x\n.html", b"back\\slash", b"not-utf8-\xff", b"x%2fy", b"..;"):
        Path(os.fsdecode(os.fsencode(ground.root) + b"/" + name)).write_bytes(b"x")
    ground.put("seen")
    assert [info.path for info in ground.store.list("")] == ["seen"]


def test_row_9_every_listed_path_can_be_asked_for_again_after_quoting(ground: Ground) -> None:
    names = ["a b", "100%", "a%20b", "a#b?c", "日本", "+&="]
    for name in names:
        ground.put(name)
    assert sorted(quote(info.path) for info in ground.store.list("")) == sorted(quote(name) for name in names)


# Row 53
@pytest.mark.parametrize("percent", [10, 50, 99])
@pytest.mark.parametrize("before", [None, b"old"])
def test_row_53_a_cut_upload_leaves_what_was_there(ground: Ground, percent: int, before: bytes | None) -> None:
    if before is not None:
        ground.put("run/x", before)
    content = os.urandom(1_000_000)
    with suppress(ConnectionError), ground.store.open_upload("run/x") as upload:
        upload.write(content[: len(content) * percent // 100])
        raise ConnectionError
    stored = {str(path.relative_to(ground.root)) for path in ground.root.rglob("*")} - {".kiseki-uploads"}
    assert stored == (set() if before is None else {"run", "run/x"})
    if before is not None:
        with ground.store.open_download("run/x") as download:
            assert download.read() == before


KILLED = """
    import sys
    from pathlib import Path
    from kiseki.artifact_store import DiskStore
    store = DiskStore(Path(sys.argv[1]))
    turn = 0
    while True:
        turn += 1
        with store.open_upload("run/x") as upload:
            for _ in range(20):
                upload.write(bytes([turn % 251]) * 10_000)
            upload.commit()
        if turn == 3:
            print("ready", flush=True)
"""


def test_row_53_a_killed_writer_leaves_whole_files_and_its_litter_goes(ground: Ground) -> None:
    for kill in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(KILLED), str(ground.root)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(0.003 * kill)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        with ground.store.open_download("run/x") as download:
            content = download.read()
        assert len(content) == 200_000
        assert len(set(content)) == 1
        assert [info.path for info in ground.store.walk("")] == ["run/x"]
    with ground.store.open_upload("left") as upload:
        upload.write(b"half")
        (left,) = [path for path in (ground.root / ".kiseki-uploads").iterdir() if path.stat().st_size == 4]
        DiskStore(ground.root)
        assert left.exists()
        for path in (ground.root / ".kiseki-uploads").iterdir():
            os.utime(path, (0, time.time() - 25 * 3600))
        DiskStore(ground.root)
        assert {path.name for path in ground.root.iterdir()} == {"run"}
