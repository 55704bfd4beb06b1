"""What every `Trash` does."""

from __future__ import annotations

import pytest

from kiseki.base.ids import ExperimentId
from kiseki.domain.artifacts import Owner
from kiseki.domain.datasets import Dataset, DatasetInput, ModelOutput
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.metrics import Link, Points
from kiseki.domain.trash import EVER, TrashedExperiment, TrashedModel
from kiseki.domain.views import SavedView
from kiseki.store import Store
from kiseki.store.care import Doomed, Refusal
from kiseki.store.protocol import FileRecord, ModelKey, RunKey
from tests.conformance.rows import add_experiment, add_model, add_run, append, measure

EMPTY = ["dataset_input_tags", "dataset_inputs", "links", "model_inputs", "model_outputs", "params", "series", "tags"]


def full_run(store: Store, experiment_id: str, dataset: str = "shared") -> RunKey:
    """A run with something in every table."""
    run = add_run(store, experiment_id, tags={"t": "1"})
    given = Dataset(name=dataset, digest="1", source_type="local", source="{}")
    linked = Points(keys=["linked"], steps=[0], timestamps=[1], values=[1.0], links={Link("", dataset, "1"): [0]})

    def work(session: object) -> None:
        session.runs.add_params(run, {f"p{i}": "日本" * i for i in range(1_200)})  # type: ignore[attr-defined]
        session.datasets.log_inputs(  # type: ignore[attr-defined]
            run, [DatasetInput(dataset=given, tags={"a": "b"})], ["m-1"]
        )
        session.datasets.log_outputs(run, [ModelOutput(model_id="m-2", step=3)])  # type: ignore[attr-defined]
        session.metrics.append(run, linked)  # type: ignore[attr-defined]
        session.files.record(  # type: ignore[attr-defined]
            [FileRecord(uri=f"{run.artifact_uri}/a/b", size=1, sha256="0" * 64, modified_ns=1)]
        )

    store.write(work)
    append(store, run, "loss", [(i, i, i / 2) for i in range(100)])
    store.compact()
    append(store, run, "loss", [(i, i, i / 2) for i in range(100, 110)])
    return run


def delete(store: Store, run: RunKey, now: int = 5_000) -> None:
    store.write(lambda session: session.runs.set_lifecycle(run, LifecycleStage.DELETED, now))


def begin(store: Store, run: RunKey, before: int = EVER) -> Doomed | Refusal:
    return store.write(lambda session: session.trash.begin(Owner(run_id=run.run_id), before))


def purge(store: Store, key: RunKey | ModelKey) -> None:
    owner = Owner(run_id=key.run_id) if isinstance(key, RunKey) else Owner(model_id=key.model_id)
    doomed = store.write(lambda session: session.trash.begin(owner, EVER))
    assert isinstance(doomed, Doomed)
    while store.write(lambda session: session.trash.remove_some(doomed)):
        pass
    while store.write(lambda session: session.trash.forget_files([key.artifact_uri], 1)):
        pass
    assert store.write(lambda session: session.trash.finish(doomed, [key.artifact_uri]))


def counts(store: Store) -> dict[str, int]:
    return store.read(lambda session: {table: session.rows.count(table) for table in session.rows.tables()})


def listed(store: Store, before: int = EVER, experiment: str | None = None, after: int = 0) -> list[str]:
    wanted = None if experiment is None else ExperimentId(experiment)
    return [one.run_id for one in store.read(lambda session: session.trash.runs(after, 100, before, wanted))]


def test_what_is_in_the_trash_since_when_and_how_large_it_is(store: Store) -> None:
    experiment = add_experiment(store, "e")
    run, other, active = full_run(store, experiment), add_run(store, experiment), add_run(store)
    delete(store, run)
    delete(store, other, 6_000)
    (first, second) = store.read(lambda session: session.trash.runs(0, 100, EVER, None))
    assert (first.run_id, first.run_name, first.experiment_id) == (run.run_id, "quiet-owl-1", experiment)
    assert (first.deleted_time, first.points, first.purging) == (5_000, 111, False)
    assert first.rows > 1_200
    assert (second.run_id, second.rows, second.points) == (other.run_id, 1, 0)
    assert listed(store, before=5_999) == [run.run_id]
    assert listed(store, before=4_999) == []
    assert listed(store, experiment=experiment) == [run.run_id, other.run_id]
    assert listed(store, experiment="0") == []
    assert listed(store, after=first.number) == [other.run_id]
    assert active.run_id not in listed(store)


