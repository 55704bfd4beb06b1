"""A server under test as a subprocess of its own, and raw requests to it."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import IO, Any, Final, Self
from urllib.parse import quote, urlencode, urlsplit

API: Final = "/api/2.0/mlflow/"
AJAX: Final = "/ajax-api/2.0/mlflow/"
NATIVE: Final = "/api/kiseki/v1/"
PROXY: Final = "/api/2.0/mlflow-artifacts/artifacts"

INVALID: Final = "INVALID_PARAMETER_VALUE"
MISSING: Final = "RESOURCE_DOES_NOT_EXIST"

_STATUS: Final = {
    "INVALID_PARAMETER_VALUE": 400,
    "BAD_REQUEST": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "NOT_IMPLEMENTED": 501,
}

Query = dict[str, Any] | list[tuple[str, Any]]
Json = dict[str, Any]


def _no_constant(literal: str) -> float:
    raise AssertionError(f"the answer holds {literal}, which is not JSON")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Response:
    """An answer as it came over the wire; the names of the headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as strict JSON: a bare NaN or Infinity fails."""
        assert self.headers.get("content-type", "").startswith("application/json"), self
        return json.loads(self.body, parse_constant=_no_constant)

    def ok(self) -> Any:
        """The JSON of an answer that must be a success."""
        assert self.status == 200, self
        return self.json()

    def refused(self, code: str, *words: str, status: int | None = None) -> None:
        """The answer must be MLflow's JSON error of this code, whose message holds all the words, in any case."""
        assert self.status == (_STATUS[code] if status is None else status), self
        error = self.json()
        assert error["error_code"] == code, error
        for word in words:
            assert word.lower() in error["message"].lower(), (word, error)

    def rejected(self, *words: str) -> None:
        """The answer must be a 4xx with a JSON error of any code, whose message holds all the words, in any case."""
        assert 400 <= self.status < 500, self
        error = self.json()
        assert isinstance(error["error_code"], str), error
        for word in words:
            assert word.lower() in error["message"].lower(), (word, error)


