"""log-batch of 1,000 points over REST: 20 keys, 50 steps a request, each client on a run of its own."""

from dataclasses import dataclass

from bench import ingest
from bench.connection import Connection
from bench.figures import Figure, Target
from bench.load import Operation, Outcome
from bench.peers import Server
from bench.points import Stream
from bench.rest import create_experiment, create_run, history, latest_metrics
from bench.session import Session, Turn, check

KEYS = 20
STEPS = 50
# More than the fastest server can take in a second, so that no client runs out.
PREPARED_PER_SECOND = 90


@dataclass(frozen=True, kw_only=True, slots=True)
class LogBatches:
    """One run and one stream a client."""

    run_ids: tuple[str, ...]
    streams: tuple[Stream, ...]
    requests: int

    def operations(self, client: int, connection: Connection) -> list[Operation]:
        """Encodes every request beforehand."""
        return list(ingest.log_stream(connection, self.run_ids[client], self.streams[client], range(self.requests)))


def run(session: Session) -> list[Figure]:
    """Measures points a second."""
    settings = session.settings

    def turn(server: Server, round_: int) -> Turn:
        connection = server.connect()
        experiment_id = create_experiment(connection, "log-batch")
        script = LogBatches(
            run_ids=tuple(create_run(connection, experiment_id) for _ in range(settings.clients)),
            streams=tuple(
                Stream(seed=1000 * round_ + client, keys=KEYS, steps=STEPS) for client in range(settings.clients)
            ),
            requests=int(settings.seconds * PREPARED_PER_SECOND),
        )
        result, outcome = ingest.timed(
            server, script, clients=settings.clients, seconds=settings.seconds, weight=KEYS * STEPS
        )
        session.say(f"log_batch {round_ + 1}: {server.peer.name} {result.value:,.0f} points/s, {result.errors} errors")
        verify(connection, script, outcome, looked_at=round_ % settings.clients)
        return result

    with session.servers() as field:
        measurements = session.rounds(field, turn)
    return [
        Figure(
            scenario="log_batch",
            name=f"log-batch of 1,000 points, {settings.clients} clients",
            unit="points/s",
            higher_is_better=True,
            measurements=measurements,
            targets=(Target(bound=5, peer="fasttrackml"),)
            if session.databases
            else (Target(bound=300_000), Target(bound=10, peer="fasttrackml"), Target(bound=80, peer="mlflow")),
        )
    ]


def verify(connection: Connection, script: LogBatches, outcome: Outcome, *, looked_at: int) -> None:
    """Checks the last point of every key of every run, and one whole history, against what was acknowledged.

    What a failed request left behind is not known, so a run with failures is only checked for its acknowledged points.
    """
    for client, did in enumerate(outcome.clients):
        failed = set(did.failed)
        done = [request for request in range(did.attempted) if request not in failed]
        if not done:
            continue
        stream, run_id = script.streams[client], script.run_ids[client]
        latest = latest_metrics(connection, run_id)
        check(len(latest) == KEYS, f"run {run_id} has {len(latest)} keys instead of {KEYS}")
        if not did.failed:
            for key in range(KEYS):
                step, timestamp, value = stream.expected(key, done[-1:])[-1]
                found = latest[stream.key(key)]
                check(
                    (int(found["step"]), int(found["timestamp"]), float(found["value"])) == (step, timestamp, value),
                    f"the last point of {stream.key(key)} is {found} instead of {(step, timestamp, value)}",
                )
        if client == looked_at:
            key = client % KEYS
            points = history(connection, run_id, stream.key(key))
            wanted = stream.expected(key, done)
            if did.failed:
                check(set(wanted) <= set(points), f"points of run {run_id} are missing that were acknowledged")
            else:
                check(points == wanted, f"a history has {len(points)} points, not the {len(wanted)} that were logged")
