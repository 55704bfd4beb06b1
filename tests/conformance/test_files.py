"""What every `Files` does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from kiseki.store import Store
from kiseki.store.protocol import FileRecord

PATHS = [
    "a",
    "a/b",
    "a/b/c",
    "a/bc",
    "a-b",
    "a.b",
    "a0",
    "a b",
    "A",
    "A/b",
    "ab",
    "a%",
    "a_",
    "日本",
    "日本/x",
    "a/日本",
]


def file(path: str, size: int = 1, sha256: str = "0" * 64, modified_ns: int = 1) -> FileRecord:
    return FileRecord(uri=f"mlflow-artifacts:/{path}", size=size, sha256=sha256, modified_ns=modified_ns)


def record(store: Store, *files: FileRecord) -> None:
    store.write(lambda session: session.files.record(files))


def find(store: Store, *uris: str) -> dict[str, FileRecord]:
    return store.read(lambda session: session.files.find(uris))


def known(store: Store) -> list[str]:
    found = find(store, *(file(path).uri for path in PATHS))
    assert found == {uri: file(uri.removeprefix("mlflow-artifacts:/")) for uri in found}
    return [path for path in PATHS if file(path).uri in found]


def test_a_record_is_kept_whole_and_replaced(store: Store) -> None:
    uri = "mlflow-artifacts:/0/run/artifacts/日本 100%.txt"
    for size, modified_ns in ((0, 0), (2**62, 2**62), (7, 1_700_000_000_123_456_789)):
        one = FileRecord(uri=uri, size=size, sha256=f"{size:064x}", modified_ns=modified_ns)
        record(store, one)
        assert find(store, uri, "mlflow-artifacts:/none") == {uri: one}
    assert find(store, "mlflow-artifacts:/none") == find(store) == {}


def test_a_long_uri(store: Store) -> None:
    one = file("x" * 5_000)
    record(store, one, file("x" * 4_999))
    assert find(store, one.uri) == {one.uri: one}


def test_many_records_at_once_are_kept_and_replaced(store: Store) -> None:
    """More than a list in a statement has places, some new and some known, one of them twice."""
    first = [file(f"many/{i}", size=i) for i in range(3_000)]
    record(store, *first)
    second = [file(f"many/{i}", size=-i, modified_ns=2) for i in range(1_500, 10_000)]
    record(store, *second, file("many/9999", size=7, modified_ns=3))
    expected = {one.uri: one for one in [*first, *second, file("many/9999", size=7, modified_ns=3)]}
    assert find(store, *expected) == expected
    record(store)
    assert find(store, *expected) == expected


def test_writers_of_the_same_files_do_not_fail(store: Store) -> None:
    def write(number: int) -> None:
        paths = range(200) if number % 2 else reversed(range(200))
        for turn in range(5):
            record(store, *(file(f"same/{i}", size=number, modified_ns=turn + 1) for i in paths))
            store.write(lambda session: session.files.forget(f"mlflow-artifacts:/same/{number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    record(store, *(file(f"same/{i}") for i in range(200)))
    assert set(find(store, *(file(f"same/{i}").uri for i in range(200))).values()) == {
        file(f"same/{i}") for i in range(200)
    }


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("a", {"a", "a/b", "a/b/c", "a/bc", "a/日本"}),
        ("a/", {"a", "a/b", "a/b/c", "a/bc", "a/日本"}),
        ("a/b", {"a/b", "a/b/c"}),
        ("a/b/c", {"a/b/c"}),
        ("a%", {"a%"}),
        ("a_", {"a_"}),
        ("日本", {"日本", "日本/x"}),
        ("none", set()),
    ],
)
def test_forgetting_a_folder_forgets_what_is_below_and_nothing_else(store: Store, path: str, gone: set[str]) -> None:
    record(store, *(file(one) for one in PATHS))
    assert known(store) == PATHS
    store.write(lambda session: session.files.forget(f"mlflow-artifacts:/{path}"))
    assert set(PATHS) - set(known(store)) == gone - ({"a"} if path == "a/" else set())
