"""Lineage: from data sets over runs and logged models to versions and their aliases, and back."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

MAX_NODES: Final = 500


class NodeKind(StrEnum):
    """What stands in a lineage."""

    DATASET = "dataset"
    RUN = "run"
    LOGGED_MODEL = "logged_model"
    VERSION = "model_version"
    ALIAS = "alias"


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One thing.

    `key` says which: `[experiment_id, name, digest]` of a data set, `[run_id]`, `[model_id]`, `[name, version]`, or
    `[name, alias]`. `label` is what people call it, `details` further facts.
    """

    kind: NodeKind
    key: tuple[str, ...]
    label: str = ""
    details: dict[str, str] = {}


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """Things in the order in which they were come upon, the one asked for first, and what was made of what.

    `edges` has pairs of positions in `nodes`. `complete` is false where there are more than 500.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]
    complete: bool = True
