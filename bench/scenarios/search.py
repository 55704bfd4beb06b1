"""Search among 100,000 runs with 20 metrics and 20 params each, a page of 100 at a time, one client."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench import sql
from bench.catalogue import METRICS, PARAMS, Catalogue, Question, questions
from bench.connection import Connection
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.load import Operation, quantile, run_load
from bench.peers import HOST, Server
from bench.points import FIRST_TIMESTAMP
from bench.rest import API, create_experiment, run_id_of, search_body
from bench.session import CheckFailed, Session, check


@dataclass(frozen=True, kw_only=True, slots=True)
class LogCatalogue:
    """The clients share the runs of the catalogue; an operation creates a run and logs all it has."""

    experiment_id: str
    runs: int
    clients: int

    def operations(self, client: int, connection: Connection) -> Iterable[Operation]:
        """Yields the runs one by one, since all of them together would take a lot of memory."""
        catalogue = Catalogue(runs=self.runs)
        for run in range(client, self.runs, self.clients):
            yield partial(_log_run, connection, self.experiment_id, catalogue, run)


def _log_run(connection: Connection, experiment_id: str, catalogue: Catalogue, run: int) -> None:
    began = catalogue.start_time(run)
    creation = {
        "experiment_id": experiment_id,
        "run_name": f"run-{run:06d}",
        "start_time": began,
        "tags": [{"key": key, "value": value} for key, value in catalogue.tags(run)],
    }
    created = connection.exchange(connection.encode("POST", f"{API}/runs/create", json.dumps(creation).encode()))
    if created.ok:
        content = {
            "run_id": run_id_of(created).decode(),
            "metrics": [
                {"key": key, "value": value, "timestamp": began, "step": 0}
                for key, value in catalogue.metric_values(run)
            ],
            "params": [{"key": key, "value": value} for key, value in catalogue.params(run)],
        }
        connection.exchange(connection.encode("POST", f"{API}/runs/log-batch", json.dumps(content).encode()))


def run(session: Session) -> list[Figure]:
    """Measures the latency of every kind of search."""
    settings = session.settings
    sizes = {
        SUBJECT: settings.search_runs,
        "mlflow": settings.mlflow_search_runs,
        "fasttrackml": settings.fasttrackml_search_runs,
        "fasttrackml-normal": settings.fasttrackml_search_runs,
    }
    asked: dict[str, dict[str, Measurement]] = {}
    with session.servers() as field:
        for name, server in field.running.items():
            session.say(f"search: filling {name} with {sizes[name]:,} runs")
            try:
                catalogue = Catalogue(runs=sizes[name])
                experiment_id = _fill(server, catalogue, settings.clients)
                server.settle()
                scale = "" if sizes[name] == settings.search_runs else f"{sizes[name]:,} runs"
                asked[name] = {
                    question.name: _ask(session, server, experiment_id, catalogue, question, scale)
                    for question in questions(catalogue, settings.search_requests)
                }
            except Exception as error:
                field.problems[name] = f"{type(error).__name__}: {error}"
                session.say(f"{name}: {field.problems[name]}")
    names = [question.name for question in questions(Catalogue(runs=1000), 1)]
    failed = {name: Measurement(value=None, problem=text) for name, text in field.problems.items()}
    return [
        Figure(
            scenario="search",
            name=f"search {settings.search_runs:,} runs: {question}",
            unit="ms (p50)",
            higher_is_better=False,
            measurements={name: asked[name][question] if name in asked else failed[name] for name in session.names},
            targets=(Target(bound=50),),
        )
        for question in names
    ]


def _fill(server: Server, catalogue: Catalogue, clients: int) -> str:
    connection = server.connect()
    experiment_id = create_experiment(connection, "search")
    if server.peer.name in sql.SCHEMAS:
        sql.fill_runs(server.database, server.peer.name, experiment_id, catalogue)
        return experiment_id
    script = LogCatalogue(experiment_id=experiment_id, runs=catalogue.runs, clients=clients)
    outcome = run_load(HOST, [server.port], script, clients=clients, seconds=None)
    if outcome.errors:
        raise CheckFailed(f"{outcome.errors} of {outcome.attempted} runs failed to be logged: {outcome.messages}")
    return experiment_id


def _ask(
    session: Session, server: Server, experiment_id: str, catalogue: Catalogue, question: Question, scale: str
) -> Measurement:
    connection = server.connect(timeout=180)
    times: list[float] = []
    problem = ""
    errors = 0
    for search in question.searches:
        request = connection.encode("POST", f"{API}/runs/search", search_body(experiment_id, **search.fields))
        began = time.monotonic()
        response = connection.exchange(request)
        times.append(time.monotonic() - began)
        if not response.ok:
            errors += 1
            problem = f"{search.fields}: HTTP {response.status}: {response.excerpt()}"
        elif not problem:
            try:
                _verify(catalogue, response.json().get("runs", []), list(search.expected))
            except CheckFailed as error:
                problem = f"{search.fields}: {error}"
        if sum(times) > session.settings.query_seconds:
            break
    session.say(f"search: {server.peer.name} {question.name}: {quantile(times, 0.5) * 1000:,.1f} ms {problem}")
    return Measurement(
        value=quantile(times, 0.5) * 1000,
        rounds=tuple(seconds * 1000 for seconds in times),
        scale=scale,
        requests=len(times),
        errors=errors,
        problem=problem,
        detail={"p95 ms": quantile(times, 0.95) * 1000, "first ms": times[0] * 1000},
    )


def _verify(catalogue: Catalogue, runs: list[dict[str, Any]], expected: list[int]) -> None:
    found = []
    for item in runs:
        info, data = item["info"], item["data"]
        number = (int(info["start_time"]) - FIRST_TIMESTAMP) // 1000
        found.append(number)
        check(len(data.get("params", [])) == PARAMS, f"run {number} came with {len(data.get('params', []))} params")
        values = {metric["key"]: float(metric["value"]) for metric in data.get("metrics", [])}
        check(len(values) == METRICS, f"run {number} came with {len(values)} metrics")
        check(values == dict(catalogue.metric_values(number)), f"the metrics of run {number} are not those it logged")
    if found != expected:
        if sorted(found) == sorted(expected):
            raise CheckFailed("the right runs in another order")
        missing = len(set(expected) - set(found))
        raise CheckFailed(f"{len(found)} runs, of which {missing} of the {len(expected)} expected are missing")
