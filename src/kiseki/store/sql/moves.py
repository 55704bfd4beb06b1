"""Moves of aliases and stages in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, insert, select, update

from kiseki.base.learned import learned
from kiseki.domain.moves import Move, MoveKind, MoveStatus, Verdict
from kiseki.domain.runs import Page
from kiseki.store.registry import RegisteredKey
from kiseki.store.sql.database import Connection
from kiseki.store.sql.paging import SortKey, digest, in_order, page, position
from kiseki.store.sql.tables import moves

_MOST_WAITING: Final = 1_000
_ROW: Final = (
    moves.c.number,
    moves.c.kind,
    moves.c.target,
    moves.c.before,
    moves.c.after,
    moves.c.archive,
    moves.c.status,
    moves.c.user_id,
    moves.c.time,
    moves.c.decided_by,
    moves.c.decision_time,
    moves.c.comment,
    moves.c.verdicts,
)
_ADD = insert(moves).values(
    model=bindparam("model"),
    kind=bindparam("kind"),
    target=bindparam("target"),
    before=bindparam("before"),
    after=bindparam("after"),
    archive=bindparam("archive"),
    status=bindparam("status"),
    user_id=bindparam("user_id"),
    time=bindparam("time"),
    decided_by=bindparam("decided_by"),
    decision_time=bindparam("decision_time"),
    comment=bindparam("comment"),
    verdicts=bindparam("verdicts"),
)
_GET = select(*_ROW).where(moves.c.model == bindparam("owner"), moves.c.number == bindparam("which"))
_BY_NUMBERS = select(*_ROW).where(moves.c.number.in_(bindparam("numbers", expanding=True)))
_DECIDE = (
    update(moves)
    .where(moves.c.number == bindparam("which"))
    .values(
        status=bindparam("became"),
        decided_by=bindparam("who"),
        decision_time=bindparam("now"),
        verdicts=bindparam("found"),
        before=bindparam("from"),
    )
)
_LAST = (
    select(*_ROW)
    .where(
        moves.c.model == bindparam("owner"),
        moves.c.kind == bindparam("what"),
        moves.c.target == bindparam("of"),
        moves.c.status == MoveStatus.DONE.value,
    )
    # One that waited long has a smaller number than those that were done meanwhile.
    .order_by(moves.c.decision_time.desc(), moves.c.number.desc())
    .limit(1)
)
_WAITING = (
    select(*_ROW)
    .where(moves.c.model == bindparam("owner"), moves.c.status == MoveStatus.WAITING.value)
    .order_by(moves.c.number)
    .limit(_MOST_WAITING)
)


class SqlMoves:
    """`kiseki.store.registry.Moves`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, model: RegisteredKey, move: Move) -> Move:
        number = self._connection.add(
            _ADD,
            model=model.number,
            kind=move.kind.value,
            target=move.target,
            before=move.before,
            after=move.after,
            archive=int(move.archive),
            status=move.status.value,
            user_id=move.user_id,
            time=move.time,
            decided_by=move.decided_by,
            decision_time=move.decision_time,
            comment=move.comment,
            verdicts=_encoded(move.verdicts),
        )
        self._connection.changes.registered_models.add(model.name)
        return msgspec.structs.replace(move, number=number)

    def get(self, model: RegisteredKey, number: int) -> Move | None:
        row = self._connection.row(_GET, owner=model.number, which=number)
        return None if row is None else _move(row, model.name)

    def decide(
        self, move: Move, status: MoveStatus, decided_by: str, now: int, verdicts: Sequence[Verdict], before: str
    ) -> None:
        told = {"became": status.value, "who": decided_by, "now": now, "found": _encoded(verdicts), "from": before}
        self._connection.run(_DECIDE, which=move.number, **told)
        self._connection.changes.registered_models.add(move.name)

    def last(self, model: RegisteredKey, kind: MoveKind, target: str) -> Move | None:
        row = self._connection.row(_LAST, owner=model.number, what=kind.value, of=target)
        return None if row is None else _move(row, model.name)

    def waiting(self, model: RegisteredKey) -> list[Move]:
        return [_move(row, model.name) for row in self._connection.rows(_WAITING, owner=model.number)]

    def page(
        self,
        model: RegisteredKey,
        kind: MoveKind | None,
        target: str,
        status: MoveStatus | None,
        max_results: int,
        page_token: str,
    ) -> Page[Move]:
        asked = digest("moves", model.number, kind, target, status)
        statement = select(moves.c.number).where(moves.c.model == model.number)
        if kind is not None:
            statement = statement.where(moves.c.kind == kind.value)
        if target:
            statement = statement.where(moves.c.target == target)
        if status is not None:
            statement = statement.where(moves.c.status == status.value)
        keys = (SortKey(column=moves.c.number, descending=True),)
        after = position(self._connection, page_token, asked, len(keys))
        numbers, token = page(
            self._connection,
            self._connection.query(in_order(statement, keys, after, max_results + 1)),
            max_results,
            asked,
        )
        rows = {row[0]: row for row in self._connection.rows_in(_BY_NUMBERS, "numbers", numbers)}
        return Page(items=[_move(rows[number], model.name) for number in numbers], next_page_token=token)


def _encoded(verdicts: Sequence[Verdict]) -> str:
    return msgspec.json.encode(verdicts).decode()


def _move(row: tuple[Any, ...], name: str) -> Move:
    """The move of a row of `_ROW`."""
    number, kind, target, before, after, archive, status, user, time, decided_by, decision, comment, verdicts = row
    return Move(
        number=number,
        name=name,
        kind=MoveKind(kind),
        target=target,
        before=before,
        after=after,
        archive=bool(archive),
        status=MoveStatus(status),
        user_id=user,
        time=time,
        decided_by=decided_by,
        decision_time=decision,
        comment=comment,
        verdicts=msgspec.json.decode(verdicts, type=learned(tuple[Verdict, ...])),
    )
