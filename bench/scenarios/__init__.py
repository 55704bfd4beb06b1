"""The scenarios, in the order in which they run."""

from collections.abc import Callable

from bench.figures import Figure
from bench.scenarios import lifecycle, log_batch, log_metric
from bench.session import Session

SCENARIOS: dict[str, Callable[[Session], list[Figure]]] = {
    "log_batch": log_batch.run,
    "log_metric": log_metric.run,
    "lifecycle": lifecycle.run,
}
