"""Statuses, lifecycle stages and views, as the numbers and words that MLflow's callers use."""

from __future__ import annotations

from typing import Final

from kiseki.base.errors import InvalidParameter
from kiseki.domain import experiments, runs


class RunStatus:
    """The number of each run status, and the ways between number and name."""

    RUNNING: Final = 1
    SCHEDULED: Final = 2
    FINISHED: Final = 3
    FAILED: Final = 4
    KILLED: Final = 5

    @staticmethod
    def to_string(status: int) -> str:
        """The name of a status, from its number.

        Raises:
            InvalidParameter: No status has that number.
        """
        if status not in _STATUS_NAMES:
            raise InvalidParameter(
                f"Could not get string corresponding to run status {status!r}. "
                f"Valid run statuses: {sorted(_STATUS_NAMES)}"
            )
        return _STATUS_NAMES[status]

    @staticmethod
    def from_string(status_str: str) -> int:
        """The number of a status, from its name.

        Raises:
            InvalidParameter: No status has that name.
        """
        for number, name in _STATUS_NAMES.items():
            if name == status_str:
                return number
        raise InvalidParameter(
            f"Could not get run status corresponding to string {status_str!r}. "
            f"Valid run status strings: {list(_STATUS_NAMES.values())}"
        )

    @staticmethod
    def is_terminated(status: int | str) -> bool:
        """Whether a run of that status, number or name, has ended."""
        number = RunStatus.from_string(status) if isinstance(status, str) else status
        return number in {RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED}

    @staticmethod
    def all_status() -> list[int]:
        """The numbers of all statuses."""
        return list(_STATUS_NAMES)


_STATUS_NAMES: Final = {
    RunStatus.RUNNING: "RUNNING",
    RunStatus.SCHEDULED: "SCHEDULED",
    RunStatus.FINISHED: "FINISHED",
    RunStatus.FAILED: "FAILED",
    RunStatus.KILLED: "KILLED",
}


class ViewType:
    """Which lifecycle stages a search returns, as MLflow's numbers."""

    ACTIVE_ONLY: Final = 1
    DELETED_ONLY: Final = 2
    ALL: Final = 3

    @staticmethod
    def from_string(view_str: str) -> int:
        """The number of a view, from its name in lower case.

        Raises:
            InvalidParameter: No view has that name.
        """
        for number, name in _VIEW_NAMES.items():
            if name == view_str:
                return number
        raise InvalidParameter(
            f"Could not get valid view type corresponding to string {view_str!r}. "
            f"Valid view types are {list(_VIEW_NAMES.values())}"
        )

    @staticmethod
    def to_string(view_type: int) -> str:
        """The name of a view in lower case, from its number.

        Raises:
            InvalidParameter: No view has that number.
        """
        if view_type not in _VIEW_NAMES:
            raise InvalidParameter(
                f"Could not get valid view type corresponding to string {view_type!r}. "
                f"Valid view types are {list(_VIEW_NAMES)}"
            )
        return _VIEW_NAMES[view_type]


_VIEW_NAMES: Final = {
    ViewType.ACTIVE_ONLY: "active_only",
    ViewType.DELETED_ONLY: "deleted_only",
    ViewType.ALL: "all",
}


class LifecycleStage:
    """Whether an experiment or run is there or in the trash."""

    ACTIVE: Final = "active"
    DELETED: Final = "deleted"

    @classmethod
    def is_valid(cls, lifecycle_stage: str) -> bool:
        """Whether there is a stage of that name."""
        return lifecycle_stage in {cls.ACTIVE, cls.DELETED}

    @classmethod
    def view_type_to_stages(cls, view_type: int = ViewType.ALL) -> list[str]:
        """The stages that a view has."""
        stages = {ViewType.ACTIVE_ONLY: [cls.ACTIVE], ViewType.DELETED_ONLY: [cls.DELETED]}
        return stages.get(view_type, [cls.ACTIVE, cls.DELETED])

    @classmethod
    def matches_view_type(cls, view_type: int, lifecycle_stage: str) -> bool:
        """Whether a view has what is in that stage."""
        return lifecycle_stage in cls.view_type_to_stages(view_type)


class SourceType:
    """The number of each kind of source that a run can have."""

    NOTEBOOK: Final = 1
    JOB: Final = 2
    PROJECT: Final = 3
    LOCAL: Final = 4
    UNKNOWN: Final = 5

    @staticmethod
    def to_string(source_type: int) -> str:
        """The name of a kind of source, from its number.

        Raises:
            InvalidParameter: No kind has that number.
        """
        if source_type not in _SOURCE_NAMES:
            raise InvalidParameter(f"No source type has the number {source_type!r}. Valid: {list(_SOURCE_NAMES)}")
        return _SOURCE_NAMES[source_type]

    @staticmethod
    def from_string(source_str: str) -> int:
        """The number of a kind of source, from its name.

        Raises:
            InvalidParameter: No kind has that name.
        """
        for number, name in _SOURCE_NAMES.items():
            if name == source_str:
                return number
        raise InvalidParameter(f"No source type is named {source_str!r}. Valid: {list(_SOURCE_NAMES.values())}")


_SOURCE_NAMES: Final = {
    SourceType.NOTEBOOK: "NOTEBOOK",
    SourceType.JOB: "JOB",
    SourceType.PROJECT: "PROJECT",
    SourceType.LOCAL: "LOCAL",
    SourceType.UNKNOWN: "UNKNOWN",
}


def status_of(given: str | int) -> runs.RunStatus:
    """The status that a caller names, by MLflow's number or by its name in any case.

    Raises:
        InvalidParameter: There is none of that name or number.
    """
    name = RunStatus.to_string(given) if isinstance(given, int) else str(given).upper()
    RunStatus.from_string(name)
    return runs.RunStatus(name)


def view_of(given: int | str) -> experiments.View:
    """The view that a caller names, by MLflow's number or by its name in any case.

    Raises:
        InvalidParameter: There is none of that name or number.
    """
    number = ViewType.from_string(given.lower()) if isinstance(given, str) else given
    return experiments.View(ViewType.to_string(number).upper())
