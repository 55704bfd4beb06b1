"""A program that writes to a server for as long as it is let, and keeps a journal of what it tried and what was answered.

    python writer.py PORT EXPERIMENT_ID NUMBER JOURNAL

It needs the standard library alone. A line of the journal is a JSON list: ["try" | "ack", what, number, ...].
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import sys
import time
from pathlib import Path
from typing import IO, Any

POINTS = 50


def points(writer: int, number: int) -> list[dict[str, Any]]:
    """The points of one batch, which no other batch has."""
    return [
        {"key": f"m{i % 3}", "value": writer * 1_000_000 + number + i / 64, "timestamp": number * POINTS + i, "step": i}
        for i in range(POINTS)
    ]


def content(writer: int, number: int) -> bytes:
    """The bytes of one artifact, between 100 KB and 1.6 MB."""
    block = hashlib.sha256(f"{writer}/{number}".encode()).digest()
    return block * (3_000 + 15_000 * (number % 4))


def members(writer: int, number: int) -> dict[str, bytes]:
    """The files of one bundle, which no other bundle has, by their paths."""
    block = hashlib.sha256(f"{writer}/{number}".encode()).digest()
    return {f"w{writer}/b{number}/{i % 3}/{i}.bin": block * (i * 11) for i in range(60)}


class Writer:
    def __init__(self, port: int, experiment: str, number: int, journal: IO[str]) -> None:
        self.port = port
        self.experiment = experiment
        self.writer = number
        self.journal = journal
        self.connection: http.client.HTTPConnection | None = None
        self.run = ""
        self.turn = 0

    def note(self, *entry: Any) -> None:
        self.journal.write(json.dumps(entry) + "\n")
        self.journal.flush()

    def send(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            self.connection.request(method, path, body, {"Content-Type": kind})
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            with contextlib.suppress(OSError):
                self.connection.close()
            self.connection = None
            raise

    def post(self, endpoint: str, **fields: Any) -> Any:
        status, body = self.send("POST", f"/api/2.0/mlflow/{endpoint}", json.dumps(fields).encode(), "application/json")
        if status != 200:
            raise ConnectionError(body.decode())
        return json.loads(body)

    def step(self) -> None:
        """One request of a kind that the turn decides."""
        turn = self.turn
        self.turn += 1
        if not self.run or turn % 40 == 0:
            name = f"w{self.writer}-{turn}"
            self.note("try", "run", turn, name)
            answer = self.post("runs/create", experiment_id=self.experiment, run_name=name)
            self.run = answer["run"]["info"]["run_id"]
            self.note("ack", "run", turn, name, self.run)
        elif turn % 10 == 5:
            path = f"w{self.writer}/{turn}.bin"
            self.note("try", "artifact", turn, path)
            url = f"/api/2.0/mlflow-artifacts/artifacts/{path}"
            status, body = self.send("PUT", url, content(self.writer, turn), "application/octet-stream")
            if status != 200:
                raise ConnectionError(body.decode())
            self.note("ack", "artifact", turn, path)
        elif turn % 10 == 7:
            self.note("try", "bundle", turn)
            files = members(self.writer, turn)
            lines = ((json.dumps({"path": path, "size": len(data)}).encode(), data) for path, data in files.items())
            body = b"".join(line + b"\n" + data for line, data in lines)
            status, told = self.send("PUT", "/api/kiseki/v1/artifacts/bundles", body, "application/vnd.kiseki.bundle")
            if status != 200:
                raise ConnectionError(told.decode())
            assert json.loads(told) == {"stored": len(files), "refused": []}, told
            self.note("ack", "bundle", turn)
        else:
            self.note("try", "batch", turn, self.run)
            pair = [{"key": f"b{turn}", "value": str(turn)}]
            self.post("runs/log-batch", run_id=self.run, metrics=points(self.writer, turn), params=pair, tags=pair)
            self.note("ack", "batch", turn, self.run)


def main() -> None:
    port, experiment, number, journal = sys.argv[1:]
    with Path(journal).open("a", encoding="utf-8") as file:
        writer = Writer(int(port), experiment, int(number), file)
        while True:
            try:
                writer.step()
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)


if __name__ == "__main__":
    main()
