"""The endpoints of the trash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kiseki.asgi.body import check_json, read_body
from kiseki.base.errors import InvalidParameter
from kiseki.base.learned import learned
from kiseki.domain.runs import Page
from kiseki.server.acting import answered
from kiseki.server.context import Context
from kiseki.service import Session, trash
from kiseki.wire import codec
from kiseki.wire import trash as wire

T = TypeVar("T")

PURGE_SECONDS: Final = 10.0
"""After so long a request begins nothing further."""
MAX_REQUEST_BYTES: Final = 2**20


async def runs(request: Request, context: Context) -> Response:
    """GET /api/kiseki/v1/trash/runs."""
    page = await _page(request, context, wire.AskTrashedRuns, trash.runs)
    found = [msgspec.convert(one, learned(wire.TrashedRun), from_attributes=True) for one in page.items]
    return answered(wire.TrashedRuns(runs=found, next_page_token=page.next_page_token))


async def logged_models(request: Request, context: Context) -> Response:
    """GET /api/kiseki/v1/trash/logged-models."""
    page = await _page(request, context, wire.AskTrashedModels, trash.logged_models)
    found = [msgspec.convert(one, learned(wire.TrashedModel), from_attributes=True) for one in page.items]
    return answered(wire.TrashedModels(models=found, next_page_token=page.next_page_token))


async def _page(
    request: Request, context: Context, kind: type[wire.AskTrashedRuns], find: Callable[..., Page[T]]
) -> Page[T]:
    given = codec.decode_query(request.scope["query_string"].decode("latin-1"), kind)
    asked = (given.max_results, given.page_token, given.experiment_id, given.deleted_before)
    return await context.read(lambda session: find(session, context.roots, *asked))


def experiments(session: Session, request: wire.AskTrashedExperiments) -> wire.TrashedExperiments:
    """GET /api/kiseki/v1/trash/experiments."""
    page = trash.experiments(session, request.max_results, request.page_token, request.deleted_before)
    return wire.TrashedExperiments(
        experiments=[msgspec.convert(one, learned(wire.TrashedExperiment), from_attributes=True) for one in page.items],
        next_page_token=page.next_page_token,
    )


async def purge(request: Request, context: Context) -> Response:
    """POST /api/kiseki/v1/trash/purge."""
    check_json(request.scope["headers"])
    body = await read_body(request.receive, request.scope["headers"], MAX_REQUEST_BYTES)
    asked = codec.decode_request(body, wire.Purge)
    for field, given, most in (
        ("run_ids", asked.run_ids, trash.MAX_RUNS),
        ("model_ids", asked.model_ids, trash.MAX_RUNS),
        ("experiment_ids", asked.experiment_ids, trash.MAX_EXPERIMENTS),
    ):
        if len(given) > most:
            raise InvalidParameter(
                f"Invalid value for parameter '{field}' supplied: it has {len(given)}. Give at most {most} at once."
            )
    if not asked.run_ids and not asked.model_ids and not asked.experiment_ids:
        raise InvalidParameter(
            "Nothing to purge is given: name runs in 'run_ids', logged models in 'model_ids' or experiments in "
            "'experiment_ids'."
        )
    purged = await context.thread(
        lambda: trash.purge(
            context.store,
            context.roots,
            asked.run_ids,
            asked.experiment_ids,
            asked.deleted_before,
            model_ids=asked.model_ids,
            seconds=PURGE_SECONDS,
        )
    )
    return answered(msgspec.convert(purged, learned(wire.Purged), from_attributes=True))


READS: Final = {"trash.experiments": experiments}
STREAMS: Final = {"trash.runs": runs, "trash.logged_models": logged_models, "trash.purge": purge}
