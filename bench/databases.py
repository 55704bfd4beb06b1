"""Real database servers with a temporary folder each, for the tests, the demo and the benchmark.

``python -m bench.databases postgresql COMMAND … {} …`` runs a command with the URI of a fresh database in the place of the
braces, and ends the server with it. The folder is on a disk, and what is committed is synced, as in production.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Self

_START_SECONDS: Final = 60
_ROOM_BYTES: Final = 6 << 30
# A server outlives nobody who started it, even where that one is killed.
_WITH_PARENT: Final = ("setpriv", "--pdeathsig", "KILL", "--") if shutil.which("setpriv") else ()
_DEBIAN: Final = "apt-get install --no-install-recommends postgresql mariadb-server"


class DatabaseServer:
    """A server that is started when it is entered, with an own folder that goes with it.

    Without `synced` commits are not on the disk when they are answered: for tests that end no server, which are then
    several times as fast.
    """

    name: str
    user: str
    """Who runs it when this process is root, which neither server wants to be."""

    forced = ""
    """What DROP DATABASE needs to end connections."""

    unsynced: tuple[str, ...]
    """The options that leave out all syncs."""

    def __init__(self, *, synced: bool = True) -> None:
        self.synced = synced
        self.port = free_port()
        self.folder = Path()
        self.process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    @classmethod
    def missing(cls) -> str:
        """What has to be installed first; "" when all is there."""
        wanted = [program for program in cls.programs() if program is None]
        return f"{cls.name} is not installed: {_DEBIAN}" if wanted else ""

    @classmethod
    def programs(cls) -> list[str | None]:
        """The paths of what is run, None for what there is not."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        place = Path(tempfile.gettempdir() if self.synced else _in_memory() or tempfile.gettempdir())
        self._sweep(place)
        self.folder = Path(tempfile.mkdtemp(prefix=f"kiseki-{self.name}-{os.getpid()}-", dir=place))
        if os.geteuid() == 0:
            who = pwd.getpwnam(self.user)
            os.chown(self.folder, who.pw_uid, who.pw_gid)
        self._prepare()
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _sweep(self, place: Path) -> None:
        """Removes what processes have left there that were killed: it may be memory."""
        for left in place.glob(f"kiseki-{self.name}-*-*"):
            owner = left.name.split("-")[2]
            if owner.isdecimal() and not Path("/proc", owner).exists():
                shutil.rmtree(left, ignore_errors=True)

    def start(self) -> None:
        """Starts the server on its folder and waits until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_WITH_PARENT, *self._command(), *(() if self.synced else self.unsynced)],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                **self._who(),
            )
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.connect().close()
            except Exception:
                if self.process.poll() is not None or time.monotonic() > end:
                    log_text = (self.folder / "server.log").read_text(errors="replace")
                    raise RuntimeError(f"{self.name} did not start:\n{log_text[-3000:]}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Sends a signal and waits for the end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(_START_SECONDS)
        self.process = None

    def fresh(self, like: str = "") -> str:
        """The URI of a new database, which is empty, or a copy of one that nobody is connected to (PostgreSQL's alone)."""
        self._databases += 1
        name = f"kiseki_{self._databases}"
        self._create(name, f"TEMPLATE {like.rpartition('/')[2]} STRATEGY FILE_COPY" if like else "")
        return self.uri(name)

    def drop(self, uri: str) -> None:
        """Removes a database of `fresh`, whoever is connected to it."""
        with contextlib.closing(self.connect()) as driver:
            driver.cursor().execute(f"DROP DATABASE {uri.rpartition('/')[2]} {self.forced}")

    def uri(self, name: str) -> str:
        """The URI of a database."""
        raise NotImplementedError

    def connect(self, name: str = "") -> Any:
        """A connection of the driver, with autocommit, to a database or to the one that is always there."""
        raise NotImplementedError

    def _create(self, name: str, how: str) -> None:
        driver = self.connect()
        with contextlib.closing(driver):
            driver.cursor().execute(f"CREATE DATABASE {name} {how}")

    def _prepare(self) -> None:
        raise NotImplementedError

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _who(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        who = pwd.getpwnam(self.user)
        return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": [], "cwd": self.folder}

    def _run(self, *command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._who())
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


class Postgresql(DatabaseServer):
    """PostgreSQL, from the newest version that is installed."""

    name = "postgresql"
    user = "postgres"
    forced = "WITH (FORCE)"
    unsynced = (
        *("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
        # Its shared memory goes with the folder, also when it is killed.
        *("-c", "dynamic_shared_memory_type=mmap"),
    )

    @classmethod
    def programs(cls) -> list[str | None]:
        # Debian keeps them out of the path.
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name), reverse=True)
        path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
        return [shutil.which(program, path=path) for program in ("postgres", "initdb")]

    def uri(self, name: str) -> str:
        return f"postgresql://kiseki@127.0.0.1:{self.port}/{name}"

    def connect(self, name: str = "postgres") -> Any:
        import psycopg

        return psycopg.connect(self.uri(name), autocommit=True, connect_timeout=5)

    def _prepare(self) -> None:
        self._run(str(self.programs()[1]), "-D", str(self.folder / "data"), "-A", "trust", "-U", "kiseki", "-E", "UTF8")

    def _command(self) -> list[str]:
        return [
            *(str(self.programs()[0]), "-D", str(self.folder / "data"), "-p", str(self.port)),
            *("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}"),
            *("-c", "max_connections=200", "-c", "shared_buffers=128MB"),
        ]


class Mariadb(DatabaseServer):
    """MariaDB."""

    name = "mariadb"
    user = "mysql"
    unsynced = ("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--innodb-flush-method=nosync")

    @classmethod
    def programs(cls) -> list[str | None]:
        path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
        return [shutil.which(program, path=path) for program in ("mariadbd", "mariadb-install-db")]

    def uri(self, name: str) -> str:
        return f"mysql://kiseki:secret@127.0.0.1:{self.port}/{name}"

    def connect(self, name: str = "mysql") -> Any:
        import pymysql

        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user="kiseki",
            password="secret",
            database=name,
            autocommit=True,
            connect_timeout=5,
            # The server has no TLS, and to be ready for it costs the driver 20 ms.
            ssl_disabled=True,
        )

    def _prepare(self) -> None:
        self._run(
            *(str(self.programs()[1]), "--no-defaults", f"--datadir={self.folder / 'data'}"),
            *("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"),
        )
        (self.folder / "first.sql").write_text(
            "CREATE USER kiseki@'127.0.0.1' IDENTIFIED BY 'secret';\nGRANT ALL ON *.* TO kiseki@'127.0.0.1';"
        )

    def _command(self) -> list[str]:
        first = self.folder / "first.sql"
        once = [] if (self.folder / "started").exists() else [f"--init-file={first}"]
        (self.folder / "started").touch()
        return [
            *(str(self.programs()[0]), "--no-defaults", f"--datadir={self.folder / 'data'}", f"--port={self.port}"),
            *("--bind-address=127.0.0.1", f"--socket={self.folder / 'socket'}", f"--pid-file={self.folder / 'pid'}"),
            *("--skip-name-resolve", "--innodb-buffer-pool-size=128M", "--max-connections=200", *once),
        ]


def _in_memory() -> str | None:
    """A folder in memory that has room for a database server; None where there is none."""
    folder = Path("/dev/shm")
    room = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM_BYTES
    return str(folder) if room else None


SERVERS: Final[dict[str, type[DatabaseServer]]] = {one.name: one for one in (Postgresql, Mariadb)}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def database(name: str) -> Iterator[str]:
    """The URI of a fresh database on a server that ends with the context.

    Raises:
        RuntimeError: The server is not installed, or does not start.
    """
    kind = SERVERS[name]
    if reason := kind.missing():
        raise RuntimeError(reason)
    with kind() as server:
        yield server.fresh()


def main(arguments: Sequence[str]) -> int:
    """Runs a command with a database."""
    if len(arguments) < 2 or arguments[0] not in SERVERS:
        print(f"usage: python -m bench.databases {{{','.join(SERVERS)}}} COMMAND [ARGUMENT | {{}}]...", file=sys.stderr)
        return 2
    try:
        with database(arguments[0]) as uri:
            return subprocess.run([uri if one == "{}" else one for one in arguments[1:]], check=False).returncode
    except KeyboardInterrupt:
        return 0
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
