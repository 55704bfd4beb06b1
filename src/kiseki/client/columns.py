"""Runs as rows of a table, in the columns of MLflow's `search_runs`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.entities import Run

INFO_COLUMNS: Final = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")
_KINDS: Final = ("metrics", "params", "tags")


def run_column(run: Run, name: str) -> Any:
    """What a run has in a column, None when it lacks it; times are in UTC.

    Raises:
        InvalidParameter: There is no column of that name.
    """
    kind, _, key = name.partition(".")
    if kind in _KINDS and key:
        return getattr(run.data, kind).get(key)
    if name not in {*INFO_COLUMNS, "run_name"}:
        raise InvalidParameter(f"No column of runs is named {name!r}; columns are those of search_runs().")
    value = getattr(run.info, name)
    if name in {"start_time", "end_time"} and value is not None:
        return datetime.fromtimestamp(value / 1000, UTC)
    return value


def as_frame(runs: Sequence[Run]) -> Any:
    """Runs as a DataFrame; a metric that a run lacks is NaN, a param or tag None.

    Raises:
        MissingDependency: pandas is not installed.
    """
    pd = optional("pandas", "search_runs() as a DataFrame (output_format='list' needs nothing)")
    columns: dict[str, Any] = {name: [getattr(run.info, name) for run in runs] for name in INFO_COLUMNS}
    for name in ("start_time", "end_time"):
        columns[name] = pd.to_datetime(columns[name], unit="ms", utc=True)
    frame = pd.DataFrame(columns)
    recorded = {name: pd.Series(values, index=frame.index) for name, values in _recorded(runs).items()}
    return pd.concat([frame, pd.DataFrame(recorded, index=frame.index)], axis=1) if recorded else frame


def as_arrow(runs: Sequence[Run]) -> Any:
    """Runs as an Arrow table.

    Raises:
        MissingDependency: pyarrow is not installed.
    """
    pa = optional("pyarrow", "search_runs() as an Arrow table")
    columns: dict[str, Any] = {
        name: pa.array([getattr(run.info, name) for run in runs], pa.string()) for name in INFO_COLUMNS[:4]
    }
    for name in ("start_time", "end_time"):
        times = [getattr(run.info, name) for run in runs]
        columns[name] = pa.array(times, pa.timestamp("ms", tz="UTC"))
    for name, values in _recorded(runs, missing=None).items():
        kind = pa.float64() if name.startswith("metrics.") else pa.string()
        columns[name] = pa.array(values, kind)
    return pa.table(columns)


def _recorded(runs: Sequence[Run], missing: float | None = float("nan")) -> dict[str, list[Any]]:
    """Column name -> its values, for all that the runs recorded; `missing` stands for a metric that a run lacks."""
    found: dict[str, list[Any]] = {}
    for kind in _KINDS:
        data: list[Mapping[str, Any]] = [getattr(run.data, kind) for run in runs]
        absent = missing if kind == "metrics" else None
        for key in _keys(data):
            found[f"{kind}.{key}"] = [values.get(key, absent) for values in data]
    return found


def _keys(data: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for values in data for key in values))
