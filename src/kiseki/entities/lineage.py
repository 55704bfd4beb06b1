"""Lineage as callers see it."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiseki.domain import lineage as domain
from kiseki.entities.entity import Entity


@dataclass(frozen=True, repr=False)
class LineageNode(Entity):
    """One thing in a lineage.

    Args:
        kind: "dataset", "run", "logged_model", "model_version" or "alias".
        key: [experiment_id, name, digest], [run_id], [model_id], [name, version] or [name, alias].
        label: What people call it.
        details: Further facts.
    """

    kind: str
    key: list[str]
    label: str
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Lineage(Entity):
    """What a thing comes from and what came of it.

    Args:
        nodes: The thing asked for first.
        edges: Pairs of places in `nodes`: the second was made of the first.
        complete: Whether these are all; a lineage ends at 500.
    """

    nodes: list[LineageNode]
    edges: list[tuple[int, int]]
    complete: bool = True


def lineage_from_domain(given: domain.Lineage) -> Lineage:
    """A lineage as callers see it."""
    return Lineage(
        [LineageNode(node.kind.value, list(node.key), node.label, node.details) for node in given.nodes],
        list(given.edges),
        given.complete,
    )
