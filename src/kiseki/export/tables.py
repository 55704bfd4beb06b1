"""The tables of an export: their columns, and what a run or a logged model has in them.

Times are milliseconds since 1970-01-01 UTC as int64, as they were given: no type of time holds all of them. The id of
the experiment is in the path (`experiment_id=1`) of every table but the two of experiments.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from kiseki.base.optional import optional
from kiseki.domain.experiments import Experiment
from kiseki.domain.logged_models import LoggedModel
from kiseki.domain.metrics import Metric, SeriesSummary
from kiseki.domain.runs import Run

EXPERIMENT_TABLES: Final = ("experiments", "experiment_tags")
RUN_TABLES: Final = ("runs", "params", "tags", "metrics", "histories")
MODEL_TABLES: Final = ("logged_models", "logged_model_params", "logged_model_tags", "logged_model_metrics")


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What parts are made of: its tables, the column with the id in each, and the table whose rows are points."""

    tables: tuple[str, ...]
    id: str
    points: str


KINDS: Final = {
    "runs": Kind(tables=RUN_TABLES, id="run_id", points="histories"),
    "logged_models": Kind(tables=MODEL_TABLES, id="model_id", points="logged_model_metrics"),
}

_COLUMNS: Final = {
    "experiments": (
        ("experiment_id", "int64"),
        ("name", "string"),
        ("artifact_location", "string"),
        ("creation_time", "int64"),
        ("last_update_time", "int64"),
    ),
    "experiment_tags": (("experiment_id", "int64"), ("key", "string"), ("value", "string")),
    "runs": (
        ("run_id", "string"),
        ("run_name", "string"),
        ("user_id", "string"),
        ("status", "string"),
        ("start_time", "int64"),
        ("end_time", "int64"),
        ("artifact_uri", "string"),
    ),
    "params": (("run_id", "string"), ("key", "string"), ("value", "string")),
    "tags": (("run_id", "string"), ("key", "string"), ("value", "string")),
    "metrics": (
        ("run_id", "string"),
        ("key", "string"),
        ("count", "int64"),
        ("nonfinite", "int64"),
        ("first", "double"),
        ("first_step", "int64"),
        ("last", "double"),
        ("last_step", "int64"),
        ("last_timestamp", "int64"),
        ("min", "double"),
        ("min_step", "int64"),
        ("max", "double"),
        ("max_step", "int64"),
    ),
    "histories": (
        ("run_id", "string"),
        ("key", "string"),
        ("step", "int64"),
        ("timestamp", "int64"),
        ("value", "double"),
    ),
    "logged_models": (
        ("model_id", "string"),
        ("name", "string"),
        ("model_type", "string"),
        ("source_run_id", "string"),
        ("status", "string"),
        ("status_message", "string"),
        ("creation_timestamp", "int64"),
        ("last_updated_timestamp", "int64"),
        ("artifact_uri", "string"),
    ),
    "logged_model_params": (("model_id", "string"), ("key", "string"), ("value", "string")),
    "logged_model_tags": (("model_id", "string"), ("key", "string"), ("value", "string")),
    "logged_model_metrics": (
        ("model_id", "string"),
        ("key", "string"),
        ("step", "int64"),
        ("timestamp", "int64"),
        ("value", "double"),
        ("run_id", "string"),
        ("dataset_name", "string"),
        ("dataset_digest", "string"),
    ),
}


def arrow(module: str = "pyarrow") -> Any:
    """pyarrow, or a module of it.

    Raises:
        MissingDependency: It is not installed.
    """
    return optional(module, "An export to Parquet", "kiseki[arrow]")


def schema(table: str) -> Any:
    """The Arrow schema of a table."""
    pa = arrow()
    return pa.schema([(name, pa.type_for_alias(kind)) for name, kind in _COLUMNS[table]])


def rows(table: str, given: Sequence[Sequence[Any]]) -> Any:
    """Rows, each with all columns of the table in their order, as an Arrow table."""
    pa = arrow()
    form = schema(table)
    columns = list(zip(*given, strict=True)) or [()] * len(form)
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, form, strict=True)], schema=form
    )


