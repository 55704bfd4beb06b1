"""Bytes on disk per point of a long series: random values, timestamps with a jitter, after the server has settled."""

import time

from bench import ingest, sql
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.peers import Server
from bench.points import Stream
from bench.rest import create_experiment, create_run, latest_metrics
from bench.session import Session, check

_STEPS = 1000
_PATIENCE_SECONDS = 90.0


def run(session: Session) -> list[Figure]:
    """Measures how much all files of the server grow by a series, divided by its points."""
    settings = session.settings

    def measure(server: Server) -> Measurement:
        name = server.peer.name
        points = settings.disk_points if name == SUBJECT else settings.disk_peer_points
        connection = server.connect()
        run_id = create_run(connection, create_experiment(connection, "disk"))
        before = stable_bytes(server, settings.stable_seconds)
        session.say(f"disk: filling {name} with {points:,} points")
        stream = Stream(seed=700_000, keys=1, steps=_STEPS)
        if name in sql.SCHEMAS:
            rows = stream.expected(0, range(points // _STEPS))
            sql.fill_series(server.database, name, run_id, stream.key(0), rows)
        else:
            ingest.fill_series(server, [(run_id, stream)], requests=points // _STEPS, clients=1)
        logged = server.stored_bytes()
        after = stable_bytes(server, settings.stable_seconds)
        last = latest_metrics(connection, run_id)[stream.key(0)]
        check(int(last["step"]) == points - 1, f"the last step is {last['step']} instead of {points - 1}")
        session.say(f"disk: {name} {(after - before) / points:.1f} bytes a point")
        return Measurement(
            value=(after - before) / points,
            scale="" if points == settings.disk_points else f"{points:,} points",
            detail={"bytes before": before, "bytes when logged": logged, "bytes when stable": after},
        )

    # Fresh, since a database that has been used has room in it that would be filled without any growth.
    with session.servers(fresh=True) as field:
        measurements = session.each(field, measure)
    return [
        Figure(
            scenario="disk",
            name=f"disk for a series of {settings.disk_points:,} points, write-ahead log included",
            unit="bytes/point",
            higher_is_better=False,
            measurements=measurements,
            targets=(Target(bound=12),),
        )
    ]


def stable_bytes(server: Server, seconds: float) -> int:
    """Waits until the server is idle and its files have kept their size for so long; returns the size."""
    server.settle()
    size = server.stored_bytes()
    since = began = time.monotonic()
    while time.monotonic() - since < seconds and time.monotonic() - began < _PATIENCE_SECONDS:
        time.sleep(0.5)
        now = server.stored_bytes()
        if now != size:
            size, since = now, time.monotonic()
    return size
