"""Where a thing comes from and what was made of it: data set, run, logged model, version, alias."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.ids import ExperimentId, ModelId, RunId
from kiseki.domain.experiments import View, check_id
from kiseki.domain.keys import check_given
from kiseki.domain.lineage import MAX_NODES, Lineage, Node, NodeKind
from kiseki.domain.logged_models import LoggedModel
from kiseki.domain.model_uris import is_model_uri, parse_model_uri
from kiseki.domain.model_versions import ModelVersion
from kiseki.domain.runs import DATA_CONTEXT_TAG, Run
from kiseki.query import And, Comparison, Field, Kind, Op
from kiseki.service import logged_models, model_versions, registered_models, runs
from kiseki.store import Session


def of_version(session: Session, name: str, version: int) -> Lineage:
    """The lineage of a version."""
    return _Walk(session).both(_version(model_versions.get(session, name, version)))


def of_alias(session: Session, name: str, alias: str) -> Lineage:
    """The lineage of an alias."""
    registered_models.by_alias(session, name, alias)
    return _Walk(session).both(Node(kind=NodeKind.ALIAS, key=(name, alias), label=alias))


def of_run(session: Session, run_id: str) -> Lineage:
    """The lineage of a run."""
    return _Walk(session).both(_run(runs.get(session, RunId(run_id))))


def of_model(session: Session, model_id: str) -> Lineage:
    """The lineage of a logged model."""
    return _Walk(session).both(_model(logged_models.get(session, model_id, allow_deleted=True)))


def of_dataset(session: Session, experiment_id: str, name: str, digest: str) -> Lineage:
    """The lineage of a data set, as the runs of an experiment used it.

    Raises:
        NotFound: No run of the experiment used it.
    """
    check_id(experiment_id)
    node = Node(
        kind=NodeKind.DATASET,
        key=(experiment_id, check_given(name, "dataset_name"), check_given(digest, "dataset_digest")),
        label=name,
        details={"digest": digest},
    )
    found = _Walk(session).both(node)
    if len(found.nodes) == 1:
        raise NotFound(
            f"No run of experiment {experiment_id} used a data set {name[:100]!r} with digest {digest[:40]!r}."
        )
    return found


class _Walk:
    """Goes up and down from one thing, breadth first."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._places: dict[tuple[NodeKind, tuple[str, ...]], int] = {}
        self._nodes: list[Node] = []
        self._edges: dict[tuple[int, int], None] = {}
        self._complete = True

    def both(self, start: Node) -> Lineage:
        """All that it comes from and all that came of it."""
        self._place(start)
        for step, is_up in ((self._above, True), (self._below, False)):
            self._go(start, step, is_up)
        return Lineage(nodes=tuple(self._nodes), edges=tuple(self._edges), complete=self._complete)

    def _go(self, start: Node, step: Callable[[Node], Iterable[Node]], is_up: bool) -> None:
        todo, seen = deque([start]), {(start.kind, start.key)}
        while todo:
            one = todo.popleft()
            here = self._places[one.kind, one.key]
            for other in step(one):
                there = self._place(other)
                if there is None:
                    self._complete = False
                    return
                self._edges[(there, here) if is_up else (here, there)] = None
                if (other.kind, other.key) not in seen:
                    seen.add((other.kind, other.key))
                    todo.append(other)

    def _place(self, node: Node) -> int | None:
        known = self._places.get((node.kind, node.key))
        if known is None and len(self._nodes) < MAX_NODES:
            known = self._places[node.kind, node.key] = len(self._nodes)
            self._nodes.append(node)
        return known

    def _above(self, node: Node) -> Iterator[Node]:
        session = self._session
        match node.kind:
            case NodeKind.ALIAS:
                yield _version(registered_models.by_alias(session, *node.key))
            case NodeKind.VERSION:
                version = session.model_versions.get(node.key[0], int(node.key[1]))
                if version is not None:
                    yield from self._sources(version)
            case NodeKind.LOGGED_MODEL:
                model = session.logged_models.get(ModelId(node.key[0]))
                run = session.runs.get(RunId(model.source_run_id)) if model and model.source_run_id else None
                if run is not None:
                    yield _run(run)
            case NodeKind.RUN:
                run = session.runs.get(RunId(node.key[0]))
                if run is not None:
                    yield from self._inputs(run)
            case NodeKind.DATASET:
                return

    def _sources(self, version: ModelVersion) -> Iterator[Node]:
        if is_model_uri(version.source):
            named = parse_model_uri(version.source)
            copied = _existing(self._session, named.name, named.version) if named.version else None
            if copied is not None:
                yield _version(copied)
                return
        model = self._session.logged_models.get(ModelId(version.model_id)) if version.model_id else None
        if model is not None:
            yield _model(model)
            return
        run = self._session.runs.get(RunId(version.run_id)) if version.run_id else None
        if run is not None:
            yield _run(run)

    def _inputs(self, run: Run) -> Iterator[Node]:
        for one in run.dataset_inputs:
            context = one.tags.get(DATA_CONTEXT_TAG, "")
            yield Node(
                kind=NodeKind.DATASET,
                key=(run.experiment_id, one.dataset.name, one.dataset.digest),
                label=one.dataset.name,
                details={"digest": one.dataset.digest, **({"context": context} if context else {})},
            )
        for model_id in run.model_inputs:
            model = self._session.logged_models.get(ModelId(model_id))
            # What a run measures of its own model is no source of it.
            if model is not None and model.source_run_id != run.run_id:
                yield _model(model)

    def _below(self, node: Node) -> Iterator[Node]:
        session = self._session
        match node.kind:
            case NodeKind.DATASET:
                experiment, name, digest = node.key
                where = And(items=(_equals(Kind.DATASET, "name", name), _equals(Kind.DATASET, "digest", digest)))
                page = session.runs.search([ExperimentId(experiment)], View.ALL, where, [], MAX_NODES, "")
                yield from map(_run, page.items)
            case NodeKind.RUN:
                run = session.runs.get(RunId(node.key[0]))
                if run is not None:
                    made = _equals(Kind.ATTRIBUTE, "source_run_id", run.run_id)
                    models = session.logged_models.search([run.experiment_id], View.ALL, made, [], [], MAX_NODES, "")
                    yield from map(_model, models.items)
                    yield from (_version(one) for one in self._versions("run_id", run.run_id) if not one.model_id)
            case NodeKind.LOGGED_MODEL:
                found = self._versions("model_id", node.key[0])
                # Copies come of what they are copies of.
                yield from (_version(one) for one in found if not _is_copy(session, one))
            case NodeKind.VERSION:
                name, number = node.key
                yield from map(_version, self._versions("source_path", f"models:/{name}/{number}"))
                version = _existing(session, name, int(number))
                for alias in version.aliases if version is not None else ():
                    yield Node(kind=NodeKind.ALIAS, key=(name, alias), label=alias)
            case NodeKind.ALIAS:
                return

    def _versions(self, attribute: str, value: str) -> list[ModelVersion]:
        where = _equals(Kind.ATTRIBUTE, attribute, value)
        return self._session.model_versions.search(where, False, [], MAX_NODES, "").items


