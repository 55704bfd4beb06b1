"""What the ingest scenarios share: a timed load on one server, and fills that are not timed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bench.connection import Connection
from bench.load import Operation, Outcome, Script, run_load
from bench.peers import HOST, Server
from bench.points import Stream
from bench.rest import API, log_batch_body
from bench.session import CheckFailed, Turn


def timed(server: Server, script: Script, *, clients: int, seconds: float, weight: int) -> tuple[Turn, Outcome]:
    """Runs one timed load; the turn's value is operations a second times the weight of an operation.

    The processor time that the server used is noted with what it did after its last answer, so that work put off
    until later is not hidden.
    """
    server.settle()
    before = server.cpu_seconds()
    outcome = run_load(HOST, [server.port], script, clients=clients, seconds=seconds)
    during = server.cpu_seconds()
    settled = server.settle()
    after = server.cpu_seconds()
    turn = turn_of(outcome, weight)
    detail = {
        "server cpu seconds during": during - before,
        "server cpu seconds after": after - during,
        "settled": float(settled),
    }
    return replace(turn, detail={**turn.detail, **detail}), outcome


def turn_of(outcome: Outcome, weight: int) -> Turn:
    """What the clients of a load did, as a turn."""
    return Turn(
        value=outcome.rate * weight,
        requests=outcome.attempted,
        errors=outcome.errors,
        detail={
            "p50 ms": outcome.latency(0.5) * 1000,
            "p95 ms": outcome.latency(0.95) * 1000,
            "p99 ms": outcome.latency(0.99) * 1000,
            "seconds": outcome.seconds,
            "clients cpu seconds": outcome.cpu_seconds,
            "ran out of prepared requests": float(outcome.exhausted),
        },
        messages=outcome.messages,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class LogStreams:
    """Each client logs its streams, one after the other, `requests` log-batch requests each."""

    # One entry a client: the run and the stream of each of its series.
    series: tuple[tuple[tuple[str, Stream], ...], ...]
    requests: int

    def operations(self, client: int, connection: Connection) -> Iterable[Operation]:
        """Yields the requests one by one, since a fill may be larger than memory."""
        for run_id, stream in self.series[client]:
            yield from log_stream(connection, run_id, stream, range(self.requests))


def log_stream(connection: Connection, run_id: str, stream: Stream, requests: Iterable[int]) -> Iterator[Operation]:
    """Yields an operation for each of the stream's requests."""
    for request in requests:
        body = log_batch_body(run_id, stream.encoded(request))
        yield partial(connection.exchange, connection.encode("POST", f"{API}/runs/log-batch", body))


def fill_series(server: Server, series: Sequence[tuple[str, Stream]], *, requests: int, clients: int) -> float:
    """Logs whole series over REST, spread over the clients, and returns points a second; raises if any request fails."""
    clients = min(clients, len(series))
    script = LogStreams(series=tuple(tuple(series[client::clients]) for client in range(clients)), requests=requests)
    outcome = run_load(HOST, [server.port], script, clients=clients, seconds=None)
    if outcome.errors:
        raise CheckFailed(f"{outcome.errors} of {outcome.attempted} requests of the fill failed: {outcome.messages}")
    return sum(stream.keys * stream.steps * requests for _, stream in series) / outcome.seconds
