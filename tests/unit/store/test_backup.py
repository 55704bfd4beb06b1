"""Backups of SQLite files: whole or not at all, checked, and back only where nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki.base.errors import Conflict, IntegrityError, InvalidParameter
from kiseki.store import Store, open_store
from kiseki.store.backup import back_up, copy_store, problems, restore
from tests.conformance.rows import ARTIFACT_ROOT, add_run, append
from tests.conformance.test_rows import Counted, fill

WRITERS = 8


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'k.db'}"


@pytest.fixture
def store(uri: str) -> Iterator[Store]:
    opened = open_store(uri, ARTIFACT_ROOT)
    yield opened
    opened.close()


def run_ids(uri: str) -> set[str]:
    opened = open_store(uri, ARTIFACT_ROOT)
    try:
        return {row[1] for row in opened.read(lambda session: session.rows.page("runs", None))}
    finally:
        opened.close()


def beside(file: Path) -> set[str]:
    return {one.name for one in file.parent.iterdir()}


def test_a_backup_has_all_that_was_written_before_it_while_others_write(store: Store, uri: str, tmp_path: Path) -> None:
    written: list[list[str]] = [[] for _ in range(WRITERS)]
    stop = threading.Event()

    def write(mine: list[str]) -> None:
        while not stop.is_set():
            key = add_run(store)
            append(store, key, "loss", [(i, i, float(i)) for i in range(200)])
            mine.append(key.run_id)

    threads = [threading.Thread(target=write, args=(mine,)) for mine in written]
    for thread in threads:
        thread.start()
    try:
        for turn in range(5):
            while sum(map(len, written)) < 20 * (turn + 1):
                stop.wait(0.01)
            before = {run_id for mine in written for run_id in list(mine)}
            file = tmp_path / f"backup-{turn}.db"
            watcher = Counted()
            size = back_up(uri, file, watcher)
            assert size == file.stat().st_size
            assert watcher.done == watcher.expected > 0
            copied = open_store(f"sqlite:///{file}", ARTIFACT_ROOT)
            for run_id in before:
                found = copied.read(lambda session, run_id=run_id: session.runs.locate(run_id))  # type: ignore[misc]
                assert found is not None
                points = copied.read(
                    lambda session, found=found: session.metrics.history(found, "loss", 0, 1_000)  # type: ignore[misc]
                )
                assert len(points) == 200
            copied.close()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_backup_is_for_its_owner_and_leaves_nothing_beside_it(store: Store, uri: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "b.db"
    back_up(uri, file, Counted())
    assert beside(file) == {"b.db"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert problems(f"sqlite:///{file}") == []


def test_nothing_is_overwritten(store: Store, uri: str, tmp_path: Path) -> None:
    file = tmp_path / "b.db"
    file.write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    for taken in (file, tmp_path / "link"):
        with pytest.raises(Conflict, match="not overwritten"):
            back_up(uri, taken, Counted())
    assert file.read_text() == "mine"


def test_what_is_no_database_is_not_backed_up(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    sqlite3.connect(other).execute("CREATE TABLE x (y)").connection.close()
    for uri, words in ((f"sqlite:///{other}", "something else"), (f"sqlite:///{tmp_path}/none.db", "no database")):
        with pytest.raises(InvalidParameter, match=words):
            back_up(uri, tmp_path / "b.db", Counted())
    assert beside(other) == {"other.db"}


def damage(file: Path) -> None:
    """Writes over a page in the middle."""
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 8192 * 4096)
        opened.write(os.urandom(4096))


def test_a_damaged_database_gives_no_backup(uri: str, tmp_path: Path) -> None:
    opened = open_store(uri, ARTIFACT_ROOT)
    fill(opened)
    opened.close()
    damage(tmp_path / "k.db")
    with pytest.raises(IntegrityError, match="damaged"):
        back_up(uri, tmp_path / "b.db", Counted())
    assert "b.db" not in beside(tmp_path / "b.db")
    assert problems(uri)


def test_a_backup_comes_back_to_an_empty_place(store: Store, uri: str, tmp_path: Path) -> None:
    fill(store)
    kept = run_ids(uri)
    back_up(uri, tmp_path / "b.db", Counted())
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    restore(tmp_path / "b.db", fresh, False, ARTIFACT_ROOT, Counted())
    assert run_ids(fresh) == kept
    assert stat.S_IMODE((tmp_path / "fresh.db").stat().st_mode) == 0o600
    # A database that a server made and nobody used is empty too.
    started = f"sqlite:///{tmp_path / 'started.db'}"
    open_store(started, ARTIFACT_ROOT).close()
    restore(tmp_path / "b.db", started, False, ARTIFACT_ROOT, Counted())
    assert run_ids(started) == kept


def test_data_are_replaced_only_when_that_is_asked_for(uri: str, tmp_path: Path) -> None:
    first, second = open_store(uri, ARTIFACT_ROOT), open_store(f"sqlite:///{tmp_path / 's.db'}", ARTIFACT_ROOT)
    fill(first)
    add_run(second)
    first.close()
    second.close()
    back_up(f"sqlite:///{tmp_path / 's.db'}", tmp_path / "b.db", Counted())
    kept = run_ids(uri)
    with pytest.raises(Conflict, match="--replace"):
        restore(tmp_path / "b.db", uri, False, ARTIFACT_ROOT, Counted())
    assert run_ids(uri) == kept
    restore(tmp_path / "b.db", uri, True, ARTIFACT_ROOT, Counted())
    assert run_ids(uri) == run_ids(f"sqlite:///{tmp_path / 's.db'}") != kept
    assert problems(uri) == []


def test_a_database_in_use_is_not_replaced(store: Store, uri: str, tmp_path: Path) -> None:
    add_run(store)
    back_up(uri, tmp_path / "b.db", Counted())
    add_run(store)
    with pytest.raises(Conflict, match="in use"):
        restore(tmp_path / "b.db", uri, True, ARTIFACT_ROOT, Counted())
    add_run(store)
    assert len(run_ids(uri)) == 3


def test_a_bad_backup_touches_nothing(uri: str, tmp_path: Path) -> None:
    opened = open_store(uri, ARTIFACT_ROOT)
    fill(opened)
    opened.close()
    kept = run_ids(uri)
    bad = tmp_path / "bad.db"
    back_up(uri, bad, Counted())
    damage(bad)
    newer = tmp_path / "newer.db"
    back_up(uri, newer, Counted())
    driver = sqlite3.connect(newer)
    driver.execute("UPDATE alembic_version SET version_num = '9999_new'")
    driver.commit()
    driver.close()
    (tmp_path / "text").write_text("no database at all")
    for file, error, words in (
        (bad, IntegrityError, "damaged"),
        (newer, InvalidParameter, "newer version"),
        (tmp_path / "text", InvalidParameter, "no backup"),
        (tmp_path / "none", InvalidParameter, "no file"),
        (tmp_path / "k.db", InvalidParameter, "same file"),
    ):
        with pytest.raises(error, match=words):
            restore(file, uri, True, ARTIFACT_ROOT, Counted())
    assert run_ids(uri) == kept


def test_a_backup_on_a_disk_that_cannot_be_written_to(uri: str, tmp_path: Path) -> None:
    opened = open_store(uri, ARTIFACT_ROOT)
    add_run(opened)
    opened.close()
    folder = tmp_path / "read only"
    folder.mkdir()
    back_up(uri, folder / "b.db", Counted())
    (folder / "b.db").chmod(0o400)
    before = (beside(folder / "b.db"), (folder / "b.db").read_bytes())
    restore(folder / "b.db", f"sqlite:///{tmp_path / 'fresh.db'}", False, ARTIFACT_ROOT, Counted())
    assert (beside(folder / "b.db"), (folder / "b.db").read_bytes()) == before


def test_a_copy_takes_one_state_while_others_write(store: Store, uri: str, tmp_path: Path) -> None:
    fill(store)
    before = run_ids(uri)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            add_run(store)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        copy_store(uri, f"sqlite:///{tmp_path / 'c.db'}", ARTIFACT_ROOT, Counted())
    finally:
        stop.set()
        thread.join()
    assert before <= run_ids(f"sqlite:///{tmp_path / 'c.db'}")
    assert problems(f"sqlite:///{tmp_path / 'c.db'}") == []


def test_a_copy_that_has_not_ended_is_a_problem(store: Store, uri: str) -> None:
    store.write(lambda session: session.rows.set_note("x"))
    assert "kiseki db copy" in problems(uri)[0]


def test_a_database_is_not_copied_to_itself(store: Store, uri: str) -> None:
    with pytest.raises(InvalidParameter, match="same"):
        copy_store(uri, uri, ARTIFACT_ROOT, Counted())
