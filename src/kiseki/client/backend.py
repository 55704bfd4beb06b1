"""What the client asks of the place where runs are kept, in domain terms.

Every call is answered when the change is made or refused; nothing is queued here. Errors are of `kiseki.base.errors`,
whatever the place is. Backends are safe for use by several threads, and for use after a fork.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from kiseki.artifact_store.protocol import ArtifactStore
from kiseki.client.registry import RegistryBackend
from kiseki.domain.artifacts import Owner
from kiseki.domain.datasets import DatasetInput, ModelOutput
from kiseki.domain.experiments import Experiment, View
from kiseki.domain.logged_models import LoggedModel, LoggedModelOrder, LoggedModelStatus, NewLoggedModel
from kiseki.domain.metrics import Metric, Points, SeriesSummary
from kiseki.domain.runs import NewRun, Page, Run, RunChange
from kiseki.domain.trash import Purged, TrashedExperiment, TrashedModel, TrashedRun


class ExperimentsBackend(Protocol):
    """Experiments and their tags."""

    def create_experiment(self, name: str, artifact_location: str, tags: Mapping[str, str]) -> str:
        """Adds an experiment and returns its id; "" lets the backend place its artifacts.

        Raises:
            AlreadyExists: An experiment has that name, deleted or not.
        """
        ...

    def get_experiment(self, experiment_id: str) -> Experiment:
        """The experiment, deleted ones too.

        Raises:
            NotFound: There is none.
        """
        ...

    def get_experiment_by_name(self, name: str) -> Experiment:
        """The experiment of that name, deleted ones too.

        Raises:
            NotFound: There is none.
        """
        ...

    def search_experiments(
        self, view: View, max_results: int, filter_string: str, order_by: Sequence[str], page_token: str
    ) -> Page[Experiment]:
        """One page of experiments."""
        ...

    def rename_experiment(self, experiment_id: str, name: str) -> None:
        """Changes the name."""
        ...

    def delete_experiment(self, experiment_id: str) -> None:
        """Moves the experiment and its runs to the trash."""
        ...

    def restore_experiment(self, experiment_id: str) -> None:
        """Takes the experiment and its runs out of the trash."""
        ...

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Adds or changes a tag."""
        ...

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Removes a tag.

        Raises:
            NotFound: There is none.
        """
        ...


class RunsBackend(Protocol):
    """Runs and their lives."""

    def create_run(self, new: NewRun) -> Run:
        """Starts a run."""
        ...

    def get_run(self, run_id: str) -> Run:
        """The run with the latest point of each metric.

        Raises:
            NotFound: There is none.
        """
        ...

    def update_run(self, run_id: str, change: RunChange) -> None:
        """Changes status, end or name."""
        ...

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str,
        view: View,
        max_results: int,
        order_by: Sequence[str],
        page_token: str,
    ) -> Page[Run]:
        """One page of runs."""
        ...

    def delete_run(self, run_id: str) -> None:
        """Moves the run to the trash."""
        ...

    def restore_run(self, run_id: str) -> None:
        """Takes the run out of the trash."""
        ...


class RecordsBackend(Protocol):
    """What runs record."""

    def log_batch(
        self, run_id: str, points: Points, params: Sequence[tuple[str, str]], tags: Sequence[tuple[str, str]]
    ) -> None:
        """Records points, params and tags: all of them or none.

        At most 1,000 points, 100 params, 100 tags and 1,000 of all. What is recorded already is not recorded twice.
        """
        ...

    def delete_tag(self, run_id: str, key: str) -> None:
        """Removes a tag of a run.

        Raises:
            NotFound: There is none.
        """
        ...

    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput], model_ids: Sequence[str]) -> None:
        """Records what a run read."""
        ...

    def log_outputs(self, run_id: str, outputs: Sequence[ModelOutput]) -> None:
        """Records the models that a run made."""
        ...

    def metric_summaries(self, run_id: str) -> list[SeriesSummary]:
        """What is known of each metric of a run, by key. Only kiseki's own servers know it.

        Raises:
            NotFound: There is no such run.
        """
        ...

    def metric_history(self, run_id: str, key: str, page_token: str) -> Page[Metric]:
        """One page of a metric's points, by (timestamp, step, value)."""
        ...


class LoggedModelsBackend(Protocol):
    """Logged models and what is recorded of them."""

    def create_logged_model(self, new: NewLoggedModel) -> LoggedModel:
        """Adds a model, PENDING and without files."""
        ...

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """The model.

        Raises:
            NotFound: There is none, or it is in the trash.
        """
        ...

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        """Changes the status and returns the model as it is then."""
        ...

    def delete_logged_model(self, model_id: str) -> None:
        """Moves the model to the trash."""
        ...

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str,
        view: View,
        datasets: Sequence[tuple[str, str]],
        max_results: int,
        order_by: Sequence[LoggedModelOrder],
        page_token: str,
    ) -> Page[LoggedModel]:
        """One page of models; datasets are names and digests."""
        ...

    def restore_logged_model(self, model_id: str) -> None:
        """Takes the model out of the trash."""
        ...

    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        """Records up to 1,000 params: all of them or none."""
        ...

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        """Adds or changes up to 1,000 tags."""
        ...

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Removes a tag.

        Raises:
            NotFound: There is none.
        """
        ...


class TrashBackend(Protocol):
    """The trash and its permanent deletion."""

    def trashed_runs(self, experiment_id: str, before: int, max_results: int, page_token: str) -> Page[TrashedRun]:
        """One page of the runs that came to the trash at `before` or earlier; of all experiments for ""."""
        ...

    def trashed_models(self, experiment_id: str, before: int, max_results: int, page_token: str) -> Page[TrashedModel]:
        """One page of the logged models that came to the trash at `before` or earlier; of all experiments for ""."""
        ...

    def trashed_experiments(self, before: int, max_results: int, page_token: str) -> Page[TrashedExperiment]:
        """One page of the experiments that came to the trash at `before` or earlier."""
        ...

    def purge(
        self, run_ids: Sequence[str], experiment_ids: Sequence[str], before: int, model_ids: Sequence[str] = ()
    ) -> Purged:
        """Deletes permanently what is in the trash since `before` or earlier; some of it may be left for another call."""
        ...


class ArtifactsBackend(Protocol):
    """The way to artifacts."""

    def artifact_store(self, uri: str, owner: Owner | None = None) -> ArtifactStore:
        """The store whose root is the artifact URI `uri`; opening it touches nothing.

        Args:
            uri: Of any artifact root or artifact.
            owner: The run or logged model whose artifact root it is, if it is one's. Its large files may go past the server.

        Raises:
            InvalidParameter: The URI names no place, or none that this backend reaches.
            NotImplementedByKiseki: The place is of a kind that kiseki does not reach yet.
        """
        ...


class Backend(
    ExperimentsBackend,
    RunsBackend,
    RecordsBackend,
    LoggedModelsBackend,
    TrashBackend,
    ArtifactsBackend,
    RegistryBackend,
    Protocol,
):
    """A place where runs are kept."""

    @property
    def uri(self) -> str:
        """The tracking URI, absolute."""
        ...

    def close(self) -> None:
        """Lets go of connections and files; a later call opens them again."""
        ...
