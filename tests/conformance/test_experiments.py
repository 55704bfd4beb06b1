"""What every `Experiments` does."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kiseki.base.errors import AlreadyExists, BadRequest, InvalidParameter
from kiseki.base.ids import DEFAULT_EXPERIMENT_ID, ExperimentId
from kiseki.domain.experiments import Experiment, LifecycleStage, View
from kiseki.domain.runs import Page
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
