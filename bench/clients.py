"""What benchmarks share that measure clients alone, on one server of kiseki."""

import dataclasses
import time
from collections.abc import Iterable, Mapping

from bench.command import commit
from bench.figures import Figure
from bench.machine import Machine
from bench.peers import Peer
from bench.report import Report
from bench.settings import FULL


def of_clients(
    name: str, figures: Iterable[Figure], peers: Mapping[str, Peer], facts: Machine, rounds: int, note: str
) -> Report:
    """The result of such a benchmark, with the time and commit of now."""
    return Report(
        name=name,
        date=time.strftime("%Y-%m-%d %H:%M"),
        commit=commit(),
        settings={**dataclasses.asdict(FULL), "quick": False, "rounds": rounds, "clients": 1, "seconds": 0.0},
        machine=dataclasses.asdict(facts),
        versions={name: peer.version for name, peer in peers.items()},
        durability=dict.fromkeys(peers, "the client alone; the server is kiseki's"),
        notes=(note,),
        figures=tuple(figures),
    )
