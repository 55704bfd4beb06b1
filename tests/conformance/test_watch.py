"""What every store tells of its commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NoReturn

import pytest

from kiseki.base.ids import ExperimentId
from kiseki.domain.changes import Changes
from kiseki.domain.datasets import Dataset, DatasetInput, ModelOutput
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.runs import RunChange
from kiseki.store import Session, Store, open_store
from tests.conformance.rows import ARTIFACT_ROOT, add_experiment, add_run, append, new_run, points_of

Told = tuple[dict[tuple[str, str], int], set[int], bool]


class Listener:
    """Keeps what it is told."""

    def __init__(self, store: Store) -> None:
        self.told: list[Told] = []
        self._more = threading.Condition()
        self.cancel = store.watch(self._listen)

    def _listen(self, changes: Changes) -> None:
        with self._more:
            self.told.append(
                (
                    {(str(run), what): number for (run, what), number in changes.runs.items()},
                    set(changes.experiments),
                    changes.everything,
                )
            )
            self._more.notify()

    def take(self) -> list[Told]:
        """What was told since the last call."""
        with self._more:
            told, self.told = self.told, []
        return told

    def wait(self, seconds: float = 30) -> list[Told]:
        """The same, once there is something."""
        with self._more:
            assert self._more.wait_for(lambda: bool(self.told), seconds)
        return self.take()


def test_each_commit_is_told_with_what_it_changed(store: Store) -> None:
    experiment = ExperimentId(add_experiment(store, "e"))
    number = int(experiment)
    listener = Listener(store)
    run = add_run(store, experiment, run_id="r", tags={"a": "1"})
    assert listener.take() == [({("r", "created"): number}, set(), False)]
    data = DatasetInput(dataset=Dataset(name="d", digest="1", source_type="s", source="{}"))
    works: list[tuple[Callable[[Session], object], str]] = [
        (lambda session: session.runs.update(run, RunChange(end_time=5)), "info"),
        (lambda session: session.runs.add_params(run, {"p": "1"}), "params"),
        (lambda session: session.runs.set_tags(run, {"t": "1"}), "tags"),
        (lambda session: session.runs.delete_tag(run, "t"), "tags"),
        (lambda session: session.metrics.append(run, points_of("m", [(0, 0, 1.0)])), "metrics"),
        (lambda session: session.metrics.append(run, points_of("m", [(1, 1, 1.0), (2, 2, 1.0)])), "metrics"),
        (lambda session: session.datasets.log_inputs(run, [data], []), "inputs"),
        (lambda session: session.datasets.log_outputs(run, [ModelOutput(model_id="m")]), "inputs"),
        (lambda session: session.runs.set_lifecycle(run, LifecycleStage.DELETED, 1), "lifecycle"),
    ]
    for work, what in works:
        store.write(work)
        assert listener.take() == [({("r", what): number}, set(), False)], what
    changes: list[Callable[[Session], object]] = [
        lambda session: session.experiments.set_tag(experiment, "t", "1"),
        lambda session: session.experiments.delete_tag(experiment, "t"),
        lambda session: session.experiments.rename(experiment, "f", 1),
    ]
    for change in changes:
        store.write(change)
        assert listener.take() == [({}, {number}, False)]
    other = add_experiment(store, "other")
    assert listener.take() == [({}, {int(other)}, False)]
    moves: list[Callable[[Session], object]] = [
        lambda session: session.experiments.set_lifecycle(experiment, LifecycleStage.DELETED, 1),
        lambda session: session.experiments.undelete(experiment, 2),
    ]
    for move in moves:
        # Any number of runs went with it.
        store.write(move)
        assert listener.take() == [({}, {number}, True)]
    listener.cancel()


def test_what_changes_nothing_is_not_told(store: Store) -> None:
    run = add_run(store)
    append(store, run, "m", [(0, 0, 1.0)])
    listener = Listener(store)

    def fail(session: Session) -> NoReturn:
        session.runs.create(new_run())
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        store.write(fail)
    append(store, run, "m", [(0, 0, 1.0)])
    store.read(lambda session: session.runs.get(run.run_id))
    store.write(lambda session: None)
    store.compact()
    assert listener.take() == []
    # Nor is what this process itself commits taken for the work of another.
    append(store, run, "m", [(1, 1, 1.0)])
    listener.take()
    time.sleep(1.6)
    assert listener.take() == []
    listener.cancel()


def test_a_group_is_told_at_once_without_what_failed(store: Store) -> None:
    listener = Listener(store)
    entered, leave = threading.Event(), threading.Event()

    def gate(session: Session) -> None:
        entered.set()
        assert leave.wait(30)

    def create(run_id: str, fails: bool = False) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            session.runs.create(new_run(run_id=run_id))
            if fails:
                raise ValueError(run_id)

        return work

    first = store.submit(gate)
    assert entered.wait(30)
    futures = [store.submit(create(f"r{i}", fails=i == 1)) for i in range(3)]
    leave.set()
    first.result(30)
    assert [future.exception(30) is None for future in futures] == [True, False, True]
    told = listener.take()
    assert {run for runs, _, _ in told for run in runs} == {("r0", "created"), ("r2", "created")}
    listener.cancel()


def test_work_is_told_when_it_can_be_read(store: Store) -> None:
    found: list[bool] = []

    def look(changes: Changes) -> None:
        def read() -> None:
            found.append(all(store.read(lambda s, one=one: s.runs.get(one[0])) is not None for one in changes.runs))  # type: ignore[misc]

        thread = threading.Thread(target=read)
        thread.start()
        thread.join(30)

    cancel = store.watch(look)
    for _ in range(5):
        add_run(store)
    assert found == [True] * 5
    cancel()


def test_listeners_come_and_go_and_fail(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    def fail(changes: Changes) -> NoReturn:
        raise ValueError("a bad listener")

    bad, first, second = store.watch(fail), Listener(store), Listener(store)
    add_run(store)
    assert len(first.take()) == len(second.take()) == 1
    assert "a listener failed" in caplog.text
    first.cancel()
    first.cancel()
    bad()
    add_run(store)
    assert (len(first.take()), len(second.take())) == (0, 1)
    second.cancel()
    add_run(store)
    assert second.take() == []
    third = Listener(store)
    add_run(store)
    assert len(third.take()) == 1
    third.cancel()


def test_commits_of_another_process_are_told_as_such(store: Store, uri: str) -> None:
    other = open_store(uri, ARTIFACT_ROOT)
    add_run(other)
    listener = Listener(store)
    # Of what was committed just before, too, where processes tell each other.
    time.sleep(0.7)
    listener.take()
    for _ in range(2):
        run = add_run(other)
        ((runs, experiments, everything),) = listener.wait(5)
        assert everything or runs == {(run.run_id, "created"): run.experiment}
        assert experiments == set()
    listener.cancel()
    add_run(other)
    time.sleep(0.7)
    assert listener.take() == []
    other.close()


def test_a_store_with_a_listener_closes(store: Store) -> None:
    def threads() -> int:
        return sum(thread.name == "kiseki-changes" for thread in threading.enumerate())

    listener = Listener(store)
    before = threads()
    start = time.monotonic()
    store.close()
    assert time.monotonic() - start < 5
    listener.cancel()
    assert threads() == before - 1
