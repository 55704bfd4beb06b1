"""What a database must do for kiseki, in small Protocols; `tests/conformance` holds every implementation to them.

A `Store` runs pieces of work. Work is a function of a `Session`, which is one transaction: all that the work did is
kept when it returns, nothing when it raises. A session is valid only while its work runs and only in that thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

import msgspec

from kiseki.base.ids import ExperimentId, ModelId, RunId
from kiseki.domain.changes import Changes
from kiseki.domain.columns import Keys, RunRow
from kiseki.domain.datasets import DatasetInput, DatasetSummary, ModelOutput
from kiseki.domain.experiments import ActiveExperiment, Experiment, ExperimentOrder, LifecycleStage, View
from kiseki.domain.logged_models import LoggedModel, LoggedModelStatus
from kiseki.domain.metrics import Link, Metric, Points, SeriesSummary
from kiseki.domain.runs import Page, Run, RunChange
from kiseki.domain.series import Axis, Buckets
from kiseki.domain.views import SavedView
from kiseki.query import Field, Node, OnDataset, OrderTerm
from kiseki.store.care import Audit, Rows, Trash
from kiseki.store.registry import ModelVersions, Moves, RegisteredModels, Webhooks

T = TypeVar("T")


class RunKey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a run is: what the other parts of a session want to know of it."""

    number: int
    run_id: RunId
    experiment: int
    lifecycle_stage: LifecycleStage
    start_time: int
    artifact_uri: str
    purging: bool = False
    """Whether its permanent deletion has begun."""


