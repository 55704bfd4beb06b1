"""Saved views in SQL."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select, update

from kiseki.domain.views import SavedView
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import views

_LIST = (
    select(views.c.name, views.c.state, views.c.update_time)
    .where(views.c.scope == bindparam("of"))
    .order_by(views.c.name)
)
_ADD = insert(views).values(
    scope=bindparam("of"), name=bindparam("called"), state=bindparam("shown"), update_time=bindparam("now")
)
_CHANGE = (
    update(views)
    .where(views.c.scope == bindparam("of"), views.c.name == bindparam("called"))
    .values(state=bindparam("shown"), update_time=bindparam("now"))
)
_DELETE = delete(views).where(views.c.scope == bindparam("of"), views.c.name == bindparam("called"))


class SqlViews:
    """`kiseki.store.protocol.Views`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, scope: str) -> list[SavedView]:
        return [
            SavedView(scope=scope, name=name, state=state, update_time=time)
            for name, state, time in self._connection.rows(_LIST, of=scope)
        ]

    def save(self, view: SavedView) -> None:
        row = {"of": view.scope, "called": view.name, "shown": view.state, "now": view.update_time}
        if not self._connection.change(_CHANGE, **row):
            self._connection.run(_ADD, **row)

    def delete(self, scope: str, name: str) -> bool:
        return bool(self._connection.change(_DELETE, of=scope, called=name))
