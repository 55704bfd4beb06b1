"""The endpoints of saved views."""

from __future__ import annotations

from typing import Final

from kiseki.service import Session, views
from kiseki.wire import views as wire
from kiseki.wire.experiments import Empty


def list_(session: Session, request: wire.AskViews) -> wire.ViewsAnswer:
    """GET /api/kiseki/v1/views."""
    return wire.ViewsAnswer(
        views=[
            wire.View(scope=one.scope, name=one.name, state=one.state, update_time=one.update_time)
            for one in views.saved(session, request.scope)
        ]
    )


def save(session: Session, request: wire.SaveView) -> Empty:
    """POST /api/kiseki/v1/views/save."""
    views.save(session, request.scope, request.name, request.state)
    return Empty()


def delete(session: Session, request: wire.DeleteView) -> Empty:
    """POST /api/kiseki/v1/views/delete."""
    views.delete(session, request.scope, request.name)
    return Empty()


READS: Final = {"views.list": list_}
WRITES: Final = {"views.save": save, "views.delete": delete}
