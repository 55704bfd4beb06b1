"""What work on a store changed, for those who show it."""

from __future__ import annotations

from typing import Final

from kiseki.base.ids import ModelId, RunId

CREATED: Final = "created"
INFO: Final = "info"
PARAMS: Final = "params"
TAGS: Final = "tags"
METRICS: Final = "metrics"
INPUTS: Final = "inputs"
LIFECYCLE: Final = "lifecycle"
"""What of a run or a logged model may change. Plain strings: a run's log is told in the time that an enumeration takes to be hashed."""


class Changes:
    """The runs, models and experiments that were changed; with `everything` there are others too.

    `runs` has the experiment's number by run and what of it changed, `models` by logged model, `registered_models` the names
    of those that changed, or of which a version did. For one thread at a time.
    """

    __slots__ = ("everything", "experiments", "models", "registered_models", "runs")

    def __init__(self, *, everything: bool = False) -> None:
        self.runs: dict[tuple[RunId, str], int] = {}
        self.models: dict[tuple[ModelId, str], int] = {}
        self.experiments: set[int] = set()
        self.registered_models: set[str] = set()
        self.everything = everything

    def __bool__(self) -> bool:
        return bool(self.runs or self.models or self.experiments or self.registered_models or self.everything)

    def add(self, other: Changes) -> None:
        """Takes in what another piece of work changed."""
        self.runs.update(other.runs)
        self.models.update(other.models)
        self.experiments |= other.experiments
        self.registered_models |= other.registered_models
        self.everything = self.everything or other.everything
