"""Moves of aliases and stages on the wire, and what registered models ask for before one is done."""

from __future__ import annotations

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.domain import moves as domain
from kiseki.domain.model_versions import stage_named
from kiseki.wire.actors import Acted


class Verdict(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a check found."""

    check: str
    passed: bool
    detail: str = ""


class Move(msgspec.Struct, kw_only=True):
    """One move. `kind` is `alias` or `stage`, `target` the alias or the version; `before` and `after` are versions or stages.

    `status` is DONE, WAITING, REFUSED or WITHDRAWN; `number` is 0 for one that changed nothing and is not kept.
    """

    number: int
    name: str
    kind: str
    target: str
    before: str
    after: str
    status: str
    user_id: str
    timestamp: int
    decided_by: str = ""
    decision_timestamp: int | None = None
    archive: bool = False
    comment: str = ""
    verdicts: list[Verdict] = []


class AskMoves(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET /api/kiseki/v1/registry/moves: those of a model, the latest first; `max_results` is 1 to 1,000."""

    name: str
    kind: str = ""
    target: str = ""
    status: str = ""
    max_results: int = 100
    page_token: str = ""


class MovesAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of moves."""

    moves: list[Move] = []
    next_page_token: str = ""


class AskMove(Acted, kw_only=True, omit_defaults=True):
    """POST /api/kiseki/v1/registry/moves.

    Either `alias` and `version`, "" to delete the alias; or `version` and `stage`. `reports` are what checks have found that
    ran at the client's side.
    """

    name: str
    alias: str = ""
    version: str = ""
    stage: str = ""
    archive_existing_versions: bool = False
    comment: str = ""
    reports: list[Verdict] = msgspec.field(default_factory=list)


class DecideMove(Acted, kw_only=True):
    """POST /api/kiseki/v1/registry/moves/approve, and /refuse: whoever asked withdraws it so."""

    name: str
    number: int


class RollBack(Acted, kw_only=True, omit_defaults=True):
    """POST /api/kiseki/v1/registry/moves/roll-back: an alias goes back to where it was before its last move."""

    name: str
    alias: str
    comment: str = ""


class MoveAnswer(msgspec.Struct, kw_only=True):
    """The answer that is one move."""

    move: Move


class Check(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What must hold before an alias or a stage (`target`; "" for all) comes to a version.

    Either `filter`, a condition on the version's logged model or run, or `report`, the name of a verdict that must be brought.
    """

    target: str = ""
    filter: str = ""
    report: str = ""


class Rules(msgspec.Struct, kw_only=True):
    """What a registered model asks for.

    A version to which one of `protected_aliases` points does not change. `approved_aliases` move, and versions come to
    `approved_stages`, when somebody else has approved it.
    """

    protected_aliases: list[str] = []
    approved_aliases: list[str] = []
    approved_stages: list[str] = []
    checks: list[Check] = []


class AskRules(msgspec.Struct, kw_only=True):
    """GET /api/kiseki/v1/registry/rules."""

    name: str


class SetRules(msgspec.Struct, kw_only=True):
    """POST /api/kiseki/v1/registry/rules: in the place of those that the model has."""

    name: str
    rules: Rules


class RulesAnswer(msgspec.Struct, kw_only=True):
    """What a registered model asks for."""

    rules: Rules


def move_from_domain(move: domain.Move) -> Move:
    """The wire form of a move."""
    return Move(
        number=move.number,
        name=move.name,
        kind=move.kind.value,
        target=move.target,
        before=move.before,
        after=move.after,
        status=move.status.value,
        user_id=move.user_id,
        timestamp=move.time,
        decided_by=move.decided_by,
        decision_timestamp=move.decision_time,
        archive=move.archive,
        comment=move.comment,
        verdicts=verdicts_from_domain(move.verdicts),
    )


def move_to_domain(given: Move) -> domain.Move:
    """The move in its wire form."""
    return domain.Move(
        number=given.number,
        name=given.name,
        kind=domain.MoveKind(given.kind),
        target=given.target,
        before=given.before,
        after=given.after,
        archive=given.archive,
        status=domain.MoveStatus(given.status),
        user_id=given.user_id,
        time=given.timestamp,
        decided_by=given.decided_by,
        decision_time=given.decision_timestamp,
        comment=given.comment,
        verdicts=verdicts_to_domain(given.verdicts),
    )


def verdicts_from_domain(verdicts: tuple[domain.Verdict, ...]) -> list[Verdict]:
    """The wire form of what checks found."""
    return [Verdict(check=one.check, passed=one.passed, detail=one.detail) for one in verdicts]


def verdicts_to_domain(given: list[Verdict]) -> tuple[domain.Verdict, ...]:
    """What checks found."""
    return tuple(domain.Verdict(check=one.check, passed=one.passed, detail=one.detail) for one in given)


def rules_from_domain(rules: domain.Rules) -> Rules:
    """The wire form of what a model asks for."""
    return Rules(
        protected_aliases=list(rules.protected_aliases),
        approved_aliases=list(rules.approved_aliases),
        approved_stages=[stage.value for stage in rules.approved_stages],
        checks=[Check(target=one.target, filter=one.filter, report=one.report) for one in rules.checks],
    )


def rules_to_domain(given: Rules) -> domain.Rules:
    """What a model asks for; stages in any case.

    Raises:
        InvalidParameter: A stage is none.
    """
    return domain.Rules(
        protected_aliases=tuple(dict.fromkeys(given.protected_aliases)),
        approved_aliases=tuple(dict.fromkeys(given.approved_aliases)),
        approved_stages=tuple(dict.fromkeys(stage_named(one) for one in given.approved_stages)),
        checks=tuple(domain.Check(target=one.target, filter=one.filter, report=one.report) for one in given.checks),
    )


def kind_to_domain(text: str) -> domain.MoveKind | None:
    """The kind of moves that are asked for; None for "", which is all."""
    try:
        return domain.MoveKind(text.lower()) if text else None
    except ValueError:
        raise InvalidParameter(
            f"Invalid value {text[:64]!r} for parameter 'kind' supplied: it is one of {', '.join(domain.MoveKind)}."
        ) from None


def status_to_domain(text: str) -> domain.MoveStatus | None:
    """The status of moves that are asked for; None for "", which is any."""
    try:
        return domain.MoveStatus(text.upper()) if text else None
    except ValueError:
        raise InvalidParameter(
            f"Invalid value {text[:64]!r} for parameter 'status' supplied: it is one of {', '.join(domain.MoveStatus)}."
        ) from None
