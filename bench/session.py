"""One session of the benchmark: its peers, its scratch folder, its servers, and rounds that take turns."""

import contextlib
import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.databases import DatabaseServer
from bench.figures import Measurement
from bench.peers import Peer, Server
from bench.settings import Settings


class CheckFailed(Exception):
    """A server answered, but not with what it had been given."""


def check(condition: bool, message: str) -> None:
    """Raises `CheckFailed` unless the condition holds."""
    if not condition:
        raise CheckFailed(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What one peer did in one round: the value, requests and errors, and details that are summed or averaged."""

    value: float
    requests: int
    errors: int
    detail: Mapping[str, float] = field(default_factory=dict)
    messages: tuple[str, ...] = ()


@dataclass(kw_only=True, slots=True)
class Field:
    """The servers of a scenario: those that run, and why others do not."""

    running: dict[str, Server]
    problems: dict[str, str]


class Session:
    """What the scenarios share. Everything it starts ends with it and its scratch folder is removed."""

    def __init__(
        self,
        settings: Settings,
        peers: Mapping[str, Peer],
        problems: Mapping[str, str],
        cache: Path,
        databases: DatabaseServer | None = None,
    ) -> None:
        self.settings = settings
        self.databases = databases
        self.peers = dict(peers)
        self.problems = dict(problems)
        self.cache = cache
        self.folder = cache / f"session-{time.time_ns()}"
        self._began = time.monotonic()
        self._shared: dict[str, Server] = {}
        self._counter = 0
        self.folder.mkdir(parents=True)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *failure: object) -> None:
        for server in self._shared.values():
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def names(self) -> tuple[str, ...]:
        """All peers of the session, those that could not be installed included."""
        return tuple(dict.fromkeys([*self.peers, *self.problems]))

    def say(self, text: str) -> None:
        """Prints a line about what is going on."""
        print(f"[{time.monotonic() - self._began:6.1f} s] {text}", flush=True)

    @contextlib.contextmanager
    def servers(self, *, fresh: bool = False) -> Iterator[Field]:
        """Starts one server a peer, with an empty database if `fresh` or if the settings do not let them be shared."""
        shared = self.settings.shared_servers and not fresh
        field_ = Field(running=dict(self._shared) if shared else {}, problems=dict(self.problems))
        try:
            for name, peer in self.peers.items():
                if name in field_.running:
                    continue
                try:
                    field_.running[name] = self.start(peer)
                except Exception as error:
                    field_.problems[name] = f"did not start: {error}"
                    self.say(f"{name} did not start: {error}")
            if shared:
                self._shared = dict(field_.running)
            yield field_
        finally:
            if not shared:
                for name, server in field_.running.items():
                    self._forget(name, server)

    def prepare(self, peer: Peer, *, tuned: bool = True) -> Server:
        """Returns a server that has not been started, with a folder of its own."""
        self._counter += 1
        folder = self.folder / f"{self._counter:02d}-{peer.name}"
        return Server(peer, folder, tuned=tuned, databases=self.databases)

    def start(self, peer: Peer) -> Server:
        """Starts a server with an empty database."""
        server = self.prepare(peer)
        template = self.folder / f"template-{peer.name}.db"
        in_file = peer.slow_start and self.databases is None
        if in_file and template.exists():
            server.folder.mkdir(parents=True)
            shutil.copyfile(template, server.database)
        server.start()
        if in_file and not template.exists():
            _copy(server.database, template)
        return server

    def each(self, field_: Field, work: Callable[[Server], Measurement]) -> dict[str, Measurement]:
        """Does the work for each server, one after the other; a failure becomes that peer's problem."""
        measurements = {name: Measurement(value=None, problem=text) for name, text in field_.problems.items()}
        for name, server in field_.running.items():
            try:
                measurements[name] = work(server)
            except Exception as error:
                measurements[name] = Measurement(value=None, problem=f"{type(error).__name__}: {error}")
                self.say(f"{name}: {type(error).__name__}: {error}")
        return measurements

    def rounds(self, field_: Field, turn: Callable[[Server, int], Turn]) -> dict[str, Measurement]:
        """Lets the servers take turns, as often as the settings say, and returns medians.

        Before each turn the server before is given time to finish what it does in the background, so that no one
        pays for another.
        """
        turns: dict[str, list[Turn]] = {name: [] for name in field_.running}
        problems: dict[str, str] = dict(field_.problems)
        for round_ in range(self.settings.rounds):
            for name, server in field_.running.items():
                if name in problems:
                    continue
                try:
                    turns[name].append(turn(server, round_))
                except Exception as error:
                    problems[name] = f"round {round_ + 1}: {type(error).__name__}: {error}"
                    self.say(f"{name}: {problems[name]}")
        return {
            name: combine(turns.get(name, []), problems.get(name, "")) for name in dict.fromkeys([*turns, *problems])
        }

    def _forget(self, name: str, server: Server) -> None:
        server.stop()
        # Full-size databases are large; there is no need to keep more than one set of them.
        shutil.rmtree(server.folder, ignore_errors=True)
        if not self.settings.quick:
            self.say(f"{name} stopped")


def _copy(database: Path, target: Path) -> None:
    # Through SQLite and not as a file, because the server that has just made it is running.
    with (
        contextlib.closing(sqlite3.connect(database)) as source,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)


def combine(turns: list[Turn], problem: str = "") -> Measurement:
    """Returns the median of the turns, the sum of their requests and errors, and the medians of their details."""
    if not turns:
        return Measurement(value=None, problem=problem or "no round was finished")
    messages = [message for turn in turns for message in turn.messages]
    details: dict[str, float | int | str] = {
        name: statistics.median(turn.detail[name] for turn in turns if name in turn.detail)
        for name in dict.fromkeys(name for turn in turns for name in turn.detail)
    }
    if messages:
        details["first error"] = messages[0]
    return Measurement(
        value=statistics.median(turn.value for turn in turns),
        rounds=tuple(turn.value for turn in turns),
        requests=sum(turn.requests for turn in turns),
        errors=sum(turn.errors for turn in turns),
        problem=problem,
        detail=details,
    )
