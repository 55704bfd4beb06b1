"""Runs: one execution of training code, with what it was given and what it gave."""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import Final, Generic, TypeVar

import msgspec

from kiseki.base.ids import ExperimentId, RunId
from kiseki.domain.datasets import DatasetInput, ModelOutput
from kiseki.domain.experiments import Experiment, LifecycleStage
from kiseki.domain.metrics import Metric, SeriesSummary

T = TypeVar("T")

MAX_NAME_BYTES: Final = 65_536
"""The longest run name, in bytes of UTF-8: it is also the value of the tag `mlflow.runName`."""


class RunStatus(StrEnum):
    """Where a run is in its life."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run with all that was recorded of it but the metrics' histories.

    Times are milliseconds since the epoch, `start_time` 0 when the client gave none, `end_time` None until it ended.
    `metrics` has the latest point of each metric.
    """

    run_id: RunId
    experiment_id: ExperimentId
    run_name: str
    user_id: str
    status: RunStatus
    start_time: int
    end_time: int | None
    artifact_uri: str
    lifecycle_stage: LifecycleStage
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    metrics: list[Metric] = []
    dataset_inputs: list[DatasetInput] = []
    model_inputs: list[str] = []
    model_outputs: list[ModelOutput] = []


class RunDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A run with what stands around it: its experiment, its metrics' summaries by key, parent and children.

    `number` counts the runs of the database in the order in which they were created, `children` the active runs whose
    parent it is; `parent_name` is None without a parent that exists.
    """

    run: Run
    number: int
    experiment: Experiment
    metrics: list[SeriesSummary]
    children: int
    parent_name: str | None = None


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of a run that it starts."""

    experiment_id: str
    user_id: str = ""
    run_name: str = ""
    start_time: int = 0
    tags: dict[str, str] = {}


class RunChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changes of a run; None leaves it as it is."""

    status: RunStatus | None = None
    end_time: int | None = None
    run_name: str | None = None


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a search; `next_page_token` is "" on the last."""

    items: list[T]
    next_page_token: str = ""


_ADJECTIVES: Final = [
    "amber",
    "ample",
    "bold",
    "brave",
    "brief",
    "bright",
    "brisk",
    "calm",
    "candid",
    "clear",
    "clever",
    "cosmic",
    "crisp",
    "deft",
    "eager",
    "early",
    "exact",
    "fair",
    "fast",
    "fine",
    "fleet",
    "fond",
    "fresh",
    "gentle",
    "glad",
    "golden",
    "grand",
    "happy",
    "hardy",
    "honest",
    "jolly",
    "keen",
    "kind",
    "lively",
    "loyal",
    "lucid",
    "lucky",
    "mellow",
    "merry",
    "mild",
    "neat",
    "nimble",
    "noble",
    "patient",
    "placid",
    "polite",
    "proud",
    "quick",
    "quiet",
    "rapid",
    "rare",
    "ready",
    "robust",
    "rustic",
    "serene",
    "sharp",
    "silent",
    "silver",
    "smart",
    "smooth",
    "solid",
    "sound",
    "spry",
    "steady",
    "still",
    "stoic",
    "sturdy",
    "subtle",
    "sunny",
    "swift",
    "tidy",
    "tranquil",
    "true",
    "vivid",
    "warm",
    "wise",
    "witty",
    "young",
    "zesty",
]
_ANIMALS: Final = [
    "badger",
    "bat",
    "bear",
    "bee",
    "bison",
    "boar",
    "cat",
    "cod",
    "colt",
    "crab",
    "crane",
    "crow",
    "deer",
    "dove",
    "duck",
    "eagle",
    "eel",
    "elk",
    "falcon",
    "finch",
    "fox",
    "frog",
    "gnu",
    "goat",
    "goose",
    "gull",
    "hare",
    "hawk",
    "hen",
    "heron",
    "horse",
    "ibis",
    "ibex",
    "jay",
    "kite",
    "koala",
    "lark",
    "lion",
    "llama",
    "loon",
    "lynx",
    "mink",
    "mole",
    "moose",
    "mouse",
    "newt",
    "orca",
    "otter",
    "owl",
    "panda",
    "perch",
    "pig",
    "pika",
    "pony",
    "puma",
    "quail",
    "rabbit",
    "ram",
    "rat",
    "raven",
    "robin",
    "seal",
    "shark",
    "sheep",
    "shrew",
    "skink",
    "sloth",
    "snail",
    "swan",
    "tapir",
    "tern",
    "tiger",
    "toad",
    "trout",
    "tuna",
    "vole",
    "wasp",
    "whale",
    "wolf",
    "wren",
    "yak",
    "zebra",
]


def random_name() -> str:
    """A name for a run that was given none, of the form adjective-animal-number, at most 20 characters."""
    return f"{secrets.choice(_ADJECTIVES)}-{secrets.choice(_ANIMALS)}-{secrets.randbelow(1000)}"


NAME_TAG: Final = "mlflow.runName"
PARENT_TAG: Final = "mlflow.parentRunId"
NOTE_TAG: Final = "mlflow.note.content"
DATA_CONTEXT_TAG: Final = "mlflow.data.context"
LOG_MODEL_HISTORY_TAG: Final = "mlflow.log-model.history"
