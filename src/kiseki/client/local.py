"""The backend that is a database in this process: the service and the store, without a server.

The one crossing from the client to the server's code, imported when a tracking URI asks for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from kiseki.artifact_store.locations import parse_location
from kiseki.artifact_store.protocol import ArtifactStore, StoredFile
from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import ExperimentId, RunId
from kiseki.client.local_registry import LocalRegistry
from kiseki.client.places import own_store
from kiseki.domain.artifacts import Owner
from kiseki.domain.datasets import DatasetInput, ModelOutput
from kiseki.domain.experiments import Experiment, View
from kiseki.domain.logged_models import LoggedModel, LoggedModelOrder, LoggedModelStatus, NewLoggedModel
from kiseki.domain.metrics import Metric, Points, SeriesSummary
from kiseki.domain.runs import NewRun, Page, Run, RunChange
from kiseki.domain.trash import Purged, TrashedExperiment, TrashedModel, TrashedRun
from kiseki.service import artifacts, audit, experiments, logged_models, metrics, runs, trash
from kiseki.store import Session, Store, open_store

T = TypeVar("T")

HISTORY_PAGE: Final = 25_000


class LocalBackend(LocalRegistry):
    """The database at `database_uri`, opened at the first call.

    Args:
        uri: The tracking URI, absolute.
        database_uri: What `open_store` opens.
        artifact_root: Where artifacts go of experiments that name no place, absolute; None for a server's `mlflow-artifacts:/`.
        destination: The folder behind a server's `mlflow-artifacts:/` whose database this is; needed for the care of
            the data alone.
    """

    def __init__(self, uri: str, database_uri: str, artifact_root: str | None, destination: str | None = None) -> None:
        self._uri = uri
        self._database_uri = database_uri
        self._artifact_root = artifacts.PROXY_ROOT if artifact_root is None else artifact_root
        self._destination = destination
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._pid = 0

    @property
    def uri(self) -> str:
        return self._uri

    def close(self) -> None:
        with self._lock:
            if self._store is not None and self._pid == os.getpid():
                self._store.close()
            self._store = None

    # Experiments

    def create_experiment(self, name: str, artifact_location: str, tags: Mapping[str, str]) -> str:
        return self._write(lambda session: experiments.create(session, name, artifact_location, dict(tags)))

    def get_experiment(self, experiment_id: str) -> Experiment:
        return self._read(lambda session: experiments.get(session, ExperimentId(experiment_id)))

    def get_experiment_by_name(self, name: str) -> Experiment:
        return self._read(lambda session: experiments.get_by_name(session, name))

    def search_experiments(
        self, view: View, max_results: int, filter_string: str, order_by: Sequence[str], page_token: str
    ) -> Page[Experiment]:
        return self._read(
            lambda session: experiments.search(session, view, max_results, filter_string, order_by, page_token)
        )

    def rename_experiment(self, experiment_id: str, name: str) -> None:
        self._write(lambda session: experiments.rename(session, ExperimentId(experiment_id), name))

    def delete_experiment(self, experiment_id: str) -> None:
        self._write(lambda session: experiments.delete(session, ExperimentId(experiment_id)))

    def restore_experiment(self, experiment_id: str) -> None:
        self._write(lambda session: experiments.restore(session, ExperimentId(experiment_id)))

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        self._write(lambda session: experiments.set_tag(session, ExperimentId(experiment_id), key, value))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        self._write(lambda session: experiments.delete_tag(session, ExperimentId(experiment_id), key))

    # Runs

    def create_run(self, new: NewRun) -> Run:
        return self._write(lambda session: runs.create(session, new))

    def get_run(self, run_id: str) -> Run:
        return self._read(lambda session: runs.get(session, RunId(run_id)))

    def update_run(self, run_id: str, change: RunChange) -> None:
        self._write(lambda session: runs.update(session, RunId(run_id), change))

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str,
        view: View,
        max_results: int,
        order_by: Sequence[str],
        page_token: str,
    ) -> Page[Run]:
        ids = [ExperimentId(experiment_id) for experiment_id in experiment_ids]
        return self._read(
            lambda session: runs.search(session, ids, filter_string, view, max_results, list(order_by), page_token)
        )

    def delete_run(self, run_id: str) -> None:
        self._write(lambda session: runs.delete(session, RunId(run_id)))

    def restore_run(self, run_id: str) -> None:
        self._write(lambda session: runs.restore(session, RunId(run_id)))

    # Records

    def log_batch(
        self, run_id: str, points: Points, params: Sequence[tuple[str, str]], tags: Sequence[tuple[str, str]]
    ) -> None:
        self._write(lambda session: runs.log_batch(session, RunId(run_id), points, list(params), list(tags)))

    def delete_tag(self, run_id: str, key: str) -> None:
        self._write(lambda session: runs.delete_tag(session, RunId(run_id), key))

    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput], model_ids: Sequence[str]) -> None:
        self._write(lambda session: runs.log_inputs(session, RunId(run_id), list(datasets), list(model_ids)))

    def log_outputs(self, run_id: str, outputs: Sequence[ModelOutput]) -> None:
        self._write(lambda session: runs.log_outputs(session, RunId(run_id), list(outputs)))

    def metric_summaries(self, run_id: str) -> list[SeriesSummary]:
        return self._read(lambda session: runs.details(session, run_id).metrics)

    def metric_history(self, run_id: str, key: str, page_token: str) -> Page[Metric]:
        return self._read(lambda session: metrics.history(session, RunId(run_id), key, HISTORY_PAGE, page_token))

    # Logged models

    def create_logged_model(self, new: NewLoggedModel) -> LoggedModel:
        return self._write(lambda session: logged_models.create(session, new))

    def get_logged_model(self, model_id: str) -> LoggedModel:
        return self._read(lambda session: logged_models.get(session, model_id))

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        return self._write(lambda session: logged_models.finalize(session, model_id, status))

    def delete_logged_model(self, model_id: str) -> None:
        self._write(lambda session: logged_models.delete(session, model_id))

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
        return self._read(
            lambda session: logged_models.search(
                session, experiment_ids, filter_string, datasets, max_results, order_by, page_token, view
            )
        )

    def restore_logged_model(self, model_id: str) -> None:
        self._write(lambda session: logged_models.restore(session, model_id))

    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        self._write(lambda session: logged_models.log_params(session, model_id, dict(params)))

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        self._write(lambda session: logged_models.set_tags(session, model_id, dict(tags)))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        self._write(lambda session: logged_models.delete_tag(session, model_id, key))

    # The trash, and the care of the data

    def trashed_runs(self, experiment_id: str, before: int, max_results: int, page_token: str) -> Page[TrashedRun]:
        roots = self._roots()
        return self._read(
            lambda session: trash.runs(session, roots, max_results, page_token, experiment_id, before, own_rights=True)
        )

    def trashed_models(self, experiment_id: str, before: int, max_results: int, page_token: str) -> Page[TrashedModel]:
        roots = self._roots()
        return self._read(
            lambda session: trash.logged_models(
                session, roots, max_results, page_token, experiment_id, before, own_rights=True
            )
        )

    def trashed_experiments(self, before: int, max_results: int, page_token: str) -> Page[TrashedExperiment]:
        return self._read(lambda session: trash.experiments(session, max_results, page_token, before))

    def purge(
        self,
        run_ids: Sequence[str],
        experiment_ids: Sequence[str],
        before: int,
        model_ids: Sequence[str] = (),
        leave_unreachable: bool = False,
        done: Callable[[], None] = lambda: None,
    ) -> Purged:
        return trash.purge(
            self._opened(),
            self._roots(),
            run_ids,
            experiment_ids,
            before,
            model_ids=model_ids,
            own_rights=True,
            leave_unreachable=leave_unreachable,
            done=done,
        )

    def audit(self, digests: bool, watcher: audit.Watcher) -> audit.Report:
        """Compares the database with the artifacts, and the metrics with their checksums; changes nothing."""
        return audit.examine(self._opened(), self._roots(), digests=digests, watcher=watcher)

    def _roots(self) -> artifacts.Roots:
        return artifacts.Roots(self._destination, self._artifact_root)

    # Artifacts

    def artifact_store(self, uri: str, owner: Owner | None = None) -> ArtifactStore:
        location = parse_location(uri)
        if location.scheme == "mlflow-artifacts":
            raise InvalidParameter(
                f"Artifacts at {uri!r} are behind a tracking server, and the tracking URI {self._uri!r} is a database. "
                "Set the tracking URI to the server's address."
            )
        return own_store(location, self)

    def record_digests(self, files: Sequence[tuple[str, StoredFile]]) -> None:
        self._write(lambda session: artifacts.record_direct(session, files))

    def find_digest(self, file: str, size: int, modified_ns: int) -> str | None:
        return self._read(lambda session: artifacts.digest_direct(session, file, size, modified_ns))

    # The store

    def _read(self, work: Callable[[Session], T]) -> T:
        return self._opened().read(work)

    def _write(self, work: Callable[[Session], T]) -> T:
        return self._opened().write(work)

    def _opened(self) -> Store:
        # After a fork the parent's connections must not be shared with it.
        if self._store is None or self._pid != os.getpid():
            with self._lock:
                if self._store is None or self._pid != os.getpid():
                    self._store = open_store(self._database_uri, self._artifact_root)
                    self._pid = os.getpid()
        return self._store