def _existing(session: Session, name: str, version: int) -> ModelVersion | None:
    """A version, if it is still there."""
    return session.model_versions.get(name, version)


def _is_copy(session: Session, version: ModelVersion) -> bool:
    named = parse_model_uri(version.source) if is_model_uri(version.source) else None
    return bool(named and named.version and _existing(session, named.name, named.version))


def _equals(kind: Kind, key: str, value: str) -> Comparison:
    return Comparison(field=Field(kind=kind, key=key), op=Op.EQ, value=value)


def _run(run: Run) -> Node:
    details = {"experiment_id": str(run.experiment_id), "status": run.status.value}
    return Node(kind=NodeKind.RUN, key=(run.run_id,), label=run.run_name, details=details)


def _model(model: LoggedModel) -> Node:
    details = {"experiment_id": str(model.experiment_id), "status": model.status.value}
    return Node(kind=NodeKind.LOGGED_MODEL, key=(model.model_id,), label=model.name, details=details)


def _version(version: ModelVersion) -> Node:
    return Node(
        kind=NodeKind.VERSION,
        key=(version.name, str(version.version)),
        label=f"{version.name} {version.version}",
        details={"stage": version.stage.value},
    )


def asked_for(
    session: Session,
    *,
    name: str = "",
    version: int | None = None,
    alias: str = "",
    run_id: str = "",
    model_id: str = "",
    dataset: tuple[str, str, str] = ("", "", ""),
) -> Lineage:
    """The lineage of the one thing that is named: a version or an alias of `name`, a run, a logged model or a data set.

    Raises:
        InvalidParameter: None or several are named.
        NotFound: There is no such thing.
    """
    if sum((bool(name), bool(run_id), bool(model_id), any(dataset))) != 1 or bool(name) != (
        (version is not None) != bool(alias)
    ):
        raise InvalidParameter(
            "Name one thing: 'name' with 'version' or with 'alias', 'run_id', 'model_id', or 'experiment_id', "
            "'dataset_name' and 'dataset_digest'."
        )
    if run_id:
        return of_run(session, run_id)
    if model_id:
        return of_model(session, model_id)
    if version is not None:
        return of_version(session, name, version)
    return of_alias(session, name, alias) if alias else of_dataset(session, *dataset)
