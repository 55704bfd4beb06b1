"""Medians over rounds, and servers that fail."""

from pathlib import Path

import pytest

from bench.figures import Measurement
from bench.peers import Peer
from bench.session import CheckFailed, Field, Session, Turn, check, combine
from bench.settings import QUICK


def test_combine_takes_medians_and_adds_up_errors() -> None:
    turns = [
        Turn(value=30.0, requests=10, errors=0, detail={"p50 ms": 3.0}),
        Turn(value=10.0, requests=20, errors=2, detail={"p50 ms": 1.0}, messages=("HTTP 500: no",)),
        Turn(value=20.0, requests=30, errors=0, detail={"p50 ms": 2.0}),
    ]
    assert combine(turns) == Measurement(
        value=20.0,
        rounds=(30.0, 10.0, 20.0),
        requests=60,
        errors=2,
        detail={"p50 ms": 2.0, "first error": "HTTP 500: no"},
    )


def test_combine_says_why_there_is_nothing() -> None:
    assert combine([], "did not start") == Measurement(value=None, problem="did not start")


def test_check_names_what_is_wrong() -> None:
    check(True, "all is well")
    with pytest.raises(CheckFailed, match="9 points instead of 10"):
        check(False, "9 points instead of 10")


def test_a_server_that_does_not_start_is_a_problem_of_that_peer_alone(tmp_path: Path) -> None:
    peer = Peer(name="broken", version="1", arguments=("false",), durability="none")
    with Session(QUICK, {"broken": peer}, {"absent": "not installed"}, tmp_path) as session:
        assert session.names == ("broken", "absent")
        with session.servers(fresh=True) as field:
            assert field.running == {}
            assert "broken ended with 1 at its start" in field.problems["broken"]
            measured = session.rounds(field, lambda server, round_: Turn(value=1.0, requests=1, errors=0))
        assert {name: each.value for name, each in measured.items()} == {"absent": None, "broken": None}
        folder = session.folder
        assert folder.is_dir()
    assert not folder.exists()


def test_each_turns_a_failure_into_a_problem(tmp_path: Path) -> None:
    peer = Peer(name="idle", version="1", arguments=("true",), durability="none")
    with Session(QUICK, {"idle": peer}, {}, tmp_path) as session:
        field = Field(running={"idle": session.prepare(peer)}, problems={"absent": "not installed"})
        measured = session.each(field, lambda server: Measurement(value=float(server.pid)))
    assert measured == {
        "absent": Measurement(value=None, problem="not installed"),
        "idle": Measurement(value=None, problem="RuntimeError: idle is not running"),
    }