class ModelKey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a logged model is."""

    number: int
    model_id: ModelId
    experiment: int
    lifecycle_stage: LifecycleStage
    artifact_uri: str
    purging: bool = False
    """Whether its permanent deletion has begun."""


class Experiments(Protocol):
    """Experiments and their tags. Names are unique among active and deleted ones."""

    def create(self, name: str, artifact_location: str | None, tags: Mapping[str, str], now: int) -> Experiment:
        """Adds an experiment; without a location it is below the store's artifact root, named by the new id.

        Raises:
            AlreadyExists: An experiment has that name.
        """
        ...

    def get(self, experiment_id: ExperimentId) -> Experiment | None:
        """The experiment, deleted or not."""
        ...

    def get_by_name(self, name: str) -> Experiment | None:
        """The experiment of that name, deleted or not."""
        ...

    def search(
        self, view: View, where: Node | None, order_by: Sequence[OrderTerm], max_results: int, page_token: str
    ) -> Page[Experiment]:
        """One page, by default the newest first. Ties end with the greatest id first.

        Raises:
            InvalidParameter: The token was not made by this store for this search.
        """
        ...

    def find(
        self,
        view: View,
        where: Node | None,
        text: str,
        order: ExperimentOrder,
        descending: bool,
        max_results: int,
        page_token: str,
    ) -> tuple[Page[ActiveExperiment], int]:
        """One page, and the number of all that match. Ties end with the greatest id first.

        `text` keeps those whose name, id or note has it, A-Z and a-z taken as equal. Counts come with one query.

        Raises:
            InvalidParameter: The token was not made by this store for this search.
        """
        ...

    def rename(self, experiment_id: ExperimentId, name: str, now: int) -> None:
        """Changes the name.

        Raises:
            BadRequest: Another experiment has that name.
        """
        ...

    def set_lifecycle(self, experiment_id: ExperimentId, stage: LifecycleStage, now: int) -> None:
        """Changes the stage of the experiment and of all its runs and logged models.

        What is in the trash already keeps the time at which it came there, and it differs from that of what goes there
        with the experiment.
        """
        ...

    def undelete(self, experiment_id: ExperimentId, now: int) -> None:
        """Takes a deleted experiment out of the trash, and of its runs and models those that were deleted with it."""
        ...

    def set_tag(self, experiment_id: ExperimentId, key: str, value: str) -> None:
        """Adds or changes a tag."""
        ...

    def delete_tag(self, experiment_id: ExperimentId, key: str) -> bool:
        """Removes a tag; False when there was none."""
        ...


class Runs(Protocol):
    """Runs with their params and tags."""

    def create(self, run: Run) -> RunKey:
        """Adds a run with its tags.

        Raises:
            AlreadyExists: A run has that id.
        """
        ...

    def locate(self, run_id: RunId) -> RunKey | None:
        """Where the run is, None when there is none of that id."""
        ...

    def get(self, run_id: RunId) -> Run | None:
        """The run with all that it recorded but histories."""
        ...

    def info(self, run: RunKey) -> Run:
        """The run without what it recorded: no params, tags, metrics, inputs and outputs."""
        ...

    def children(self, run_id: RunId) -> int:
        """How many active runs, of any experiment, name the run as their parent."""
        ...

    def search(
        self,
        experiment_ids: Sequence[ExperimentId],
        view: View,
        where: Node | None,
        order_by: Sequence[OrderTerm],
        max_results: int,
        page_token: str,
    ) -> Page[Run]:
        """One page of whole runs without model inputs; ties end with the latest start, then the least run id.

        Raises:
            InvalidParameter: The token was not made by this store for this search.
        """
        ...

    def update(self, run: RunKey, change: RunChange) -> None:
        """Changes status, end or name."""
        ...

    def set_lifecycle(self, run: RunKey, stage: LifecycleStage, now: int) -> None:
        """Moves the run to or from the trash; one that is there already keeps the time at which it came there."""
        ...

    def params(self, run: RunKey, keys: Iterable[str]) -> dict[str, str]:
        """The values of those of the params that the run has."""
        ...

    def add_params(self, run: RunKey, params: Mapping[str, str]) -> None:
        """Adds params that the run does not have."""
        ...

    def tag(self, run: RunKey, key: str) -> str | None:
        """The value of a tag."""
        ...

    def tags(self, run: RunKey, keys: Iterable[str]) -> dict[str, str]:
        """The values of those of the tags that the run has."""
        ...

    def set_tags(self, run: RunKey, tags: Mapping[str, str]) -> None:
        """Adds or changes tags."""
        ...

    def delete_tag(self, run: RunKey, key: str) -> bool:
        """Removes a tag; False when there was none."""
        ...


class Metrics(Protocol):
    """Metric histories. A point that repeats (step, timestamp, value) of its series exactly is kept once."""

    def append(self, run: RunKey, points: Points) -> None:
        """Adds points. Values survive bit for bit, but NaNs may lose their payload in summaries."""
        ...

    def summaries(self, run: RunKey) -> list[SeriesSummary]:
        """What is known of each metric of the run, by key."""
        ...

    def history(self, run: RunKey, key: str, offset: int, limit: int) -> list[Metric]:
        """Points `offset` to `offset + limit` by (timestamp, step, value); fewer at the end."""
        ...

    def sample(self, run: RunKey, key: str, steps: tuple[int, int] | None, limit: int) -> list[Metric]:
        """At most `limit` points by (step, timestamp), evenly spaced, the first and last among them."""
        ...

    def chart(
        self, series: Sequence[tuple[RunKey, str]], axis: Axis, extent: tuple[float, float] | None, buckets: int
    ) -> list[Buckets]:
        """Each series reduced to at most `buckets` buckets of equal width over the common extent.

        Every point in the extent is in exactly one bucket; min, max, last and counts are exact. Where a bucket has
        over 512 points on average, points move between neighbouring buckets in blocks of 64.
        """
        ...


class Datasets(Protocol):
    """What runs read and made."""

    def log_inputs(self, run: RunKey, datasets: Sequence[DatasetInput], model_ids: Sequence[str]) -> None:
        """Records inputs; what is recorded already stays as it is."""
        ...

    def log_outputs(self, run: RunKey, outputs: Sequence[ModelOutput]) -> None:
        """Records models that the run made; what is recorded already stays as it is."""
        ...

    def search(self, experiment_ids: Sequence[ExperimentId], limit: int) -> list[DatasetSummary]:
        """The datasets that active runs of the experiments used."""
        ...


class LoggedModels(Protocol):
    """Logged models with their params and tags."""

    def create(self, model: LoggedModel) -> ModelKey:
        """Adds a model with its params and tags.

        Raises:
            AlreadyExists: A model has that id.
        """
        ...

    def locate(self, model_id: ModelId) -> ModelKey | None:
        """Where the model is, None when there is none of that id."""
        ...

    def get(self, model_id: ModelId) -> LoggedModel | None:
        """The model, deleted or not, with all that was recorded of it."""
        ...

    def set_status(self, model: ModelKey, status: LoggedModelStatus, now: int) -> None:
        """Changes the status."""
        ...

    def set_lifecycle(self, model: ModelKey, stage: LifecycleStage, now: int) -> None:
        """Moves the model to or from the trash; one that is there already keeps the time at which it came there."""
        ...

    def params(self, model: ModelKey, keys: Iterable[str]) -> dict[str, str]:
        """The values of those of the params that the model has."""
        ...

    def add_params(self, model: ModelKey, params: Mapping[str, str]) -> None:
        """Adds params that the model does not have."""
        ...

    def set_tags(self, model: ModelKey, tags: Mapping[str, str]) -> None:
        """Adds or changes tags."""
        ...

    def delete_tag(self, model: ModelKey, key: str) -> bool:
        """Removes a tag; False when there was none."""
        ...

    def append(self, model: ModelKey, run_id: RunId, link: Link, points: Points, places: Sequence[int]) -> None:
        """Adds those of some points at these places, which a run measured of the model on the link's dataset.

        Points that are there already may come again. The latest of a metric on a dataset is the greatest by
        (timestamp, step, value).
        """
        ...

    def search(
        self,
        experiment_ids: Sequence[ExperimentId],
        view: View,
        where: Node | None,
        datasets: Sequence[OnDataset],
        order_by: Sequence[OrderTerm],
        max_results: int,
        page_token: str,
    ) -> Page[LoggedModel]:
        """One page of whole models; ties end with the latest created, then the least id.

        With `datasets`, models are found that have a metric on one of them, and comparisons look at those alone.

        Raises:
            InvalidParameter: The token was not made by this store for this search.
        """
        ...


class Columns(Protocol):
    """Runs as rows of a table with columns for some of their params, tags and metrics."""

    def keys(self, experiment_ids: Sequence[ExperimentId]) -> Keys:
        """What active and deleted runs of the experiments have, by key, with up to 100 different values of each.

        Counts are exact. With many keys fewer values are looked at; a text is cut at 101 characters.
        """
        ...

    def find(
        self,
        experiment_ids: Sequence[ExperimentId],
        view: View,
        where: Node | None,
        order_by: Sequence[OrderTerm],
        columns: Sequence[Field],
        max_chars: int,
        max_results: int,
        page_token: str,
    ) -> Page[RunRow]:
        """The same page of runs as `Runs.search` finds, with the columns' values and nothing else.

        Texts are cut at `max_chars` characters, 0 leaves them whole. One query reads what comes from one table.

        Raises:
            InvalidParameter: The token was not made by this store for this search.
        """
        ...

    def count(self, experiment_ids: Sequence[ExperimentId], view: View, where: Node | None) -> int:
        """How many runs a search finds on all its pages."""
        ...


class Views(Protocol):
    """What pages of the UI show, saved under names. A name is unique within its scope."""

    def list(self, scope: str) -> list[SavedView]:
        """All views of a scope, by name."""
        ...

    def save(self, view: SavedView) -> None:
        """Adds a view or replaces the one of that scope and name."""
        ...

    def delete(self, scope: str, name: str) -> bool:
        """Removes a view; False when there was none."""
        ...


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an artifact file, as long as its time of change is `modified_ns`."""

    uri: str
    size: int
    sha256: str
    modified_ns: int


