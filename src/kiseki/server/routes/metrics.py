"""The endpoints of metric histories."""

from __future__ import annotations

import struct
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kiseki.asgi.body import check_json, read_body
from kiseki.asgi.security import Headers
from kiseki.base.errors import InvalidParameter
from kiseki.domain.keys import check_given
from kiseki.domain.series import Axis, Buckets
from kiseki.server.context import Context
from kiseki.service import Session, metrics
from kiseki.wire import codec
from kiseki.wire import metrics as wire
from kiseki.wire.runs import RunRef, run_id_of

CHART_MAGIC: Final = b"KSKCHRT1"
CHART_TYPE: Final = "application/vnd.kiseki.chart"
MAX_CHART_REQUEST_BYTES: Final = 2**20


def get_history(session: Session, request: wire.GetHistory) -> wire.MetricsAnswer:
    """GET metrics/get-history."""
    run_id = run_id_of(RunRef(run_id=request.run_id, run_uuid=request.run_uuid))
    check_given(request.metric_key, "metric_key")
    page = metrics.history(session, run_id, request.metric_key, request.max_results, request.page_token)
    return wire.MetricsAnswer(
        metrics=[wire.metric_from_domain(point) for point in page.items], next_page_token=page.next_page_token
    )


def get_history_bulk(session: Session, request: wire.GetHistoryBulk) -> wire.MetricsList:
    """GET metrics/get-history-bulk."""
    found = metrics.bulk(session, request.run_id, request.metric_key, request.max_results)
    return wire.MetricsList(metrics=[wire.metric_from_domain(point, run_id) for run_id, point in found])


def get_history_bulk_interval(session: Session, request: wire.GetHistoryBulkInterval) -> wire.MetricsAnswer:
    """GET metrics/get-history-bulk-interval."""
    found = metrics.sampled(
        session, request.run_ids, request.metric_key, request.start_step, request.end_step, request.max_results
    )
    return wire.MetricsAnswer(metrics=[wire.metric_from_domain(point, run_id) for run_id, point in found])


async def chart(request: Request, context: Context) -> Response:
    """POST metrics/chart."""
    headers: Headers = request.scope["headers"]
    check_json(headers)
    wanted = codec.decode_request(await read_body(request.receive, headers, MAX_CHART_REQUEST_BYTES), wire.Chart)
    try:
        axis = Axis(wanted.x)
    except ValueError:
        raise InvalidParameter(
            f"Invalid value {wanted.x[:40]!r} for parameter 'x' supplied: it is one of {', '.join(Axis)}."
        ) from None
    series = [(one.run_id, one.key) for one in wanted.series]
    data = await context.read(
        lambda session: _encode(wanted, metrics.chart(session, series, axis, wanted.range, wanted.buckets))
    )
    return Response(data, media_type=CHART_TYPE)


def _encode(wanted: wire.Chart, charts: list[Buckets]) -> bytes:
    """The binary form: magic, length of the header, header, columns; see docs/wire.md."""
    header = wire.ChartHeader(
        x=wanted.x,
        buckets=wanted.buckets,
        series=[
            wire.ChartSeries(run_id=one.run_id, key=one.key, points=int(found.count.sum()), length=len(found.x))
            for one, found in zip(wanted.series, charts, strict=True)
        ],
    )
    text = msgspec.json.encode(header)
    text += b" " * (-(len(CHART_MAGIC) + 4 + len(text)) % 8)
    parts = [CHART_MAGIC, struct.pack("<I", len(text)), text]
    for found in charts:
        columns = (found.x, found.min, found.max, found.mean, found.last)
        parts += [column.astype("<f8", copy=False).tobytes() for column in columns]
        for counts in (found.count, found.nonfinite):
            data = counts.astype("<u4", copy=False).tobytes()
            parts.append(data + bytes(-len(data) % 8))
    return b"".join(parts)


READS: Final = {
    "metrics.get_history": get_history,
    "metrics.get_history_bulk": get_history_bulk,
    "metrics.get_history_bulk_interval": get_history_bulk_interval,
}
STREAMS: Final = {"metrics.chart": chart}
