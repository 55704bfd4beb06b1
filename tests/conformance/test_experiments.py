"""What every `Experiments` does."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kiseki.base.errors import AlreadyExists, BadRequest, InvalidParameter
from kiseki.base.ids import DEFAULT_EXPERIMENT_ID, ExperimentId
from kiseki.domain.experiments import ActiveExperiment, Experiment, ExperimentOrder, LifecycleStage, View
from kiseki.domain.runs import Page, RunStatus
from kiseki.query import EXPERIMENTS, parse_filter, parse_order_by
from kiseki.store import Store, open_store
from tests.conformance.rows import add_experiment, add_run

NAMES = [
    "a",
    "A",
    "a ",
    " a",
    "ä",
    "a\u0308",
    "日本",
    "🎌",
    "it's",
    'say "hi"',
    "a%",
    "a_",
    "\\",
    "a\nb",
    "x" * 500,
]


def get(store: Store, experiment_id: str) -> Experiment | None:
    return store.read(lambda session: session.experiments.get(ExperimentId(experiment_id)))


def get_by_name(store: Store, name: str) -> Experiment | None:
    return store.read(lambda session: session.experiments.get_by_name(name))


def search(
    store: Store,
    *,
    view: View = View.ACTIVE_ONLY,
    where: str = "",
    order_by: tuple[str, ...] = (),
    max_results: int = 1_000,
    page_token: str = "",
) -> Page[Experiment]:
    node = parse_filter(where, EXPERIMENTS)
    terms = parse_order_by(order_by, EXPERIMENTS)
    return store.read(lambda session: session.experiments.search(view, node, terms, max_results, page_token))


def named(store: Store, **options: str) -> list[str]:
    return [one.name for one in search(store, **options).items]  # type: ignore[arg-type]


def test_the_default_experiment_is_there(store: Store) -> None:
    found = get(store, DEFAULT_EXPERIMENT_ID)
    assert found is not None
    assert found == Experiment(
        experiment_id=ExperimentId("0"),
        name="Default",
        artifact_location="mlflow-artifacts:/0",
        lifecycle_stage=LifecycleStage.ACTIVE,
        creation_time=found.creation_time,
        last_update_time=found.creation_time,
        tags={},
    )
    assert get_by_name(store, "Default") == found


def test_an_experiment_is_kept_whole(store: Store) -> None:
    tags = {"team": "vision", "": "", "日本": "語" * 1000}
    created = store.write(lambda session: session.experiments.create("e", None, tags, 1_234))
    assert created == Experiment(
        experiment_id=created.experiment_id,
        name="e",
        artifact_location=f"mlflow-artifacts:/{created.experiment_id}",
        lifecycle_stage=LifecycleStage.ACTIVE,
        creation_time=1_234,
        last_update_time=1_234,
        tags=tags,
    )
    assert get(store, created.experiment_id) == get_by_name(store, "e") == created
    elsewhere = store.write(lambda session: session.experiments.create("f", "s3://bucket/x/", {}, 0))
    assert elsewhere.artifact_location == "s3://bucket/x/"
    assert get(store, elsewhere.experiment_id) == elsewhere


def test_what_is_not_there_is_none(store: Store) -> None:
    assert get(store, "77") is None
    assert get(store, "999999999999999999") is None
    assert get_by_name(store, "none") is None


def test_names_are_told_apart_by_code_points(store: Store) -> None:
    ids = {name: add_experiment(store, name) for name in NAMES}
    assert len(set(ids.values())) == len(NAMES)
    for name, experiment_id in ids.items():
        found = get_by_name(store, name)
        assert found is not None
        assert (found.experiment_id, found.name) == (experiment_id, name)
        with pytest.raises(AlreadyExists):
            add_experiment(store, name)


@pytest.mark.parametrize("stage", list(LifecycleStage))
def test_a_name_is_taken_whether_deleted_or_not(store: Store, stage: LifecycleStage) -> None:
    first, second = add_experiment(store, "first"), add_experiment(store, "second")
    store.write(lambda session: session.experiments.set_lifecycle(ExperimentId(first), stage, 2_000))
    with pytest.raises(AlreadyExists, match="first"):
        add_experiment(store, "first")
    with pytest.raises(BadRequest, match="first"):
        store.write(lambda session: session.experiments.rename(ExperimentId(second), "first", 2_000))
    found = get(store, second)
    assert found is not None
    assert (found.name, found.last_update_time) == ("second", 1_000)


def test_renaming(store: Store) -> None:
    experiment_id = ExperimentId(add_experiment(store, "old", a="1"))
    before = get(store, experiment_id)
    assert before is not None
    store.write(lambda session: session.experiments.rename(experiment_id, "new", 5_000))
    assert get(store, experiment_id) == replace(before, name="new", last_update_time=5_000)
    assert get_by_name(store, "old") is None
    store.write(lambda session: session.experiments.rename(experiment_id, "new", 6_000))
    store.write(lambda session: session.experiments.rename(experiment_id, "old", 7_000))
    assert get(store, experiment_id) == replace(before, last_update_time=7_000)


def test_the_stage_is_that_of_all_its_runs(store: Store) -> None:
    mine, others = ExperimentId(add_experiment(store, "mine")), add_experiment(store, "others")
    runs = [add_run(store, mine), add_run(store, mine), add_run(store, others)]
    store.write(lambda session: session.runs.set_lifecycle(runs[0], LifecycleStage.DELETED, 1))

    def stages() -> list[str]:
        located = [store.read(lambda session, run=run: session.runs.locate(run.run_id)) for run in runs]  # type: ignore[misc]
        return [run.lifecycle_stage for run in located if run is not None]

    store.write(lambda session: session.experiments.set_lifecycle(mine, LifecycleStage.DELETED, 2_000))
    found = get(store, mine)
    assert found is not None
    assert (found.lifecycle_stage, found.last_update_time) == (LifecycleStage.DELETED, 2_000)
    assert stages() == ["deleted", "deleted", "active"]
    store.write(lambda session: session.experiments.set_lifecycle(mine, LifecycleStage.ACTIVE, 3_000))
    assert stages() == ["active"] * 3


def test_tags(store: Store) -> None:
    experiment_id = ExperimentId(add_experiment(store, "e", a="1"))

    def tags() -> dict[str, str]:
        found = get(store, experiment_id)
        assert found is not None
        return found.tags

    store.write(lambda session: session.experiments.set_tag(experiment_id, "a", "2"))
    store.write(lambda session: session.experiments.set_tag(experiment_id, "A", "x" * 65_536))
    assert tags() == {"a": "2", "A": "x" * 65_536}
    assert store.write(lambda session: session.experiments.delete_tag(experiment_id, "a")) is True
    assert store.write(lambda session: session.experiments.delete_tag(experiment_id, "a")) is False
    assert tags() == {"A": "x" * 65_536}


def test_an_id_is_not_given_twice(store: Store) -> None:
    ids = [int(add_experiment(store, f"e{i}")) for i in range(3)]
    assert ids == sorted(set(ids))

    def fail(name: str) -> None:
        def work(session: object) -> None:
            session.experiments.create(name, None, {}, 1)  # type: ignore[attr-defined]
            raise ValueError(name)

        with pytest.raises(ValueError, match=name):
            store.write(work)

    fail("never")
    assert int(add_experiment(store, "later")) > ids[-1]


# --- searches -----------------------------------------------------------------------------------------------------------


def test_views(store: Store) -> None:
    for name in ("kept", "gone"):
        add_experiment(store, name)
    gone = get_by_name(store, "gone")
    assert gone is not None
    store.write(lambda session: session.experiments.set_lifecycle(gone.experiment_id, LifecycleStage.DELETED, 1))
    by_view = {view: sorted(one.name for one in search(store, view=view).items) for view in View}
    assert by_view == {
        View.ACTIVE_ONLY: ["Default", "kept"],
        View.DELETED_ONLY: ["gone"],
        View.ALL: ["Default", "gone", "kept"],
    }


def test_pages_are_the_whole_whatever_their_size(store: Store) -> None:
    for i in range(12):
        add_experiment(store, f"e{i % 3}{i}", parity=str(i % 2))
    for order_by in ((), ("name",), ("name DESC",), ("creation_time", "name DESC"), ("experiment_id DESC",)):
        for where in ("", "tags.parity = '1'", "name LIKE 'e1%' OR name = 'Default'"):
            whole = search(store, where=where, order_by=order_by)
            assert whole.next_page_token == ""
            for size in (1, 2, 5, len(whole.items), 100):
                found, token = [], ""
                while True:
                    page = search(store, where=where, order_by=order_by, max_results=size, page_token=token)
                    found += page.items
                    assert len(page.items) == size or not page.next_page_token
                    if not (token := page.next_page_token):
                        break
                assert found == whole.items


def test_pages_stand_still_while_experiments_come_and_go(store: Store) -> None:
    for i in range(10):
        add_experiment(store, f"e{i}")
    before = named(store)
    first = search(store, max_results=4)
    before_all = max(one.creation_time for one in search(store).items)
    store.write(lambda session: session.experiments.create("newest", None, {}, before_all + 10**6))
    second = get_by_name(store, before[1])
    assert second is not None
    store.write(lambda session: session.experiments.set_lifecycle(second.experiment_id, LifecycleStage.DELETED, 1))
    rest = search(store, page_token=first.next_page_token)
    assert [one.name for one in (*first.items, *rest.items)] == before


@pytest.mark.parametrize(
    "change",
    [
        {"where": "name != 'x'"},
        {"order_by": ("name",)},
        {"view": View.ALL},
    ],
)
def test_a_token_of_another_search_is_refused(store: Store, change: dict[str, object]) -> None:
    for i in range(3):
        add_experiment(store, f"e{i}")
    token = search(store, max_results=1).next_page_token
    with pytest.raises(InvalidParameter, match="another search"):
        search(store, page_token=token, **change)  # type: ignore[arg-type]


def test_a_token_of_runs_is_refused(store: Store) -> None:
    for _ in range(2):
        add_run(store)
    page = store.read(lambda session: session.runs.search([DEFAULT_EXPERIMENT_ID], View.ACTIVE_ONLY, None, (), 1, ""))
    with pytest.raises(InvalidParameter, match="another search"):
        search(store, page_token=page.next_page_token)


def test_forged_tokens_are_refused(store: Store, tmp_path_factory: pytest.TempPathFactory) -> None:
    for i in range(3):
        add_experiment(store, f"e{i}")
    token = search(store, max_results=1).next_page_token
    assert search(store, page_token=token).items
    forged = [
        "x",
        "=",
        "%",
        "é",
        "\ud800",
        token[:-4],
        token[4:],
        "A" * len(token),
        token * 2,
        "0",
        "1",
        "e30=",
        "bnVsbA",
    ]
    forged += [
        token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token.rstrip("=")) - 1)
    ]
    other = open_store(f"sqlite:///{tmp_path_factory.mktemp('other') / 'k.db'}", "mlflow-artifacts:/")
    for i in range(3):
        add_experiment(other, f"e{i}")
    forged.append(search(other, max_results=1).next_page_token)
    other.close()
    for one in forged:
        with pytest.raises(InvalidParameter, match="Invalid page token"):
            search(store, page_token=one)


# --- with what goes on in them ------------------------------------------------------------------------------------------


def find(
    store: Store,
    *,
    view: View = View.ACTIVE_ONLY,
    where: str = "",
    text: str = "",
    order: ExperimentOrder = ExperimentOrder.LAST_ACTIVITY,
    descending: bool = True,
    max_results: int = 1_000,
) -> tuple[list[ActiveExperiment], int]:
    """All pages, and how many each page says there are."""
    node = parse_filter(where, EXPERIMENTS)
    found: list[ActiveExperiment] = []
    totals: set[int] = set()
    token = ""
    while True:
        page, total = store.read(
            lambda session, token=token: session.experiments.find(  # type: ignore[misc]
                view, node, text, order, descending, max_results, token
            )
        )
        found += page.items
        totals.add(total)
        assert len(page.items) == max_results or not page.next_page_token
        if not (token := page.next_page_token):
            break
    assert totals == {len(found)}
    return found, len(found)


def ids(store: Store, **options: Any) -> list[str]:
    return [one.experiment.experiment_id for one in find(store, **options)[0]]


def test_counts_are_of_active_runs_and_the_last_activity_is_the_latest_of_all_times(store: Store) -> None:
    empty, busy = add_experiment(store, "empty"), add_experiment(store, "busy", team="vision")
    statuses = [RunStatus.RUNNING, RunStatus.FINISHED, RunStatus.RUNNING, RunStatus.SCHEDULED, RunStatus.RUNNING]
    runs = [
        add_run(store, busy, status=status, start_time=2_000 + i, end_time=9_000 if i == 1 else None)
        for i, status in enumerate(statuses)
    ]
    found = {one.experiment.experiment_id: one for one in find(store)[0]}
    assert found[ExperimentId(busy)] == ActiveExperiment(
        experiment=_got(store, busy), runs=5, running=3, last_activity=9_000
    )
    assert found[ExperimentId(empty)] == ActiveExperiment(
        experiment=_got(store, empty), runs=0, running=0, last_activity=1_000
    )
    for run in runs[1:3]:
        store.write(lambda session, run=run: session.runs.set_lifecycle(run, LifecycleStage.DELETED, 1))  # type: ignore[misc]
    found = {one.experiment.experiment_id: one for one in find(store)[0]}
    assert (found[ExperimentId(busy)].runs, found[ExperimentId(busy)].running) == (3, 2)
    assert found[ExperimentId(busy)].last_activity == 2_004
    store.write(lambda session: session.experiments.rename(ExperimentId(busy), "renamed", 7_777))
    found = {one.experiment.experiment_id: one for one in find(store)[0]}
    assert found[ExperimentId(busy)].last_activity == 7_777


def _got(store: Store, experiment_id: str) -> Experiment:
    found = get(store, experiment_id)
    assert found is not None
    return found


@pytest.mark.parametrize("max_results", [1, 3, 100])
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("order", ExperimentOrder)
def test_orders(store: Store, order: ExperimentOrder, descending: bool, max_results: int) -> None:
    for i in range(9):
        experiment = store.write(
            lambda session, i=i: session.experiments.create(f"{'bAa'[i % 3]}{i}", None, {}, 100 * (i % 2))  # type: ignore[misc]
        ).experiment_id
        for j in range(i % 4):
            add_run(store, experiment, start_time=j * 50 + i % 3, end_time=None if j % 2 else -5)
    everything = [one for one in find(store)[0] if one.experiment.experiment_id != "0"]

    def key(one: ActiveExperiment) -> Any:
        return {
            ExperimentOrder.NAME: one.experiment.name,
            ExperimentOrder.CREATION_TIME: one.experiment.creation_time,
            ExperimentOrder.LAST_ACTIVITY: one.last_activity,
            ExperimentOrder.RUNS: one.runs,
        }[order]

    expected = sorted(everything, key=lambda one: -int(one.experiment.experiment_id))
    expected.sort(key=key, reverse=descending)
    found, _ = find(store, order=order, descending=descending, max_results=max_results)
    assert [one for one in found if one.experiment.experiment_id != "0"] == expected


def test_text_is_looked_for_in_name_id_and_note(store: Store) -> None:
    a = add_experiment(store, "Digits 50%_of\\it")
    b = add_experiment(store, "b", **{"mlflow.note.content": "The HARD ones: 日本"})
    c = add_experiment(store, "c", other="digits")
    for text, expected in {
        "digits": [a],
        "DIGITS 50": [a],
        "%": [a],
        "_": [a],
        "\\": [a],
        "50__": [],
        "hard": [b],
        "日本": [b],
        "'": [],
        "x' OR 1=1 --": [],
        c: [c],
        "zzz": [],
    }.items():
        assert ids(store, text=text) == expected, text
    assert set(ids(store, text="")) == {"0", a, b, c}
    assert ids(store, text="digits", where="name LIKE 'b%'") == []
    assert ids(store, text="b", where="name LIKE 'b%'") == [b]


def test_views_and_filters(store: Store) -> None:
    a, b = add_experiment(store, "a", team="x"), add_experiment(store, "b")
    add_run(store, b)
    store.write(lambda session: session.experiments.set_lifecycle(ExperimentId(b), LifecycleStage.DELETED, 5_000))
    assert ids(store, where="tags.team = 'x'") == [a]
    assert ids(store, view=View.DELETED_ONLY) == [b]
    (deleted,) = find(store, view=View.DELETED_ONLY)[0]
    # Its runs are in the trash with it.
    assert (deleted.runs, deleted.running, deleted.last_activity) == (0, 0, 5_000)
    assert set(ids(store, view=View.ALL)) == {"0", a, b}


def test_a_token_of_another_list_is_refused(store: Store) -> None:
    for name in ("a", "b"):
        add_experiment(store, name)

    def page(text: str, order: ExperimentOrder, descending: bool, token: str) -> Page[ActiveExperiment]:
        return store.read(lambda session: session.experiments.find(View.ALL, None, text, order, descending, 1, token))[
            0
        ]

    token = page("", ExperimentOrder.NAME, False, "").next_page_token
    assert page("", ExperimentOrder.NAME, False, token).items != []
    for text, order, descending in (
        ("a", ExperimentOrder.NAME, False),
        ("", ExperimentOrder.RUNS, False),
        ("", ExperimentOrder.NAME, True),
    ):
        with pytest.raises(InvalidParameter, match="another search"):
            page(text, order, descending, token)


# --- the trash ----------------------------------------------------------------------------------------------------------


def stages(store: Store, experiment_id: str) -> dict[str, LifecycleStage]:
    page = store.read(lambda session: session.runs.search([ExperimentId(experiment_id)], View.ALL, None, (), 100, ""))
    return {run.run_id: run.lifecycle_stage for run in page.items}


def test_undelete_restores_what_was_deleted_with_the_experiment(store: Store) -> None:
    experiment = ExperimentId(add_experiment(store, "e"))
    before, same, kept, again = (add_run(store, experiment, run_id=one) for one in ("before", "same", "kept", "again"))
    active, deleted = LifecycleStage.ACTIVE, LifecycleStage.DELETED
    store.write(lambda session: session.runs.set_lifecycle(before, deleted, 2_000))
    store.write(lambda session: session.runs.set_lifecycle(same, deleted, 3_000))
    # In the same millisecond.
    store.write(lambda session: session.experiments.set_lifecycle(experiment, deleted, 3_000))
    # What is in the trash already stays there as it is.
    store.write(lambda session: session.runs.set_lifecycle(again, deleted, 4_000))
    assert set(stages(store, experiment).values()) == {deleted}
    store.write(lambda session: session.experiments.undelete(experiment, 5_000))
    found = get(store, experiment)
    assert found is not None
    assert (found.lifecycle_stage, found.last_update_time) == (active, 5_000)
    assert stages(store, experiment) == {"before": deleted, "same": deleted, "kept": active, "again": active}
    store.write(lambda session: session.runs.set_lifecycle(before, active, 6_000))
    assert stages(store, experiment)["before"] is active
    # And once more, with other runs.
    store.write(lambda session: session.runs.set_lifecycle(kept, deleted, 7_000))
    store.write(lambda session: session.experiments.set_lifecycle(experiment, deleted, 8_000))
    store.write(lambda session: session.experiments.undelete(experiment, 9_000))
    assert stages(store, experiment) == {"before": active, "same": deleted, "kept": deleted, "again": active}


def test_undelete_leaves_what_changed_in_the_trash_meanwhile(store: Store) -> None:
    experiment, other = ExperimentId(add_experiment(store, "e")), ExperimentId(add_experiment(store, "f"))
    one, two, elsewhere = add_run(store, experiment), add_run(store, experiment), add_run(store, other)
    active, deleted = LifecycleStage.ACTIVE, LifecycleStage.DELETED
    store.write(lambda session: session.runs.set_lifecycle(elsewhere, deleted, 1_000))
    store.write(lambda session: session.experiments.set_lifecycle(experiment, deleted, 1_000))
    store.write(lambda session: session.runs.set_lifecycle(one, active, 2_000))
    store.write(lambda session: session.runs.set_lifecycle(one, deleted, 3_000))
    store.write(lambda session: session.experiments.undelete(experiment, 4_000))
    assert stages(store, experiment) == {one.run_id: deleted, two.run_id: active}
    assert stages(store, other) == {elsewhere.run_id: deleted}


def test_restore_takes_all_runs_out_of_the_trash(store: Store) -> None:
    experiment = ExperimentId(add_experiment(store, "e"))
    one, two = add_run(store, experiment), add_run(store, experiment)
    store.write(lambda session: session.runs.set_lifecycle(one, LifecycleStage.DELETED, 1))
    store.write(lambda session: session.experiments.set_lifecycle(experiment, LifecycleStage.DELETED, 2))
    store.write(lambda session: session.experiments.set_lifecycle(experiment, LifecycleStage.ACTIVE, 3))
    assert stages(store, experiment) == {one.run_id: LifecycleStage.ACTIVE, two.run_id: LifecycleStage.ACTIVE}
