"""What requests read ahead changes nothing: those of one group leave what the same leave one by one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from kiseki.base.errors import KisekiError
from kiseki.domain.logged_models import NewLoggedModel
from kiseki.domain.runs import Run
from kiseki.server.routes.runs import AHEAD, WRITES
from kiseki.server.routes.runs import create as create_run
from kiseki.service import logged_models
from kiseki.service import runs as service
from kiseki.service.replies import once
from kiseki.store import Reads, Session, Store, open_store
from kiseki.store.sql.database import Connection
from kiseki.wire import runs as wire
from kiseki.wire.experiments import Tag
from tests.conformance.rows import ARTIFACT_ROOT
from tests.conformance.test_store import Gate
from tests.databases import NAMES, passing

RUNS = 3
MODELS = 2
Request = tuple[str, int, dict[str, Any]]
"""The name of an endpoint, which of the runs, and the fields of its request but for the run.

The `model_id` of a metric is which of the logged models, or one more for none that is there.
"""


class Made(NamedTuple):
    """What the requests are about, by ids."""

    runs: list[str]
    models: list[str]


@pytest.fixture(params=NAMES)
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with passing(request.param, tmp_path) as uri:
        yield uri


@pytest.fixture
def store(uri: str) -> Iterator[Store]:
    opened = open_store(uri, ARTIFACT_ROOT)
    yield opened
    opened.close()


def requests(chance: random.Random, count: int, *, refused: bool) -> list[Request]:
    """Requests that often meet in the same metrics, params and tags; some are refused or none, as asked for.

    Of a group in which one is refused, all are done one by one.
    """

    def key() -> str:
        return f"k{chance.randrange(4)}"

    def metric() -> dict[str, Any]:
        place = chance.randrange(6)
        point = {"key": key(), "value": float(chance.randrange(5)), "timestamp": place, "step": place}
        if chance.random() < 0.3:
            point["model_id"] = chance.randrange(MODELS + (refused and chance.random() < 0.1))
        if chance.random() < 0.2:
            point |= {"dataset_name": key(), "dataset_digest": "x"}
        return point

    def pairs(values: int) -> list[dict[str, str]]:
        return [{"key": f"k{i}", "value": str(chance.randrange(values))} for i in range(4) if chance.random() < 0.3]

    params = 2 if refused else 1

    makers: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        ("runs.log_metric", metric),
        ("runs.log_param", lambda: {"key": key(), "value": str(chance.randrange(params))}),
        ("runs.set_tag", lambda: {"key": key(), "value": str(chance.randrange(3))}),
        ("runs.update", lambda: {"status": chance.choice(["FINISHED", "FAILED"]), "run_name": key()}),
        ("runs.update", lambda: {"end_time": chance.randrange(9)}),
        ("runs.restore", dict),
        (
            "runs.log_batch",
            lambda: {"metrics": [metric() for _ in range(5)], "params": pairs(params), "tags": pairs(3)},
        ),
    ]
    weights = [5, 3, 3, 2, 1, 1, 6]
    if refused:
        makers += [("runs.delete_tag", lambda: {"key": key()}), ("runs.delete", dict), ("runs.restore", dict)]
        weights += [2, 1, 3]
    made = [chance.choices(makers, weights)[0] for _ in range(count)]
    return [(name, chance.randrange(RUNS), make()) for name, make in made]


def work(request: Request, made: Made) -> tuple[Callable[[Session], object], Callable[[], Reads] | None]:
    """What the server does with a request, and what it tells about it beforehand."""
    name, which, fields = request
    kinds = {"log_metric": wire.LogMetric, "log_param": wire.LogParam, "set_tag": wire.SetTag}
    kinds |= {"delete_tag": wire.DeleteTag, "update": wire.UpdateRun, "log_batch": wire.LogBatch}
    kind: Any = kinds.get(name.removeprefix("runs."), wire.RunRef)
    struct = msgspec.convert({"run_id": made.runs[which], **_with_models(fields, made.models)}, kind)
    handler: Any = WRITES[name]
    ahead = AHEAD.get(name)
    return lambda session: handler(session, struct), None if ahead is None else lambda: ahead(struct)


def _with_models(fields: dict[str, Any], models: list[str]) -> dict[str, Any]:
    if "metrics" in fields:
        return {**fields, "metrics": [_with_models(one, models) for one in fields["metrics"]]}
    if "model_id" not in fields:
        return fields
    return {**fields, "model_id": [*models, f"m-{'0' * 32}"][fields["model_id"]]}


def create(store: Store) -> Made:
    """Runs of one group, and logged models."""
    gate = Gate(store)
    asked = [wire.CreateRun(experiment_id="0", run_name=f"r{i}", tags=[Tag(key="k0", value="x")]) for i in range(RUNS)]
    futures = [
        store.submit(lambda session, one=one: create_run(session, one), lambda: Reads(experiment=0))  # type: ignore[misc]
        for one in asked
    ]
    gate.open()
    runs = [future.result(30).run.info.run_id for future in futures]
    model = NewLoggedModel(experiment_id="0", name="m")
    models = [store.write(lambda session: logged_models.create(session, model)).model_id for _ in range(MODELS)]
    return Made(runs, list(models))


def outcome(call: Callable[[], object]) -> str:
    """What came of a request, without the ids in it."""
    try:
        answer = call()
    except KisekiError as error:
        return type(error).__name__
    if isinstance(answer, wire.RunInfoAnswer):
        info = answer.run_info
        return f"done: {info.run_name} {info.status} {info.end_time}"
    return "done"


def content(run: Run) -> dict[str, Any]:
    """What a run has, without what differs between two runs that had the same requests."""
    whole: dict[str, Any] = msgspec.to_builtins(run)
    whole["metrics"].sort(key=lambda metric: metric["key"])
    return {name: value for name, value in whole.items() if name not in {"run_id", "artifact_uri"}}


def state(store: Store, made: Made) -> list[Any]:
    """All that is known of the runs and the models."""
    found: list[Any] = []
    for model_id in made.models:
        model = store.read(lambda session, one=model_id: logged_models.get(session, one))  # type: ignore[misc]
        found += [
            (one.key, one.value, one.timestamp, one.step, one.dataset_name, made.runs.index(one.run_id))
            for one in model.metrics
        ]
    for run_id in made.runs:
        details = store.read(lambda session, one=run_id: service.details(session, one))  # type: ignore[misc]
        found.append((content(details.run), msgspec.to_builtins(details.metrics)))
    return found


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_requests_of_a_group_leave_what_they_leave_one_by_one(store: Store, seed: int, refused: bool) -> None:
    chance = random.Random(seed)
    grouped, single = create(store), create(store)
    for _ in range(4):
        some = requests(chance, 15, refused=refused)
        gate = Gate(store)
        futures = [store.submit(*work(request, grouped)) for request in some]
        gate.open()
        told = [outcome(lambda future=future: future.result(30)) for future in futures]  # type: ignore[misc]
        expected = [outcome(lambda one=one: store.write(work(one, single)[0])) for one in some]  # type: ignore[misc]
        assert told == expected
        assert refused or all(one.startswith("done") for one in told)
        assert state(store, grouped) == state(store, single)


def test_foresight_that_fails_is_no_failure(store: Store) -> None:
    made = create(store)
    run_id = made.runs[0]

    def fail() -> Reads:
        raise ValueError("x")

    gate = Gate(store)
    futures = [store.submit(work(("runs.set_tag", 0, {"key": f"k{i}", "value": "v"}), made)[0], fail) for i in "ab"]
    gate.open()
    assert [outcome(lambda future=future: future.result(30)) for future in futures] == ["done"] * 2  # type: ignore[misc]
    run = store.read(lambda session: service.get(session, run_id))
    assert (run.tags["ka"], run.tags["kb"]) == ("v", "v")


def test_runs_that_are_not_there_are_told_to_who_asked(store: Store) -> None:
    made = create(store)
    run_id = made.runs[0]
    gate = Gate(store)
    known, unknown = [
        store.submit(
            *work(("runs.log_metric", 0, {"key": "a", "value": 1.0, "timestamp": 1, "step": 1}), Made([one], []))
        )
        for one in (run_id, "0" * 32)
    ]
    gate.open()
    assert outcome(lambda: unknown.result(30)) == "NotFound"
    assert outcome(lambda: known.result(30)) == "done"


def test_a_request_that_came_twice_is_done_once(store: Store) -> None:
    made = create(store)
    run_id = made.runs[0]
    done: list[str] = []

    def marked(mark: str) -> Callable[[Session], bytes]:
        def one(session: Session) -> bytes:
            done.append(mark)
            service.set_tag(session, run_id, mark, str(len(done)))
            return mark.encode()

        return lambda session: once(session, mark, one)

    store.write(marked("before"))
    gate = Gate(store)
    marks = ["a", "before", "a", "b", "b"]
    futures = [
        store.submit(marked(mark), lambda mark=mark: Reads(run_id=run_id, tags=[mark], mark=mark))  # type: ignore[misc]
        for mark in marks
    ]
    gate.open()
    assert [future.result(30).decode() for future in futures] == marks
    assert done == ["before", "a", "b"]


@pytest.mark.parametrize("together", [1, 2])
def test_names_that_are_there_are_asked_for_once(
    store: Store, uri: str, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(store)
    log = work(("runs.log_metric", 0, {"key": "a", "value": 1.0, "timestamp": 1, "step": 1}), made)
    store.write(log[0])
    asked: list[str] = []
    rows_in = Connection.rows_in

    def counted(self: Connection, statement: Any, name: str, values: Any, /, **parameters: Any) -> Any:
        if name == "hashes":
            asked.append(name)
        return rows_in(self, statement, name, values, **parameters)

    again = open_store(uri, ARTIFACT_ROOT)
    try:
        monkeypatch.setattr(Connection, "rows_in", counted)
        for _ in range(3):
            gate = Gate(again)
            futures = [again.submit(*log) for _ in range(together)]
            gate.open()
            for future in futures:
                future.result(30)
        assert 1 <= len(asked) <= together  # by the first group, of which each work asks where nothing is read ahead
    finally:
        again.close()
