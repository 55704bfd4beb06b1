"""What every `RegisteredModels`, `ModelVersions` and `Moves` does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from kiseki.base.errors import AlreadyExists, InvalidParameter
from kiseki.domain.model_versions import FileDigest, ModelVersion, Stage
from kiseki.domain.moves import Check, Move, MoveKind, MoveStatus, Rules, Verdict
from kiseki.domain.registered_models import RegisteredModel
from kiseki.domain.webhooks import Action, Delivery, DeliveryStatus, Entity, Webhook, WebhookEvent, WebhookStatus
from kiseki.query import MODEL_VERSIONS, REGISTERED_MODELS, parse_filter, parse_order_by
from kiseki.store import Session, Store, open_store
from kiseki.store.registry import RegisteredKey, VersionKey
from tests.conformance.rows import ARTIFACT_ROOT

PROMPT = {"mlflow.prompt.is_prompt": "true"}


def new_version(**fields: Any) -> ModelVersion:
    given: dict[str, Any] = {
        "name": "",
        "version": 0,
        "creation_time": 2_000,
        "last_update_time": 2_000,
        "source": "s3://b/k",
        "location": "s3://b/k",
        **fields,
    }
    return ModelVersion(**given)


def add(store: Store, name: str, versions: int = 0, **fields: Any) -> RegisteredKey:
    """A model with some versions in the store."""
    model = RegisteredModel(name=name, creation_time=1_000, last_update_time=1_000, **fields)

    def work(session: Session) -> RegisteredKey:
        key = session.registered_models.create(model)
        for _ in range(versions):
            session.model_versions.add(key, new_version())
        return key

    return store.write(work)


def get(store: Store, name: str) -> RegisteredModel:
    found = store.read(lambda session: session.registered_models.get(name))
    assert found is not None
    return found


def version(store: Store, name: str, number: int) -> ModelVersion:
    found = store.read(lambda session: session.model_versions.get(name, number))
    assert found is not None
    return found


def locate(session: Session, name: str, number: int) -> VersionKey:
    session.registered_models.locate(name)
    key = session.model_versions.locate(name, number)
    assert key is not None
    return key


def models(
    store: Store, filter_string: str = "", *order: str, most: int = 100, token: str = "", prompts: bool = False
) -> Any:
    where, terms = parse_filter(filter_string, REGISTERED_MODELS), parse_order_by(order, REGISTERED_MODELS)
    page = store.read(lambda session: session.registered_models.search(where, prompts, terms, most, token))
    return [one.name for one in page.items], page.next_page_token


def versions(
    store: Store, filter_string: str = "", *order: str, most: int = 100, token: str = "", prompts: bool = False
) -> Any:
    where, terms = parse_filter(filter_string, MODEL_VERSIONS), parse_order_by(order, MODEL_VERSIONS)
    page = store.read(lambda session: session.model_versions.search(where, prompts, terms, most, token))
    return [(one.name, one.version) for one in page.items], page.next_page_token


# --- registered models ------------------------------------------------------------------------------------------------


def test_a_model_is_kept_whole(store: Store) -> None:
    model = RegisteredModel(
        name="軌跡 %_'\" model",
        creation_time=1_000,
        last_update_time=2_000,
        description="語" * 20_000,
        user_id="ann",
        tags={"a b/c": "", "日本": "x" * 60_000},
    )
    key = store.write(lambda session: session.registered_models.create(model))
    assert get(store, model.name) == model
    assert store.read(lambda session: session.registered_models.locate(model.name)) == key
    assert store.read(lambda session: session.registered_models.rules(key)) == Rules()


def test_names_are_unique_by_code_points(store: Store) -> None:
    for name in ("a", "A", "a ", "á", "a\u0301"):
        add(store, name)
    with pytest.raises(AlreadyExists, match=r"Registered Model \(name=a\) already exists"):
        add(store, "a")
    assert models(store)[0] == sorted(["a", "A", "a ", "á", "a\u0301"])


def test_what_is_not_there(store: Store) -> None:
    key = add(store, "a")
    assert store.read(lambda session: session.registered_models.get("b")) is None
    assert store.read(lambda session: session.registered_models.locate("b")) is None
    assert store.read(lambda session: session.model_versions.get("a", 1)) is None
    assert store.read(lambda session: session.model_versions.locate("b", 1)) is None
    assert store.read(lambda session: session.model_versions.aliased("a", "x")) is None
    assert store.read(lambda session: session.model_versions.latest(key, None)) == []
    assert store.read(lambda session: session.moves.get(key, 1)) is None
    assert store.read(lambda session: session.moves.last(key, MoveKind.ALIAS, "x")) is None
    assert not store.write(lambda session: session.registered_models.delete_tag(key, "x"))


def test_descriptions_tags_and_rules(store: Store) -> None:
    key, other = add(store, "a", tags={"x": "1"}), add(store, "b", tags={"x": "9"})
    rules = Rules(
        protected_aliases=("p",), approved_stages=(Stage.PRODUCTION,), checks=(Check(filter="metrics.a > 1"),)
    )

    def work(session: Session) -> None:
        session.registered_models.describe(key, "new", 5_000)
        session.registered_models.set_tags(key, {"x": "2", "y": "3"})
        session.registered_models.set_rules(key, rules, 6_000)
        assert session.registered_models.delete_tag(key, "y")

    store.write(work)
    found = get(store, "a")
    assert (found.description, found.tags, found.last_update_time) == ("new", {"x": "2"}, 6_000)
    assert store.read(lambda session: session.registered_models.rules(key)) == rules
    assert store.read(lambda session: session.registered_models.rules(other)) == Rules()
    assert get(store, "b").tags == {"x": "9"}
    store.write(lambda session: session.registered_models.touch(key, 7_000))
    assert get(store, "a").last_update_time == 7_000


def test_a_new_name_is_that_of_the_versions_too(store: Store) -> None:
    key = add(store, "a", versions=2)
    add(store, "b", versions=1)
    store.write(lambda session: session.registered_models.rename(key, "c", 5_000))
    assert get(store, "c").last_update_time == version(store, "c", 2).last_update_time == 5_000
    assert versions(store, "name = 'a'")[0] == []
    assert versions(store, "name = 'c'", "version_number")[0] == [("c", 1), ("c", 2)]
    with pytest.raises(AlreadyExists):
        store.write(lambda session: session.registered_models.rename(key, "b", 6_000))
    store.write(lambda session: session.registered_models.rename(key, "c", 7_000))
    assert get(store, "c").last_update_time == 7_000


def test_a_model_goes_with_all_that_it_has(store: Store) -> None:
    key, other = add(store, "a", versions=2, tags={"x": "1"}), add(store, "b", versions=1, tags={"x": "1"})

    def fill(session: Session) -> None:
        for owner in (key, other):
            session.registered_models.point(owner, "p", 1)
            one = locate(session, owner.name, 1)
            session.model_versions.set_tags(one, {"t": "1"})
            session.model_versions.record_files(one, [FileDigest(path="x", size=1, sha256="0" * 64)])
            session.moves.add(owner, move(owner.name))

    store.write(fill)
    store.write(lambda session: session.registered_models.delete(key))
    assert store.read(lambda session: session.registered_models.get("a")) is None
    assert versions(store)[0] == [("b", 1)]
    left = version(store, "b", 1)
    assert (left.tags, left.aliases) == ({"t": "1"}, ("p",))
    fresh = add(store, "a", versions=1)
    assert get(store, "a").aliases == {}
    assert store.read(lambda session: session.moves.page(fresh, None, "", None, 10, "")).items == []
    assert versions(store, "name = 'a'")[0] == [("a", 1)]


# --- versions ---------------------------------------------------------------------------------------------------------


def test_a_version_is_kept_whole(store: Store) -> None:
    key = add(store, "a")
    given = new_version(
        source="models:/m-1",
        location="mlflow-artifacts:/0/models/m-1/artifacts",
        run_id="r" * 32,
        model_id="m-1",
        user_id="軌",
        description="d" * 60_000,
        run_link="http://x",
        status_message="m",
        tags={"k": "v", "": "e"},
    )
    made = store.write(lambda session: session.model_versions.add(key, given))
    wanted = msgspec.structs.replace(given, name="a", version=1)
    assert version(store, "a", 1) == wanted
    assert made == VersionKey(number=made.number, model=key.number, name="a", version=1, stage=Stage.NONE)
    assert store.read(lambda session: session.model_versions.locate("a", 1)) == made
    assert get(store, "a").latest_versions == [wanted]
    assert get(store, "a").last_update_time == 2_000


def test_numbers_are_not_given_again(store: Store) -> None:
    key = add(store, "a", versions=3)
    store.write(lambda session: session.model_versions.delete(locate(session, "a", 3)))
    store.write(lambda session: session.model_versions.delete(locate(session, "a", 1)))
    assert store.write(lambda session: session.model_versions.add(key, new_version())).version == 4
    assert versions(store, "", "version_number")[0] == [("a", 2), ("a", 4)]


def test_tags_descriptions_and_stages_of_versions(store: Store) -> None:
    add(store, "a", versions=2)

    def work(session: Session) -> None:
        one = locate(session, "a", 1)
        session.model_versions.describe(one, "new", 5_000)
        session.model_versions.set_tags(one, {"x": "1", "y": "2"})
        session.model_versions.set_tags(one, {"x": "3"})
        assert session.model_versions.delete_tag(one, "y")
        assert not session.model_versions.delete_tag(one, "y")
        session.model_versions.set_stage(one, Stage.STAGING, 6_000)

    store.write(work)
    found = version(store, "a", 1)
    assert (found.description, found.tags, found.stage, found.last_update_time) == (
        "new",
        {"x": "3"},
        Stage.STAGING,
        6_000,
    )
    assert version(store, "a", 2) == new_version(name="a", version=2)


def test_the_latest_of_each_stage(store: Store) -> None:
    key = add(store, "a", versions=5)
    add(store, "b", versions=9)

    def work(session: Session) -> None:
        for number, stage in ((1, Stage.STAGING), (2, Stage.STAGING), (3, Stage.PRODUCTION)):
            session.model_versions.set_stage(locate(session, "a", number), stage, 3_000)

    store.write(work)

    def latest(stages: Any) -> list[int]:
        return [one.version for one in store.read(lambda session: session.model_versions.latest(key, stages))]

    assert latest(None) == [5]
    assert latest(list(Stage)) == [2, 3, 5]
    assert latest([Stage.STAGING]) == [2]
    assert latest([Stage.ARCHIVED]) == []
    assert [one.version for one in get(store, "a").latest_versions] == [2, 3, 5]
    staged = store.read(lambda session: session.model_versions.of_stage(key, Stage.STAGING))
    assert [one.version for one in staged] == [1, 2]


def test_aliases_point_to_one_version_each(store: Store) -> None:
    key = add(store, "a", versions=2)
    add(store, "b", versions=2)

    def work(session: Session) -> None:
        for alias, number in (("x", 1), ("y", 2), ("X", 1), ("x", 2)):
            session.registered_models.point(key, alias, number)

    store.write(work)
    assert store.read(lambda session: session.registered_models.aliases(key)) == {"X": 1, "x": 2, "y": 2}
    assert version(store, "a", 2).aliases == ("x", "y")
    assert store.read(lambda session: session.model_versions.aliased("a", "x")) == version(store, "a", 2)
    assert store.read(lambda session: session.model_versions.aliased("b", "x")) is None
    store.write(lambda session: session.registered_models.point(key, "x", None))
    assert get(store, "a").aliases == {"X": 1, "y": 2}


def test_the_digests_of_files(store: Store) -> None:
    add(store, "a", versions=2)
    files = [FileDigest(path=f"軌跡/{i}", size=i, sha256=f"{i:064x}") for i in range(2_000)]
    store.write(lambda session: session.model_versions.record_files(locate(session, "a", 1), files))
    assert store.read(lambda session: session.model_versions.files(locate(session, "a", 1))) == files
    assert store.read(lambda session: session.model_versions.files(locate(session, "a", 2))) is None


# --- what was read before ---------------------------------------------------------------------------------------------

CHANGES: list[Callable[[Session, RegisteredKey], object]] = [
    lambda session, key: session.registered_models.describe(key, "new", 3_000),
    lambda session, key: session.registered_models.touch(key, 4_000),
    lambda session, key: session.registered_models.set_tags(key, {"x": "1", "y": "2"}),
    lambda session, key: session.registered_models.set_tags(key, {"x": "3"}),
    lambda session, key: session.registered_models.delete_tag(key, "y"),
    lambda session, key: session.model_versions.add(key, new_version()),
    lambda session, key: session.model_versions.add(key, new_version(tags={"a": "b"})),
    lambda session, key: session.registered_models.point(key, "live", 1),
    lambda session, key: session.registered_models.point(key, "live", 2),
    lambda session, key: session.model_versions.describe(locate(session, key.name, 2), "newer", 5_000),
    lambda session, key: session.model_versions.set_tags(locate(session, key.name, 2), {"a": "c"}),
    lambda session, key: session.model_versions.delete_tag(locate(session, key.name, 2), "a"),
    lambda session, key: session.model_versions.set_stage(locate(session, key.name, 1), Stage.PRODUCTION, 6_000),
    lambda session, key: session.registered_models.point(key, "live", None),
    lambda session, key: session.model_versions.delete(locate(session, key.name, 2)),
    lambda session, key: session.registered_models.rename(key, "b", 7_000),
]
"""Changes of what is told of a model, each from what the one before left."""


def unkept(store: Store, name: str) -> RegisteredModel | None:
    """A model as a transaction reads it that may change something, which takes nothing from before."""
    return store.write(lambda session: session.registered_models.get(name))


def test_each_change_is_told_by_the_next_read_of_every_server(store: Store, uri: str) -> None:
    key = add(store, "a")
    other = open_store(uri, ARTIFACT_ROOT)
    before = get(store, "a")
    assert get(other, "a") == before
    for i, change in enumerate(CHANGES):
        store.write(lambda session, change=change: change(session, key))  # type: ignore[misc]
        name = "b" if i == len(CHANGES) - 1 else "a"
        after = unkept(store, name)
        assert after not in (None, before), i
        for server in (store, other):
            assert get(server, name) == after
            page = server.read(lambda session: session.registered_models.search(None, False, (), 10, ""))
            assert page.items == [after]
        assert after is not None
        before = after
    other.close()


def test_what_came_to_nothing_is_not_told(store: Store) -> None:
    key = add(store, "a", versions=1)
    before = get(store, "a")

    def fail(session: Session) -> None:
        session.registered_models.set_tags(key, {"x": "never"})
        found = session.registered_models.get("a")
        assert found is not None
        assert found.tags == {"x": "never"}
        raise InvalidParameter("no")

    with pytest.raises(InvalidParameter):
        store.write(fail)
    assert get(store, "a") == before
    store.write(lambda session: session.registered_models.set_tags(key, {"x": "now"}))
    assert get(store, "a").tags == {"x": "now"}


def test_a_page_of_what_was_read_before_and_what_was_not(store: Store) -> None:
    keys = [add(store, f"m{i}", versions=1) for i in range(5)]
    get(store, "m1")
    get(store, "m3")
    store.write(lambda session: session.registered_models.set_tags(keys[3], {"x": "1"}))
    page = store.read(lambda session: session.registered_models.search(None, False, (), 10, ""))
    assert page.items == [unkept(store, f"m{i}") for i in range(5)]


# --- searches ---------------------------------------------------------------------------------------------------------


def test_pages_of_models_in_every_order(store: Store) -> None:
    for i in range(7):
        add(store, f"m{i}", tags={"i": str(i % 3)})
    for order in ((), ("name DESC",), ("last_updated_timestamp",), ("timestamp DESC", "name DESC")):
        whole, _ = models(store, "", *order)
        assert sorted(whole) == [f"m{i}" for i in range(7)]
        seen: list[str] = []
        token = ""
        while True:
            found, token = models(store, "", *order, most=2, token=token)
            seen += found
            if not token:
                break
        assert seen == whole


def test_a_token_belongs_to_its_search(store: Store) -> None:
    for i in range(3):
        add(store, f"m{i}", versions=1)
    _, token = models(store, most=1)
    calls: list[Callable[[], Any]] = [
        lambda: models(store, "name != 'x'", token=token),
        lambda: models(store, "", "name DESC", token=token),
        lambda: models(store, prompts=True, token=token),
        lambda: versions(store, token=token),
    ]
    for call in calls:
        with pytest.raises(InvalidParameter, match="another search"):
            call()


def test_prompts_are_apart(store: Store) -> None:
    prompt, model = add(store, "p", tags=PROMPT), add(store, "m")
    store.write(lambda session: session.model_versions.add(prompt, new_version(tags=PROMPT)))
    store.write(lambda session: session.model_versions.add(model, new_version()))
    assert (models(store)[0], models(store, prompts=True)[0]) == (["m"], ["p"])
    assert (versions(store)[0], versions(store, prompts=True)[0]) == ([("m", 1)], [("p", 1)])

    def swap(session: Session) -> None:
        session.registered_models.set_tags(model, PROMPT)
        session.registered_models.delete_tag(prompt, next(iter(PROMPT)))
        session.model_versions.set_tags(locate(session, "m", 1), PROMPT)
        session.model_versions.set_tags(locate(session, "p", 1), {next(iter(PROMPT)): "false"})

    store.write(swap)
    assert (models(store)[0], models(store, prompts=True)[0]) == (["p"], ["m"])
    assert (versions(store)[0], versions(store, prompts=True)[0]) == ([("p", 1)], [("m", 1)])


def test_conditions_of_versions(store: Store) -> None:
    key = add(store, "a")

    def fill(session: Session) -> None:
        for i in range(6):
            session.model_versions.add(
                key,
                new_version(
                    source=f"s3://b/{i}",
                    run_id=f"r{i % 2}",
                    model_id=f"m-{i}",
                    last_update_time=2_000 + i,
                    tags={"i": str(i), **({"odd": "軌"} if i % 2 else {})},
                ),
            )

    store.write(fill)
    for text, wanted in (
        ("run_id = 'r1'", [6, 4, 2]),
        ("run_id IN ('r1', 'x') AND version_number > 2", [6, 4]),
        ("run_id LIKE 'r%' AND tags.odd IS NULL", [5, 3, 1]),
        ("tags.odd = '軌'", [6, 4, 2]),
        ("tags.i IN ('0', '3')", [4, 1]),
        ("tags.i != '0' AND tags.odd LIKE '%'", [6, 4, 2]),
        ("source_path = 's3://b/4'", [5]),
        ("source_path IN ('s3://b/4', 's3://b/0')", [5, 1]),
        ("source_path LIKE '%/4' OR model_id = 'm-0'", [5, 1]),
        ("NOT source_path = 's3://b/4'", [6, 4, 3, 2, 1]),
        ("name = 'b'", []),
        ("last_updated_timestamp >= 2004 AND current_stage = 'None'", [6, 5]),
    ):
        assert [number for _, number in versions(store, text)[0]] == wanted, text


# --- moves ------------------------------------------------------------------------------------------------------------


def move(name: str, **fields: Any) -> Move:
    given: dict[str, Any] = {
        "name": name,
        "kind": MoveKind.ALIAS,
        "target": "p",
        "before": "",
        "after": "1",
        "time": 3_000,
        "decision_time": 3_000,
        **fields,
    }
    return Move(**given)


def test_a_move_is_kept_whole(store: Store) -> None:
    key = add(store, "a")
    given = move(
        "a",
        kind=MoveKind.STAGE,
        target="1",
        before="None",
        after="Production",
        archive=True,
        status=MoveStatus.REFUSED,
        user_id="軌",
        decided_by="b",
        comment="c" * 5_000,
        verdicts=(Verdict(check="metrics.a > 1", passed=False, detail="x"),),
    )
    made = store.write(lambda session: session.moves.add(key, given))
    assert made == msgspec.structs.replace(given, number=made.number)
    assert store.read(lambda session: session.moves.get(key, made.number)) == made
    assert store.read(lambda session: session.moves.get(add_key(key), made.number)) is None


def add_key(key: RegisteredKey) -> RegisteredKey:
    """The key of another model."""
    return msgspec.structs.replace(key, number=key.number + 1)


def test_what_waits_and_what_was_last(store: Store) -> None:
    key = add(store, "a")

    def fill(session: Session) -> list[Move]:
        waiting = {"status": MoveStatus.WAITING, "decision_time": None}
        return [
            session.moves.add(key, one)
            for one in (
                move("a", after="9", **waiting),
                move("a", after="2"),
                move("a", before="2", after="3"),
                move("a", target="q", after="4"),
                move("a", after="5", status=MoveStatus.REFUSED),
                move("a", kind=MoveKind.STAGE, target="p", after="Staging"),
                move("a", after="8", **waiting),
            )
        ]

    made = store.write(fill)
    assert store.read(lambda session: session.moves.waiting(key)) == [made[0], made[6]]
    assert store.read(lambda session: session.moves.last(key, MoveKind.ALIAS, "p")) == made[2]
    verdict = Verdict(check="c", passed=True)
    store.write(lambda session: session.moves.decide(made[0], MoveStatus.DONE, "bob", 9_000, [verdict], "3"))
    done = msgspec.structs.replace(
        made[0], status=MoveStatus.DONE, decided_by="bob", decision_time=9_000, verdicts=(verdict,), before="3"
    )
    assert store.read(lambda session: session.moves.last(key, MoveKind.ALIAS, "p")) == done
    assert store.read(lambda session: session.moves.waiting(key)) == [made[6]]

    def listed(kind: MoveKind | None, target: str, status: MoveStatus | None) -> list[Move]:
        return store.read(lambda session: session.moves.page(key, kind, target, status, 100, "")).items

    assert listed(None, "", None) == [*reversed(made[1:]), done]
    assert listed(MoveKind.STAGE, "", None) == [made[5]]
    assert listed(MoveKind.ALIAS, "q", None) == [made[3]]
    assert listed(None, "p", MoveStatus.REFUSED) == [made[4]]
    first = store.read(lambda session: session.moves.page(key, None, "", None, 5, ""))
    rest = store.read(lambda session: session.moves.page(key, None, "", None, 5, first.next_page_token))
    assert ([*first.items, *rest.items], rest.next_page_token) == (listed(None, "", None), "")
    with pytest.raises(InvalidParameter, match="another search"):
        store.read(lambda session: session.moves.page(key, None, "p", None, 5, first.next_page_token))


# --- webhooks ---------------------------------------------------------------------------------------------------------

CREATED = WebhookEvent(entity=Entity.MODEL_VERSION, action=Action.CREATED)
DELETED = WebhookEvent(entity=Entity.MODEL_VERSION_ALIAS, action=Action.DELETED)


def new_webhook(webhook_id: str, **fields: Any) -> Webhook:
    given: dict[str, Any] = {
        "name": "w",
        "url": "https://h/",
        "events": (CREATED,),
        "creation_time": 1_000,
        "last_update_time": 1_000,
        **fields,
    }
    return Webhook(webhook_id=webhook_id, **given)


def message(webhook_id: str, number: int, **fields: Any) -> Delivery:
    given: dict[str, Any] = {"event": str(CREATED), "payload": "軌" * 9_000, "next_time": 1_000, "creation_time": 1_000}
    return Delivery(webhook_id=webhook_id, delivery_id=f"d{number}", **(given | fields))


def test_a_webhook_is_kept_whole_and_changed(store: Store) -> None:
    given = new_webhook(
        "a", description="d" * 5_000, url=f"https://h/{'x' * 2_000}", events=(CREATED, DELETED), secret="s"
    )
    store.write(lambda session: session.webhooks.create(given))
    assert store.read(lambda session: session.webhooks.get("a")) == given
    assert store.read(lambda session: session.webhooks.get("b")) is None
    other = msgspec.structs.replace(
        given,
        name="z",
        description="",
        url="https://z/",
        events=(DELETED,),
        status=WebhookStatus.DISABLED,
        secret="",
        last_update_time=2_000,
    )
    store.write(lambda session: session.webhooks.replace(other))
    assert store.read(lambda session: session.webhooks.get("a")) == other
    assert store.write(lambda session: session.webhooks.delete("a"))
    assert not store.write(lambda session: session.webhooks.delete("a"))


def test_pages_of_webhooks_and_who_is_told(store: Store) -> None:
    def fill(session: Session) -> None:
        session.webhooks.create(new_webhook("a"))
        session.webhooks.create(new_webhook("b", status=WebhookStatus.DISABLED))
        session.webhooks.create(new_webhook("c", events=(DELETED, CREATED), creation_time=3_000))
        session.webhooks.create(new_webhook("d", events=(DELETED,)))

    store.write(fill)
    first = store.read(lambda session: session.webhooks.page(3, ""))
    rest = store.read(lambda session: session.webhooks.page(3, first.next_page_token))
    assert [one.webhook_id for one in [*first.items, *rest.items]] == ["c", "d", "b", "a"]
    told = store.read(lambda session: session.webhooks.told_of(CREATED))
    assert [one.webhook_id for one in told] == ["a", "c"]


def test_messages_are_taken_once(store: Store) -> None:
    def fill(session: Session) -> None:
        session.webhooks.create(new_webhook("a"))
        session.webhooks.queue([message("a", i, next_time=1_000 + i) for i in range(5)])

    store.write(fill)
    assert not store.read(lambda session: session.webhooks.is_due(999))
    assert store.read(lambda session: session.webhooks.is_due(1_000))
    first = store.write(lambda session: session.webhooks.due(1_003, 9_000, 2))
    rest = store.write(lambda session: session.webhooks.due(1_003, 9_000, 100))
    assert [[one.delivery_id for one in some] for some in (first, rest)] == [["d0", "d1"], ["d2", "d3"]]
    assert store.write(lambda session: session.webhooks.due(1_003, 9_000, 100)) == []
    done = msgspec.structs.replace(
        first[0], status=DeliveryStatus.DELIVERED, attempts=1, end_time=2_000, response_status=204, error="e"
    )
    again = msgspec.structs.replace(first[1], attempts=1, next_time=4_000, response_status=503)
    store.write(lambda session: session.webhooks.finish(done))
    store.write(lambda session: session.webhooks.finish(again))
    assert [one.delivery_id for one in store.write(lambda session: session.webhooks.due(4_000, 9_000, 9))] == [
        "d4",
        "d1",
    ]
    page = store.read(lambda session: session.webhooks.deliveries("a", None, 4, ""))
    rest_of = store.read(lambda session: session.webhooks.deliveries("a", None, 4, page.next_page_token))
    assert [one.delivery_id for one in [*page.items, *rest_of.items]] == ["d4", "d3", "d2", "d1", "d0"]
    assert rest_of.items == [done]
    pending = store.read(lambda session: session.webhooks.deliveries("a", DeliveryStatus.PENDING, 9, "")).items
    assert len(pending) == 4
    assert store.write(lambda session: session.webhooks.forget(2_000)) == 0
    assert store.write(lambda session: session.webhooks.forget(2_001)) == 1
    store.write(lambda session: session.webhooks.delete("a"))
    assert store.read(lambda session: session.webhooks.deliveries("a", None, 9, "")).items == []


# --- several at once --------------------------------------------------------------------------------------------------


def test_threads_that_register_get_numbers_of_their_own(store: Store) -> None:
    key = add(store, "a")
    made: list[int] = []

    def work() -> None:
        for _ in range(8):

            def one(session: Session) -> int:
                session.registered_models.locate("a")
                return session.model_versions.add(key, new_version()).version

            made.append(store.write(one))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == list(range(1, 65))
