"""The calls of the client that MLflow's has not: what is in the trash, and its permanent deletion."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

from kiseki.client.backend import Backend
from kiseki.domain.trash import EVER, Purged, TrashedExperiment, TrashedModel, TrashedRun
from kiseki.entities.pages import PagedList

RUNS_AT_ONCE: Final = 100


class TrashCalls(ABC):
    """What `KisekiClient` can do with the trash."""

    @property
    @abstractmethod
    def backend(self) -> Backend:
        """The place that this client talks to."""

    def list_deleted_runs(
        self,
        experiment_id: str | None = None,
        deleted_before: int | None = None,
        max_results: int = 100,
        page_token: str | None = None,
    ) -> PagedList[TrashedRun]:
        """Returns one page of the runs in the trash, the oldest first, with when they came there and how large they are.

        Args:
            experiment_id: Only of this experiment; of all when None.
            deleted_before: Only what came there at this time or earlier, in milliseconds since 1970-01-01 UTC.
            max_results: At most so many, up to 1,000.
            page_token: Of the page before.
        """
        before = EVER if deleted_before is None else deleted_before
        page = self.backend.trashed_runs(str(experiment_id or ""), before, max_results, page_token or "")
        return PagedList(page.items, page.next_page_token or None)

    def list_deleted_logged_models(
        self,
        experiment_id: str | None = None,
        deleted_before: int | None = None,
        max_results: int = 100,
        page_token: str | None = None,
    ) -> PagedList[TrashedModel]:
        """Returns one page of the logged models in the trash, the oldest first; arguments as of `list_deleted_runs`."""
        before = EVER if deleted_before is None else deleted_before
        page = self.backend.trashed_models(str(experiment_id or ""), before, max_results, page_token or "")
        return PagedList(page.items, page.next_page_token or None)

    def list_deleted_experiments(
        self, deleted_before: int | None = None, max_results: int = 100, page_token: str | None = None
    ) -> PagedList[TrashedExperiment]:
        """Returns one page of the experiments in the trash, the oldest first; arguments as of `list_deleted_runs`."""
        before = EVER if deleted_before is None else deleted_before
        page = self.backend.trashed_experiments(before, max_results, page_token or "")
        return PagedList(page.items, page.next_page_token or None)

    def purge_runs(self, run_ids: Sequence[str], deleted_before: int | None = None) -> Purged:
        """Deletes runs of the trash permanently, with their artifacts, and returns what that removed and what it kept.

        What is not in the trash, or came there after `deleted_before` (milliseconds since 1970-01-01 UTC), is kept.
        """
        return self._purge(list(run_ids), [], [], deleted_before)

    def purge_logged_models(self, model_ids: Sequence[str], deleted_before: int | None = None) -> Purged:
        """Deletes logged models of the trash permanently with their files, as `purge_runs` does."""
        return self._purge([], list(model_ids), [], deleted_before)

    def purge_experiments(self, experiment_ids: Sequence[str], deleted_before: int | None = None) -> Purged:
        """Deletes experiments of the trash permanently with all their runs and models, as `purge_runs` does."""
        return self._purge([], [], [str(one) for one in experiment_ids], deleted_before)

    def _purge(
        self, run_ids: list[str], model_ids: list[str], experiment_ids: list[str], deleted_before: int | None
    ) -> Purged:
        before = EVER if deleted_before is None else deleted_before
        purged = Purged()
        while run_ids or model_ids or experiment_ids:
            some, models = run_ids[:RUNS_AT_ONCE], model_ids[:RUNS_AT_ONCE]
            purged.add(self.backend.purge(some, experiment_ids[:1], before, models))
            run_ids = purged.left_run_ids + run_ids[RUNS_AT_ONCE:]
            model_ids = purged.left_model_ids + model_ids[RUNS_AT_ONCE:]
            experiment_ids = purged.left_experiment_ids + experiment_ids[1:]
        return purged
