"""From exec to the first answer of /health, and the memory of an idle server, both as installed, without tuning."""

import shutil
import time

from bench.figures import Figure, Measurement, Target
from bench.peers import Peer
from bench.rest import create_experiment, create_run
from bench.session import Session, Turn, combine


def run(session: Session) -> list[Figure]:
    """Measures starts with no database and with one, and memory at rest."""
    settings = session.settings
    first: dict[str, list[Turn]] = {name: [] for name in session.peers}
    again: dict[str, list[Turn]] = {name: [] for name in session.peers}
    idle: dict[str, list[Turn]] = {name: [] for name in session.peers}
    problems = dict(session.problems)
    # A quick session does not wait for slow starts.
    peers = {name: peer for name, peer in session.peers.items() if not (settings.quick and peer.slow_start)}
    for _ in range(settings.starts):
        for name, peer in peers.items():
            if name not in problems:
                try:
                    _start_twice(session, peer, first[name], again[name], idle[name])
                except Exception as error:
                    problems[name] = f"{type(error).__name__}: {error}"
                    session.say(f"{name}: {problems[name]}")

    def measurements(turns: dict[str, list[Turn]]) -> dict[str, Measurement]:
        return {name: combine(turns.get(name, []), problems.get(name, "")) for name in [*peers, *session.problems]}

    return [
        Figure(
            scenario="startup",
            name="start to the first answer, new database",
            unit="s",
            higher_is_better=False,
            measurements=measurements(first),
            targets=(Target(bound=1.5),),
        ),
        Figure(
            scenario="startup",
            name="start to the first answer, existing database",
            unit="s",
            higher_is_better=False,
            measurements=measurements(again),
            targets=(Target(bound=1.5),),
        ),
        Figure(
            scenario="startup",
            name="memory of the idle server, all processes (RSS)",
            unit="MiB",
            higher_is_better=False,
            measurements=measurements(idle),
            targets=(Target(bound=120),),
        ),
    ]


def _start_twice(session: Session, peer: Peer, first: list[Turn], again: list[Turn], idle: list[Turn]) -> None:
    server = session.prepare(peer, tuned=False)
    try:
        server.start()
        first.append(Turn(value=server.start_seconds, requests=1, errors=0))
        connection = server.connect()
        # Idle, but after its first work: what is loaded lazily is counted.
        create_run(connection, create_experiment(connection, "startup"))
        connection.close()
        server.settle(4 * session.settings.idle_seconds)
        time.sleep(session.settings.idle_seconds)
        memory = server.memory()
        if memory is not None:
            detail = {"processes": float(memory.processes)}
            if memory.pss is not None:
                detail["pss MiB"] = memory.pss
            idle.append(Turn(value=memory.rss, requests=0, errors=0, detail=detail))
        server.stop()
        server.start()
        again.append(Turn(value=server.start_seconds, requests=1, errors=0))
        session.say(
            f"startup: {peer.name} {first[-1].value:.2f} s, again {again[-1].value:.2f} s, "
            f"{idle[-1].value if idle else 0:.0f} MiB"
        )
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)
