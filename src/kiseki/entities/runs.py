"""Runs as callers see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kiseki.base.errors import InvalidParameter
from kiseki.domain import runs as domain
from kiseki.entities.datasets import LoggedModelInput, LoggedModelOutput, RunInputs, RunOutputs, input_from_domain
from kiseki.entities.entity import Entity
from kiseki.entities.metrics import Metric


@dataclass(frozen=True, repr=False)
class Param(Entity):
    """A parameter of a run."""

    key: str
    value: str


@dataclass(frozen=True, repr=False)
class RunTag(Entity):
    """A tag of a run."""

    key: str
    value: str


@dataclass(frozen=True, repr=False)
class RunInfo(Entity):
    """What a run is. Times are milliseconds since 1970-01-01T00:00:00Z, `end_time` None until it ended."""

    run_id: str
    experiment_id: str
    user_id: str
    status: str
    start_time: int
    end_time: int | None
    lifecycle_stage: str
    artifact_uri: str | None = None
    run_name: str | None = None

    @property
    def run_uuid(self) -> str:
        """The run id, under its older name."""
        return self.run_id


@dataclass(frozen=True, repr=False, init=False)
class RunData(Entity):
    """What a run recorded, as dictionaries: the latest value of each metric, params, tags."""

    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def __init__(
        self,
        metrics: Iterable[Metric] | Mapping[str, float] | None = None,
        params: Iterable[Param] | Mapping[str, str] | None = None,
        tags: Iterable[RunTag] | Mapping[str, str] | None = None,
    ) -> None:
        for name, given in (("metrics", metrics), ("params", params), ("tags", tags)):
            plain: Mapping[str, Any] = (
                given if isinstance(given, Mapping) else {item.key: item.value for item in given or ()}
            )
            object.__setattr__(self, name, dict(plain))


@dataclass(frozen=True, repr=False, init=False)
class Run(Entity):
    """A run: `info`, `data`, and what it read and made in `inputs` and `outputs`."""

    info: RunInfo
    data: RunData
    inputs: RunInputs | None = None
    outputs: RunOutputs | None = None

    def __init__(
        self,
        run_info: RunInfo,
        run_data: RunData,
        run_inputs: RunInputs | None = None,
        run_outputs: RunOutputs | None = None,
    ) -> None:
        if run_info is None:
            raise InvalidParameter("run_info cannot be None")
        object.__setattr__(self, "info", run_info)
        object.__setattr__(self, "data", run_data)
        object.__setattr__(self, "inputs", run_inputs)
        object.__setattr__(self, "outputs", run_outputs)


def run_from_domain(given: domain.Run) -> Run:
    """A run as callers see it."""
    return Run(
        info_from_domain(given),
        RunData({metric.key: metric.value for metric in given.metrics}, given.params, given.tags),
        RunInputs(
            [input_from_domain(one) for one in given.dataset_inputs],
            [LoggedModelInput(model_id) for model_id in given.model_inputs],
        ),
        RunOutputs([LoggedModelOutput(one.model_id, one.step) for one in given.model_outputs]),
    )


def info_from_domain(given: domain.Run) -> RunInfo:
    """What a run is, as callers see it."""
    return RunInfo(
        given.run_id,
        given.experiment_id,
        given.user_id,
        given.status.value,
        given.start_time,
        given.end_time,
        given.lifecycle_stage.value,
        given.artifact_uri,
        given.run_name,
    )
