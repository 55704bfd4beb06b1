"""kiseki and the servers it is measured against, behind one small class."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench import environments, processes
from bench.connection import Connection
from bench.databases import DatabaseServer

HOST = "127.0.0.1"
_READY_SECONDS = 120.0
_STOP_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """How one server is started. In arguments, {port}, {database} (a file) and {folder} are filled in.

    `tuning` and `tuning_environment` favour the peer (fewer idle processes on a small machine) and are left out where
    a server is measured as installed. `slow_start` marks a server that takes long to create its database.
    """

    name: str
    version: str
    arguments: tuple[str, ...]
    durability: str
    tuning: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    tuning_environment: Mapping[str, str] = field(default_factory=dict)
    slow_start: bool = False
    on_database: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """For each kind of database server: what stands for the SQLite file in the arguments, and the scheme of the URI."""

    @property
    def python(self) -> Path:
        """The Python beside the executable, for what is measured without a server."""
        executable = Path(self.arguments[0])
        return executable if executable.name.startswith("python") else executable.with_name("python")


def kiseki(cache: Path) -> Peer:
    """kiseki as importable by the Python that `BENCH_KISEKI` names, by default the one that runs the benchmark."""
    del cache
    python = os.environ.get("BENCH_KISEKI", sys.executable)
    return Peer(
        name="kiseki",
        version=_version([python, "-c", "import importlib.metadata as m; print(m.version('kiseki'))"]),
        arguments=(
            *(python, "-m", "kiseki", "server", "--host", HOST, "--port", "{port}"),
            *("--backend-store-uri", "sqlite:///{database}", "--artifacts-destination", "{folder}/artifacts"),
        ),
        durability="WAL, synchronous=FULL, group commit: an answer means that its commit was synced",
        on_database={
            "postgresql": ("sqlite:///{database}", "postgresql"),
            "mariadb": ("sqlite:///{database}", "mysql"),
        },
    )


def fasttrackml(cache: Path, *, full: bool = True) -> Peer:
    """FastTrackML from PyPI (or `BENCH_FASTTRACKML`), by default with every commit synced as kiseki does it."""
    executable = _executable("BENCH_FASTTRACKML", "fml", "fasttrackml", cache)
    return Peer(
        name="fasttrackml" if full else "fasttrackml-normal",
        version=_version([executable, "--version"]),
        arguments=(
            *(executable, "server", "--listen-address", HOST + ":{port}", "--log-level", "warn"),
            *("--database-uri", "sqlite://{database}" + ("?_synchronous=FULL" if full else "")),
            *("--default-artifact-root", "{folder}/artifacts"),
        ),
        durability=(
            "WAL, synchronous=FULL (asked for with ?_synchronous=FULL; its default is NORMAL)"
            if full
            else "WAL, synchronous=NORMAL, its default: an answer does not mean that the commit was synced"
        ),
        on_database={"postgresql": ("sqlite://{database}" + ("?_synchronous=FULL" if full else ""), "postgres")},
    )


def fasttrackml_normal(cache: Path) -> Peer:
    """FastTrackML with its default durability, which is weaker than that of the others."""
    return fasttrackml(cache, full=False)


def mlflow(cache: Path) -> Peer:
    """MLflow from PyPI (or `BENCH_MLFLOW`) on SQLite, with its default journal."""
    executable = _executable("BENCH_MLFLOW", "mlflow", "mlflow", cache)
    return Peer(
        name="mlflow",
        version=_version([executable, "--version"]),
        arguments=(
            *(executable, "server", "--host", HOST, "--port", "{port}"),
            *("--backend-store-uri", "sqlite:///{database}", "--artifacts-destination", "{folder}/artifacts"),
        ),
        durability="rollback journal (DELETE), synchronous=FULL, its default: every commit is synced",
        environment={"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
        tuning_environment={"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        slow_start=True,
        on_database={
            "postgresql": ("sqlite:///{database}", "postgresql+psycopg2"),
            "mariadb": ("sqlite:///{database}", "mysql+pymysql"),
        },
    )


def mlflow_here(cache: Path) -> Peer:
    """MLflow as importable by the Python that runs the benchmark, beside libraries of models, unless `BENCH_MLFLOW` names it."""
    os.environ.setdefault("BENCH_MLFLOW", str(Path(sys.executable).with_name("mlflow")))
    return mlflow(cache)


# The first three are run unless others are asked for.
PEERS = {
    "kiseki": kiseki,
    "fasttrackml": fasttrackml,
    "mlflow": mlflow,
    "fasttrackml-normal": fasttrackml_normal,
}
DEFAULT_PEERS = ("kiseki", "fasttrackml", "mlflow")


class Server:
    """A running server of one peer. `start` returns when /health answers 200; `stop` ends it and all it started."""

    def __init__(
        self, peer: Peer, folder: Path, *, tuned: bool = True, databases: DatabaseServer | None = None
    ) -> None:
        self.peer = peer
        self._databases = databases
        self.database_uri = ""
        self.folder = folder
        self.database = folder / "bench.db"
        self.port = 0
        self.start_seconds = 0.0
        self._tuned = tuned
        self._log = folder.with_name(folder.name + ".log")
        self._process: subprocess.Popen[bytes] | None = None

    def share_database(self, other: "Server") -> None:
        """Starts on the database of another server of the same peer, which has been started."""
        self.database_uri = other.database_uri

    @property
    def pid(self) -> int:
        """The id of the first process."""
        if self._process is None:
            raise RuntimeError(f"{self.peer.name} is not running")
        return self._process.pid

    def start(self, prefix: tuple[str, ...] = ()) -> None:
        """Starts the server, after the prefix if there is one (a tracer).

        Raises `RuntimeError` with the end of the log when it does not get ready.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        facts = {"port": str(self.port), "database": str(self.database), "folder": str(self.folder)}
        arguments = self.peer.arguments + (self.peer.tuning if self._tuned else ())
        if self._databases is not None:
            stands_for, scheme = self.peer.on_database[self._databases.name]
            self.database_uri = self.database_uri or f"{scheme}://{self._databases.fresh().partition('://')[2]}"
            arguments = tuple(self.database_uri if argument == stands_for else argument for argument in arguments)
        environment = {**os.environ, **self.peer.environment}
        if self._tuned:
            environment |= self.peer.tuning_environment
        began = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*prefix, *(argument.format(**facts) for argument in arguments)],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_ready(began)
        except BaseException:
            self.stop()
            raise

    def connect(self, *, timeout: float = 120.0) -> Connection:
        """Returns a new connection to the server."""
        return Connection(HOST, self.port, timeout=timeout)

    def stop(self) -> None:
        """Asks the whole process group to end, kills what does not and waits until it is gone."""
        if self._process is None:
            return
        group = self._process.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        deadline = time.monotonic() + 2.0
        try:
            while time.monotonic() < deadline:
                os.killpg(group, 0)
                time.sleep(0.05)
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._process = None

    def cpu_seconds(self) -> float:
        """The processor time of all its processes so far; 0 where that cannot be read."""
        return processes.cpu_seconds(self.pid) or 0.0

    def memory(self) -> processes.Memory | None:
        """The memory of all its processes."""
        return processes.memory(self.pid)

    def settle(self, seconds: float = 30.0) -> bool:
        """Waits until the server has finished what it does after its answers."""
        return processes.settle(self.pid, seconds=seconds)

    def stored_bytes(self) -> int:
        """The size of all that the server keeps: database, write-ahead log and whatever else lies in its folder."""
        total = 0
        for path in self.folder.rglob("*"):
            # The -shm file is an index in shared memory, rebuilt at will.
            if not path.name.endswith("-shm"):
                with contextlib.suppress(FileNotFoundError):
                    total += path.stat().st_size if path.is_file() else 0
        return total

    def log_tail(self) -> str:
        """The last lines that the server wrote."""
        if not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-12:])

    def _wait_ready(self, began: float) -> None:
        assert self._process is not None
        connection = self.connect(timeout=10.0)
        request = connection.encode("GET", "/health")
        try:
            while time.monotonic() - began < _READY_SECONDS:
                if connection.exchange(request).ok:
                    self.start_seconds = time.monotonic() - began
                    return
                code = self._process.poll()
                if code is not None:
                    raise RuntimeError(f"{self.peer.name} ended with {code} at its start:\n{self.log_tail()}")
                time.sleep(0.005)
        finally:
            connection.close()
        raise RuntimeError(f"{self.peer.name} did not answer /health within {_READY_SECONDS:g} s:\n{self.log_tail()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _executable(variable: str, command: str, requirement: str, cache: Path) -> str:
    named = os.environ.get(variable)
    if named is None:
        python = environments.ensure(cache / f"env-{requirement}", requirement)
        return str(python.with_name(command))
    found = shutil.which(named)
    if found is None:
        raise RuntimeError(f"{variable} names {named!r}, which is no executable; name the path of {command}")
    return str(Path(found).absolute())


def _version(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"{command[0]} does not tell its version: {last}")
    found = re.search(r"\d+\.\d+[\w.+-]*", done.stdout)
    return found[0] if found else done.stdout.strip()
