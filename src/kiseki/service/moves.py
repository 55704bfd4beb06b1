"""What can be done with aliases and stages: every change is a move, checked, approved where the model asks for it, and kept.

A move that a check refuses, and one that waits for approval, are kept too; whoever asked is told by `check_done`, after the
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kiseki.base.clock import now_ms
from kiseki.base.errors import Conflict, InvalidParameter, NotFound, PermissionDenied
from kiseki.base.ids import ExperimentId, ModelId, RunId
from kiseki.domain.experiments import View
from kiseki.domain.metrics import INT64_MAX
from kiseki.domain.model_versions import ModelVersion, Stage, is_prompt
from kiseki.domain.moves import Check, Move, MoveKind, MoveStatus, Rules, Verdict, check_comment, check_reports
from kiseki.domain.registered_models import check_alias
from kiseki.domain.runs import Page
from kiseki.domain.webhooks import Action
from kiseki.domain.webhooks import Entity as WebhookEntity
from kiseki.query import (
    LOGGED_MODELS,
    RUNS,
    And,
    Comparison,
    Entity,
    Field,
    Kind,
    Node,
    Not,
    Op,
    Or,
    parse_filter,
    render_field,
)
from kiseki.service import model_versions, registered_models, webhooks
from kiseki.service.experiments import check_max_results
from kiseki.store import Session
from kiseki.store.registry import RegisteredKey

MAX_RESULTS: Final = 1_000
ACTIVE_STAGES: Final = (Stage.STAGING, Stage.PRODUCTION)
"""The stages of which other versions can be archived when one comes there."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for a move, why, and what checks at their side have found."""

    user_id: str = ""
    comment: str = ""
    reports: tuple[Verdict, ...] = ()


def set_alias(session: Session, name: str, alias: str, version: int, asked: Asked) -> Move:
    """Lets an alias point to a version; returns what became of it.

    Raises:
        NotFound: There is no such version.
    """
    model_versions.locate(session, name, version)
    return _move_alias(session, name, check_alias(alias), str(version), asked)


def delete_alias(session: Session, name: str, alias: str, asked: Asked) -> Move | None:
    """Removes an alias; returns what became of it, None when there is none."""
    model = registered_models.locate(session, name)
    if alias not in session.registered_models.aliases(model):
        return None
    return _move_alias(session, name, alias, "", asked)


def _move_alias(session: Session, name: str, alias: str, after: str, asked: Asked) -> Move:
    model = registered_models.locate(session, name)
    before = session.registered_models.aliases(model).get(alias)
    return _ask(session, model, MoveKind.ALIAS, alias, "" if before is None else str(before), after, asked)


def set_stage(session: Session, name: str, version: int, stage: Stage, archive: bool, asked: Asked) -> Move:
    """Brings a version to a stage, and archives the others that are in it if told so; returns what became of it.

    Raises:
        InvalidParameter: Others are to be archived, and the stage is neither Staging nor Production.
        Conflict: A protected alias points to a version that would change.
    """
    if archive and stage not in ACTIVE_STAGES:
        raise InvalidParameter(
            f"Model version transition cannot archive existing model versions because '{stage}' is not an Active stage. "
            f"Valid stages are {[one.value for one in ACTIVE_STAGES]}"
        )
    key = model_versions.to_change(session, name, version)
    model = registered_models.locate(session, name)
    return _ask(session, model, MoveKind.STAGE, str(version), key.stage.value, stage.value, asked, archive)


