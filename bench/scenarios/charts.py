"""Charts: whole series into 1,000 buckets, by kiseki's endpoint and by the nearest thing that the peers have.

MLflow has get-history-bulk-interval, which picks points evenly; FastTrackML has no such call, so its client reads
whole histories. One point of every series is a spike; a chart without it is wrong in kiseki and noted in the peers.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench import chart, ingest, sql
from bench.connection import Connection, RequestFailed, Response
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.load import quantile
from bench.peers import Server
from bench.points import SPIKE, Stream
from bench.rest import API, create_experiment, create_run, decode_points, history_pages
from bench.session import CheckFailed, Session, check

BUCKETS = 1000
_STEPS = 1000
_INTERVAL = "get-history-bulk-interval"


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """What one server holds: the runs, each with one series of so many points, and the step of the spike."""

    runs: tuple[str, ...]
    points: int
    spike: int


def run(session: Session) -> list[Figure]:
    """Measures the latency of a chart of many series and of one long series."""
    settings = session.settings
    sizes = (
        (settings.chart_series, settings.chart_points, settings.chart_peer_points, 250.0),
        (1, settings.chart_long_points, settings.chart_peer_points * 10, 20.0),
    )
    native: list[dict[str, Measurement]] = [{}, {}]
    interval: dict[str, Measurement] = {}
    with session.servers() as field:
        for name, server in field.running.items():
            for number, (series, points, peer_points, _) in enumerate(sizes):
                size = points if name == SUBJECT else peer_points
                session.say(f"charts: filling {name} with {series} × {size:,} points")
                try:
                    filled = _fill(server, series, size, settings.clients)
                    server.settle()
                    scale = "" if size == points else f"{series} × {size:,}"
                    ask = _asker(name, filled)
                    native[number][name] = _measure(session, server, ask, scale, strict=name == SUBJECT)
                    if number == 0 and not name.startswith("fasttrackml"):
                        interval[name] = _measure(session, server, _interval(filled), scale, strict=False)
                except Exception as error:
                    native[number][name] = Measurement(value=None, problem=f"{type(error).__name__}: {error}")
                    session.say(f"{name}: {type(error).__name__}: {error}")
    failed = {name: Measurement(value=None, problem=text) for name, text in field.problems.items()}
    figures = [
        Figure(
            scenario="charts",
            name=f"chart of {series} × {points:,} points into {BUCKETS:,} buckets",
            unit="ms (p50)",
            higher_is_better=False,
            measurements=failed | native[number],
            targets=(Target(bound=bound),),
        )
        for number, (series, points, _, bound) in enumerate(sizes)
    ]
    return [
        *figures,
        Figure(
            scenario="charts",
            name=f"{_INTERVAL}, {settings.chart_series} × {settings.chart_points:,} points, {BUCKETS:,} a run",
            unit="ms (p50)",
            higher_is_better=False,
            measurements=interval,
        ),
    ]


# One request, or the few that a client needs: the seconds that servers and network took, and what came of it.
_Ask = Callable[[Connection, int], "tuple[float, _Drawn]"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Drawn:
    highest: Sequence[float]
    points: int
    bytes: int


def _fill(server: Server, series: int, points: int, clients: int) -> Filled:
    connection = server.connect()
    experiment_id = create_experiment(connection, "charts")
    runs = tuple(create_run(connection, experiment_id) for _ in range(series))
    spike = points // 2 + 7
    streams = [Stream(seed=500_000 + number, keys=1, steps=_STEPS, spike=spike) for number in range(series)]
    requests = points // _STEPS
    if server.peer.name in sql.SCHEMAS:
        for run_id, stream in zip(runs, streams, strict=True):
            rows = stream.expected(0, range(requests))
            sql.fill_series(server.database, server.peer.name, run_id, stream.key(0), rows)
    else:
        ingest.fill_series(server, list(zip(runs, streams, strict=True)), requests=requests, clients=clients)
    return Filled(runs=runs, points=points, spike=spike)


def _measure(session: Session, server: Server, ask: _Ask, scale: str, *, strict: bool) -> Measurement:
    connection = server.connect(timeout=180)
    times: list[float] = []
    drawn_all: list[_Drawn] = []
    for number in range(session.settings.chart_requests):
        seconds, drawn = ask(connection, number)
        times.append(seconds)
        drawn_all.append(drawn)
        if sum(times) > session.settings.query_seconds:
            break
    drawn = drawn_all[-1]
    spikes = sum(all(highest == SPIKE for highest in each.highest) for each in drawn_all)
    problem = "" if spikes == len(times) or not strict else f"the spike is missing in {len(times) - spikes} charts"
    session.say(f"charts: {server.peer.name} {quantile(times, 0.5) * 1000:,.1f} ms, {drawn.bytes:,} bytes {problem}")
    return Measurement(
        value=quantile(times, 0.5) * 1000,
        rounds=tuple(seconds * 1000 for seconds in times),
        scale=scale,
        requests=len(times),
        problem=problem,
        detail={
            "p95 ms": quantile(times, 0.95) * 1000,
            "first ms": times[0] * 1000,
            "bytes": drawn.bytes,
            "values sent": drawn.points,
            "spike": "present" if spikes == len(times) else "lost",
        },
    )


def _asker(name: str, filled: Filled) -> _Ask:
    if name == SUBJECT:
        return _native(filled)
    return _histories(filled) if name.startswith("fasttrackml") else _interval(filled)


def _native(filled: Filled) -> _Ask:
    key = Stream(seed=0, keys=1, steps=1).key(0)

    def ask(connection: Connection, number: int) -> tuple[float, _Drawn]:
        # Another number of buckets each time, so that no answer can be kept from the last request.
        body = chart.encode([(run_id, key) for run_id in filled.runs], buckets=BUCKETS - number)
        seconds, response = _exchange(connection, connection.encode("POST", chart.PATH, body))
        curves = chart.decode(response.body)
        check([curve.run_id for curve in curves] == list(filled.runs), "the chart has other runs than were asked for")
        for curve in curves:
            columns = curve.columns
            check(curve.points == filled.points, f"a curve stands for {curve.points} points, not {filled.points}")
            check(int(columns["count"].sum()) == filled.points, "the buckets' counts do not add up to the points")
            check(0 < len(columns["x"]) <= BUCKETS - number, f"a curve has {len(columns['x'])} buckets")
            check(bool(np.all(np.diff(columns["x"]) > 0)), "the buckets do not ascend")
            ordered = (columns["min"] <= columns["mean"]) & (columns["mean"] <= columns["max"])
            check(bool(ordered.all()), "a mean lies outside its bucket's minimum and maximum")
        return seconds, _Drawn(
            highest=[float(curve.columns["max"].max()) for curve in curves],
            points=sum(len(curve.columns["x"]) for curve in curves),
            bytes=len(response.body),
        )

    return ask


def _interval(filled: Filled) -> _Ask:
    key = Stream(seed=0, keys=1, steps=1).key(0)
    runs = "&".join(f"run_ids={run_id}" for run_id in filled.runs)

    def ask(connection: Connection, number: int) -> tuple[float, _Drawn]:
        query = f"?{runs}&metric_key={key}&max_results={BUCKETS - number}"
        seconds, response = _exchange(connection, connection.encode("GET", f"{API}/metrics/{_INTERVAL}{query}"))
        metrics: list[dict[str, Any]] = json.loads(response.body).get("metrics", [])
        highest = dict.fromkeys(filled.runs, float("-inf"))
        for metric in metrics:
            highest[metric["run_id"]] = max(highest[metric["run_id"]], float(metric["value"]))
        check(len(metrics) >= len(filled.runs) * min(BUCKETS - number, filled.points) // 2, f"{len(metrics)} points")
        return seconds, _Drawn(highest=list(highest.values()), points=len(metrics), bytes=len(response.body))

    return ask


def _histories(filled: Filled) -> _Ask:
    key = Stream(seed=0, keys=1, steps=1).key(0)

    def ask(connection: Connection, number: int) -> tuple[float, _Drawn]:
        del number
        seconds = 0.0
        size = points = 0
        highest = []
        for run_id in filled.runs:
            values: list[float] = []
            for response, taken in history_pages(connection, run_id, key):
                seconds += taken
                size += len(response.body)
                values += [value for _, _, value in decode_points(response)]
            if len(values) != filled.points:
                raise CheckFailed(f"a history has {len(values)} points, not {filled.points}")
            points += len(values)
            highest.append(max(values))
        return seconds, _Drawn(highest=highest, points=points, bytes=size)

    return ask


def _exchange(connection: Connection, request: bytes) -> tuple[float, Response]:
    began = time.monotonic()
    response = connection.exchange(request)
    seconds = time.monotonic() - began
    if not response.ok:
        raise RequestFailed(f"HTTP {response.status}: {response.excerpt()}")
    return seconds, response
