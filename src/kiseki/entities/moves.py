"""Moves of aliases and stages, and the rules of a registered model, as callers see them."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiseki.base.errors import InvalidParameter
from kiseki.domain import moves as domain
from kiseki.domain.model_versions import stage_named
from kiseki.entities.entity import Entity


@dataclass(frozen=True, repr=False)
class Verdict(Entity):
    """What a check found; `detail` says on what it looked."""

    check: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, repr=False)
class Check(Entity):
    """What must hold before an alias or a stage comes to a version; give either `filter` or `report`.

    Args:
        filter: A condition on the metrics, params and tags of the version's logged model, else of its run.
        target: The alias or the stage; "" for all.
        report: The name of a verdict that whoever asks must bring.
    """

    filter: str = ""
    target: str = ""
    report: str = ""


@dataclass(frozen=True, repr=False)
class Rules(Entity):
    """What a registered model asks for.

    Args:
        protected_aliases: A version that one of these points to does not change and is not deleted.
        approved_aliases: They move when somebody else has approved it.
        approved_stages: Versions come to these when somebody else has approved it.
        checks: What must hold before.
    """

    protected_aliases: list[str] = field(default_factory=list)
    approved_aliases: list[str] = field(default_factory=list)
    approved_stages: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)


@dataclass(frozen=True, repr=False)
class Move(Entity):
    """An alias that came to another version, or a version that came to another stage. Times are milliseconds since 1970.

    Args:
        number: Greater than that of every move before it; 0 for one that changed nothing.
        name: Of the registered model.
        kind: "alias" or "stage".
        target: The alias, or the number of the version as text.
        before: The version to which the alias pointed, or the stage; "" for none.
        after: To which it goes; "" for an alias that is deleted.
        status: "DONE", "WAITING", "REFUSED" or "WITHDRAWN".
        user_id: Who asked for it; "" where nobody said so.
        timestamp: When.
        decided_by: Who approved, refused or withdrew it.
        decision_timestamp: When it was done or decided; None while it waits.
        archive: Whether other versions of the stage are archived.
        comment: Why.
        verdicts: What the checks found.
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
    verdicts: list[Verdict] = field(default_factory=list)


def move_from_domain(given: domain.Move) -> Move:
    """A move as callers see it."""
    return Move(
        number=given.number,
        name=given.name,
        kind=given.kind.value,
        target=given.target,
        before=given.before,
        after=given.after,
        status=given.status.value,
        user_id=given.user_id,
        timestamp=given.time,
        decided_by=given.decided_by,
        decision_timestamp=given.decision_time,
        archive=given.archive,
        comment=given.comment,
        verdicts=[Verdict(one.check, one.passed, one.detail) for one in given.verdicts],
    )


def rules_from_domain(given: domain.Rules) -> Rules:
    """The rules as callers see them."""
    return Rules(
        list(given.protected_aliases),
        list(given.approved_aliases),
        [stage.value for stage in given.approved_stages],
        [Check(one.filter, one.target, one.report) for one in given.checks],
    )


def rules_to_domain(given: Rules) -> domain.Rules:
    """The rules that a caller gives; stages in any case.

    Raises:
        InvalidParameter: They are no rules, or a stage is none.
    """
    if not isinstance(given, Rules):
        raise InvalidParameter(f"The rules are of type {type(given).__name__}; expected kiseki.entities.Rules.")
    return domain.Rules(
        protected_aliases=tuple(given.protected_aliases),
        approved_aliases=tuple(given.approved_aliases),
        approved_stages=tuple(stage_named(one) for one in given.approved_stages),
        checks=tuple(domain.Check(target=one.target, filter=one.filter, report=one.report) for one in given.checks),
    )


def verdicts_to_domain(given: list[Verdict] | None) -> tuple[domain.Verdict, ...]:
    """What checks at the caller's side found."""
    return tuple(domain.Verdict(check=one.check, passed=bool(one.passed), detail=one.detail) for one in given or ())
