"""The runs that are searched: the same for every server, and what each search must find among them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.points import FIRST_TIMESTAMP

METRICS = 20
PARAMS = 20
PAGE = 100
OPTIMIZERS = ("adam", "sgd")
TEAMS = ("a", "b", "c", "d")


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """`runs` runs with 20 metrics, 20 params and 3 tags each; a run is known by its start time.

    Param 00 is selective: one value in `PAGE` runs. Param 01 is one of two values, the tag `team` one of four.
    The other params are numbers that are all distinct.
    """

    runs: int

    @cached_property
    def metrics(self) -> NDArray[np.float64]:
        """The values of the metrics, a row a run."""
        return np.random.default_rng(1).random((self.runs, METRICS))

    @cached_property
    def _params(self) -> NDArray[np.float64]:
        return np.random.default_rng(2).random((self.runs, PARAMS - 2))

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """The number in the selective param."""
        return np.random.default_rng(3).permutation(self.runs) // PAGE

    @cached_property
    def optimizers(self) -> NDArray[np.int64]:
        """Which of `OPTIMIZERS` the unselective param is."""
        return np.random.default_rng(4).integers(0, len(OPTIMIZERS), self.runs)

    @cached_property
    def teams(self) -> NDArray[np.int64]:
        """Which of `TEAMS` the tag is."""
        return np.random.default_rng(5).integers(0, len(TEAMS), self.runs)

    def start_time(self, run: int) -> int:
        """The run's start time in milliseconds; no two are equal."""
        return FIRST_TIMESTAMP + run * 1000

    def params(self, run: int) -> list[tuple[str, str]]:
        """The run's params."""
        named = [("param_00", f"group-{self.groups[run]}"), ("param_01", OPTIMIZERS[self.optimizers[run]])]
        return named + [
            (f"param_{index:02d}", repr(value)) for index, value in enumerate(self._params[run].tolist(), 2)
        ]

    def tags(self, run: int) -> list[tuple[str, str]]:
        """The run's tags."""
        return [("team", TEAMS[self.teams[run]]), ("dataset", "digits"), ("note", f"note of the run {run}")]

    def metric_values(self, run: int) -> list[tuple[str, float]]:
        """The run's metrics."""
        return [(f"metric_{index:02d}", value) for index, value in enumerate(self.metrics[run].tolist())]


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """One request and the runs that it must return, in their order."""

    fields: dict[str, Any]
    expected: Sequence[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A kind of search; its requests differ in their constants, so that no answer can be kept from the last one."""

    name: str
    searches: Sequence[Search]


def questions(catalogue: Catalogue, requests: int) -> Iterator[Question]:
    """Yields the kinds of searches that are measured, each with the given number of requests."""
    metrics = catalogue.metrics
    everything = np.arange(catalogue.runs)
    newest = everything[::-1]

    def search(rows: NDArray[np.int64], **fields: Any) -> Search:
        return Search(fields={"max_results": PAGE, **fields}, expected=rows[:PAGE].tolist())

    def by_metric(rows: NDArray[np.int64], key: int, *, ascending: bool = False) -> NDArray[np.int64]:
        ordered = rows[np.argsort(metrics[rows, key])]
        return ordered if ascending else ordered[::-1]

    count = range(requests)
    yield Question(name="newest", searches=[search(newest) for _ in count])
    yield Question(
        name="order by a metric",
        searches=[
            search(
                by_metric(everything, number % METRICS, ascending=number % 2 == 1),
                order_by=[f"metrics.metric_{number % METRICS:02d} {'ASC' if number % 2 else 'DESC'}"],
            )
            for number in count
        ],
    )
    yield Question(
        name="metric filter + order by a metric",
        searches=[
            search(
                by_metric(everything[metrics[:, 1] > 0.4 + number / 100], 0),
                filter=f"metrics.metric_01 > {0.4 + number / 100!r}",
                order_by=["metrics.metric_00 DESC"],
            )
            for number in count
        ],
    )
    yield Question(
        name="param filter, 100 of all runs match",
        searches=[
            search(newest[catalogue.groups[newest] == group], filter=f"params.param_00 = 'group-{group}'")
            for group in (number % (catalogue.runs // PAGE) for number in count)
        ],
    )
    yield Question(
        name="param filter, half of all runs match",
        searches=[
            search(
                newest[catalogue.optimizers[newest] == number % 2],
                filter=f"params.param_01 = '{OPTIMIZERS[number % 2]}'",
            )
            for number in count
        ],
    )
    yield Question(
        name="three conditions (metric, param, tag)",
        searches=[
            search(
                newest[
                    (metrics[newest, 2] > 0.8 + number / 200)
                    & (catalogue.optimizers[newest] == number % 2)
                    & (catalogue.teams[newest] == number % 4)
                ],
                filter=(
                    f"metrics.metric_02 > {0.8 + number / 200!r} and params.param_01 = '{OPTIMIZERS[number % 2]}' "
                    f"and tags.team = '{TEAMS[number % 4]}'"
                ),
            )
            for number in count
        ],
    )
