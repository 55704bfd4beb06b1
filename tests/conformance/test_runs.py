"""What every `Runs` does; searches are held to the oracle by tests/unit/store/test_search.py."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kiseki.base.errors import AlreadyExists, InvalidParameter
from kiseki.base.ids import DEFAULT_EXPERIMENT_ID, ExperimentId, RunId
from kiseki.domain.datasets import Dataset, DatasetInput, ModelOutput
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.metrics import Metric
from kiseki.domain.runs import Page, Run, RunChange, RunStatus
from kiseki.query import RUNS, parse_filter, parse_order_by
from kiseki.store import Store
from kiseki.store.protocol import RunKey
from tests.conformance.rows import add_experiment, add_run, append, new_run

TEXTS = ["", " ", "1", "01", "ä", "a\u0308", "日本語", "🎌" * 100, "it's", "a\nb\tc", "\u202e", "x" * 65_536, "%_\\"]


def get(store: Store, run: RunKey | Run) -> Run:
    found = store.read(lambda session: session.runs.get(run.run_id))
    assert found is not None
    return found


def search(
    store: Store,
    *experiment_ids: str,
    view: View = View.ACTIVE_ONLY,
    where: str = "",
    order_by: tuple[str, ...] = (),
    max_results: int = 1_000,
    page_token: str = "",
) -> Page[Run]:
    ids = [ExperimentId(one) for one in experiment_ids or (DEFAULT_EXPERIMENT_ID,)]
    node, terms = parse_filter(where, RUNS), parse_order_by(order_by, RUNS)
    return store.read(lambda session: session.runs.search(ids, view, node, terms, max_results, page_token))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"tags": {f"t{i}": text for i, text in enumerate(TEXTS)}},
        {"run_name": "日本 " * 100, "user_id": "", "artifact_uri": "s3://bucket/x", "run_id": "A_b-9" * 50},
        {"status": RunStatus.SCHEDULED, "start_time": -(2**63), "end_time": 2**63 - 1},
        {"start_time": 0, "end_time": 0},
    ],
)
def test_a_run_is_kept_whole(store: Store, fields: dict[str, Any]) -> None:
    run = new_run(**fields)
    key = store.write(lambda session: session.runs.create(run))
    assert key == RunKey(
        number=key.number,
        run_id=run.run_id,
        experiment=0,
        lifecycle_stage=LifecycleStage.ACTIVE,
        start_time=run.start_time,
        artifact_uri=run.artifact_uri,
    )
    assert store.read(lambda session: session.runs.locate(run.run_id)) == key
    assert get(store, run) == run
    assert search(store).items == [run]


def test_a_run_has_all_that_was_recorded(store: Store) -> None:
    run = new_run(tags={"a": "1"})
    key = store.write(lambda session: session.runs.create(run))
    data = DatasetInput(dataset=Dataset(name="d", digest="1", source_type="s", source="{}"), tags={"k": "v"})
    store.write(lambda session: session.runs.add_params(key, {"p": "2", "q": ""}))
    append(store, key, "m", [(0, 5, 1.0), (1, 6, 2.0)])
    append(store, key, "n", [(3, 7, 4.0)])
    store.write(lambda session: session.datasets.log_inputs(key, [data], ["m-1"]))
    store.write(lambda session: session.datasets.log_outputs(key, [ModelOutput(model_id="m-2", step=3)]))
    expected = replace(
        run,
        params={"p": "2", "q": ""},
        metrics=[Metric(key="m", value=2.0, timestamp=6, step=1), Metric(key="n", value=4.0, timestamp=7, step=3)],
        dataset_inputs=[data],
        model_inputs=["m-1"],
        model_outputs=[ModelOutput(model_id="m-2", step=3)],
    )
    found = get(store, run)
    assert replace(found, metrics=sorted(found.metrics, key=lambda metric: metric.key)) == expected
    (listed,) = search(store).items
    assert replace(listed, metrics=sorted(listed.metrics, key=lambda metric: metric.key)) == replace(
        expected, model_inputs=[]
    )


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.read(lambda session: session.runs.get(RunId("none"))) is None
    assert store.read(lambda session: session.runs.locate(RunId("none"))) is None


def test_an_id_is_taken_once(store: Store) -> None:
    run = new_run(run_id="r", tags={"a": "1"})
    store.write(lambda session: session.runs.create(run))
    with pytest.raises(AlreadyExists, match="r"):
        store.write(lambda session: session.runs.create(new_run(run_id="r")))
    assert get(store, run) == run
    store.write(lambda session: session.runs.create(new_run(run_id="R")))


def test_changes(store: Store) -> None:
    run = new_run()
    key = store.write(lambda session: session.runs.create(run))
    steps: list[tuple[RunChange, dict[str, Any]]] = [
        (RunChange(), {}),
        (RunChange(status=RunStatus.FAILED), {"status": RunStatus.FAILED}),
        (RunChange(end_time=0), {"end_time": 0}),
        (RunChange(run_name="new"), {"run_name": "new"}),
        (
            RunChange(status=RunStatus.KILLED, end_time=5, run_name="x"),
            {"status": RunStatus.KILLED, "end_time": 5, "run_name": "x"},
        ),
    ]
    other = add_run(store)
    before = get(store, other)
    for change, fields in steps:
        store.write(lambda session, change=change: session.runs.update(key, change))  # type: ignore[misc]
        run = replace(run, **fields)
        assert get(store, key) == run
    assert get(store, other) == before


def test_params(store: Store) -> None:
    run, other = add_run(store), add_run(store)
    params = {f"p{i}": text for i, text in enumerate(TEXTS)}
    store.write(lambda session: session.runs.add_params(run, params))
    store.write(lambda session: session.runs.add_params(other, {"p0": "other"}))
    store.write(lambda session: session.runs.add_params(run, {}))
    assert get(store, run).params == params
    asked = [*params, "none", "p0"]
    assert store.read(lambda session: session.runs.params(run, asked)) == params
    assert store.read(lambda session: session.runs.params(other, iter(asked))) == {"p0": "other"}
    assert store.read(lambda session: session.runs.params(run, [])) == {}


def test_many_params(store: Store) -> None:
    run = add_run(store)
    params = {f"p{i}": str(i) for i in range(20_000)}
    store.write(lambda session: session.runs.add_params(run, params))
    assert get(store, run).params == params
    assert store.read(lambda session: session.runs.params(run, params)) == params


def test_tags(store: Store) -> None:
    run, other = add_run(store, tags={"a": "1", "b": "2"}), add_run(store, tags={"a": "other"})
    store.write(lambda session: session.runs.set_tags(run, {"a": "1", "b": "3", "c": "4"}))
    assert get(store, run).tags == {"a": "1", "b": "3", "c": "4"}
    assert store.read(lambda session: session.runs.tag(run, "b")) == "3"
    assert store.read(lambda session: session.runs.tag(run, "none")) is None
    assert store.read(lambda session: session.runs.tags(run, ["a", "c", "none"])) == {"a": "1", "c": "4"}
    assert store.write(lambda session: session.runs.delete_tag(run, "a")) is True
    assert store.write(lambda session: session.runs.delete_tag(run, "a")) is False
    assert store.write(lambda session: session.runs.delete_tag(run, "never seen")) is False
    store.write(lambda session: session.runs.set_tags(run, {"a": "5"}))
    assert get(store, run).tags == {"a": "5", "b": "3", "c": "4"}
    assert get(store, other).tags == {"a": "other"}


def test_a_key_may_be_that_of_a_param_a_tag_and_a_metric(store: Store) -> None:
    run = add_run(store, tags={"k": "tag"})
    store.write(lambda session: session.runs.add_params(run, {"k": "param"}))
    append(store, run, "k", [(0, 0, 1.0)])
    found = get(store, run)
    assert (found.params, found.tags, [metric.key for metric in found.metrics]) == ({"k": "param"}, {"k": "tag"}, ["k"])


def test_keys_are_told_apart_by_code_points(store: Store) -> None:
    run = add_run(store)
    keys = ["a", "A", "a ", " a", "ä", "a\u0308", "Ａ", "日本", "a/b", "a%b", "a_b", "a\\b"]
    store.write(lambda session: session.runs.add_params(run, {key: key for key in keys}))
    assert get(store, run).params == {key: key for key in keys}


def test_the_trash(store: Store) -> None:
    run = add_run(store)
    before = get(store, run)
    store.write(lambda session: session.runs.set_lifecycle(run, LifecycleStage.DELETED, 5))
    assert get(store, run) == replace(before, lifecycle_stage=LifecycleStage.DELETED)
    by_view = {view: [one.run_id for one in search(store, view=view).items] for view in View}
    assert by_view == {View.ACTIVE_ONLY: [], View.DELETED_ONLY: [run.run_id], View.ALL: [run.run_id]}
    store.write(lambda session: session.runs.set_lifecycle(run, LifecycleStage.ACTIVE, 6))
    assert get(store, run) == before


def test_children_are_active_runs_of_any_experiment(store: Store) -> None:
    parent, other = add_run(store), add_run(store)
    assert store.read(lambda session: session.runs.children(parent.run_id)) == 0
    elsewhere = add_experiment(store, "elsewhere")
    children = [
        add_run(store, experiment, tags={"mlflow.parentRunId": run.run_id})
        for experiment, run in (("0", parent), ("0", parent), (elsewhere, parent), ("0", other))
    ]
    add_run(store, tags={"another": parent.run_id})
    assert store.read(lambda session: session.runs.children(parent.run_id)) == 3
    store.write(lambda session: session.runs.set_lifecycle(children[0], LifecycleStage.DELETED, 1))
    assert store.read(lambda session: session.runs.children(parent.run_id)) == 2
    assert store.read(lambda session: session.runs.children(other.run_id)) == 1
    assert store.read(lambda session: session.runs.children(RunId("none"))) == 0


def test_searches_are_of_the_experiments_given(store: Store) -> None:
    first, second = add_experiment(store, "first"), add_experiment(store, "second")
    runs = [add_run(store, one, start_time=time) for time, one in enumerate([first, second, first])]
    ids = [run.run_id for run in runs]
    assert [run.run_id for run in search(store, first).items] == [ids[2], ids[0]]
    assert [run.run_id for run in search(store, first, second).items] == ids[::-1]
    assert [run.run_id for run in search(store, first, second, first).items] == ids[::-1]
    assert [run.run_id for run in search(store, "999", second).items] == [ids[1]]
    assert search(store, "999").items == []


@pytest.mark.parametrize("order_by", [(), ("metrics.m",), ("metrics.m DESC",), ("params.p DESC",), ("run_id",)])
def test_pages_stand_still_while_runs_come(store: Store, order_by: tuple[str, ...]) -> None:
    def add(i: int) -> None:
        run = add_run(store, start_time=i % 4, run_id=f"r{(i * 7) % 40:02}")
        store.write(lambda session: session.runs.add_params(run, {"p": str(i % 5)}))
        if i % 3:
            append(store, run, "m", [(0, 0, float(i % 5) if i % 7 else float("nan"))])

    for i in range(20):
        add(i)
    before = [run.run_id for run in search(store, order_by=order_by).items]
    assert len(before) == 20
    found: list[str] = []
    token, added = "", 20
    while True:
        page = search(store, order_by=order_by, max_results=3, page_token=token)
        found += [run.run_id for run in page.items]
        if not (token := page.next_page_token):
            break
        if added < 40:
            add(added)
            added += 1
    # Each run that was there from the start comes once, in its place.
    assert [run_id for run_id in found if run_id in before] == before
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    "change",
    [
        {"where": "params.p = '1'"},
        {"order_by": ("metrics.m",)},
        {"order_by": ("start_time DESC", "run_id DESC")},
        {"view": View.ALL},
    ],
)
def test_a_token_of_another_search_is_refused(store: Store, change: dict[str, object]) -> None:
    for _ in range(3):
        add_run(store)
    token = search(store, max_results=1).next_page_token
    assert len(search(store, max_results=5, page_token=token).items) == 2
    with pytest.raises(InvalidParameter, match="another search"):
        search(store, page_token=token, **change)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match="another search"):
        search(store, "0", "1", page_token=token)


def test_forged_tokens_are_refused(store: Store) -> None:
    for _ in range(3):
        add_run(store)
    token = search(store, max_results=1).next_page_token
    forged = [token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token.rstrip("=")) - 1)]
    for one in [*forged, "x", token[:-8], "1", "é"]:
        with pytest.raises(InvalidParameter, match="Invalid page token"):
            search(store, page_token=one)
