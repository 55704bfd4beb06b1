"""Moves: an alias that comes to point to another version, or a version that comes to another stage.

What a model asks for before one is done is in its `Rules`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.domain.keys import check_given, check_text
from kiseki.domain.model_versions import Stage
from kiseki.domain.registered_models import check_alias

MAX_COMMENT_CHARS: Final = 5_000
MAX_NAMES: Final = 100
"""The most aliases and stages in one list of rules, and the most checks."""
MAX_CHECK_CHARS: Final = 2_000
MAX_REPORTS: Final = 100
"""The most verdicts that one request brings."""
MAX_DETAIL_CHARS: Final = 10_000


class MoveKind(StrEnum):
    """What moves."""

    ALIAS = "alias"
    STAGE = "stage"


class MoveStatus(StrEnum):
    """What became of a move."""

    DONE = "DONE"
    WAITING = "WAITING"
    """For somebody else to approve it."""
    REFUSED = "REFUSED"
    """By a check, or by whoever was asked to approve it."""
    WITHDRAWN = "WITHDRAWN"
    """By whoever asked for it, or because another one came before it."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found: `detail` has the values that it looked at, or what a command printed."""

    check: str
    passed: bool
    detail: str = ""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What must hold of a version before an alias or a stage comes to it.

    Exactly one of `filter` and `report` is not "".

    Attributes:
        target: The alias or the stage; "" for all.
        filter: A condition on the metrics, params and tags of the version's logged model, else of its run, such as
            `metrics.accuracy > 0.9`.
        report: The name of a verdict that whoever asks for the move must bring, of a check that ran at their side.
    """

    target: str = ""
    filter: str = ""
    report: str = ""


class Rules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a registered model asks for.

    Attributes:
        protected_aliases: A version that one of these points to does not change any more, and is not deleted.
        approved_aliases: They move only when somebody else has approved it.
        approved_stages: Versions come to these only when somebody else has approved it.
        checks: What must hold before.
    """

    protected_aliases: tuple[str, ...] = ()
    approved_aliases: tuple[str, ...] = ()
    approved_stages: tuple[Stage, ...] = ()
    checks: tuple[Check, ...] = ()


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One move. Times are milliseconds since the epoch.

    Attributes:
        number: Greater than that of every move before it.
        name: Of the registered model.
        kind: What moves.
        target: The alias, or the number of the version as text.
        before: The version to which the alias pointed, or the stage of the version; "" for none.
        after: To which it goes; "" for an alias that is deleted.
        archive: Whether other versions of the stage are archived.
        status: What became of it.
        user_id: Who asked for it; "" where nobody said so.
        time: When.
        decided_by: Who approved, refused or withdrew it; "" where nobody was asked.
        decision_time: When, or when it was done; None while it waits.
        comment: Why, in the words of whoever asked.
        verdicts: What the checks found.
    """

    number: int = 0
    name: str
    kind: MoveKind
    target: str
    before: str
    after: str
    archive: bool = False
    status: MoveStatus = MoveStatus.DONE
    user_id: str = ""
    time: int
    decided_by: str = ""
    decision_time: int | None = None
    comment: str = ""
    verdicts: tuple[Verdict, ...] = ()


def check_rules(rules: Rules) -> Rules:
    """Returns rules, or raises InvalidParameter naming what is wrong; filters are parsed elsewhere."""
    for field, names in (
        ("protected_aliases", rules.protected_aliases),
        ("approved_aliases", rules.approved_aliases),
        ("approved_stages", rules.approved_stages),
        ("checks", rules.checks),
    ):
        if len(names) > MAX_NAMES:
            raise InvalidParameter(f"'{field}' has {len(names)} entries; the limit is {MAX_NAMES}.")
    for alias in (*rules.protected_aliases, *rules.approved_aliases):
        check_alias(alias)
    for i, check in enumerate(rules.checks):
        if bool(check.filter) == bool(check.report):
            raise InvalidParameter(f"'checks[{i}]' must have either a 'filter' or a 'report'. Give one of them.")
        if check.target and check.target not in tuple(Stage):
            check_alias(check.target)
        for text in (check.filter, check.report):
            if len(text) > MAX_CHECK_CHARS:
                raise InvalidParameter(f"'checks[{i}]' has {len(text)} characters; the limit is {MAX_CHECK_CHARS}.")
            check_text(text, f"checks[{i}]")
    return rules


def check_comment(text: str) -> str:
    """Returns a comment, or raises InvalidParameter when it has over 5,000 characters."""
    if len(text) > MAX_COMMENT_CHARS:
        raise InvalidParameter(
            f"'comment' exceeds the maximum length of {MAX_COMMENT_CHARS} characters: it has {len(text)}. Shorten it."
        )
    return check_text(text, "comment")


def check_reports(reports: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """Returns the verdicts that a request brings, or raises InvalidParameter naming the first bad one."""
    if len(reports) > MAX_REPORTS:
        raise InvalidParameter(f"'reports' has {len(reports)} entries; the limit is {MAX_REPORTS}.")
    for i, one in enumerate(reports):
        check_text(check_given(one.check, f"reports[{i}].check"), f"reports[{i}].check")
        if len(one.check) > MAX_CHECK_CHARS or len(one.detail) > MAX_DETAIL_CHARS:
            raise InvalidParameter(
                f"'reports[{i}]' is too long: a check has at most {MAX_CHECK_CHARS} characters, its detail "
                f"{MAX_DETAIL_CHARS}."
            )
        check_text(one.detail, f"reports[{i}].detail")
    return reports
