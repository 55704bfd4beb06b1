"""What the works of one transaction read, kept for the works that follow, and read ahead for all of them at once.

A database server is far away: each answer that is waited for costs more than what is asked. So what a group of works is
about to read (`Reads`) is asked for together, and the works find it here. Whoever writes what is kept here writes it here,
too; the rows of a run are locked from when they are read to the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kiseki.domain.experiments import Experiment


class Ahead:
    """What is known within a transaction. None is known not to be there; what is not here is not known."""

    def __init__(self) -> None:
        self.held: set[int] = set()
        """Numbers of runs that this transaction has locked."""
        self.runs: dict[str, tuple[Any, ...]] = {}
        """By id: number, run_id and the other columns that `SqlRuns` reads of a run."""
        self.models: dict[str, tuple[Any, ...]] = {}
        """By id: the columns that `SqlLoggedModels` reads of a logged model, which is locked, too."""
        self.spare_numbers: list[int] = []
        """Numbers for runs that are about to be created."""
        self.experiments: dict[int, Experiment] = {}
        self.replies: dict[str, bytes | None] = {}
        """By mark; None for a mark without an answer."""
        self.old_replies_gone = False
        """Whether this transaction has removed the answers that are too old."""
        self._values: dict[tuple[str, int], dict[int, Any]] = {}
        """By kind ("series", "params", "tags" and the like) and the number of the owner: by key."""

    def forget(self) -> None:
        """Knows nothing any more: work was done that does not write here."""
        self.runs.clear()
        self.models.clear()
        self.experiments.clear()
        self.replies.clear()
        self._values.clear()

    def fill(self, kind: str, owner: int, keys: Sequence[int], found: Mapping[int, Any]) -> None:
        """Keeps what was read for all these keys."""
        self._values.setdefault((kind, owner), {}).update({key: found.get(key) for key in keys})

    def find(self, kind: str, owner: int, keys: Sequence[int]) -> dict[int, Any] | None:
        """What there is of these keys; None when that is not known of all."""
        known = self._values.get((kind, owner))
        if known is None or not all(key in known for key in keys):
            return None
        return {key: known[key] for key in keys if known[key] is not None}

    def write(self, kind: str, owner: int, values: Mapping[int, Any]) -> None:
        """Takes notice of what was written."""
        known = self._values.get((kind, owner))
        if known is not None:
            known.update(values)
