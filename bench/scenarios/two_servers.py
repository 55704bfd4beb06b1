"""Two servers on one database beside one: the same log-batch and log-metric load, half of the clients at each server.

There are more clients than elsewhere, so that neither waits for them.
"""

from dataclasses import replace

from bench import ingest, processes
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.load import run_load
from bench.peers import HOST, Server
from bench.points import Stream
from bench.rest import create_experiment, create_run
from bench.scenarios import log_batch, log_metric
from bench.session import Session, Turn, combine

ONE = "one server"
_BOUND = 1.6
_MORE_CLIENTS = 4


def run(session: Session) -> list[Figure]:
    """Measures points and requests a second, and where the processor time goes."""
    if session.databases is None or SUBJECT not in session.peers:
        return []
    clients = _MORE_CLIENTS * session.settings.clients
    first = session.start(session.peers[SUBJECT])
    second = session.prepare(session.peers[SUBJECT])
    second.share_database(first)
    second.start()
    try:
        return [
            Figure(
                scenario="two_servers",
                name=f"two servers on one {session.databases.name}: {name}, {clients} clients",
                unit=unit,
                higher_is_better=True,
                measurements=_measure(session, [first, second], name, weight, clients),
                targets=(Target(bound=_BOUND, peer=ONE),),
            )
            for name, unit, weight in (
                ("log-batch", "points/s", log_batch.KEYS * log_batch.STEPS),
                ("log-metric", "requests/s", 1),
            )
        ]
    finally:
        second.stop()
        first.stop()


def _measure(session: Session, servers: list[Server], name: str, weight: int, clients: int) -> dict[str, Measurement]:
    turns: dict[str, list[Turn]] = {ONE: [], SUBJECT: []}
    for round_ in range(session.settings.rounds):
        for label, used in ((ONE, servers[:1]), (SUBJECT, servers)):
            turn = _turn(session, used, name, weight, clients, round_)
            session.say(
                f"two_servers {name} {round_ + 1}: {len(used)} server(s) {turn.value:,.0f}, {turn.errors} errors"
            )
            turns[label].append(turn)
    return {label: replace(combine(each), scale="") for label, each in turns.items()}


def _turn(session: Session, servers: list[Server], name: str, weight: int, clients: int, round_: int) -> Turn:
    settings = session.settings
    connection = servers[0].connect()
    experiment_id = create_experiment(connection, name)
    run_ids = tuple(create_run(connection, experiment_id) for _ in range(clients))
    script: log_batch.LogBatches | log_metric.LogMetrics
    if name == "log-batch":
        script = log_batch.LogBatches(
            run_ids=run_ids,
            streams=tuple(
                Stream(seed=1000 * round_ + client, keys=log_batch.KEYS, steps=log_batch.STEPS)
                for client in range(clients)
            ),
            requests=int(settings.seconds * log_batch.PREPARED_PER_SECOND),
        )
    else:
        requests = int(settings.seconds * log_metric.PREPARED_PER_SECOND)
        script = log_metric.LogMetrics(
            run_ids=run_ids,
            streams=tuple(Stream(seed=1000 * round_ + client, keys=1, steps=requests) for client in range(clients)),
            requests=requests,
        )
    for server in servers:
        server.settle()
    assert session.databases is not None
    assert session.databases.process is not None
    database = session.databases.process.pid
    before, at_database = sum(one.cpu_seconds() for one in servers), processes.cpu_seconds(database)
    outcome = run_load(HOST, [one.port for one in servers], script, clients=clients, seconds=settings.seconds)
    used = sum(server.cpu_seconds() for server in servers) - before
    of_database = (processes.cpu_seconds(database) or 0.0) - (at_database or 0.0)
    turn = ingest.turn_of(outcome, weight)
    if isinstance(script, log_batch.LogBatches):
        log_batch.verify(connection, script, outcome, looked_at=round_ % clients)
    else:
        log_metric.verify(connection, script, outcome)
    share = {
        "cores, servers": used / outcome.seconds,
        "cores, database": of_database / outcome.seconds,
        "cores, clients": outcome.cpu_seconds / outcome.seconds,
    }
    return replace(turn, detail={**turn.detail, **share})
