"""The trash on the wire: what is in it, and its permanent deletion."""

from __future__ import annotations

import msgspec

from kiseki.domain import trash as domain


class AskTrashedRuns(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET /api/kiseki/v1/trash/runs: the runs in the trash, the oldest first, of one experiment or of all.

    `deleted_before` leaves out what came there later, in milliseconds since the epoch. At most 1,000 at once.
    """

    experiment_id: str = ""
    deleted_before: int = domain.EVER
    max_results: int = 100
    page_token: str = ""


class AskTrashedExperiments(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET /api/kiseki/v1/trash/experiments: the experiments in the trash, the oldest first."""

    deleted_before: int = domain.EVER
    max_results: int = 100
    page_token: str = ""


class AskTrashedModels(AskTrashedRuns, kw_only=True, omit_defaults=True):
    """GET /api/kiseki/v1/trash/logged-models: the same of logged models."""


class TrashedRun(msgspec.Struct, kw_only=True):
    """A run in the trash.

    `rows` is how many rows of the database it takes, `points` how many points of metrics it has. With `purging` its
    permanent deletion has begun, and it cannot be restored. It is kept for the `versions` of registered models, as
    `NAME/VERSION`, that have their files in its folder.
    """

    number: int
    run_id: str
    run_name: str
    experiment_id: str
    deleted_time: int
    rows: int
    points: int
    purging: bool
    versions: list[str] = []


class TrashedModel(msgspec.Struct, kw_only=True):
    """A logged model in the trash.

    `rows` is how many rows of the database it takes. With `purging` its permanent deletion has begun, and it cannot be
    restored. It is kept for the `versions` of registered models, as `NAME/VERSION`, that have their files in its folder.
    """

    number: int
    model_id: str
    name: str
    experiment_id: str
    deleted_time: int
    rows: int
    purging: bool
    versions: list[str] = []


class TrashedExperiment(msgspec.Struct, kw_only=True):
    """An experiment in the trash: how many of its runs and models are there too, how many were taken out one by one."""

    experiment_id: str
    name: str
    deleted_time: int
    runs: int
    active_runs: int
    logged_models: int = 0
    active_logged_models: int = 0


class TrashedRuns(msgspec.Struct, kw_only=True):
    """A page; the token is "" on the last."""

    runs: list[TrashedRun]
    next_page_token: str = ""


class TrashedModels(msgspec.Struct, kw_only=True):
    """A page; the token is "" on the last."""

    models: list[TrashedModel]
    next_page_token: str = ""


class TrashedExperiments(msgspec.Struct, kw_only=True):
    """A page; the token is "" on the last."""

    experiments: list[TrashedExperiment]
    next_page_token: str = ""


class Purge(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST /api/kiseki/v1/trash/purge: deletes permanently, artifacts included; experiments with all that is in them.

    At most 1,000 runs, 1,000 logged models and 100 experiments. What came to the trash after `deleted_before` is kept.
    """

    run_ids: list[str] = []
    model_ids: list[str] = []
    experiment_ids: list[str] = []
    deleted_before: int = domain.EVER


class Kept(msgspec.Struct, kw_only=True):
    """What is still there, and why; `kind` is `run`, `logged model` or `experiment`."""

    kind: str
    id: str
    reason: str


class Purged(msgspec.Struct, kw_only=True):
    """What was deleted permanently: ids, rows of the database, files and their bytes.

    What is left is to be asked for again, since a request has ten seconds.
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
