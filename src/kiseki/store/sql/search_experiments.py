"""Searches of experiments."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.sql.selectable import FromClause

from kiseki.domain.experiments import ExperimentOrder, View
from kiseki.query import EXPERIMENTS, Node, OrderTerm, full_order
from kiseki.store.sql.activity import activity_of_experiments, experiment_has_text, last_activity
from kiseki.store.sql.compile import EXPERIMENT_ATTRIBUTES, ExperimentConditions
from kiseki.store.sql.database import Connection
from kiseki.store.sql.paging import SortKey, digest, in_order, in_view, page, position
from kiseki.store.sql.tables import experiments as table


def search(
    connection: Connection,
    view: View,
    where: Node | None,
    order_by: Sequence[OrderTerm],
    max_results: int,
    page_token: str,
) -> tuple[list[int], str]:
    """The numbers of one page of experiments, and the token of the next."""
    made_for = digest("experiments", view, where, order_by)
    keys = tuple(
        SortKey(column=EXPERIMENT_ATTRIBUTES[term.field.key], descending=term.descending)
        for term in full_order(order_by, EXPERIMENTS)
    )
    conditions = [in_view(table.c.lifecycle, view)]
    if where is not None:
        conditions.append(ExperimentConditions().of(where))
    after = position(connection, page_token, made_for, len(keys))
    statement = in_order(select(table.c.number).where(*conditions), keys, after, max_results + 1)
    rows = connection.query(statement)
    return page(connection, rows, max_results, made_for)


def find(
    connection: Connection,
    view: View,
    where: Node | None,
    text: str,
    order: ExperimentOrder,
    descending: bool,
    max_results: int,
    page_token: str,
) -> tuple[list[int], str, int]:
    """The numbers of one page of experiments, the token of the next, and how many match."""
    made_for = digest("found experiments", view, where, text, order, descending)
    conditions = [in_view(table.c.lifecycle, view)]
    if where is not None:
        conditions.append(ExperimentConditions().of(where))
    if text:
        conditions.append(experiment_has_text(text))
    source: FromClause = table
    if order in (ExperimentOrder.LAST_ACTIVITY, ExperimentOrder.RUNS):
        activity = activity_of_experiments().subquery()
        source = source.outerjoin(activity, activity.c.experiment == table.c.number)
        by = func.coalesce(activity.c.runs, 0) if order is ExperimentOrder.RUNS else last_activity(activity)
    else:
        by = EXPERIMENT_ATTRIBUTES[order.value]
    keys = (SortKey(column=by, descending=descending), SortKey(column=table.c.number, descending=True))
    after = position(connection, page_token, made_for, len(keys))
    statement = select(table.c.number).select_from(source).where(*conditions)
    rows = connection.query(in_order(statement, keys, after, max_results + 1))
    total = connection.query(select(func.count()).select_from(table).where(*conditions))[0][0]
    return *page(connection, rows, max_results, made_for), total
