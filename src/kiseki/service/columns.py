"""What can be read of runs as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import ExperimentId
from kiseki.domain.columns import FoundRuns, Keys
from kiseki.domain.experiments import View, check_id
from kiseki.domain.keys import MAX_VALUE_BYTES
from kiseki.domain.runs import Page
from kiseki.query import RUNS, parse_columns, parse_filter, parse_order_by
from kiseki.service.experiments import check_max_results
from kiseki.store import Session

MAX_RESULTS: Final = 10_000
MAX_CELLS: Final = 2_000_000
"""The most values in one page: rows times columns."""
MAX_EXPERIMENTS: Final = 100


def find(
    session: Session,
    experiment_ids: Sequence[str],
    filter: str = "",  # noqa: A002 - the name that the API gives it
    view: View = View.ACTIVE_ONLY,
    order_by: Sequence[str] = (),
    columns: Sequence[str] = (),
    max_results: int = 1000,
    page_token: str = "",
    max_chars: int = 0,
    count: bool = False,
) -> FoundRuns:
    """One page of the runs of some experiments that match a filter, each with the values of the columns.

    Raises:
        FilterError: The filter, the order or a column does not parse.
        InvalidParameter: `max_results` is not between 1 and 10,000, the page would have over 2,000,000 values, or the
            token is of another search.
    """
    check_max_results(max_results, MAX_RESULTS)
    where = parse_filter(filter, RUNS) if filter else None
    terms = parse_order_by(order_by, RUNS)
    fields = parse_columns(columns, RUNS)
    if max_results * len(fields) > MAX_CELLS:
        raise InvalidParameter(
            f"{max_results} runs with {len(fields)} columns are {max_results * len(fields)} values; the limit is "
            f"{MAX_CELLS}. Ask for fewer columns, or for smaller pages with 'max_results'."
        )
    if max_chars < 0:
        raise InvalidParameter(
            f"Invalid value {max_chars} for parameter 'max_chars' supplied: it is a number of characters, 0 for all."
        )
    numbers = [ExperimentId(str(check_id(one))) for one in experiment_ids]
    if not numbers:
        return FoundRuns(page=Page(items=[]), total=0 if count else None)
    # No text is longer, and a greater number may be more than a database takes.
    chars = min(max_chars, MAX_VALUE_BYTES)
    return FoundRuns(
        page=session.columns.find(numbers, view, where, terms, fields, chars, max_results, page_token),
        total=session.columns.count(numbers, view, where) if count else None,
    )


def keys(session: Session, experiment_ids: Sequence[str]) -> Keys:
    """The params, tags and metrics that runs of 1 to 100 experiments have; experiments that do not exist have none."""
    if not 1 <= len(experiment_ids) <= MAX_EXPERIMENTS:
        raise InvalidParameter(
            f"Invalid value for parameter 'experiment_ids' supplied: it has {len(experiment_ids)} experiments. "
            f"Give 1 to {MAX_EXPERIMENTS}."
        )
    return session.columns.keys([ExperimentId(str(check_id(one))) for one in experiment_ids])
