"""Reading a whole history over REST, get-history in pages of 25,000 points."""

from bench import ingest, sql
from bench.figures import SUBJECT, Figure, Measurement, Target, scaled
from bench.peers import Server
from bench.points import Stream
from bench.rest import HISTORY_PAGE, create_experiment, create_run, decode_points, history_pages
from bench.session import Session, Turn, check

_STEPS = 1000


def run(session: Session) -> list[Figure]:
    """Measures points a second; decoding an answer is the client's work and not timed."""
    settings = session.settings
    series: dict[str, tuple[str, Stream, int]] = {}

    def fill(server: Server) -> Measurement:
        name = server.peer.name
        points = settings.history_points if name == SUBJECT else settings.history_peer_points
        session.say(f"history: filling {name} with {points:,} points")
        connection = server.connect()
        run_id = create_run(connection, create_experiment(connection, "history"))
        stream = Stream(seed=600_000, keys=1, steps=_STEPS)
        if name in sql.SCHEMAS:
            rows = stream.expected(0, range(points // _STEPS))
            sql.fill_series(server.database, name, run_id, stream.key(0), rows)
        else:
            ingest.fill_series(server, [(run_id, stream)], requests=points // _STEPS, clients=1)
        server.settle()
        series[name] = (run_id, stream, points)
        return Measurement(value=None)

    def turn(server: Server, round_: int) -> Turn:
        run_id, stream, points = series[server.peer.name]
        found: list[tuple[int, int, float]] = []
        seconds = 0.0
        pages = size = 0
        for response, taken in history_pages(server.connect(), run_id, stream.key(0)):
            seconds += taken
            pages += 1
            size += len(response.body)
            found += decode_points(response)
        session.say(f"history {round_ + 1}: {server.peer.name} {points / seconds:,.0f} points/s")
        check(len(found) == points, f"{len(found)} points were read, {points} were logged")
        if round_ == 0:
            check(found == stream.expected(0, range(points // _STEPS)), "the points are not those that were logged")
        return Turn(
            value=points / seconds, requests=pages, errors=0, detail={"pages": pages, "bytes a point": size / points}
        )

    with session.servers() as field:
        for name, measurement in session.each(field, fill).items():
            if measurement.problem:
                field.problems[name] = measurement.problem
        measurements = session.rounds(field, turn)
    scale = f"{settings.history_peer_points:,} points"
    return [
        Figure(
            scenario="history",
            name=f"history of {settings.history_points:,} points over REST, pages of {HISTORY_PAGE:,}",
            unit="points/s",
            higher_is_better=True,
            measurements={
                name: measurement if name == SUBJECT else scaled(measurement, scale)
                for name, measurement in measurements.items()
            },
            targets=(Target(bound=500_000),),
        )
    ]