def test_of_a_purged_run_nothing_is_left_and_of_others_everything(store: Store) -> None:
    experiment = add_experiment(store, "e")
    before = counts(store)
    keys = full_run(store, experiment, "own")
    delete(store, keys)
    purge(store, keys)
    assert {**counts(store), "keys": 0} == {**before, "keys": 0}
    kept, gone = full_run(store, experiment), full_run(store, experiment)
    expected = store.read(lambda session: session.runs.get(kept.run_id))
    points = store.read(lambda session: session.metrics.history(kept, "loss", 0, 1_000))
    delete(store, gone)
    purge(store, gone)
    assert store.read(lambda session: session.runs.get(gone.run_id)) is None
    assert store.read(lambda session: session.runs.get(kept.run_id)) == expected
    assert store.read(lambda session: session.metrics.history(kept, "loss", 0, 1_000)) == points
    left = counts(store)
    assert left["datasets"] == left["files"] == left["runs"] == left["links"] == 1
    delete(store, kept)
    purge(store, kept)
    assert [counts(store)[table] for table in EMPTY] == [0] * len(EMPTY)


def test_what_is_active_or_came_later_is_not_begun(store: Store) -> None:
    run = add_run(store)
    assert begin(store, run) is Refusal.ACTIVE
    delete(store, run, 5_000)
    assert begin(store, run, 4_999) is Refusal.RECENT
    assert store.write(lambda session: session.trash.begin(Owner(run_id="0" * 32), EVER)) is Refusal.ABSENT
    store.write(lambda session: session.runs.set_lifecycle(run, LifecycleStage.ACTIVE, 6_000))
    assert begin(store, run) is Refusal.ACTIVE
    found = store.read(lambda session: session.runs.locate(run.run_id))
    assert found is not None
    assert not found.purging


def test_what_was_begun_does_not_come_back(store: Store) -> None:
    experiment = ExperimentId(add_experiment(store, "e"))
    run, other = add_run(store, experiment), add_run(store, experiment)
    store.write(lambda session: session.experiments.set_lifecycle(experiment, LifecycleStage.DELETED, 5_000))
    assert isinstance(begin(store, run), Doomed)
    for stage in (LifecycleStage.ACTIVE, LifecycleStage.DELETED):
        store.write(lambda session, stage=stage: session.runs.set_lifecycle(run, stage, 9_000))  # type: ignore[misc]
    store.write(lambda session: session.experiments.undelete(experiment, 9_000))
    store.write(lambda session: session.experiments.set_lifecycle(experiment, LifecycleStage.DELETED, 9_500))
    store.write(lambda session: session.experiments.set_lifecycle(experiment, LifecycleStage.ACTIVE, 10_000))
    found = store.read(lambda session: session.runs.locate(run.run_id))
    assert found is not None
    assert (found.purging, found.lifecycle_stage) == (True, LifecycleStage.DELETED)
    assert store.read(lambda session: session.audit.purging()) == [Owner(run_id=run.run_id)]
    # Whatever date is asked for, what was begun is found.
    assert listed(store, before=0) == [run.run_id]
    assert isinstance(begin(store, run, 0), Doomed)
    assert store.read(lambda session: session.runs.locate(other.run_id)) == other


def test_a_run_to_which_a_file_came_is_not_finished(store: Store) -> None:
    run = add_run(store)
    delete(store, run)
    doomed = begin(store, run)
    assert isinstance(doomed, Doomed)
    late = FileRecord(uri=f"{run.artifact_uri}/late", size=1, sha256="0" * 64, modified_ns=1)
    store.write(lambda session: session.files.record([late]))
    assert not store.write(lambda session: session.trash.finish(doomed, [run.artifact_uri]))
    assert store.read(lambda session: session.runs.locate(run.run_id)) is not None
    assert store.write(lambda session: session.trash.finish(doomed, [run.artifact_uri]))


def test_points_that_a_server_moved_meanwhile_go_too(store: Store) -> None:
    run = add_run(store)
    append(store, run, "loss", [(i, i, 1.0) for i in range(10)])
    delete(store, run)
    doomed = begin(store, run)
    assert isinstance(doomed, Doomed)
    store.compact()
    assert store.write(lambda session: session.trash.finish(doomed, [run.artifact_uri]))
    assert counts(store)["segments"] == counts(store)["arrivals"] == 0


def save(store: Store, scope: str) -> None:
    store.write(lambda session: session.views.save(SavedView(scope=scope, name="v", state="{}", update_time=1)))


def finish_experiment(store: Store, experiment: str, before: int = EVER) -> Refusal | int:
    return store.write(lambda session: session.trash.finish_experiment(ExperimentId(experiment), before))


