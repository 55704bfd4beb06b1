"""The calls of MLflow's REST API that the scenarios make around the timed parts."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

from bench.connection import Connection, RequestFailed, Response

API = "/api/2.0/mlflow"
HISTORY_PAGE = 25_000
_RUN_ID = re.compile(rb'"run_id"\s*:\s*"([^"]+)"')
_TOKEN = re.compile(rb'"next_page_token"\s*:\s*"([^"]+)"')


def create_experiment(connection: Connection, name: str) -> str:
    """Creates an experiment whose name begins as given and returns its id."""
    answer = connection.post(f"{API}/experiments/create", {"name": f"{name}-{time.time_ns()}"})
    return str(answer["experiment_id"])


def create_run(connection: Connection, experiment_id: str) -> str:
    """Creates a run and returns its id."""
    body = {"experiment_id": experiment_id, "start_time": time.time_ns() // 1_000_000}
    return str(connection.post(f"{API}/runs/create", body)["run"]["info"]["run_id"])


def run_id_of(response: Response) -> bytes:
    """Returns the run's id from the answer to runs/create, without decoding all of it."""
    found = _RUN_ID.search(response.body)
    if found is None:
        raise RequestFailed(f"no run_id in the answer to runs/create: {response.excerpt()}")
    return found[1]


def log_batch_body(run_id: str, metrics: str) -> bytes:
    """Returns the body of a log-batch from an encoded list of metrics."""
    return f'{{"run_id":"{run_id}","metrics":{metrics}}}'.encode()


def latest_metrics(connection: Connection, run_id: str) -> dict[str, dict[str, Any]]:
    """Returns the last point of every key of a run."""
    answer = connection.get(f"{API}/runs/get", {"run_id": run_id})
    return {metric["key"]: metric for metric in answer["run"]["data"].get("metrics", [])}


def history_pages(connection: Connection, run_id: str, key: str) -> Iterator[tuple[Response, float]]:
    """Yields the pages of a history, each with the seconds from the request to the last byte."""
    token = ""
    while True:
        query = f"?run_id={run_id}&metric_key={key}&max_results={HISTORY_PAGE}"
        request = connection.encode("GET", f"{API}/metrics/get-history{query}{token}")
        began = time.monotonic()
        response = connection.exchange(request)
        seconds = time.monotonic() - began
        if not response.ok:
            raise RequestFailed(f"get-history: HTTP {response.status}: {response.excerpt()}")
        yield response, seconds
        # Beyond the list of points; the token is short.
        found = _TOKEN.search(response.body, max(0, len(response.body) - 4096)) or _TOKEN.search(response.body[:4096])
        if found is None:
            return
        token = "&page_token=" + found[1].decode()


def history(connection: Connection, run_id: str, key: str) -> list[tuple[int, int, float]]:
    """Returns all points of a series as (step, timestamp, value), ordered."""
    pages = (decode_points(response) for response, _ in history_pages(connection, run_id, key))
    return sorted(point for page in pages for point in page)


def decode_points(response: Response) -> list[tuple[int, int, float]]:
    """Returns the points of a page as (step, timestamp, value), in its order."""
    return [
        (int(metric.get("step", 0)), int(metric["timestamp"]), float(metric["value"]))
        for metric in response.json().get("metrics", [])
    ]


def search_body(experiment_id: str, **fields: Any) -> bytes:
    """Returns the body of a runs/search."""
    return json.dumps({"experiment_ids": [experiment_id], **fields}).encode()


def search_all(connection: Connection, experiment_id: str) -> Iterator[dict[str, Any]]:
    """Yields all runs of an experiment, page by page."""
    token: str | None = ""
    while token is not None:
        fields = {"max_results": 1000} | ({"page_token": token} if token else {})
        body = search_body(experiment_id, **fields)
        answer = connection.exchange(connection.encode("POST", f"{API}/runs/search", body)).json()
        yield from answer.get("runs", [])
        token = answer.get("next_page_token") or None


def pairs(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns the key and value of every metric, parameter or tag in a list."""
    return {item["key"]: item["value"] for item in items}
