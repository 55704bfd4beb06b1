"""Searches by a part of a source on SQLite find the same with the index of parts and without, whatever becomes of versions."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from kiseki.base.errors import InvalidParameter, Unavailable
from kiseki.domain.model_versions import ModelVersion
from kiseki.domain.registered_models import RegisteredModel
from kiseki.query import MODEL_VERSIONS, Comparison, Field, Kind, Op, parse_order_by
from kiseki.store import Session, Store, open_store
from kiseki.store.registry import RegisteredKey
from kiseki.store.sql.sqlite_parts import phrase

ALPHABET = ['a', 'b', 'A', 'B', '/', '"', "'", '*', '\\', '軌', 'ß', 'İ', 'ı', '\u212a', 'k', 'K', '😀', ' ', ':', '-', '^']  # fmt: skip

ORDER = parse_order_by(["version_number ASC"], MODEL_VERSIONS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kiseki.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{path}", "mlflow-artifacts:/")
    yield opened
    opened.close()


def create(store: Store) -> RegisteredKey:
    model = RegisteredModel(name="m", creation_time=1, last_update_time=1)
    return store.write(lambda session: session.registered_models.create(model))


def register(session: Session, key: RegisteredKey, *sources: str) -> None:
    for source in sources:
        session.model_versions.add(
            key, ModelVersion(name="", version=0, creation_time=1, last_update_time=1, source=source, location="")
        )


def found(store: Store, op: Op, value: str) -> list[str]:
    where = Comparison(field=Field(kind=Kind.ATTRIBUTE, key="source_path"), op=op, value=value)
    page = store.read(lambda session: session.model_versions.search(where, False, ORDER, 10_000, ""))
    return [one.source for one in page.items]


def like(source: str, op: Op, value: str) -> bool:
    """What a pattern means, said another way."""
    expression = "".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in value)
    flags = re.DOTALL | (re.IGNORECASE | re.ASCII if op is Op.ILIKE else 0)
    return re.fullmatch(expression, source, flags) is not None


def test_random_patterns_find_what_they_mean(store: Store) -> None:
    random = Random(6)
    key = create(store)
    sources = ["".join(random.choices(ALPHABET, k=random.randint(1, 12))) for _ in range(200)]
    store.write(lambda session: register(session, key, *sources))
    hits = 0
    for _ in range(300):
        source = random.choice(sources)
        start = random.randrange(len(source))
        part = list(source[start : start + random.randint(2, 6)])
        for i in range(len(part)):
            part[i] = random.choices([part[i], part[i].swapcase(), "_", "%"], [20, 2, 1, 1])[0]
        value = random.choice(["%", ""]) + "".join(part) + random.choice(["%", ""])
        for op in (Op.LIKE, Op.ILIKE):
            expected = [one for one in sources if like(one, op, value)]
            assert found(store, op, value) == expected, (op, value)
            hits += phrase(value) is not None and bool(expected)
    assert hits > 60


def test_what_is_deleted_or_came_to_nothing_is_not_found(store: Store) -> None:
    key = create(store)
    store.write(lambda session: register(session, key, *(f"s3://b/one-{i}" for i in range(3))))

    def fail(session: Session) -> None:
        register(session, key, "s3://b/one-never")
        raise InvalidParameter("no")

    with pytest.raises(InvalidParameter):
        store.write(fail)

    def delete(session: Session) -> None:
        version = session.model_versions.locate("m", 2)
        assert version is not None
        session.model_versions.delete(version)

    store.write(delete)
    assert found(store, Op.LIKE, "%one-%") == ["s3://b/one-0", "s3://b/one-2"]
    store.write(lambda session: session.registered_models.delete(key))
    assert found(store, Op.LIKE, "%one-%") == []


def test_more_than_a_few_are_found_all(store: Store) -> None:
    key = create(store)
    sources = [f"s3://bucket/{i}/model" for i in range(2_100)]
    store.write(lambda session: register(session, key, *sources))
    assert found(store, Op.LIKE, "%bucket%") == sources
    assert found(store, Op.LIKE, "%bucket/7_/model") == sources[70:80]


def test_a_tag_of_the_same_name_is_a_tag(store: Store) -> None:
    key = create(store)
    tagged = ModelVersion(
        name="",
        version=0,
        creation_time=1,
        last_update_time=1,
        source="here",
        location="",
        tags={"source_path": "there"},
    )
    store.write(lambda session: session.model_versions.add(key, tagged))
    where = Comparison(field=Field(kind=Kind.TAG, key="source_path"), op=Op.LIKE, value="%there%")
    page = store.read(lambda session: session.model_versions.search(where, False, ORDER, 10, ""))
    assert [one.source for one in page.items] == ["here"]


def checked_triggers(path: Path) -> list[str]:
    """The triggers that keep the index, which is compared with the table first: FTS5 raises an error where they differ."""
    driver = sqlite3.connect(path, isolation_level=None)
    try:
        driver.execute("INSERT INTO model_version_parts(model_version_parts, rank) VALUES ('integrity-check', 1)")
        return [
            row[0] for row in driver.execute("SELECT name FROM sqlite_master WHERE name LIKE 'model_version_parts_%ed'")
        ]
    finally:
        driver.close()


def test_a_database_without_the_index_gets_it(path: Path, store: Store) -> None:
    key = create(store)
    store.write(lambda session: register(session, key, "s3://b/before"))
    store.close()
    driver = sqlite3.connect(path, isolation_level=None)
    triggers = checked_triggers(path)
    assert len(triggers) == 3
    for trigger in triggers:
        driver.execute(f"DROP TRIGGER {trigger}")
    driver.execute("DROP TABLE model_version_parts")
    driver.close()
    again = open_store(f"sqlite:///{path}", "mlflow-artifacts:/")
    again.write(lambda session: register(session, key, "s3://b/after"))
    assert found(again, Op.LIKE, "%before") == ["s3://b/before"]
    assert found(again, Op.LIKE, "%after") == ["s3://b/after"]
    again.close()
    assert checked_triggers(path) == triggers


def test_without_fts5_a_new_database_goes_without_and_one_that_has_it_is_refused(
    path: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 33, 0))
    with pytest.raises(Unavailable, match="FTS5"):
        open_store(f"sqlite:///{path}", "mlflow-artifacts:/")
    without = open_store(f"sqlite:///{tmp_path}/without.db", "mlflow-artifacts:/")
    key = create(without)
    without.write(lambda session: register(session, key, "s3://b/there"))
    assert found(without, Op.LIKE, "%there") == ["s3://b/there"]
    without.close()


def test_the_longest_part_is_looked_for() -> None:
    assert phrase("%/77/3") == '"/77/3"'
    assert phrase('abc%d"efg_h') == '"d""efg"'
    assert phrase("ab%cd_ef") is None
    assert phrase("%") is None
    assert phrase("abc\0d") == '"abc"'
