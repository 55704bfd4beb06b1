"""The trash: what was deleted and can still be restored, and what its permanent deletion did."""

from __future__ import annotations

from typing import Final

import msgspec

from kiseki.base.ids import ExperimentId, ModelId, RunId
from kiseki.domain.artifacts import Owner

EVER: Final = 2**63 - 1
"""A time before which everything was deleted."""


class TrashedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run in the trash. `number` orders runs by their creation."""

    number: int
    run_id: RunId
    run_name: str
    experiment_id: ExperimentId
    deleted_time: int
    """When it came there, in milliseconds since the epoch."""
    rows: int
    """How many rows of the database it takes."""
    points: int
    """How many points of metrics it has."""
    purging: bool
    """Whether its permanent deletion has begun, so that it cannot be restored any more."""
    versions: list[str] = []
    """The versions of registered models, as `NAME/VERSION`, that have their files in its folder: it is kept for them."""

    @property
    def owner(self) -> Owner:
        """What has artifacts."""
        return Owner(run_id=self.run_id)


class TrashedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A logged model in the trash. `number` orders models by their creation."""

    number: int
    model_id: ModelId
    name: str
    experiment_id: ExperimentId
    deleted_time: int
    """When it came there, in milliseconds since the epoch."""
    rows: int
    """How many rows of the database it takes."""
    purging: bool
    """Whether its permanent deletion has begun, so that it cannot be restored any more."""
    versions: list[str] = []
    """The versions of registered models, as `NAME/VERSION`, that have their files in its folder: it is kept for them."""

    @property
    def owner(self) -> Owner:
        """What has artifacts."""
        return Owner(model_id=self.model_id)


class TrashedExperiment(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment in the trash."""

    experiment_id: ExperimentId
    name: str
    deleted_time: int
    """When it came there, in milliseconds since the epoch."""
    runs: int
    """How many of its runs are in the trash."""
    active_runs: int
    """How many were taken out of it one by one; the experiment stays as long as there is one."""
    logged_models: int = 0
    """How many of its logged models are in the trash."""
    active_logged_models: int = 0
    """How many were taken out of it one by one; the experiment stays as long as there is one."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What was to be purged and is still there."""

    kind: str
    """`run`, `logged model` or `experiment`."""
    id: str
    reason: str


class Purged(msgspec.Struct, kw_only=True):
    """What was permanently deleted, and what was not.

    `left` has those for which there was no time: ask again for them.
    """

    run_ids: list[str] = []
    model_ids: list[str] = []
    experiment_ids: list[str] = []
    rows: int = 0
    files: int = 0
    bytes: int = 0
    kept: list[Kept] = []
    left_run_ids: list[str] = []
    left_model_ids: list[str] = []
    left_experiment_ids: list[str] = []

    def add(self, other: Purged) -> None:
        """Takes in what another call did; what is left is the other's."""
        self.run_ids += other.run_ids
        self.model_ids += other.model_ids
        self.experiment_ids += other.experiment_ids
        self.rows += other.rows
        self.files += other.files
        self.bytes += other.bytes
        self.kept += other.kept
        self.left_run_ids = other.left_run_ids
        self.left_model_ids = other.left_model_ids
        self.left_experiment_ids = other.left_experiment_ids
