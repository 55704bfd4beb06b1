"""The endpoints of moves of aliases and stages, and of what models ask for before one is done."""

from __future__ import annotations

from typing import Final

from kiseki.base.errors import InvalidParameter
from kiseki.domain.model_versions import stage_named, version_number
from kiseki.domain.moves import Move
from kiseki.service import Session, moves, registered_models
from kiseki.service.moves import Asked
from kiseki.wire import moves as wire


def list_(session: Session, request: wire.AskMoves) -> wire.MovesAnswer:
    """GET /api/kiseki/v1/registry/moves."""
    page = moves.listed(
        session,
        request.name,
        wire.kind_to_domain(request.kind),
        request.target,
        wire.status_to_domain(request.status),
        request.max_results,
        request.page_token,
    )
    return wire.MovesAnswer(
        moves=[wire.move_from_domain(move) for move in page.items], next_page_token=page.next_page_token
    )


def ask(session: Session, request: wire.AskMove) -> wire.MoveAnswer:
    """POST /api/kiseki/v1/registry/moves."""
    who = Asked(user_id=request.user_id, comment=request.comment, reports=wire.verdicts_to_domain(request.reports))
    if bool(request.alias) == bool(request.stage):
        raise InvalidParameter("Exactly one of 'alias' and 'stage' must be given. Say what is to move.")
    if request.stage:
        stage, version = stage_named(request.stage), version_number(request.version)
        return _answer(moves.set_stage(session, request.name, version, stage, request.archive_existing_versions, who))
    if request.version:
        return _answer(moves.set_alias(session, request.name, request.alias, version_number(request.version), who))
    moved = moves.delete_alias(session, request.name, request.alias, who)
    if moved is None:
        raise InvalidParameter(f"Registered model alias {request.alias[:255]} not found.")
    return _answer(moved)


def approve(session: Session, request: wire.DecideMove) -> wire.MoveAnswer:
    """POST /api/kiseki/v1/registry/moves/approve."""
    return _answer(moves.approve(session, request.name, request.number, request.user_id))


def refuse(session: Session, request: wire.DecideMove) -> wire.MoveAnswer:
    """POST /api/kiseki/v1/registry/moves/refuse."""
    return _answer(moves.refuse(session, request.name, request.number, request.user_id))


def roll_back(session: Session, request: wire.RollBack) -> wire.MoveAnswer:
    """POST /api/kiseki/v1/registry/moves/roll-back."""
    who = Asked(user_id=request.user_id, comment=request.comment)
    return _answer(moves.roll_back(session, request.name, request.alias, who))


def rules(session: Session, request: wire.AskRules) -> wire.RulesAnswer:
    """GET /api/kiseki/v1/registry/rules."""
    return wire.RulesAnswer(rules=wire.rules_from_domain(registered_models.rules(session, request.name)))


def set_rules(session: Session, request: wire.SetRules) -> wire.RulesAnswer:
    """POST /api/kiseki/v1/registry/rules."""
    new = registered_models.set_rules(session, request.name, wire.rules_to_domain(request.rules))
    return wire.RulesAnswer(rules=wire.rules_from_domain(new))


def _answer(move: Move) -> wire.MoveAnswer:
    return wire.MoveAnswer(move=wire.move_from_domain(move))


READS: Final = {"moves.list": list_, "moves.rules": rules}
WRITES: Final = {
    "moves.ask": ask,
    "moves.approve": approve,
    "moves.refuse": refuse,
    "moves.roll_back": roll_back,
    "moves.set_rules": set_rules,
}
