"""Programs that write to a server while it is attacked, and whether what it answered is there afterwards."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
import weakref
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from tests.faults.server import Target
from tests.faults.writer import POINTS, content, members, points
from tests.wire.server import PROXY, Json

WRITERS = 4


class Journals:
    """Writer processes and what they noted."""

    def __init__(self, server: Target, folder: Path) -> None:
        self.experiment = server.new_experiment()
        self.paths = [folder / f"journal-{i}" for i in range(WRITERS)]
        script = Path(__file__).parent / "writer.py"
        self._processes = [
            subprocess.Popen([sys.executable, str(script), str(server.port), self.experiment, str(i), str(path)])
            for i, path in enumerate(self.paths)
        ]
        # A test that fails leaves nothing running.
        weakref.finalize(self, _end, self._processes)
        for path in self.paths:
            deadline = time.monotonic() + 60
            while not (path.exists() and '"ack"' in path.read_text()) and time.monotonic() < deadline:
                time.sleep(0.01)

    def wait(self, answers: int) -> None:
        """Waits until so many more requests have been answered."""
        wanted = self._answered() + answers
        deadline = time.monotonic() + 60
        while self._answered() < wanted:
            assert time.monotonic() < deadline, "the server answers too little"
            time.sleep(0.05)

    def _answered(self) -> int:
        return sum(path.read_text().count('"ack"') for path in self.paths)

    def stop(self) -> None:
        _end(self._processes)

    def entries(self, writer: int) -> list[list[Any]]:
        """The journal of a writer; the last line may be cut."""
        lines = self.paths[writer].read_text().split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def check(self, server: Target) -> Counter[str]:
        """Fails unless acknowledged ⊆ stored ⊆ attempted, each batch whole or absent; what was acknowledged, counted."""
        # What was under way when the writers ended is stored or not before anything is looked at.
        time.sleep(1)
        server.post("experiments/create", name=f"after all {time.monotonic_ns()}").ok()
        found: list[Json] = []
        token = ""
        while True:
            page = server.post(
                "runs/search",
                experiment_ids=[self.experiment],
                max_results=1_000,
                **({"page_token": token} if token else {}),
            ).ok()
            found += page.get("runs", [])
            token = page.get("next_page_token", "")
            if not token:
                break
        by_name = {run["info"]["run_name"]: run for run in found}
        assert len(by_name) == len(found), "a run was created twice"
        counts: Counter[str] = Counter()
        expected: dict[str, dict[str, list[tuple[float, int, int]]]] = {}
        tried_names = set()
        for writer in range(WRITERS):
            entries = self.entries(writer)
            acked = {(what, number) for verb, what, number, *_ in entries if verb == "ack"}
            counts.update(what for what, _ in acked)
            for verb, what, number, *rest in entries:
                if verb == "ack" and what == "run":
                    assert by_name[rest[0]]["info"]["run_id"] == rest[1]
                elif verb == "try" and what == "run":
                    tried_names.add(rest[0])
                elif verb == "try" and what == "artifact":
                    answer = server.request("GET", f"{PROXY}/{rest[0]}")
                    if (what, number) in acked or answer.status == 200:
                        assert (answer.status, answer.body == content(writer, number)) == (200, True), rest
                    else:
                        assert answer.status == 404
                elif verb == "try" and what == "bundle":
                    for path, data in members(writer, number).items():
                        answer = server.request("GET", f"{PROXY}/{path}")
                        if (what, number) in acked:
                            told = answer.headers["x-kiseki-sha256"]
                            assert (answer.status, told) == (200, hashlib.sha256(data).hexdigest()), path
                        assert answer.status == 404 or answer.body == data, path
                elif verb == "try" and what == "batch":
                    data = next(run["data"] for run in found if run["info"]["run_id"] == rest[0])
                    parts = [
                        {"key": f"b{number}", "value": str(number)} in data.get(kind, []) for kind in ("params", "tags")
                    ]
                    stored = parts[0]
                    assert stored or (what, number) not in acked, f"batch {number} of writer {writer} was lost"
                    assert parts == [stored, stored]
                    if stored:
                        series = expected.setdefault(rest[0], defaultdict(list))
                        for point in points(writer, number):
                            series[point["key"]].append((point["value"], point["timestamp"], point["step"]))
        assert set(by_name) <= tried_names
        for run_id, series in expected.items():
            for key, logged in series.items():
                history = server.history(run_id, key)
                stored_points = sorted((point["value"], point["timestamp"], point["step"]) for point in history)
                lost, more = Counter(logged) - Counter(stored_points), Counter(stored_points) - Counter(logged)
                assert not lost, f"{run_id} {key}: {lost.total()} of {len(logged)} points are lost, such as {min(lost)}"
                assert not more, f"{run_id} {key}: {more.total()} points are too many, such as {min(more)}"
        stored_params = sum(len(run["data"].get("params", [])) for run in found)
        assert stored_params * POINTS == sum(len(logged) for series in expected.values() for logged in series.values())
        return counts


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
        process.wait()
