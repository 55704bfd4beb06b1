"""Persistence: `open_store` and the Protocols that it returns."""

from __future__ import annotations

from kiseki.base.errors import InvalidParameter
from kiseki.store.protocol import Session, Store

__all__ = ["Session", "Store", "open_store"]


def open_store(uri: str, artifact_root: str) -> Store:
    """Opens the database at `uri` and makes or upgrades its schema where needed.

    Args:
        uri: `sqlite:///relative/file`, `sqlite:////absolute/file`.
        artifact_root: Where a new experiment's artifacts go when nobody says: a URI or an absolute folder.

    Raises:
        InvalidParameter: No database of that kind is supported.
        Unavailable: The database cannot be opened; the message has the reason.
    """
    scheme = uri.partition(":")[0]
    if scheme == "sqlite" or scheme.startswith("sqlite+"):
        # The one import of the implementation, here so that naming a Protocol does not load SQLAlchemy.
        from kiseki.store.sql.sqlite import SqliteStore

        return SqliteStore(uri, artifact_root)
    raise InvalidParameter(
        f"Cannot open a store at {uri!r}: this version knows sqlite:///FILE. "
        "Give --backend-store-uri sqlite:///kiseki.db, for example."
    )