def _ask(
    session: Session,
    model: RegisteredKey,
    kind: MoveKind,
    target: str,
    before: str,
    after: str,
    asked: Asked,
    archive: bool = False,
) -> Move:
    now = now_ms()
    move = Move(
        name=model.name,
        kind=kind,
        target=target,
        before=before,
        after=after,
        archive=archive,
        user_id=asked.user_id,
        time=now,
        decision_time=now,
        comment=check_comment(asked.comment),
    )
    if before == after and not archive:
        return move
    rules = session.registered_models.rules(model)
    verdicts = _verdicts(session, move, rules, check_reports(asked.reports))
    if not all(one.passed for one in verdicts):
        return session.moves.add(
            model, msgspec.structs.replace(move, status=MoveStatus.REFUSED, verdicts=tuple(verdicts))
        )
    if _needs_approval(move, rules):
        return _wait(session, model, msgspec.structs.replace(move, verdicts=tuple(verdicts)))
    if before != after:
        move = session.moves.add(model, msgspec.structs.replace(move, verdicts=tuple(verdicts)))
    _do(session, model, move)
    return move


def _wait(session: Session, model: RegisteredKey, move: Move) -> Move:
    """Keeps a move until somebody approves it; the same one again is one."""
    for other in session.moves.waiting(model):
        wanted = (other.kind, other.target, other.after, other.archive, other.user_id)
        if wanted == (move.kind, move.target, move.after, move.archive, move.user_id):
            return other
    return session.moves.add(model, msgspec.structs.replace(move, status=MoveStatus.WAITING, decision_time=None))


def _do(session: Session, model: RegisteredKey, move: Move) -> None:
    """Makes the change that a move is, without asking."""
    now = now_ms()
    if move.kind is MoveKind.ALIAS:
        session.registered_models.point(model, move.target, int(move.after) if move.after else None)
        told = {"name": model.name, "alias": move.target, **({"version": move.after} if move.after else {})}
        prompt = is_prompt(registered_models.get(session, model.name).tags)
        action = Action.CREATED if move.after else Action.DELETED
        webhooks.tell(session, WebhookEntity.MODEL_VERSION_ALIAS, action, told, is_prompt=prompt)
        return
    if move.archive:
        for other in session.model_versions.of_stage(model, Stage(move.after)):
            if str(other.version) == move.target:
                continue
            session.model_versions.set_stage(
                model_versions.to_change(session, model.name, other.version), Stage.ARCHIVED, now
            )
            archived = msgspec.structs.replace(
                move,
                number=0,
                target=str(other.version),
                before=move.after,
                after=Stage.ARCHIVED.value,
                archive=False,
                verdicts=(),
                comment=f"Version {move.target} came to {move.after}.",
            )
            session.moves.add(model, archived)
    key = model_versions.to_change(session, model.name, int(move.target))
    session.model_versions.set_stage(key, Stage(move.after), now)
    session.registered_models.touch(model, now)


def check_done(move: Move | None) -> None:
    """Raises what whoever asked for a move is to know unless it was done.

    Raises:
        Conflict: A check refused it, or it waits for approval.
    """
    if move is None or move.status is MoveStatus.DONE:
        return
    what = _words(move)
    if move.status is MoveStatus.WAITING:
        raise Conflict(
            f"{what} needs approval by somebody else, and waits for it as move {move.number}: "
            f"kiseki registry moves approve {_shown(move.name)} {move.number}"
        )
    failed = next((one for one in move.verdicts if not one.passed), None)
    reason = f" The check {failed.check!r} does not hold: {failed.detail}" if failed else ""
    raise Conflict(f"{what} was refused, and is kept as move {move.number}.{reason}")


def _words(move: Move) -> str:
    if move.kind is MoveKind.STAGE:
        return f"Moving version {move.target} of {move.name!r} from {move.before} to {move.after}"
    if not move.after:
        return f"Deleting the alias {move.target!r} of {move.name!r}"
    return f"Moving the alias {move.target!r} of {move.name!r} to version {move.after}"


def _shown(name: str) -> str:
    return name if name.isalnum() else repr(name)


