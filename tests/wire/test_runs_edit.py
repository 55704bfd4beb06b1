"""POST /api/kiseki/v1/runs/edit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.server import INVALID, MISSING, Json, Server, pairs

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def edit(server: Server, run_ids: list[str], **fields: Any) -> list[str]:
    answer = server.native("runs/edit", run_ids=run_ids, **fields).ok()
    assert list(answer) == ["run_ids"]
    found: list[str] = answer["run_ids"]
    return found


@pytest.fixture
def three(server: Server, experiment: str) -> list[str]:
    """Three runs, the first of which has the tag `a` already."""
    return [server.new_run(experiment, run_name=f"n{i}", tags=pairs(a="1") if i == 0 else []) for i in range(3)]


def stages(server: Server, runs: list[str]) -> list[str]:
    return [server.run(run)["info"]["lifecycle_stage"] for run in runs]


def tags(server: Server, runs: list[str]) -> list[Json]:
    return [server.tags(run) for run in runs]


def test_tags_of_many_runs(server: Server, three: list[str]) -> None:
    assert edit(server, three, set_tags=pairs(a="1", b="")) == three
    assert tags(server, three) == [{"a": "1", "b": ""}] * 3
    assert edit(server, three[:1], delete_tags=["b"]) == three[:1]
    # Those that are so already are not among the changed ones.
    assert edit(server, [three[2], *three], set_tags=pairs(a="1"), delete_tags=["b", "none"]) == [three[2], three[1]]
    assert tags(server, three) == [{"a": "1"}] * 3
    assert edit(server, three, set_tags=pairs(a="1"), delete_tags=["none"]) == []
    assert edit(server, three) == []


def test_the_trash(server: Server, experiment: str, three: list[str]) -> None:
    assert edit(server, three[:2], lifecycle_stage="deleted") == three[:2]
    assert edit(server, three, lifecycle_stage="deleted") == three[2:]
    assert stages(server, three) == ["deleted"] * 3
    assert edit(server, three[1:], lifecycle_stage="active") == three[1:]
    assert stages(server, three) == ["deleted", "active", "active"]
    assert edit(server, three[1:], lifecycle_stage="active") == []


def test_a_restored_run_takes_tags_and_a_deleted_one_took_them_before(server: Server, three: list[str]) -> None:
    assert edit(server, three, set_tags=pairs(b="2"), lifecycle_stage="deleted") == three
    assert tags(server, three)[1] == {"b": "2"}
    assert stages(server, three) == ["deleted"] * 3
    assert edit(server, three, delete_tags=["b"], lifecycle_stage="active") == three
    assert tags(server, three)[1] == {}
    assert stages(server, three) == ["active"] * 3


def test_a_run_in_the_trash_takes_no_other_change(server: Server, three: list[str]) -> None:
    server.post("runs/delete", run_id=three[2]).ok()
    expected = server.post("runs/set-tag", run_id=three[2], key="b", value="2").json()
    for change in (
        {"set_tags": pairs(b="2")},
        {"delete_tags": ["a"]},
        {"set_tags": pairs(b="2"), "lifecycle_stage": "deleted"},
    ):
        answer = server.native("runs/edit", run_ids=three, **change)
        answer.refused(INVALID, three[2], "must be in the 'active' state")
        assert answer.json() == expected
    server.native("runs/edit", run_ids=three[2:], name="x").refused(INVALID, three[2], "active")
    # All of it or none.
    assert tags(server, three) == [{"a": "1"}, {}, {}]
    assert stages(server, three) == ["active", "active", "deleted"]


def test_a_name(server: Server, three: list[str]) -> None:
    assert edit(server, three[:1], name="日本") == three[:1]
    assert edit(server, three[:1] * 2, name="日本") == []
    found = server.run(three[0])
    assert (found["info"]["run_name"], found["data"]["tags"]) == ("日本", pairs(**{"a": "1", "mlflow.runName": "日本"}))
    assert edit(server, three, set_tags=pairs(**{"mlflow.runName": "same"})) == three
    assert [server.run(run)["info"]["run_name"] for run in three] == ["same"] * 3
    assert edit(server, three, set_tags=pairs(**{"mlflow.runName": ""})) == []
    assert server.run(three[0])["info"]["run_name"] == "same"


def test_an_unknown_run_is_named_and_nothing_is_done(server: Server, three: list[str]) -> None:
    unknown = "f" * 32
    answer = server.native("runs/edit", run_ids=[*three, unknown], set_tags=pairs(b="2"), lifecycle_stage="deleted")
    answer.refused(MISSING, unknown)
    assert tags(server, three) == [{"a": "1"}, {}, {}]
    assert stages(server, three) == ["active"] * 3
    server.native("runs/edit", run_ids=["../x"]).refused(MISSING, "../x")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"run_ids": []}, ["run_ids", "0 runs"]),
        ({"run_ids": ["x"] * 1_001}, ["run_ids", "1001", "1000"]),
        ({"lifecycle_stage": "gone"}, ["lifecycle_stage", "gone", "active, deleted"]),
        ({"set_tags": [{"key": "", "value": "1"}]}, ["set_tags[0].key"]),
        ({"set_tags": [{"key": "../x", "value": "1"}]}, ["set_tags[0].key", "../x"]),
        ({"set_tags": [{"key": "a", "value": "x" * 65_537}]}, ["set_tags[0].value", "65536"]),
        ({"set_tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, ["set_tags[1].key", "twice"]),
        ({"set_tags": pairs(**{f"k{i}": "" for i in range(101)})}, ["set_tags", "101", "100"]),
        ({"delete_tags": [f"k{i}" for i in range(101)]}, ["delete_tags", "101", "100"]),
        ({"delete_tags": [""]}, ["delete_tags[0]"]),
        ({"set_tags": [{"key": "a", "value": "1"}], "delete_tags": ["a"]}, ["'a'", "to be deleted"]),
        ({"name": "x" * 65_537}, ["name", "65536"]),
        ({"name": "x", "set_tags": [{"key": "mlflow.runName", "value": "y"}]}, ["name", "mlflow.runName"]),
        ({"name": "x", "delete_tags": ["mlflow.runName"]}, ["name", "mlflow.runName"]),
        ({"name": "x\u0000"}, ["name", "NUL"]),
    ],
)
def test_refusals_say_what_is_wrong(server: Server, run: str, fields: Json, words: list[str]) -> None:
    before = server.run(run)
    server.native("runs/edit", {"run_ids": [run], **fields}).refused(INVALID, *words)
    assert server.run(run) == before


def test_a_name_takes_one_run(server: Server, three: list[str]) -> None:
    server.native("runs/edit", run_ids=three, name="x").refused(INVALID, "'name'", "3 were given")


def test_what_would_be_too_much_in_all_runs_together(server: Server, three: list[str]) -> None:
    long = pairs(**{f"k{i}": "x" * 60_000 for i in range(2)})
    answer = server.native("runs/edit", run_ids=[*three * 300], set_tags=long)
    answer.refused(INVALID, "set_tags", "characters")


def test_a_thousand_runs(server: Server, experiment: str) -> None:
    runs = [server.new_run(experiment) for _ in range(50)]
    unknown = [f"{i:032x}" for i in range(950)]
    server.native("runs/edit", run_ids=[*runs, *unknown], lifecycle_stage="deleted").refused(MISSING, unknown[0])
    assert edit(server, runs * 20, set_tags=pairs(a="1"), lifecycle_stage="deleted") == runs
    assert set(stages(server, runs)) == {"deleted"}
