"""Pages that a server answers: what one takes, of kiseki and of MLflow with the same rows in their databases.

All servers run, and each question is put to them in turns: a machine that others use, too, is as fast for one as for the other.
"""

import contextlib
import dataclasses
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import machine
from bench.command import CACHE, commit, publish
from bench.connection import Connection
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.peers import Peer, Server
from bench.report import Report
from bench.settings import FULL

Told = Callable[[Any], Any]
"""What an answer tells, in a form that is the same of every peer."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and how many milliseconds kiseki may take for it; one with a body is a POST."""

    name: str
    path: str
    most_ms: float
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What a question took, in milliseconds, and what the answer told."""

    milliseconds: tuple[float, ...]
    told: Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A peer, how the SQLite database that its server made is filled, and what it is asked, how often.

    `scale` says how much is in its database, where that is less than in kiseki's.
    """

    peer: Peer
    fill: Callable[[Path], None]
    questions: Sequence[Question]
    repeats: int
    scale: str = ""


def measure(
    name: str, scenario: str, asked: Sequence[Asked], told: Told, note: str, faster: float, *, dry: bool
) -> int:
    """Measures all peers, in turns, prints the table and writes it to bench/results.

    Args:
        name: Part of the name of the result.
        scenario: What the table is about.
        asked: The peers, kiseki first; each has the same questions by name.
        told: What of an answer is compared, where two peers have the same rows.
        note: What is in the databases.
        faster: How many times faster than MLflow kiseki is to be; 0 where that is not said.
        dry: Whether the result is only printed.

    Returns:
        1 when answers differ, 0 otherwise, targets missed or not.
    """
    CACHE.mkdir(exist_ok=True)
    facts = machine.observe(CACHE)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        found = _answers(asked, Path(folder), told)
    result = Report(
        name=name,
        date=time.strftime("%Y-%m-%d %H:%M"),
        commit=commit(),
        settings=dataclasses.asdict(dataclasses.replace(FULL, clients=1, rounds=1, seconds=0.0)),
        machine=dataclasses.asdict(facts),
        versions={one.peer.name: one.peer.version for one in asked},
        durability={one.peer.name: one.peer.durability for one in asked},
        notes=(note,),
        figures=tuple(_figures(scenario, asked, found, faster)),
    )
    publish(result, dry=dry)
    wrong = [
        question.name
        for question in asked[0].questions
        for one in asked[1:]
        if not one.scale and found[one.peer.name][question.name].told != found[SUBJECT][question.name].told
    ]
    if wrong:
        print(json.dumps({"answers differ": wrong}), file=sys.stderr)
    return int(bool(wrong))


def _answers(asked: Sequence[Asked], folder: Path, told: Told) -> dict[str, dict[str, Answers]]:
    """What all peers answer, by their names and those of the questions."""
    found: dict[str, dict[str, Answers]] = {one.peer.name: {} for one in asked}
    with contextlib.ExitStack() as open_:
        connections = [open_.enter_context(_filled(one, folder)) for one in asked]
        for of_peers in zip(*(one.questions for one in asked), strict=True):
            waiting = [_Asking(*one, told) for one in zip(connections, of_peers, strict=True)]
            turns = min(one.repeats for one in asked)
            for _ in range(turns):
                for one, asking in zip(asked, waiting, strict=True):
                    asking.repeat(one.repeats // turns)
            for one, asking in zip(asked, waiting, strict=True):
                answers = asking.answers()
                found[one.peer.name][of_peers[0].name] = answers
                took = statistics.median(answers.milliseconds)
                print(f"{one.peer.name}: {of_peers[0].name}: {took:.4g} ms", file=sys.stderr)
    return found


@contextlib.contextmanager
def _filled(asked: Asked, folder: Path) -> Iterator[Connection]:
    """A connection to the server of a peer, which has its rows."""
    server = Server(asked.peer, folder / asked.peer.name)
    server.start()
    server.stop()
    print(f"{asked.peer.name}: filling the database", file=sys.stderr)
    asked.fill(server.database)
    server.start()
    try:
        connection = server.connect()
        yield connection
        connection.close()
    finally:
        server.stop()


class _Asking:
    """A question that is put to one peer again and again.

    The first request, which may fill caches, is not timed, nor is what the client makes of an answer.
    """

    def __init__(self, connection: Connection, question: Question, told: Told) -> None:
        body = None if question.body is None else json.dumps(question.body).encode()
        self._connection = connection
        self._request = connection.encode("GET" if body is None else "POST", question.path, body)
        self._told = told(connection.exchange(self._request).json())
        self._taken: list[float] = []

    def repeat(self, times: int) -> None:
        """Puts the question so many times."""
        for _ in range(times):
            began = time.perf_counter()
            answer = self._connection.exchange(self._request)
            self._taken.append((time.perf_counter() - began) * 1000)
            answer.json()

    def answers(self) -> Answers:
        """What all of them took."""
        return Answers(milliseconds=tuple(self._taken), told=self._told)


def _figures(
    scenario: str, asked: Sequence[Asked], found: Mapping[str, Mapping[str, Answers]], faster: float
) -> Iterator[Figure]:
    for question in asked[0].questions:
        yield Figure(
            scenario=scenario,
            name=f"{question.name}, p50",
            unit="ms",
            higher_is_better=False,
            measurements={one.peer.name: _measurement(found[one.peer.name][question.name], one.scale) for one in asked},
            targets=(Target(bound=question.most_ms), *((Target(bound=faster, peer="mlflow"),) if faster else ())),
        )


def _measurement(answers: Answers, scale: str) -> Measurement:
    return Measurement(
        value=statistics.median(answers.milliseconds),
        scale=scale,
        requests=len(answers.milliseconds),
        detail={"max": max(answers.milliseconds)},
    )
