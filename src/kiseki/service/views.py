"""What can be done with saved views."""

from __future__ import annotations

from typing import Final

from kiseki.base.clock import now_ms
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.domain.views import SavedView, check_scope, check_state, check_view_name
from kiseki.store import Session

MAX_VIEWS: Final = 200
"""The most views of one scope."""


def saved(session: Session, scope: str) -> list[SavedView]:
    """The views of a scope, by name; a scope that nobody used has none."""
    return session.views.list(check_scope(scope))


def save(session: Session, scope: str, name: str, state: str) -> None:
    """Adds a view or replaces the one of that name.

    Raises:
        InvalidParameter: A part is not valid, or the scope has 200 others.
    """
    view = SavedView(
        scope=check_scope(scope), name=check_view_name(name), state=check_state(state), update_time=now_ms()
    )
    others = sum(one.name != name for one in session.views.list(scope))
    if others >= MAX_VIEWS:
        raise InvalidParameter(f"There are {others} views here, which is the limit. Delete one before saving another.")
    session.views.save(view)


def delete(session: Session, scope: str, name: str) -> None:
    """Deletes a view.

    Raises:
        NotFound: There is none of that name.
    """
    if not session.views.delete(check_scope(scope), check_view_name(name)):
        raise NotFound(f"No view with name: {name} in {scope}")