def approve(session: Session, name: str, number: int, user_id: str) -> Move:
    """Does a move that waits, if its checks still hold; returns what became of it.

    Raises:
        PermissionDenied: It is approved by nobody, or by whoever asked for it.
        Conflict: It does not wait any more, or what it goes to is gone.
    """
    model, move = _waiting(session, name, number)
    if not user_id or user_id == move.user_id:
        raise PermissionDenied(
            f"Move {number} of {name!r} was asked for by {move.user_id or 'nobody'!r} and must be approved by somebody "
            f"else, not by {user_id or 'nobody'!r}. Say who you are: KISEKI_TRACKING_USERNAME and "
            "KISEKI_TRACKING_PASSWORD, or the header X-Kiseki-User."
        )
    _check_target(session, move)
    now = now_ms()
    before = _now(session, model, move)
    # What was reported with it holds on; what the server itself looks at may have changed.
    verdicts = _verdicts(session, move, session.registered_models.rules(model), move.verdicts)
    status = MoveStatus.DONE if all(one.passed for one in verdicts) else MoveStatus.REFUSED
    if status is MoveStatus.DONE:
        _do(session, model, msgspec.structs.replace(move, before=before, decided_by=user_id, decision_time=now))
    session.moves.decide(move, status, user_id, now, verdicts, before)
    return _of(session, model, number)


def refuse(session: Session, name: str, number: int, user_id: str) -> Move:
    """Ends a move that waits without doing it: withdrawn by whoever asked for it, else refused."""
    model, move = _waiting(session, name, number)
    own = user_id == move.user_id
    status = MoveStatus.WITHDRAWN if own else MoveStatus.REFUSED
    session.moves.decide(move, status, user_id, now_ms(), move.verdicts, move.before)
    return _of(session, model, number)


def roll_back(session: Session, name: str, alias: str, asked: Asked) -> Move:
    """Lets an alias point to what it pointed to before its last move; it may go back without checks and approval.

    Raises:
        Conflict: It never moved, or the version is gone.
    """
    model = registered_models.locate(session, name)
    last = session.moves.last(model, MoveKind.ALIAS, check_alias(alias))
    if last is None:
        raise Conflict(f"The alias {alias!r} of {name!r} has not moved yet: there is nothing to go back to.")
    now = now_ms()
    move = Move(
        name=model.name,
        kind=MoveKind.ALIAS,
        target=alias,
        before=last.after,
        after=last.before,
        user_id=asked.user_id,
        time=now,
        decision_time=now,
        comment=check_comment(asked.comment) or f"Rollback of move {last.number}.",
    )
    _check_target(session, move)
    _do(session, model, move)
    return session.moves.add(model, move)


def listed(
    session: Session,
    name: str,
    kind: MoveKind | None = None,
    target: str = "",
    status: MoveStatus | None = None,
    max_results: int = 100,
    page_token: str = "",
) -> Page[Move]:
    """One page of the moves of a model, the latest first.

    Raises:
        InvalidParameter: `max_results` is not between 1 and 1,000, or the token is of another list.
    """
    check_max_results(max_results, MAX_RESULTS)
    model = registered_models.locate(session, name)
    return session.moves.page(model, kind, target, status, max_results, page_token)


def _waiting(session: Session, name: str, number: int) -> tuple[RegisteredKey, Move]:
    model = registered_models.locate(session, name)
    move = _of(session, model, number)
    if move.status is not MoveStatus.WAITING:
        raise Conflict(f"Move {number} of {name!r} does not wait any more: it is {move.status}.")
    return model, move


def _of(session: Session, model: RegisteredKey, number: int) -> Move:
    # Beyond that, no database has numbers.
    move = session.moves.get(model, number) if 0 < number <= INT64_MAX else None
    if move is None:
        raise NotFound(f"Move {number} of {model.name!r} not found")
    return move


def _check_target(session: Session, move: Move) -> None:
    """Raises Conflict when the version of a move was deleted meanwhile."""
    version = move.target if move.kind is MoveKind.STAGE else move.after
    if version and session.model_versions.locate(move.name, int(version)) is None:
        raise Conflict(f"Version {version} of {move.name!r} was deleted; nothing was moved.")


def _now(session: Session, model: RegisteredKey, move: Move) -> str:
    """From where a move that waited goes now."""
    if move.kind is MoveKind.ALIAS:
        return str(session.registered_models.aliases(model).get(move.target, ""))
    key = session.model_versions.locate(move.name, int(move.target))
    return move.before if key is None else key.stage.value


