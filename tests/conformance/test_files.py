"""What every `Files` does."""

from __future__ import annotations

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
    def work(session: object) -> None:
        for one in files:
            session.files.record(one)  # type: ignore[attr-defined]

    store.write(work)


def known(store: Store) -> list[str]:
    return [
        path
        for path in PATHS
        if store.read(lambda session, path=path: session.files.get(file(path).uri)) == file(path)  # type: ignore[misc]
    ]


def test_a_record_is_kept_whole_and_replaced(store: Store) -> None:
    uri = "mlflow-artifacts:/0/run/artifacts/日本 100%.txt"
    for size, modified_ns in ((0, 0), (2**62, 2**62), (7, 1_700_000_000_123_456_789)):
        one = FileRecord(uri=uri, size=size, sha256=f"{size:064x}", modified_ns=modified_ns)
        record(store, one)
        assert store.read(lambda session: session.files.get(uri)) == one
    assert store.read(lambda session: session.files.get("mlflow-artifacts:/none")) is None


def test_a_long_uri(store: Store) -> None:
    one = file("x" * 5_000)
    record(store, one, file("x" * 4_999))
    assert store.read(lambda session: session.files.get(one.uri)) == one


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
