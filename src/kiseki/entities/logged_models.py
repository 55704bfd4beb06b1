"""Logged models as callers see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from kiseki.base.errors import InvalidParameter
from kiseki.domain import logged_models as domain
from kiseki.entities.entity import Entity
from kiseki.entities.metrics import Metric, metric_from_domain


class LoggedModelStatus(StrEnum):
    """Where a logged model is in its life; each has a number, too."""

    UNSPECIFIED = "UNSPECIFIED"
    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"

    @staticmethod
    def is_finalized(status: LoggedModelStatus) -> bool:
        """Whether the model's files are there, or failed to come."""
        return status in (LoggedModelStatus.READY, LoggedModelStatus.FAILED)

    @classmethod
    def from_int(cls, status_int: int) -> LoggedModelStatus:
        """The status of a number.

        Raises:
            InvalidParameter: No status has that number.
        """
        if not 0 <= status_int < len(_BY_NUMBER):
            raise InvalidParameter(f"Unknown model status: {status_int!r}. Valid are 0 to {len(_BY_NUMBER) - 1}.")
        return _BY_NUMBER[status_int]

    def to_int(self) -> int:
        """The number of the status."""
        return _BY_NUMBER.index(self)


_BY_NUMBER: Final = tuple(LoggedModelStatus)


@dataclass(frozen=True, repr=False)
class LoggedModelParameter(Entity):
    """A parameter of a logged model."""

    key: str
    value: str


@dataclass(frozen=True, repr=False)
class LoggedModelTag(Entity):
    """A tag of a logged model."""

    key: str
    value: str


@dataclass(frozen=True, repr=False, init=False)
class LoggedModel(Entity):
    """A model that was logged. Times are milliseconds since 1970-01-01T00:00:00Z.

    Args:
        experiment_id: Of its experiment.
        model_id: `m-` and 32 hexadecimal digits.
        name: Need not be unique.
        artifact_location: The URI below which its files are.
        creation_timestamp: When it was added.
        last_updated_timestamp: When its status last changed.
        model_type: Any word, such as "agent"; None without one.
        source_run_id: The run that made it; None without one.
        status: Or its number.
        status_message: None without one.
        tags: As tags or as a mapping.
        params: As parameters or as a mapping.
        metrics: What was measured of it.
    """

    experiment_id: str
    model_id: str
    name: str
    artifact_location: str
    creation_timestamp: int
    last_updated_timestamp: int
    model_type: str | None = None
    source_run_id: str | None = None
    status: LoggedModelStatus = LoggedModelStatus.READY
    status_message: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    metrics: list[Metric] | None = None

    def __init__(
        self,
        experiment_id: str,
        model_id: str,
        name: str,
        artifact_location: str,
        creation_timestamp: int,
        last_updated_timestamp: int,
        model_type: str | None = None,
        source_run_id: str | None = None,
        status: LoggedModelStatus | int = LoggedModelStatus.READY,
        status_message: str | None = None,
        tags: Iterable[LoggedModelTag] | Mapping[str, str] | None = None,
        params: Iterable[LoggedModelParameter] | Mapping[str, str] | None = None,
        metrics: list[Metric] | None = None,
    ) -> None:
        for name_, value in (
            ("experiment_id", experiment_id),
            ("model_id", model_id),
            ("name", name),
            ("artifact_location", artifact_location),
            ("creation_timestamp", creation_timestamp),
            ("last_updated_timestamp", last_updated_timestamp),
            ("model_type", model_type),
            ("source_run_id", source_run_id),
            ("status", status if isinstance(status, LoggedModelStatus) else LoggedModelStatus.from_int(status)),
            ("status_message", status_message),
            ("tags", _mapping(tags)),
            ("params", _mapping(params)),
            ("metrics", metrics),
        ):
            object.__setattr__(self, name_, value)

    @property
    def model_uri(self) -> str:
        """The URI by which the model is loaded: `models:/` and its id."""
        return f"models:/{self.model_id}"

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        yield from super().__iter__()
        yield "model_uri", self.model_uri

    def __repr__(self) -> str:
        short = ((name, value) for name, value in sorted(self) if name not in ("metrics", "params", "tags"))
        return f"LoggedModel({', '.join(f'{name}={value!r}' for name, value in short)})"

    def to_dictionary(self) -> dict[str, Any]:
        """The arguments of which the model is made, the status as its number."""
        return {**dict(super().__iter__()), "status": self.status.to_int()}

    @classmethod
    def from_dictionary(cls, model_dict: Mapping[str, Any]) -> LoggedModel:
        """The model of which `to_dictionary` made the dictionary."""
        return cls(**model_dict)


def _mapping(given: Iterable[LoggedModelTag | LoggedModelParameter] | Mapping[str, str] | None) -> dict[str, str]:
    return dict(given) if isinstance(given, Mapping) else {item.key: item.value for item in given or ()}


def logged_model_from_domain(given: domain.LoggedModel) -> LoggedModel:
    """A logged model as callers see it."""
    return LoggedModel(
        given.experiment_id,
        given.model_id,
        given.name,
        given.artifact_uri,
        given.creation_time,
        given.last_update_time,
        given.model_type or None,
        given.source_run_id or None,
        LoggedModelStatus(given.status.value),
        given.status_message or None,
        given.tags,
        given.params,
        [metric_from_domain(metric) for metric in given.metrics],
    )


def model_status_of(given: LoggedModelStatus | str | int) -> domain.LoggedModelStatus:
    """The status that a caller names for a model that it finalizes, by its name in any case or its number.

    Raises:
        InvalidParameter: There is none of that name or number, or it is none that a model can have.
    """
    number = given if isinstance(given, int) else None
    name = LoggedModelStatus.from_int(number).value if number is not None else str(given).upper()
    try:
        return domain.LoggedModelStatus(name)
    except ValueError:
        raise InvalidParameter(
            f"Invalid model status {str(given)[:64]!r}. Give one of {', '.join(domain.LoggedModelStatus)}."
        ) from None