def _needs_approval(move: Move, rules: Rules) -> bool:
    if move.kind is MoveKind.ALIAS:
        return move.target in rules.approved_aliases
    return move.after in rules.approved_stages


def _verdicts(session: Session, move: Move, rules: Rules, reports: Sequence[Verdict]) -> list[Verdict]:
    """What the checks of the model find, and behind it what was reported beside them."""
    number = move.target if move.kind is MoveKind.STAGE else move.after
    version = session.model_versions.get(move.name, int(number)) if number else None
    name = move.target if move.kind is MoveKind.ALIAS else move.after
    asked = [check for check in rules.checks if check.target in ("", name)] if version is not None else []
    brought = {one.check: one for one in reports}
    found = [_verdict(session, version, check, brought) for check in asked if version is not None]
    return [*found, *(one for one in reports if one.check not in {verdict.check for verdict in found})]


def _verdict(session: Session, version: ModelVersion, check: Check, brought: dict[str, Verdict]) -> Verdict:
    if check.report:
        missing = Verdict(check=check.report, passed=False, detail="Nobody has reported that it ran.")
        return brought.get(check.report, missing)
    for entity, kind, given in (
        (LOGGED_MODELS, "model_id", version.model_id),
        (RUNS, "run_id", version.run_id),
    ):
        recorded = _recorded(session, kind, given) if given else None
        if recorded is None:
            continue
        where = parse_filter(check.filter, entity)
        owner = Comparison(field=Field(kind=Kind.ATTRIBUTE, key=kind), op=Op.EQ, value=given)
        both = And(items=(owner, *(where.items if isinstance(where, And) else [where] if where else [])))
        passed = _finds(session, entity, recorded[0], both if where else owner)
        values = "; ".join(f"{name} is {value}" for name, value in _values(where, recorded[1]))
        return Verdict(check=check.filter, passed=passed, detail=values)
    return Verdict(
        check=check.filter,
        passed=False,
        detail="The version has no logged model and no run on this server whose metrics could be looked at.",
    )


def _recorded(session: Session, kind: str, given: str) -> tuple[ExperimentId, dict[tuple[Kind, str], str]] | None:
    """The experiment of a run or a logged model, and what it recorded; None when it is gone."""
    if kind == "model_id":
        model = session.logged_models.get(ModelId(given))
        if model is None:
            return None
        measured = {(Kind.METRIC, one.key): f"{one.value:g}" for one in model.metrics}
        return model.experiment_id, measured | _texts(model.params, model.tags)
    run = session.runs.get(RunId(given))
    if run is None:
        return None
    measured = {(Kind.METRIC, one.key): f"{one.value:g}" for one in run.metrics}
    return run.experiment_id, measured | _texts(run.params, run.tags)


def _texts(params: dict[str, str], tags: dict[str, str]) -> dict[tuple[Kind, str], str]:
    return {
        (kind, key): repr(value[:100])
        for kind, some in ((Kind.PARAM, params), (Kind.TAG, tags))
        for key, value in some.items()
    }


def _finds(session: Session, entity: Entity, experiment: ExperimentId, where: Node) -> bool:
    if entity is RUNS:
        return bool(session.runs.search([experiment], View.ALL, where, [], 1, "").items)
    return bool(session.logged_models.search([experiment], View.ALL, where, [], [], 1, "").items)


def _values(where: Node | None, recorded: dict[tuple[Kind, str], str]) -> list[tuple[str, str]]:
    """What a filter looks at, with what was recorded there."""
    if isinstance(where, And | Or):
        return list(dict(pair for item in where.items for pair in _values(item, recorded)).items())
    if isinstance(where, Not):
        return _values(where.item, recorded)
    if where is None or where.field.kind not in (Kind.METRIC, Kind.PARAM, Kind.TAG):
        return []
    return [(render_field(where.field), recorded.get((where.field.kind, where.field.key), "not there"))]