def of_experiments(experiments: Sequence[Experiment]) -> dict[str, Any]:
    """The rows of the tables of experiments."""
    return {
        "experiments": rows(
            "experiments",
            [
                (int(one.experiment_id), one.name, one.artifact_location, one.creation_time, one.last_update_time)
                for one in experiments
            ],
        ),
        "experiment_tags": rows(
            "experiment_tags",
            [(int(one.experiment_id), key, one.tags[key]) for one in experiments for key in sorted(one.tags)],
        ),
    }


def of_run(run: Run, summaries: Sequence[SeriesSummary]) -> dict[str, Any]:
    """The rows of a run in all its tables but `histories`."""
    info = (run.run_name, run.user_id, run.status.value, run.start_time, run.end_time, run.artifact_uri)
    return {
        "runs": rows("runs", [(run.run_id, *info)]),
        "params": rows("params", [(run.run_id, key, run.params[key]) for key in sorted(run.params)]),
        "tags": rows("tags", [(run.run_id, key, run.tags[key]) for key in sorted(run.tags)]),
        "metrics": rows("metrics", [(run.run_id, *_summary(one)) for one in summaries]),
    }


def of_model(model: LoggedModel) -> dict[str, Any]:
    """The rows of a logged model in all its tables; of its metrics what the model tells, see `LoggedModel`."""
    return {
        "logged_models": rows("logged_models", [(model.model_id, *_model(model))]),
        "logged_model_params": rows(
            "logged_model_params", [(model.model_id, key, model.params[key]) for key in sorted(model.params)]
        ),
        "logged_model_tags": rows(
            "logged_model_tags", [(model.model_id, key, model.tags[key]) for key in sorted(model.tags)]
        ),
        "logged_model_metrics": rows(
            "logged_model_metrics", [(model.model_id, *_measured(one)) for one in model.metrics]
        ),
    }


def of_history(run_id: str, key: str, points: Sequence[Metric]) -> Any:
    """Points of one metric as rows of `histories`."""
    pa = arrow()
    columns = [
        pa.repeat(run_id, len(points)),
        pa.repeat(key, len(points)),
        pa.array([point.step for point in points], pa.int64()),
        pa.array([point.timestamp for point in points], pa.int64()),
        pa.array([point.value for point in points], pa.float64()),
    ]
    return pa.Table.from_arrays(columns, schema=schema("histories"))


def digest_of_run(run: Run, summaries: Sequence[SeriesSummary]) -> str:
    """What differs when anything does that an export has of the run.

    Points are only ever added, and `count` is the number of distinct ones; so the summaries tell of the histories too.
    """
    return _digest(
        [run.run_id, run.run_name, run.user_id, run.status.value, run.start_time, run.end_time, run.artifact_uri],
        sorted(run.params.items()),
        sorted(run.tags.items()),
        [_summary(one) for one in summaries],
    )


def digest_of_model(model: LoggedModel) -> str:
    """What differs when anything does that an export has of the logged model."""
    return _digest(
        [model.model_id, *_model(model)],
        sorted(model.params.items()),
        sorted(model.tags.items()),
        [_measured(one) for one in model.metrics],
    )


def digest_of_experiment(experiment: Experiment) -> str:
    """What differs when anything does that an export has of the experiment itself."""
    return _digest(
        [experiment.experiment_id, experiment.name, experiment.artifact_location],
        [experiment.creation_time, experiment.last_update_time],
        sorted(experiment.tags.items()),
    )


def _model(one: LoggedModel) -> tuple[Any, ...]:
    return (
        *(one.name, one.model_type or None, one.source_run_id or None, one.status.value, one.status_message or None),
        *(one.creation_time, one.last_update_time, one.artifact_uri),
    )


def _measured(one: Metric) -> tuple[Any, ...]:
    dataset = (one.dataset_name or None, one.dataset_digest or None)
    return (one.key, one.step, one.timestamp, one.value, one.run_id, *dataset)


def _summary(one: SeriesSummary) -> tuple[Any, ...]:
    values: dict[str, Any] = msgspec.structs.asdict(one)
    return tuple(values[name] for name, _ in _COLUMNS["metrics"][1:])


def _digest(*parts: Any) -> str:
    # MessagePack keeps every float, NaN too; two bytes strings of one form are equal where the values are.
    return sha256(msgspec.msgpack.encode(parts)).hexdigest()[:32]