def test_an_experiment_goes_when_it_has_no_runs(store: Store) -> None:
    first, second = ExperimentId(add_experiment(store, "first", a="b")), ExperimentId(add_experiment(store, "second"))
    run = add_run(store, first)
    assert finish_experiment(store, first) is Refusal.ACTIVE
    for scope in (f"experiments/{first}", f"experiments/{first},{second}", "experiments/x", "other"):
        save(store, scope)
    store.write(lambda session: session.experiments.set_lifecycle(first, LifecycleStage.DELETED, 5_000))
    assert store.read(lambda session: session.trash.experiments(-1, 10, EVER)) == [
        TrashedExperiment(experiment_id=first, name="first", deleted_time=5_000, runs=1, active_runs=0)
    ]
    assert store.read(lambda session: session.trash.experiments(-1, 10, 4_999)) == []
    assert finish_experiment(store, first, 4_999) is Refusal.RECENT
    assert finish_experiment(store, first) is Refusal.HAS_RUNS
    purge(store, run)
    assert finish_experiment(store, first) == 3
    assert finish_experiment(store, first) is Refusal.ABSENT
    assert store.read(lambda session: session.experiments.get(first)) is None
    assert add_experiment(store, "first") not in (first, second)
    assert len(store.read(lambda session: session.views.list(f"experiments/{first},{second}"))) == 1
    store.write(lambda session: session.experiments.set_lifecycle(second, LifecycleStage.DELETED, 5_000))
    assert finish_experiment(store, second) == 2
    assert counts(store)["views"] == 2


# --- logged models ----------------------------------------------------------------------------------------------------


def full_model(store: Store, experiment_id: str, run: RunKey) -> ModelKey:
    """A logged model with something in every table."""
    model = add_model(store, experiment_id, params={f"p{i}": "日本" * i for i in range(600)}, tags={"t": "1"})
    for i in range(300):
        measure(store, model, run, f"m{i % 7}", [(i, i, i / 2)], dataset=("d", "1") if i % 2 else ("", ""))
    file = FileRecord(uri=f"{model.artifact_uri}/MLmodel", size=1, sha256="0" * 64, modified_ns=1)
    store.write(lambda session: session.files.record([file]))
    return model


def delete_model(store: Store, model: ModelKey, now: int = 5_000) -> None:
    store.write(lambda session: session.logged_models.set_lifecycle(model, LifecycleStage.DELETED, now))


def models_listed(store: Store, before: int = EVER, experiment: str | None = None, after: int = 0) -> list[str]:
    wanted = None if experiment is None else ExperimentId(experiment)
    found = store.read(lambda session: session.trash.logged_models(after, 100, before, wanted))
    return [one.model_id for one in found]


def test_what_is_in_the_trash_of_logged_models(store: Store) -> None:
    experiment = add_experiment(store, "e")
    model, other, active = [add_model(store, experiment, name=name) for name in ("a", "b", "c")]
    delete_model(store, model)
    delete_model(store, other, 6_000)
    delete_model(store, other, 7_000)
    found = store.read(lambda session: session.trash.logged_models(0, 100, EVER, None))
    assert found[0] == TrashedModel(
        number=model.number,
        model_id=model.model_id,
        name="a",
        experiment_id=ExperimentId(experiment),
        deleted_time=5_000,
        rows=1,
        purging=False,
    )
    assert [(one.model_id, one.deleted_time) for one in found[1:]] == [(other.model_id, 6_000)]
    assert models_listed(store, before=5_999) == [model.model_id]
    assert models_listed(store, experiment="0") == []
    assert models_listed(store, after=model.number) == [other.model_id]
    assert active.model_id not in models_listed(store)


def test_of_a_purged_model_nothing_is_left_and_of_others_everything(store: Store) -> None:
    experiment = add_experiment(store, "e")
    run = add_run(store, experiment)
    kept = full_model(store, experiment, run)
    expected = store.read(lambda session: session.logged_models.get(kept.model_id))
    before = counts(store)
    gone = full_model(store, experiment, run)
    delete_model(store, gone)
    (trashed,) = store.read(lambda session: session.trash.logged_models(0, 100, EVER, None))
    assert trashed.rows == 1 + 600 + 1 + 300 + 14
    purge(store, gone)
    assert {**counts(store), "keys": 0} == {**before, "keys": 0}
    assert store.read(lambda session: session.logged_models.get(gone.model_id)) is None
    assert store.read(lambda session: session.logged_models.get(kept.model_id)) == expected


def test_a_model_keeps_what_was_measured_of_it_when_the_run_is_purged(store: Store) -> None:
    run, model = add_run(store), add_model(store)
    measure(store, model, run, "m", [(1, 1, 0.5)])
    expected = store.read(lambda session: session.logged_models.get(model.model_id))
    delete(store, run)
    purge(store, run)
    assert store.read(lambda session: session.logged_models.get(model.model_id)) == expected


