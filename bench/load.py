"""The load generator: client processes that send prepared requests at once and note what came of each."""

import contextlib
import gc
import math
import multiprocessing
import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from typing import Protocol

from bench.connection import Connection

_PREPARE_SECONDS = 300.0
_OVERRUN_SECONDS = 180.0
_FILL_SECONDS = 1800.0

Operation = Callable[[], object]


class Script(Protocol):
    """What the clients of one load run do. It is pickled, so it holds facts and no connections."""

    def operations(self, client: int, connection: Connection) -> Iterable[Operation]:
        """Returns the operations of one client, encoded as far as they can be; none of this is timed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientOutcome:
    """What one client did: how many operations it began, which of them failed, when it began and ended."""

    attempted: int
    failed: tuple[int, ...]
    began: float
    ended: float
    latencies: "array[float]"
    messages: tuple[str, ...]
    exhausted: bool
    cpu_seconds: float

    @property
    def acknowledged(self) -> int:
        """The operations in which every request was answered with a 2xx."""
        return self.attempted - len(self.failed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What all clients did together."""

    clients: tuple[ClientOutcome, ...]

    @property
    def acknowledged(self) -> int:
        """The operations that succeeded."""
        return sum(client.acknowledged for client in self.clients)

    @property
    def attempted(self) -> int:
        """The operations that were begun."""
        return sum(client.attempted for client in self.clients)

    @property
    def errors(self) -> int:
        """The operations that failed."""
        return self.attempted - self.acknowledged

    @property
    def seconds(self) -> float:
        """From the first client's start to the last client's end."""
        return max(client.ended for client in self.clients) - min(client.began for client in self.clients)

    @property
    def rate(self) -> float:
        """Successful operations a second."""
        return self.acknowledged / self.seconds

    @property
    def messages(self) -> tuple[str, ...]:
        """The first error texts of the clients."""
        return tuple(message for client in self.clients for message in client.messages)[:3]

    @property
    def cpu_seconds(self) -> float:
        """The processor time that the clients took away from the server during the run."""
        return sum(client.cpu_seconds for client in self.clients)

    @property
    def exhausted(self) -> bool:
        """Whether a client ran out of prepared operations before the time was over."""
        return any(client.exhausted for client in self.clients)

    def latency(self, fraction: float) -> float:
        """The latency in seconds below which the given fraction of the operations stayed."""
        return quantile([latency for client in self.clients for latency in client.latencies], fraction)


def quantile(values: Sequence[float], fraction: float) -> float:
    """Returns the smallest value that at least the given fraction of the values does not exceed; NaN for no values."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)]


def run_load(host: str, ports: Sequence[int], script: Script, *, clients: int, seconds: float | None) -> Outcome:
    """Starts the clients, lets all begin at the same moment and returns what they did.

    Each client is a process, and they share the ports evenly. It stops after the given seconds (None: when its operations are done).
    Raises `RuntimeError` when a client dies or does not come back in time.
    """
    # spawn: no threads or sockets of this process reach the clients, and it behaves alike on every system.
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(clients)
    pipes: list[Pipe] = []
    processes = []
    try:
        for index in range(clients):
            here, there = context.Pipe(duplex=False)
            process = context.Process(
                target=_run_client,
                args=(host, ports[index % len(ports)], script, index, seconds, barrier, there),
                daemon=True,
            )
            process.start()
            there.close()
            pipes.append(here)
            processes.append(process)
        patience = _PREPARE_SECONDS + (_FILL_SECONDS if seconds is None else seconds) + _OVERRUN_SECONDS
        deadline = time.monotonic() + patience
        answers = [_answer(pipe, deadline) for pipe in pipes]
        failures = [answer for answer in answers if isinstance(answer, str)]
        if failures:
            # Whoever waited for the one that failed only tells that it waited.
            told = next((one for one in failures if not one.startswith(BrokenBarrierError.__name__)), failures[0])
            raise RuntimeError(f"a client of the load generator failed: {told}")
        return Outcome(clients=tuple(answer for answer in answers if isinstance(answer, ClientOutcome)))
    finally:
        for process in processes:
            process.join(5.0)
            if process.is_alive():
                process.kill()
                process.join()


def _answer(pipe: Pipe, deadline: float) -> ClientOutcome | str:
    """What a client did, or how it failed."""
    if not pipe.poll(max(0.0, deadline - time.monotonic())):
        raise RuntimeError("a client of the load generator did not come back in time")
    try:
        answer: ClientOutcome | str = pipe.recv()
    except EOFError:
        raise RuntimeError("a client of the load generator died; its traceback is above") from None
    return answer


def _run_client(
    host: str, port: int, script: Script, index: int, seconds: float | None, barrier: Barrier, pipe: Pipe
) -> None:
    connection = Connection(host, port)
    try:
        operations = script.operations(index, connection)
        gc.collect()
        # A collection in the middle of the run would be charged to the server.
        gc.disable()
        barrier.wait(_PREPARE_SECONDS)
        pipe.send(_drive(connection, operations, seconds))
    except Exception as error:
        barrier.abort()
        with contextlib.suppress(OSError):
            pipe.send(f"{type(error).__name__}: {error}")
    finally:
        connection.close()
        pipe.close()


def _drive(connection: Connection, operations: Iterable[Operation], seconds: float | None) -> ClientOutcome:
    clock = time.monotonic
    latencies = array("d")
    failed: list[int] = []
    used = time.process_time()
    began = now = clock()
    deadline = math.inf if seconds is None else began + seconds
    for number, operation in enumerate(operations):
        before = connection.failures
        operation()
        ended = clock()
        latencies.append(ended - now)
        now = ended
        if connection.failures != before:
            failed.append(number)
        if now > deadline:
            break
    return ClientOutcome(
        attempted=len(latencies),
        failed=tuple(failed),
        began=began,
        ended=now,
        latencies=latencies,
        messages=tuple(connection.messages),
        exhausted=seconds is not None and now <= deadline,
        cpu_seconds=time.process_time() - used,
    )
