"""log-metric, one point a request, each client on a run of its own."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from bench import ingest
from bench.connection import Connection
from bench.figures import Figure, Target
from bench.load import Operation, Outcome
from bench.peers import Server
from bench.points import Stream
from bench.rest import API, create_experiment, create_run, history
from bench.session import Session, Turn, check

PREPARED_PER_SECOND = 1500


@dataclass(frozen=True, kw_only=True, slots=True)
class LogMetrics:
    """One run and one stream of single points a client."""

    run_ids: tuple[str, ...]
    streams: tuple[Stream, ...]
    requests: int

    def operations(self, client: int, connection: Connection) -> Iterable[Operation]:
        """Encodes every request beforehand."""
        stream = self.streams[client]
        operations: list[Operation] = []
        for step, timestamp, value in stream.expected(0, [0])[: self.requests]:
            point = {"key": stream.key(0), "value": value, "timestamp": timestamp, "step": step}
            body = json.dumps({"run_id": self.run_ids[client], **point}).encode()
            operations.append(partial(connection.exchange, connection.encode("POST", f"{API}/runs/log-metric", body)))
        return operations


def run(session: Session) -> list[Figure]:
    """Measures requests a second."""
    settings = session.settings
    requests = int(settings.seconds * PREPARED_PER_SECOND)

    def turn(server: Server, round_: int) -> Turn:
        connection = server.connect()
        experiment_id = create_experiment(connection, "log-metric")
        script = LogMetrics(
            run_ids=tuple(create_run(connection, experiment_id) for _ in range(settings.clients)),
            streams=tuple(
                Stream(seed=1000 * round_ + client, keys=1, steps=requests) for client in range(settings.clients)
            ),
            requests=requests,
        )
        result, outcome = ingest.timed(server, script, clients=settings.clients, seconds=settings.seconds, weight=1)
        session.say(f"log_metric {round_ + 1}: {server.peer.name} {result.value:,.0f} req/s, {result.errors} errors")
        verify(connection, script, outcome)
        return result

    with session.servers() as field:
        measurements = session.rounds(field, turn)
    return [
        Figure(
            scenario="log_metric",
            name=f"log-metric, {settings.clients} clients",
            unit="requests/s",
            higher_is_better=True,
            measurements=measurements,
            targets=(Target(bound=5, peer="fasttrackml"),)
            if session.databases
            else (Target(bound=3, peer="fasttrackml"), Target(bound=50, peer="mlflow")),
        )
    ]


def verify(connection: Connection, script: LogMetrics, outcome: Outcome) -> None:
    """Checks the whole history of every run against what was acknowledged."""
    for client, did in enumerate(outcome.clients):
        stream, run_id = script.streams[client], script.run_ids[client]
        sent = stream.expected(0, [0])[: did.attempted]
        failed = set(did.failed)
        wanted = [point for number, point in enumerate(sent) if number not in failed]
        points = history(connection, run_id, stream.key(0)) if wanted else []
        if did.failed:
            check(set(wanted) <= set(points) <= set(sent), f"run {run_id} lacks points that were acknowledged")
        else:
            check(points == wanted, f"run {run_id} has {len(points)} points, not the {len(wanted)} that were logged")