def test_a_model_that_is_active_or_came_later_is_not_begun_and_what_was_begun_does_not_come_back(store: Store) -> None:
    experiment = ExperimentId(add_experiment(store, "e"))
    model = add_model(store, experiment)
    owner = Owner(model_id=model.model_id)
    assert store.write(lambda session: session.trash.begin(owner, EVER)) is Refusal.ACTIVE
    delete_model(store, model)
    assert store.write(lambda session: session.trash.begin(owner, 4_999)) is Refusal.RECENT
    assert store.write(lambda session: session.trash.begin(Owner(model_id="m-x"), EVER)) is Refusal.ABSENT
    assert isinstance(store.write(lambda session: session.trash.begin(owner, EVER)), Doomed)
    store.write(lambda session: session.logged_models.set_lifecycle(model, LifecycleStage.ACTIVE, 9_000))
    for stage in (LifecycleStage.DELETED, LifecycleStage.ACTIVE):
        store.write(lambda session, stage=stage: session.experiments.set_lifecycle(experiment, stage, 9_000))  # type: ignore[misc]
    found = store.read(lambda session: session.logged_models.locate(model.model_id))
    assert found is not None
    assert (found.purging, found.lifecycle_stage) == (True, LifecycleStage.DELETED)
    assert store.read(lambda session: session.audit.purging()) == [owner]
    assert models_listed(store, before=0) == [model.model_id]


def test_models_go_to_the_trash_with_their_experiment_and_come_back_with_it(store: Store) -> None:
    experiment = ExperimentId(add_experiment(store, "e"))
    before, with_it, elsewhere = add_model(store, experiment), add_model(store, experiment), add_model(store)
    delete_model(store, before, 5_000)

    def stages() -> list[LifecycleStage]:
        keys = [store.read(lambda session, one=one: session.logged_models.locate(one.model_id)) for one in models]  # type: ignore[misc]
        return [key.lifecycle_stage for key in keys if key is not None]

    models = [before, with_it, elsewhere]
    active, deleted = LifecycleStage.ACTIVE, LifecycleStage.DELETED
    store.write(lambda session: session.experiments.set_lifecycle(experiment, deleted, 5_000))
    assert stages() == [deleted, deleted, active]
    (trashed,) = store.read(lambda session: session.trash.experiments(-1, 10, EVER))
    assert (trashed.logged_models, trashed.active_logged_models) == (2, 0)
    store.write(lambda session: session.experiments.undelete(experiment, 6_000))
    assert stages() == [deleted, active, active]
    store.write(lambda session: session.experiments.set_lifecycle(experiment, deleted, 7_000))
    store.write(lambda session: session.experiments.set_lifecycle(experiment, active, 8_000))
    assert stages() == [active, active, active]


def test_an_experiment_with_models_is_not_finished(store: Store) -> None:
    experiment = ExperimentId(add_experiment(store, "e"))
    model = add_model(store, experiment)
    store.write(lambda session: session.experiments.set_lifecycle(experiment, LifecycleStage.DELETED, 5_000))
    assert finish_experiment(store, experiment) is Refusal.HAS_MODELS
    purge(store, model)
    assert finish_experiment(store, experiment) == 1


def test_default_stays(store: Store) -> None:
    store.write(lambda session: session.experiments.set_lifecycle(ExperimentId("0"), LifecycleStage.DELETED, 5_000))
    assert finish_experiment(store, "0") is Refusal.ALWAYS_THERE


def test_places_of_runs_that_are_named_otherwise(store: Store) -> None:
    add_run(store)
    odd = add_run(store, artifact_uri="mlflow-artifacts:/elsewhere")
    add_model(store)
    odd_model = add_model(store, artifact_uri="mlflow-artifacts:/models/elsewhere")
    locations, unusual = store.read(lambda session: session.trash.places())
    assert locations == ["mlflow-artifacts:/0"]
    assert unusual == [odd.artifact_uri, odd_model.artifact_uri]


@pytest.mark.parametrize("many", [0, 3])
def test_files_are_forgotten_in_parts(store: Store, many: int) -> None:
    for i in range(many):
        for folder in ("a", "ab"):
            one = FileRecord(uri=f"mlflow-artifacts:/{folder}/{i}", size=1, sha256="0" * 64, modified_ns=1)
            store.write(lambda session, one=one: session.files.record([one]))  # type: ignore[misc]
    folders = ["mlflow-artifacts:/a", "/data/a"]
    forgotten = [store.write(lambda session: session.trash.forget_files(folders, 2)) for _ in range(3)]
    assert forgotten == ([2, 1, 0] if many else [0, 0, 0])
    assert counts(store)["files"] == many