class Server:
    """kiseki's server, or the real MLflow's, on a free port of the loopback with an empty database.

    Args:
        folder: Where the database, the artifacts and the log go.
        reference: The `mlflow` command whose server to start instead of kiseki's.
        options: Further options of the `server` command.
        database: The URI of its database; a SQLite file in the folder when "".
    """

    def __init__(
        self, folder: Path, *, reference: Path | None = None, options: tuple[str, ...] = (), database: str = ""
    ) -> None:
        self.folder = folder
        self.artifacts = folder / "artifacts"
        self.database_uri = database or f"sqlite:///{folder / 'wire.db'}"
        self.is_reference = reference is not None
        self._log_path = folder / "server.log"
        self._log_seen = 0
        self._numbers = itertools.count()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        command = [str(reference)] if reference else [sys.executable, "-m", "kiseki"]
        self._command = [
            *command,
            "server",
            *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
            *("--backend-store-uri", self.database_uri),
            *("--artifacts-destination", str(self.artifacts)),
            *options,
        ]
        # MLflow's server starts processes for jobs, which nobody gives it here.
        self._environment = {
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "DO_NOT_TRACK": "true",
        }
        self._log: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._log is not None:
            self._log.close()
        self._log = self._log_path.open("ab")
        # A group of its own, because the real MLflow's server starts further processes.
        self._process = subprocess.Popen(
            self._command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self._environment},
            start_new_session=True,
        )
        deadline = time.monotonic() + 180
        while True:
            try:
                if self.request("GET", "/health").status == 200:
                    return self
            except OSError:
                pass
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"{self._command} does not answer:\n{self._log_path.read_text()}")
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._log is not None
        if not self.is_reference:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(15)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(15)
        self._log.close()

    def check(self) -> None:
        """Fails when the process has ended, or has written a traceback since the last call."""
        assert self._process is not None
        assert self._process.poll() is None, f"the server ended:\n{self._log_path.read_text()[-5000:]}"
        with self._log_path.open("rb") as log:
            log.seek(self._log_seen)
            text = log.read().decode(errors="replace")
        self._log_seen += len(text.encode())
        if not self.is_reference:
            assert "Traceback (most recent call last)" not in text, text[-5000:]

    # --- requests -----------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = ...,
        query: Query | None = None,
        body: str | bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """One request on a connection of its own.

        Args:
            method: In upper case.
            path: From the root, percent-encoded already.
            json: Is sent as the body with the content type of JSON, when given.
            query: A list as a value becomes repeated parameters.
            body: Is sent as it is, without any content type of its own.
            headers: Win over the headers that the other arguments bring; `Host` too.
        """
        sent = {"Host": f"127.0.0.1:{self.port}"}
        if json is not ...:
            body = _encoded(json)
            sent["Content-Type"] = "application/json"
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            sent["Content-Length"] = str(len(body))
        sent.update(headers or {})
        if query:
            path = f"{path}?{urlencode(query, doseq=True)}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            # A stream of events has no end; its first line is enough, and closing the connection ends it.
            endless = (answer.getheader("content-type") or "").startswith("text/event-stream")
            content = answer.readline() if endless else answer.read()
            return Response(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.getheaders()},
                body=content,
            )
        finally:
            connection.close()

    def post(self, endpoint: str, json: Any = ..., /, **fields: Any) -> Response:
        """POST to an endpoint under `/api/2.0/mlflow/`, with the fields, or with any JSON."""
        return self.request("POST", API + endpoint, json=fields if json is ... else json)

    def get(self, endpoint: str, query: Query | None = None, /, **parameters: Any) -> Response:
        """GET an endpoint under `/api/2.0/mlflow/`."""
        return self.request("GET", API + endpoint, query=parameters if query is None else query)

    def native(self, endpoint: str, json: Any = ..., /, **fields: Any) -> Response:
        """POST to an endpoint under `/api/kiseki/v1/`, with the fields, or with any JSON."""
        return self.request("POST", NATIVE + endpoint, json=fields if json is ... else json)

    def put_artifact(self, path: str, body: bytes) -> None:
        """Stores a file through the artifact proxy."""
        response = self.request("PUT", f"{PROXY}/{quote(path)}", body=body)
        assert response.status == 200, response

    # --- what most tests need -----------------------------------------------------------------------------------------

    def unique(self, word: str) -> str:
        """A name that nothing else on this server has."""
        return f"{word}-{next(self._numbers)}-{uuid.uuid4().hex[:8]}"

    def new_experiment(self, **fields: Any) -> str:
        """A fresh experiment; its id."""
        answer = self.post("experiments/create", {"name": self.unique("experiment"), **fields}).ok()
        return str(answer["experiment_id"])

    def new_run(self, experiment_id: str, **fields: Any) -> str:
        """A fresh run; its id."""
        answer = self.post("runs/create", {"experiment_id": experiment_id, **fields}).ok()
        return str(answer["run"]["info"]["run_id"])

    def new_model(self, experiment_id: str, **fields: Any) -> str:
        """A fresh logged model; its id."""
        answer = self.post("logged-models", {"experiment_id": experiment_id, **fields}).ok()
        return str(answer["model"]["info"]["model_id"])

    def model(self, model_id: str) -> Json:
        """A logged model as the server tells it."""
        found: Json = self.get(f"logged-models/{model_id}").ok()["model"]
        return found

    def new_registered_model(self, **fields: Any) -> str:
        """A fresh registered model; its name."""
        name = self.unique("registered")
        self.post("registered-models/create", {"name": name, **fields}).ok()
        return name

    def new_version(self, name: str, source: str = "s3://bucket/model", **fields: Any) -> str:
        """A fresh version of a registered model; its number."""
        answer = self.post("model-versions/create", {"name": name, "source": source, **fields}).ok()
        return str(answer["model_version"]["version"])

    def version(self, name: str, version: str) -> Json:
        """A version as the server tells it."""
        found: Json = self.get("model-versions/get", name=name, version=version).ok()["model_version"]
        return found

    def registered_model(self, name: str) -> Json:
        """A registered model as the server tells it."""
        found: Json = self.get("registered-models/get", name=name).ok()["registered_model"]
        return found

    def ask(self, method: str, endpoint: str, /, user: str = "", **fields: Any) -> Response:
        """A request to an endpoint under `/api/2.0/mlflow/`, or below another root, by a user."""
        path = endpoint if endpoint.startswith("/") else API + endpoint
        headers = {"X-Kiseki-User": quote(user)} if user else {}
        return self.request(method, path, json=fields, headers=headers)

    def patch(self, endpoint: str, /, **fields: Any) -> Response:
        """PATCH an endpoint under `/api/2.0/mlflow/`, with the fields."""
        return self.request("PATCH", API + endpoint, json=fields)

    def delete(self, endpoint: str) -> Response:
        """DELETE an endpoint under `/api/2.0/mlflow/`."""
        return self.request("DELETE", API + endpoint)

    def experiment(self, experiment_id: str) -> Json:
        """An experiment as the server tells it, tags in order of their keys, without what only MLflow has."""
        return plain_experiment(self.get("experiments/get", experiment_id=experiment_id).ok()["experiment"])

    def run(self, run_id: str) -> Json:
        """A run as the server tells it, with metrics, params and tags in order of their keys."""
        return plain_run(self.get("runs/get", run_id=run_id).ok()["run"])

    def metrics(self, run_id: str) -> Json:
        """The latest metrics of a run by key."""
        return {metric["key"]: metric for metric in self.run(run_id)["data"].get("metrics", [])}

    def params(self, run_id: str) -> dict[str, str]:
        """The params of a run by key."""
        return {param["key"]: param["value"] for param in self.run(run_id)["data"].get("params", [])}

    def tags(self, run_id: str) -> dict[str, str]:
        """The tags of a run by key, without the name that each run has."""
        tags = {tag["key"]: tag["value"] for tag in self.run(run_id)["data"].get("tags", [])}
        tags.pop("mlflow.runName", None)
        return tags

    def history(self, run_id: str, key: str) -> list[Json]:
        """All points of a metric."""
        answer = self.get("metrics/get-history", run_id=run_id, metric_key=key).ok()
        return list(answer.get("metrics", []))

    def artifact_path(self, run_id: str) -> str:
        """Where the proxy has the artifacts of a run."""
        uri: str = self.run(run_id)["info"]["artifact_uri"]
        return urlsplit(uri).path.lstrip("/")


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def by_key(entries: list[Json]) -> list[Json]:
    """Entries that have a `key`, in its order."""
    return sorted(entries, key=lambda entry: str(entry["key"]))


def pairs(**entries: Any) -> list[Json]:
    """Params or tags as the wire has them."""
    return [{"key": key, "value": value} for key, value in entries.items()]


def metric(key: str, value: Any = 1.0, timestamp: Any = 1, step: Any = 0) -> Json:
    """A metric as the wire has it."""
    return {"key": key, "value": value, "timestamp": timestamp, "step": step}


def plain_experiment(experiment: Json) -> Json:
    """An experiment with its tags in order, without what only MLflow has."""
    plain = {name: value for name, value in experiment.items() if name != "workspace"}
    if "tags" in plain:
        plain["tags"] = by_key(plain["tags"])
    return plain


def plain_run(run: Json) -> Json:
    """A run with metrics, params and tags in order of their keys."""
    data = {name: by_key(entries) for name, entries in run["data"].items()}
    return {**run, "data": data}
