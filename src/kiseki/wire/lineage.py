"""Lineage on the wire."""

from __future__ import annotations

import msgspec

from kiseki.domain import lineage as domain


class AskLineage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET /api/kiseki/v1/registry/lineage: of one thing.

    Name `name` with `version` or with `alias`; or `run_id`; or `model_id`; or `experiment_id`, `dataset_name` and
    `dataset_digest`.
    """

    name: str = ""
    version: str = ""
    alias: str = ""
    run_id: str = ""
    model_id: str = ""
    experiment_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LineageNode(msgspec.Struct, kw_only=True):
    """One thing: `kind` is `dataset`, `run`, `logged_model`, `model_version` or `alias`.

    `key` is [experiment_id, name, digest], [run_id], [model_id], [name, version] or [name, alias].
    """

    kind: str
    key: list[str]
    label: str
    details: dict[str, str] = {}


class LineageEdge(msgspec.Struct, kw_only=True):
    """`target` was made of `source`; both are places in `nodes`."""

    source: int
    target: int


class LineageAnswer(msgspec.Struct, kw_only=True):
    """What it comes from and what came of it; the thing asked for first. Not `complete` with over 500."""

    nodes: list[LineageNode]
    edges: list[LineageEdge]
    complete: bool = True


def lineage_from_domain(found: domain.Lineage) -> LineageAnswer:
    """The wire form of a lineage."""
    return LineageAnswer(
        nodes=[
            LineageNode(kind=node.kind.value, key=list(node.key), label=node.label, details=node.details)
            for node in found.nodes
        ],
        edges=[LineageEdge(source=source, target=target) for source, target in found.edges],
        complete=found.complete,
    )


def lineage_to_domain(given: LineageAnswer) -> domain.Lineage:
    """The lineage in its wire form."""
    return domain.Lineage(
        nodes=tuple(
            domain.Node(kind=domain.NodeKind(node.kind), key=tuple(node.key), label=node.label, details=node.details)
            for node in given.nodes
        ),
        edges=tuple((edge.source, edge.target) for edge in given.edges),
        complete=given.complete,
    )
