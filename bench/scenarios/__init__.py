"""The scenarios, in the order in which they run."""

from collections.abc import Callable

from bench.figures import Figure
from bench.scenarios import (
    charts,
    disk,
    durability,
    history,
    install,
    lifecycle,
    log_batch,
    log_metric,
    search,
    startup,
    two_servers,
)
from bench.session import Session

SCENARIOS: dict[str, Callable[[Session], list[Figure]]] = {
    "log_batch": log_batch.run,
    "log_metric": log_metric.run,
    "lifecycle": lifecycle.run,
    "search": search.run,
    "charts": charts.run,
    "history": history.run,
    "disk": disk.run,
    "startup": startup.run,
    "install": install.run,
    "durability": durability.run,
    "two_servers": two_servers.run,
}
