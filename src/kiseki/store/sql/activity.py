"""What goes on in experiments: how many runs they have, how many of them run, and when something last happened."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, exists, func, or_, select

from kiseki.domain.runs import NOTE_TAG, RunStatus
from kiseki.store.sql.compile import AsciiLower, Condition, lower_ascii
from kiseki.store.sql.tables import ACTIVE, experiment_tags, experiments, runs


def activity_of_experiments() -> Select[tuple[Any, ...]]:
    """One row for each experiment with active runs, from an index that has all that is needed."""
    return (
        select(
            runs.c.experiment,
            func.count().label("runs"),
            func.sum(case((runs.c.status == RunStatus.RUNNING.value, 1), else_=0)).label("running"),
            func.max(runs.c.start_time).label("start"),
            func.max(runs.c.end_time).label("end"),
        )
        .where(runs.c.lifecycle == ACTIVE)
        .group_by(runs.c.experiment)
    )


def last_activity(activity: Any) -> ColumnElement[Any]:
    """The latest of an experiment's last change and the starts and ends of its runs; never null."""
    latest: ColumnElement[Any] = experiments.c.last_update_time
    for time in (activity.c.start, activity.c.end):
        latest = case((func.coalesce(time, latest) > latest, time), else_=latest)
    return latest


def experiment_has_text(text: str) -> Condition:
    """Whether an experiment's name, id or note has a text, A-Z and a-z taken as equal."""
    wanted = lower_ascii(text)
    note = exists(
        select(1)
        .where(
            experiment_tags.c.experiment == experiments.c.number,
            experiment_tags.c.name == NOTE_TAG,
            AsciiLower(experiment_tags.c.value).contains(wanted, autoescape=True),
        )
        .correlate(experiments)
    )
    ways = [AsciiLower(experiments.c.name).contains(wanted, autoescape=True), note]
    if wanted.isascii() and wanted.isdigit():
        ways.append(cast(experiments.c.number, String(20)).contains(wanted))
    return or_(*ways)
