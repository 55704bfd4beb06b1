"""The endpoints of runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kiseki.domain.datasets import ModelOutput
from kiseki.domain.experiments import check_id
from kiseki.domain.metrics import Link, Points
from kiseki.domain.runs import NewRun, RunChange
from kiseki.server.acting import answered
from kiseki.server.context import Context
from kiseki.service import Reads, Session, columns, differences, edits, runs
from kiseki.wire import codec
from kiseki.wire import runs as wire
from kiseki.wire.datasets import input_to_domain
from kiseki.wire.experiments import Empty, distinct_tags, view_by_name
from kiseki.wire.metrics import points_to_domain


def create(session: Session, request: wire.CreateRun) -> wire.RunAnswer:
    """POST runs/create."""
    tags = distinct_tags(request.tags)
    run = runs.create(
        session,
        NewRun(
            experiment_id=request.experiment_id,
            user_id=request.user_id,
            run_name=request.run_name,
            start_time=request.start_time,
            tags=tags,
        ),
    )
    answer = wire.run_from_domain(run)
    answer.outputs = msgspec.UNSET
    return wire.RunAnswer(run=answer)


def get(session: Session, request: wire.RunRef) -> wire.RunAnswer:
    """GET runs/get."""
    return wire.RunAnswer(run=wire.run_from_domain(runs.get(session, wire.run_id_of(request))))


def update(session: Session, request: wire.UpdateRun) -> wire.RunInfoAnswer:
    """POST runs/update."""
    change = RunChange(
        status=None if request.status is None else wire.status_to_domain(request.status),
        end_time=request.end_time,
        run_name=request.run_name,
    )
    run = runs.update(session, wire.run_id_of(request), change)
    return wire.RunInfoAnswer(run_info=wire.info_from_domain(run))


def search(session: Session, request: wire.SearchRuns) -> wire.RunsAnswer:
    """POST runs/search."""
    page = runs.search(
        session,
        request.experiment_ids,
        request.filter,
        wire.view_to_domain(request.run_view_type, "run_view_type"),
        request.max_results,
        request.order_by,
        request.page_token,
    )
    return wire.RunsAnswer(runs=[wire.run_from_domain(run) for run in page.items], next_page_token=page.next_page_token)


def delete(session: Session, request: wire.RunRef) -> Empty:
    """POST runs/delete."""
    runs.delete(session, wire.run_id_of(request))
    return Empty()


def restore(session: Session, request: wire.RunRef) -> Empty:
    """POST runs/restore."""
    runs.restore(session, wire.run_id_of(request))
    return Empty()


def log_metric(session: Session, request: wire.LogMetric) -> Empty:
    """POST runs/log-metric."""
    link = Link(request.model_id, request.dataset_name, request.dataset_digest)
    points = Points(
        keys=[request.key],
        steps=[request.step],
        timestamps=[request.timestamp],
        values=[request.value],
        links={link: [0]} if any(link) else {},
    )
    runs.log_metric(session, wire.run_id_of(request), points)
    return Empty()


def log_param(session: Session, request: wire.LogParam) -> Empty:
    """POST runs/log-parameter."""
    runs.log_param(session, wire.run_id_of(request), request.key, request.value)
    return Empty()


def log_batch(session: Session, request: wire.LogBatch) -> Empty:
    """POST runs/log-batch."""
    runs.log_batch(
        session,
        wire.run_id_of(request),
        points_to_domain(request.metrics),
        [(param.key, param.value) for param in request.params],
        [(tag.key, tag.value) for tag in request.tags],
    )
    return Empty()


def set_tag(session: Session, request: wire.SetTag) -> Empty:
    """POST runs/set-tag."""
    runs.set_tag(session, wire.run_id_of(request), request.key, request.value)
    return Empty()


def delete_tag(session: Session, request: wire.DeleteTag) -> Empty:
    """POST runs/delete-tag."""
    runs.delete_tag(session, wire.run_id_of(request), request.key)
    return Empty()


def log_model(session: Session, request: wire.LogModel) -> Empty:
    """POST runs/log-model."""
    runs.log_model(session, wire.run_id_of(request), request.model_json)
    return Empty()


def log_inputs(session: Session, request: wire.LogInputs) -> Empty:
    """POST runs/log-inputs."""
    runs.log_inputs(
        session,
        wire.run_id_of(request),
        [input_to_domain(given) for given in request.datasets],
        [model.model_id for model in request.models],
    )
    return Empty()


def log_outputs(session: Session, request: wire.LogOutputs) -> Empty:
    """POST runs/outputs."""
    outputs = [ModelOutput(model_id=model.model_id, step=model.step) for model in request.models]
    runs.log_outputs(session, wire.run_id_of(request), outputs)
    return Empty()


def find(session: Session, request: wire.FindRuns) -> wire.FoundRuns:
    """POST /api/kiseki/v1/runs/search."""
    found = columns.find(
        session,
        request.experiment_ids,
        request.filter,
        view_by_name(request.view),
        request.order_by,
        request.columns,
        request.max_results,
        request.page_token,
        request.max_chars,
        request.count,
    )
    return wire.FoundRuns(
        runs=[wire.row_from_domain(row) for row in found.page.items],
        next_page_token=found.page.next_page_token,
        total=found.total,
    )


def details(session: Session, request: wire.RunRef) -> wire.RunDetails:
    """GET /api/kiseki/v1/runs/get."""
    return wire.details_from_domain(runs.details(session, wire.run_id_of(request)))


async def diff(request: Request, context: Context) -> Response:
    """GET /api/kiseki/v1/runs/diff."""
    wanted = codec.decode_query(request.scope["query_string"].decode("latin-1"), wire.AskDifference)
    return answered(
        await context.thread(lambda: differences.diff(context.store, context.roots, wanted.run_id, wanted.other_run_id))
    )


def edit(session: Session, request: wire.EditRuns) -> wire.EditedRuns:
    """POST /api/kiseki/v1/runs/edit."""
    changed = edits.edit(
        session,
        request.run_ids,
        distinct_tags(request.set_tags, "set_tags"),
        request.delete_tags,
        wire.stage_to_domain(request.lifecycle_stage),
        request.name,
    )
    return wire.EditedRuns(run_ids=list(changed))


def _of_run(request: Any) -> Reads:
    return Reads(run_id=wire.run_id_of(request))


def _of_tag(request: wire.SetTag) -> Reads:
    return Reads(run_id=wire.run_id_of(request), tags=[request.key])


def _of_metric(request: wire.LogMetric) -> Reads:
    link = Link(request.model_id, request.dataset_name, request.dataset_digest)
    return Reads(run_id=wire.run_id_of(request), metrics=[request.key], links=[link] if link.model_id else [])


def _of_batch(request: wire.LogBatch) -> Reads:
    links = {(one.model_id, one.dataset_name, one.dataset_digest) for one in request.metrics if one.model_id}
    return Reads(
        run_id=wire.run_id_of(request),
        metrics=[metric.key for metric in request.metrics],
        links=[Link(*link) for link in links],
        params=[param.key for param in request.params],
        tags=[tag.key for tag in request.tags],
    )


AHEAD: Final[dict[str, Callable[[Any], Reads]]] = {
    "runs.create": lambda request: Reads(experiment=check_id(request.experiment_id)),
    "runs.update": _of_run,
    "runs.log_metric": _of_metric,
    "runs.log_param": lambda request: Reads(run_id=wire.run_id_of(request), params=[request.key]),
    "runs.log_batch": _of_batch,
    "runs.set_tag": _of_tag,
}
"""What requests are about to read; each of them changes nothing but its run and what is measured of models."""
STREAMS: Final = {"runs.diff": diff}
READS: Final = {"runs.get": get, "runs.search": search, "runs.find": find, "runs.details": details}
POINTS: Final = {
    "runs.log_metric": lambda _: 1,
    "runs.log_batch": lambda request: len(request.metrics),
}
"""How many points of metrics a request has."""
WRITES: Final = {
    "runs.create": create,
    "runs.update": update,
    "runs.delete": delete,
    "runs.restore": restore,
    "runs.log_metric": log_metric,
    "runs.log_param": log_param,
    "runs.log_batch": log_batch,
    "runs.set_tag": set_tag,
    "runs.delete_tag": delete_tag,
    "runs.log_model": log_model,
    "runs.log_inputs": log_inputs,
    "runs.log_outputs": log_outputs,
    "runs.edit": edit,
}
