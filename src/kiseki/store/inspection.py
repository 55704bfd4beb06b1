"""What a database looks like from outside, without opening it as a store: nothing is made, upgraded or written."""

from __future__ import annotations

from kiseki.base.errors import InvalidParameter
from kiseki.store import SERVERS, open_engine
from kiseki.store.sql.inspection import Inspection, inspect_server, inspect_sqlite

__all__ = ["Inspection", "inspect_store"]


def inspect_store(uri: str) -> Inspection:
    """Looks at the database at `uri`.

    Raises:
        InvalidParameter: No database of that kind is supported.
    """
    kind = uri.partition(":")[0].partition("+")[0]
    if kind == "sqlite":
        return inspect_sqlite(uri)
    if kind in SERVERS:
        return inspect_server(open_engine(uri))
    raise InvalidParameter(
        f"Cannot look at a store at {uri.partition('://')[0]!r}://…: kiseki knows sqlite:///FILE, postgresql://… and mysql://…."
    )
