"""A small run from its beginning to its end: create, one log-batch with 20 metrics, 20 params and 10 tags, finish."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bench import ingest
from bench.connection import Connection, RequestFailed
from bench.figures import Figure, Target
from bench.load import Operation
from bench.peers import Server
from bench.points import FIRST_TIMESTAMP
from bench.rest import API, create_experiment, pairs, run_id_of, search_all
from bench.session import Session, Turn, check

METRICS = 20
PARAMS = 20
TAGS = 10
_PREPARED_PER_SECOND = 500
# Stands in the encoded bodies for the id that the server gives the run; ids of all servers have its length.
_PLACE = b"0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, kw_only=True, slots=True)
class Runs:
    """Every operation is a whole run, three requests."""

    experiment_id: str
    seed: int
    runs: int

    def operations(self, client: int, connection: Connection) -> Iterable[Operation]:
        """Encodes every request beforehand, but for the id of the run."""
        rng = np.random.default_rng((self.seed, client))
        values = rng.random((self.runs, METRICS + PARAMS))
        return [
            Lifecycle(
                connection,
                create=self._encode(connection, "create", self._creation(client, number)),
                log=self._encode(connection, "log-batch", _content(row, FIRST_TIMESTAMP + number)),
                finish=self._encode(connection, "update", _FINISHED),
            )
            for number, row in enumerate(values.tolist())
        ]

    def _creation(self, client: int, number: int) -> dict[str, object]:
        return {
            "experiment_id": self.experiment_id,
            "run_name": f"run-{client}-{number}",
            "start_time": FIRST_TIMESTAMP + number,
        }

    def _encode(self, connection: Connection, call: str, body: dict[str, object]) -> bytes:
        return connection.encode("POST", f"{API}/runs/{call}", json.dumps(body).encode())


class Lifecycle:
    """One run's three requests; called, it sends them."""

    __slots__ = ("_connection", "_create", "_finish", "_log")

    def __init__(self, connection: Connection, *, create: bytes, log: bytes, finish: bytes) -> None:
        self._connection = connection
        self._create = create
        self._log = log
        self._finish = finish

    def __call__(self) -> None:
        """Sends the requests; after one that failed the rest is left out."""
        created = self._connection.exchange(self._create)
        if not created.ok:
            return
        run_id = run_id_of(created)
        if len(run_id) != len(_PLACE):
            raise RequestFailed(f"the server's run ids have {len(run_id)} characters, the bodies have room for 32")
        if self._connection.exchange(self._log.replace(_PLACE, run_id, 1)).ok:
            self._connection.exchange(self._finish.replace(_PLACE, run_id, 1))


_FINISHED: dict[str, object] = {
    "run_id": _PLACE.decode(),
    "status": "FINISHED",
    "end_time": FIRST_TIMESTAMP + 1_000_000,
}


def _content(values: list[float], timestamp: int) -> dict[str, object]:
    metrics = [
        {"key": f"metric_{index:02d}", "value": value, "timestamp": timestamp, "step": 0}
        for index, value in enumerate(values[:METRICS])
    ]
    params = [{"key": f"param_{index:02d}", "value": f"{value:.6f}"} for index, value in enumerate(values[METRICS:])]
    tags = [{"key": f"tag_{index}", "value": f"value of the tag {index}"} for index in range(TAGS)]
    return {"run_id": _PLACE.decode(), "metrics": metrics, "params": params, "tags": tags}


def run(session: Session) -> list[Figure]:
    """Measures runs a second."""
    settings = session.settings

    def turn(server: Server, round_: int) -> Turn:
        connection = server.connect()
        experiment_id = create_experiment(connection, "lifecycle")
        script = Runs(experiment_id=experiment_id, seed=round_, runs=int(settings.seconds * _PREPARED_PER_SECOND))
        result, outcome = ingest.timed(server, script, clients=settings.clients, seconds=settings.seconds, weight=1)
        session.say(f"lifecycle {round_ + 1}: {server.peer.name} {result.value:,.1f} runs/s, {result.errors} errors")
        verify(connection, experiment_id, outcome.acknowledged, outcome.attempted)
        return result

    with session.servers() as field:
        measurements = session.rounds(field, turn)
    return [
        Figure(
            scenario="lifecycle",
            name=f"create, log {METRICS} metrics, {PARAMS} params, {TAGS} tags, finish, {settings.clients} clients",
            unit="runs/s",
            higher_is_better=True,
            measurements=measurements,
            targets=(Target(bound=3, peer="fasttrackml"),),
        )
    ]


def verify(connection: Connection, experiment_id: str, acknowledged: int, attempted: int) -> None:
    """Checks that every run that was acknowledged is there, finished and whole."""
    whole = found = 0
    for item in search_all(connection, experiment_id):
        found += 1
        data = item["data"]
        tags = pairs(data.get("tags", []))
        whole += (
            item["info"]["status"] == "FINISHED"
            and len(data.get("metrics", [])) == METRICS
            and len(data.get("params", [])) == PARAMS
            and all(tags.get(f"tag_{index}") == f"value of the tag {index}" for index in range(TAGS))
        )
    check(found <= attempted, f"{found} runs are found, but only {attempted} were created")
    check(whole == acknowledged, f"{whole} of {found} runs are whole, but {acknowledged} were acknowledged")
