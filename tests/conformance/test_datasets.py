"""What every `Datasets` does."""

from __future__ import annotations

import pytest

from kiseki.base.ids import ExperimentId
from kiseki.domain.datasets import Dataset, DatasetInput, DatasetSummary, ModelOutput
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.runs import DATA_CONTEXT_TAG, Run
from kiseki.store import Store
from kiseki.store.protocol import RunKey
from tests.conformance.rows import add_experiment, add_run


def given(name: str, digest: str = "1", context: str | None = None, **fields: str) -> DatasetInput:
    dataset = Dataset(**{"name": name, "digest": digest, "source_type": "local", "source": "{}", **fields})
    return DatasetInput(dataset=dataset, tags={} if context is None else {DATA_CONTEXT_TAG: context})


def log(store: Store, run: RunKey, *inputs: DatasetInput, models: tuple[str, ...] = ()) -> None:
    store.write(lambda session: session.datasets.log_inputs(run, inputs, models))


def get(store: Store, run: RunKey) -> Run:
    found = store.read(lambda session: session.runs.get(run.run_id))
    assert found is not None
    return found


def summaries(store: Store, *experiments: str, limit: int = 100) -> list[DatasetSummary]:
    ids = [ExperimentId(one) for one in experiments]
    return store.read(lambda session: session.datasets.search(ids, limit))


def test_inputs_are_kept_whole_in_their_order(store: Store) -> None:
    run = add_run(store)
    inputs = [
        given("z", schema="{}" * 1000, profile="日本" * 1000),
        given("a", context="train"),
        DatasetInput(dataset=given("b").dataset, tags={"x": "1", "y": "", "日本": "語" * 100}),
        given("a", digest="2", context=""),
    ]
    log(store, run, *inputs[:2])
    log(store, run, *inputs[2:])
    assert get(store, run).dataset_inputs == inputs


def test_what_is_recorded_stays(store: Store) -> None:
    run, other = add_run(store), add_run(store)
    log(store, run, given("d", context="train"), given("d", context="eval"), models=("m-1", "m-1"))
    log(store, run, given("d", context="test", source="changed"), models=("m-2", "m-1"))
    log(store, other, given("d", context="eval", source="changed"))
    assert get(store, run).dataset_inputs == [given("d", context="train")]
    assert get(store, run).model_inputs == ["m-1", "m-2"]
    assert get(store, other).dataset_inputs == [given("d", context="eval")]


def test_datasets_of_experiments_are_their_own(store: Store) -> None:
    first, second = add_experiment(store, "first"), add_experiment(store, "second")
    log(store, add_run(store, first), given("d", source="1"))
    run = add_run(store, second)
    log(store, run, given("d", source="2"))
    assert get(store, run).dataset_inputs == [given("d", source="2")]


def test_outputs(store: Store) -> None:
    run, other = add_run(store), add_run(store)
    outputs = [
        ModelOutput(model_id="m-2", step=5),
        ModelOutput(model_id="m-1", step=-(2**63)),
        ModelOutput(model_id="m-2"),
    ]
    store.write(lambda session: session.datasets.log_outputs(run, [*outputs, outputs[0]]))
    store.write(lambda session: session.datasets.log_outputs(run, outputs[:2]))
    assert get(store, run).model_outputs == [outputs[1], outputs[2], outputs[0]]
    assert get(store, other).model_outputs == []


def test_nothing_is_nothing(store: Store) -> None:
    run = add_run(store)
    log(store, run)
    store.write(lambda session: session.datasets.log_outputs(run, []))
    found = get(store, run)
    assert (found.dataset_inputs, found.model_inputs, found.model_outputs) == ([], [], [])


def test_summaries_are_of_active_runs(store: Store) -> None:
    first, second = add_experiment(store, "first"), add_experiment(store, "second")
    runs = [add_run(store, first), add_run(store, first), add_run(store, second)]
    log(store, runs[0], given("a", context="train"), given("b"))
    log(store, runs[1], given("a", context="eval"), given("c"))
    log(store, runs[2], given("a", context="train"))

    def summary(experiment: str, name: str, context: str = "") -> DatasetSummary:
        return DatasetSummary(experiment_id=experiment, name=name, digest="1", context=context)

    key = lambda one: (one.experiment_id, one.name, one.context)  # noqa: E731
    everything = [
        summary(first, "a", "eval"),
        summary(first, "a", "train"),
        summary(first, "b"),
        summary(first, "c"),
        summary(second, "a", "train"),
    ]
    assert sorted(summaries(store, first, second), key=key) == everything
    assert sorted(summaries(store, first), key=key) == everything[:4]
    assert summaries(store, "999") == []
    assert len(summaries(store, first, second, limit=2)) == 2
    store.write(lambda session: session.runs.set_lifecycle(runs[1], LifecycleStage.DELETED, 1))
    assert sorted(summaries(store, first), key=key) == everything[1:3]


@pytest.mark.parametrize("count", [1, 300])
def test_many_datasets_of_many_runs(store: Store, count: int) -> None:
    run = add_run(store)
    inputs = [given(f"d{i}", context=str(i % 3)) for i in range(count)]
    log(store, run, *inputs)
    assert get(store, run).dataset_inputs == inputs
    assert len(summaries(store, "0", limit=1000)) == count