class Files(Protocol):
    """Sizes and digests of artifact files, by the URI of the file."""

    def record(self, records: Sequence[FileRecord]) -> None:
        """Adds or replaces what is known of files; of two records of one file the last counts."""
        ...

    def find(self, uris: Sequence[str]) -> dict[str, FileRecord]:
        """What is known of files, by their URIs; those of which nothing is known are not in it."""
        ...

    def forget(self, uri: str) -> None:
        """Removes what is known of a file, and of all files below it when it is a folder."""
        ...


class Replies(Protocol):
    """Answers to requests that a client marked as one and the same, kept for a day."""

    def get(self, mark: str) -> bytes | None:
        """The answer to an earlier request of that mark."""
        ...

    def keep(self, mark: str, answer: bytes, now: int) -> None:
        """Keeps an answer, in the transaction of what it answers; forgets those that are over a day old."""
        ...


class Reads(msgspec.Struct, frozen=True, kw_only=True):
    """What work on a run is about to read of it, told so that a store can read it for many works at once.

    It is a help and no more: what is not told is read when it is needed. Work that has it changes nothing but the run
    or a new one, and what is measured of logged models.
    """

    run_id: str = ""
    """Empty for work that makes a new run."""
    experiment: int | None = None
    """The number of the experiment in which a new run is made."""
    metrics: Sequence[str] = ()
    """Names; those of params and tags are the same way."""
    links: Sequence[Link] = ()
    """What the metrics were measured on, where that is a logged model."""
    params: Sequence[str] = ()
    tags: Sequence[str] = ()
    mark: str = ""
    """Of the answer that may be kept from an earlier sending of the request."""


