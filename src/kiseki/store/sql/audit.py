"""Everything of a kind in SQL, in parts, for checks."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select

from kiseki.base.errors import IntegrityError
from kiseki.base.ids import RunId
from kiseki.domain.artifacts import Owner
from kiseki.store.care import Damage, KnownFile, PointsSeen
from kiseki.store.segments import arrived, decode, decode_summary
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import PURGING, arrivals, files, logged_model_points, logged_models, runs, segments

_BLOCKS: Final = 64
_MOST: Final = 1_000

_FILES = (
    select(files.c.uri_hash, files.c.uri, files.c.size, files.c.sha256, files.c.modified_ns)
    .where(files.c.uri_hash > bindparam("behind"))
    .order_by(files.c.uri_hash)
    .limit(bindparam("most"))
)
_SEGMENTS = (
    select(segments.c.number, segments.c.run, segments.c.key, segments.c.count, segments.c.columns, segments.c.summary)
    .where(segments.c.number > bindparam("behind"))
    .order_by(segments.c.number)
    .limit(_BLOCKS)
)
_ARRIVALS = (
    select(arrivals.c.number, arrivals.c.run, arrivals.c.count, arrivals.c.points)
    .where(arrivals.c.number > bindparam("behind"))
    .order_by(arrivals.c.number)
    .limit(_BLOCKS)
)
_OF_MODELS = (
    select(
        logged_model_points.c.number,
        logged_models.c.model_id,
        logged_model_points.c.count,
        logged_model_points.c.points,
    )
    .join(logged_models, logged_models.c.number == logged_model_points.c.model)
    .where(logged_model_points.c.number > bindparam("behind"))
    .order_by(logged_model_points.c.number)
    .limit(_BLOCKS)
)
_RUN_IDS = select(runs.c.number, runs.c.run_id).where(runs.c.number.in_(bindparam("numbers", expanding=True)))
_PURGING = select(runs.c.run_id).where(runs.c.lifecycle == PURGING).limit(_MOST)
_PURGING_MODELS = select(logged_models.c.model_id).where(logged_models.c.lifecycle == PURGING).limit(_MOST)


class SqlAudit:
    """`kiseki.store.care.Audit`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def files(self, after: str, limit: int) -> list[KnownFile]:
        return [
            KnownFile(key=key, uri=uri, size=size, sha256=sha256, modified_ns=modified_ns)
            for key, uri, size, sha256, modified_ns in self._connection.rows(_FILES, behind=after, most=limit)
        ]

    def points(self, after: tuple[int, int, int]) -> PointsSeen:
        last_segment, last_arrival, last_of_model = after
        bad: list[tuple[int, int | None, str]] = []
        damaged: list[Damage] = []
        rows = self._connection.rows(_SEGMENTS, behind=last_segment)
        for number, run, key, count, columns, summary in rows:
            last_segment = number
            problem = _problem_of_segment(columns, summary, count)
            if problem:
                bad.append((run, key, problem))
        if not rows:
            rows = self._connection.rows(_ARRIVALS, behind=last_arrival)
            for number, run, count, points in rows:
                last_arrival = number
                problem = _problem_of_arrival(points, count)
                if problem:
                    bad.append((run, None, problem))
        if not rows:
            rows = self._connection.rows(_OF_MODELS, behind=last_of_model)
            for number, model_id, count, points in rows:
                last_of_model = number
                problem = _problem_of_arrival(points, count)
                if problem:
                    damaged.append(Damage(owner=Owner(model_id=model_id), key="", problem=problem))
        run_ids: dict[int, RunId] = dict(self._connection.rows_in(_RUN_IDS, "numbers", [run for run, *_ in bad]))
        names = self._connection.key_names({key for _, key, _ in bad if key is not None})
        damaged += [
            Damage(
                owner=Owner(run_id=run_ids[run]),
                key="" if key is None else names.get(key, str(key)),
                problem=problem,
            )
            for run, key, problem in bad
        ]
        return PointsSeen(
            after=(last_segment, last_arrival, last_of_model) if rows else None, blocks=len(rows), damaged=damaged
        )

    def purging(self) -> list[Owner]:
        found = [Owner(run_id=run_id) for (run_id,) in self._connection.rows(_PURGING)]
        return [*found, *(Owner(model_id=model_id) for (model_id,) in self._connection.rows(_PURGING_MODELS))]


def _problem_of_segment(columns: bytes, summary: bytes | None, count: int) -> str:
    try:
        found = len(decode(columns))
        if summary is not None:
            decode_summary(summary, by_steps=False)
    except IntegrityError as error:
        return str(error)
    return "" if found == count else f"It has {found} points where {count} were stored."


def _problem_of_arrival(points: bytes, count: int) -> str:
    try:
        found = len(arrived([points]))
    except IntegrityError as error:
        return str(error)
    return "" if found == count else f"It has {found} points where {count} were stored."
