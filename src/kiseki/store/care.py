"""What the care of data needs of a database beside what `protocol` says: emptying the trash, whole tables, checks."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from kiseki.base.ids import ExperimentId
from kiseki.domain.artifacts import Owner
from kiseki.domain.trash import TrashedExperiment, TrashedModel, TrashedRun


class Refusal(StrEnum):
    """Why something in the trash is not permanently deleted."""

    ABSENT = "absent"
    ACTIVE = "active"
    RECENT = "recent"
    HAS_RUNS = "has_runs"
    HAS_MODELS = "has_models"
    ALWAYS_THERE = "always_there"


class Doomed(msgspec.Struct, frozen=True, kw_only=True):
    """A run or a logged model whose permanent deletion has begun."""

    number: int
    owner: Owner
    experiment: int
    artifact_uri: str


class Trash(Protocol):
    """What is in the trash, and its permanent deletion in steps that each fit a short transaction.

    A run or a logged model is marked first, which takes it out of reach: it cannot be restored any more, and nothing can
    be added. Its own row goes last, so until then one that was begun is found by `runs` or `logged_models`, whatever date
    is asked for.
    """

    def runs(self, after: int, limit: int, before: int, experiment_id: ExperimentId | None) -> list[TrashedRun]:
        """Runs that came to the trash at `before` or earlier, by number from `after` on, of one experiment or of all."""
        ...

    def logged_models(
        self, after: int, limit: int, before: int, experiment_id: ExperimentId | None
    ) -> list[TrashedModel]:
        """The same of logged models."""
        ...

    def experiments(self, after: int, limit: int, before: int) -> list[TrashedExperiment]:
        """Experiments that came to the trash at `before` or earlier, by id from `after` on."""
        ...

    def begin(self, owner: Owner, before: int) -> Doomed | Refusal:
        """Marks a run or model that came to the trash at `before` or earlier, or was marked already."""
        ...

    def rows(self, doomed: Doomed) -> int:
        """How many rows a run or model has, its own included."""
        ...

    def remove_some(self, doomed: Doomed) -> bool:
        """Removes a part of the rows of what was marked, some MB at most; whether there may be more than its own left."""
        ...

    def forget_files(self, folders: Sequence[str], limit: int) -> int:
        """Removes up to `limit` records of files below folders and returns how many."""
        ...

    def finish(self, doomed: Doomed, folders: Sequence[str]) -> bool:
        """Removes the run or model itself; False, and does nothing, when files came to its folders meanwhile."""
        ...

    def finish_experiment(self, experiment_id: ExperimentId, before: int) -> Refusal | int:
        """Removes an experiment that has no runs and no models and came to the trash at `before` or earlier.

        Returns how many rows. Its tags, datasets and saved views go with it. The experiment `Default` is not removed.
        """
        ...

    def places(self) -> tuple[list[str], list[str]]:
        """The artifact locations of all experiments, and the artifact URIs of unusual runs and models.

        With the locations are those of registered versions that name no run and no logged model. Usual is a URI whose last two names are the id and `artifacts`.
        """
        ...


class TableDigest(msgspec.Struct, frozen=True, kw_only=True):
    """What a table has, whatever the order of its rows."""

    rows: int
    digest: str


class Rows(Protocol):
    """Whole tables, for copies from one database to another."""

    def tables(self) -> list[str]:
        """The tables whose rows are copied, each after those that it refers to."""
        ...

    def page(self, table: str, after: Sequence[Any] | None) -> list[tuple[Any, ...]]:
        """Some rows by primary key, those behind the key `after` or the first; none at the end. At most some MB."""
        ...

    def key(self, table: str, row: Sequence[Any]) -> list[Any]:
        """The primary key of a row, to go on from there."""
        ...

    def count(self, table: str) -> int:
        """How many rows a table has."""
        ...

    def add(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Adds rows as they are, their numbers included. A row that every database has is replaced."""
        ...

    def last_number(self, table: str) -> int:
        """The greatest number that the table ever gave to a row; 0 where rows have none."""
        ...

    def set_last_number(self, table: str, number: int) -> None:
        """Makes the table give greater numbers from now on."""
        ...

    def is_empty(self) -> bool:
        """Whether there is nothing but what every new database has."""
        ...

    def note(self) -> str:
        """What `set_note` kept; "" when there is none."""
        ...

    def set_note(self, text: str) -> None:
        """Keeps how far a copy to this database is; "" when it is done."""
        ...


class KnownFile(msgspec.Struct, frozen=True, kw_only=True):
    """What was recorded of an artifact file; `key` is where its record is."""

    key: str
    uri: str
    size: int
    sha256: str
    modified_ns: int


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """Points that cannot be read: `key` is "" where they are of several metrics."""

    owner: Owner
    key: str
    problem: str


class PointsSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the stored points: where to go on, None at the end; how many blocks there were; those that are damaged."""

    after: tuple[int, int, int] | None
    blocks: int
    damaged: list[Damage]


class Audit(Protocol):
    """Everything of a kind, in parts, for checks."""

    def files(self, after: str, limit: int) -> list[KnownFile]:
        """Records of files behind the key `after`; "" is before the first."""
        ...

    def points(self, after: tuple[int, int, int]) -> PointsSeen:
        """Reads some stored points behind `after`, (0, 0, 0) for the first, and compares their checksums."""
        ...

    def purging(self) -> list[Owner]:
        """Runs and models whose permanent deletion was begun and not finished, at most 1,000 of each."""
        ...