class Session(Protocol):
    """One transaction."""

    @property
    def experiments(self) -> Experiments: ...

    @property
    def runs(self) -> Runs: ...

    @property
    def metrics(self) -> Metrics: ...

    @property
    def datasets(self) -> Datasets: ...

    @property
    def logged_models(self) -> LoggedModels: ...

    @property
    def registered_models(self) -> RegisteredModels: ...

    @property
    def model_versions(self) -> ModelVersions: ...

    @property
    def moves(self) -> Moves: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def columns(self) -> Columns: ...

    @property
    def views(self) -> Views: ...

    @property
    def files(self) -> Files: ...

    @property
    def replies(self) -> Replies: ...

    @property
    def trash(self) -> Trash: ...

    @property
    def rows(self) -> Rows: ...

    @property
    def audit(self) -> Audit: ...

    def sign(self, payload: Sequence[Any]) -> str:
        """A page token that says `payload` and that nobody else can make."""
        ...

    def verify(self, token: str) -> list[Any]:
        """What a token says.

        Raises:
            InvalidParameter: This store did not make it.
        """
        ...


class Store(Protocol):
    """A database. Safe for use by many threads."""

    def read(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes nothing, on one consistent state of the data."""
        ...

    def submit(self, work: Callable[[Session], T], reads: Callable[[], Reads] | None = None) -> Future[T]:
        """Queues work that changes something; the future has its result once the change is durable.

        `reads` is called in the thread that does the work; what it raises is taken for nothing told.

        Raises:
            TooManyRequests: The queue is full. Nothing was done.
        """
        ...

    def write(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes something and returns once the change is durable."""
        ...

    def watch(self, listener: Callable[[Changes], None]) -> Callable[[], None]:
        """Tells a listener of each commit from now on, until what is returned is called.

        It is told in the order of the commits, by a thread that waits for it: it is quick and does not use the store.
        Of commits of other processes it is told within about a second, where the database says no more only that there
        were some (`everything`), and perhaps of some that were made just before.
        """
        ...

    def compact(self) -> None:
        """Finishes the rewriting of metric histories that is due, and returns when none is."""
        ...

    def close(self) -> None:
        """Waits for queued work and releases the database. Does nothing the second time."""
        ...
