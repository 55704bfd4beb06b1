"""Whether an answer means that the data is on disk: syncs of the database's files per log-metric, seen by strace."""

import re
import shutil
import time
from collections import Counter
from pathlib import Path

from bench.figures import Figure, Measurement, Target
from bench.peers import Peer, Server
from bench.rest import API, create_experiment, create_run
from bench.session import Session, check

_REQUESTS = 20
_SYNC = re.compile(r"\b(?:fsync|fdatasync|sync_file_range)\(\d+<([^>]*)>")


def run(session: Session) -> list[Figure]:
    """Counts syncs; one client that waits for each answer, so that no commit can be shared."""
    strace = shutil.which("strace")
    measurements = {name: Measurement(value=None, problem=text) for name, text in session.problems.items()}
    if strace is None:
        session.say("durability: strace is not here, so syncs are not counted")
        return []
    for name, peer in session.peers.items():
        try:
            measurements[name] = _count(session, peer, strace)
        except Exception as error:
            measurements[name] = Measurement(value=None, problem=f"{type(error).__name__}: {error}")
        session.say(f"durability: {name} {measurements[name].value} {measurements[name].problem}")
    return [
        Figure(
            scenario="durability",
            name="syncs per acknowledged log-metric, one client (below 1: answers before the data is on disk)",
            unit="syncs",
            higher_is_better=True,
            measurements=measurements,
            targets=(Target(bound=1),),
            compared=False,
        )
    ]


def _count(session: Session, peer: Peer, strace: str) -> Measurement:
    server = session.prepare(peer)
    trace = server.folder.with_name(server.folder.name + ".trace")
    try:
        server.start(
            (strace, "-f", "-y", "--seccomp-bpf", "-e", "trace=fsync,fdatasync,sync_file_range", "-o", str(trace))
        )
        connection = server.connect()
        run_id = create_run(connection, create_experiment(connection, "durability"))
        time.sleep(1.0)
        before = sum(_syncs(trace, server).values())
        already = _syncs(trace, server)
        for step in range(_REQUESTS):
            point = {"key": "loss", "value": 1.0 / (step + 1), "timestamp": 1_790_000_000_000 + step, "step": step}
            connection.post(f"{API}/runs/log-metric", {"run_id": run_id, **point})
        during = _syncs(trace, server)
        during.subtract(already)
        check(before > 0 or peer.name.endswith("-normal"), "no sync at all was seen; does strace work here?")
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)
    files = {f"syncs of {name}": count / _REQUESTS for name, count in during.items() if count}
    return Measurement(value=sum(during.values()) / _REQUESTS, requests=_REQUESTS, detail=files)


def _syncs(trace: Path, server: Server) -> Counter[str]:
    """The syncs of the server's files so far, by name; its folder is synced when a journal appears or goes."""
    found: Counter[str] = Counter()
    for path in _SYNC.findall(trace.read_text(errors="replace") if trace.exists() else ""):
        if path.startswith(str(server.folder)):
            found[Path(path).name if path != str(server.folder) else "the folder"] += 1
    return found
