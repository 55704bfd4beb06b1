"""What every `Rows` does, and copies of whole databases."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiseki.base.errors import Conflict, IntegrityError
from kiseki.base.ids import ExperimentId
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.model_versions import FileDigest
from kiseki.domain.moves import Rules
from kiseki.domain.registered_models import RegisteredModel
from kiseki.store import Session, Store, open_store
from kiseki.store.copying import copy, digests
from tests.conformance.rows import add_experiment, add_run, append
from tests.conformance.test_registry import message, move, new_version, new_webhook
from tests.conformance.test_trash import full_run
from tests.databases import NAMES, passing


class Counted:
    """A watcher that counts."""

    expected = 0
    done = 0

    def expect(self, more: int) -> None:
        self.expected += more

    def advance(self, done: int) -> None:
        self.done += done


class Ended(Exception):
    """What ends a copy."""


class Ending(Counted):
    """A watcher that ends the work after so many rows."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def advance(self, done: int) -> None:
        super().advance(done)
        if self.done >= self.rows:
            raise Ended


@contextlib.contextmanager
def empty(kind: str, folder: Path) -> Iterator[Store]:
    """Another empty database."""
    folder.mkdir()
    with passing(kind, folder, artifact_root="/elsewhere") as uri:
        opened = open_store(uri, "/elsewhere")
        opened.compact()
        yield opened
        opened.close()


@pytest.fixture(params=NAMES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Another empty database, of each kind."""
    with empty(request.param, tmp_path / "target") as opened:
        yield opened


@pytest.fixture
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty database of another kind."""
    kind = NAMES[NAMES.index(request.node.callspec.params["uri"]) - 1]
    with empty(kind, tmp_path / "other") as opened:
        yield opened


def fill(store: Store) -> None:
    experiment = add_experiment(store, "日本 e", note="a\nb")
    gone = ExperimentId(add_experiment(store, "gone"))
    for _ in range(3):
        full_run(store, experiment)
    run = add_run(store)
    values = [float("nan"), float("inf"), -0.0, 5e-324, 1.7976931348623157e308]
    append(store, run, "odd", [(i, i, value) for i, value in enumerate(values)])
    store.write(_register)
    store.write(lambda session: session.replies.keep("mark", b"\x00\xff", 1))
    store.write(lambda session: session.experiments.set_lifecycle(gone, LifecycleStage.DELETED, 5_000))
    assert isinstance(store.write(lambda session: session.trash.finish_experiment(gone, 5_000)), int)


def _register(session: Session) -> None:
    """A row for each table of the registry."""
    key = session.registered_models.create(
        RegisteredModel(name="予測", creation_time=1, last_update_time=2, tags={"a b": "日本"})
    )
    made = session.model_versions.add(key, new_version(run_id="r", tags={"t": ""}))
    session.model_versions.record_files(made, [FileDigest(path="MLmodel", size=3, sha256="ab" * 32)])
    session.registered_models.point(key, "champion", 1)
    session.registered_models.set_rules(key, Rules(protected_aliases=("champion",)), 3)
    session.moves.add(key, move("予測"))
    session.webhooks.create(new_webhook("a", secret="s"))
    session.webhooks.queue([message("a", 1)])


def test_a_new_database_is_empty_until_something_is_in_it(store: Store) -> None:
    assert store.read(lambda session: session.rows.is_empty())
    add_experiment(store, "e")
    assert not store.read(lambda session: session.rows.is_empty())


def test_pages_have_every_row_once(store: Store) -> None:
    fill(store)

    def work(session: Any) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for table in session.rows.tables():
            keys: list[Any] = []
            after = None
            while rows := session.rows.page(table, after):
                keys += [tuple(session.rows.key(table, row)) for row in rows]
                after = session.rows.key(table, rows[-1])
            assert len(set(keys)) == len(keys) == session.rows.count(table)
            found[table] = keys
        return found

    found = store.read(work)
    assert len(found["params"]) == 3_600
    assert found["experiments"] == [(0,), (1,)]


def test_notes_are_kept_and_removed(store: Store) -> None:
    assert store.read(lambda session: session.rows.note()) == ""
    for text in ("a", "日本", ""):
        store.write(lambda session, text=text: session.rows.set_note(text))  # type: ignore[misc]
        assert store.read(lambda session: session.rows.note()) == text


def test_a_copy_has_everything(store: Store, target: Store) -> None:
    fill(store)
    watcher = Counted()
    tables = copy(store, target, watcher)
    assert watcher.done == watcher.expected == 2 * sum(one.rows for one in tables.values())
    assert digests(target, Counted()) == digests(store, Counted()) == tables
    assert tables["params"].rows == 3_600
    registry = ("registered_models", "model_versions", "registered_model_aliases", "moves", "webhooks")
    assert [tables[one].rows for one in registry] == [1] * len(registry)
    assert target.read(lambda session: session.model_versions.aliased("予測", "champion")) is not None
    for row in store.read(lambda session: session.rows.page("runs", None)):
        run_id = row[1]
        assert target.read(lambda session, run_id=run_id: session.runs.get(run_id)) == store.read(  # type: ignore[misc]
            lambda session, run_id=run_id: session.runs.get(run_id)  # type: ignore[misc]
        )
    # Numbers go on behind the greatest that the source ever gave, also to what is gone.
    assert add_experiment(target, "new") == "3"
    run = add_run(target)
    append(target, run, "loss", [(1, 1, 1.0)])
    target.compact()
    assert len(target.read(lambda session: session.metrics.history(run, "loss", 0, 10))) == 1


def test_a_copy_to_a_database_with_data_is_refused(store: Store, other: Store) -> None:
    add_run(other)
    with pytest.raises(Conflict, match="has data"):
        copy(store, other, Counted())
    assert other.read(lambda session: session.rows.note()) == ""


def test_a_copy_that_ended_goes_on(store: Store, other: Store) -> None:
    fill(store)
    for rows in (1, 3, 700, 700, 1_500, 3_600, 3_700, 6_000, 7_300):
        with pytest.raises(Ended):
            copy(store, other, Ending(rows))
    assert other.read(lambda session: session.rows.note()) != ""
    assert copy(store, other, Counted()) == digests(other, Counted())
    assert other.read(lambda session: session.rows.note()) == ""


def test_a_copy_of_a_source_that_changed_is_not_called_one(store: Store, other: Store) -> None:
    fill(store)
    with pytest.raises(Ended):
        copy(store, other, Ending(3_000))
    store.write(lambda session: session.experiments.rename(ExperimentId("1"), "another", 9_000))
    with pytest.raises(IntegrityError, match="experiments"):
        copy(store, other, Counted())
