"""What a database looks like from outside, without opening it as a store: nothing is made, upgraded or written."""

from __future__ import annotations

from kiseki.base.errors import InvalidParameter
from kiseki.store.sql.inspection import Inspection, inspect_sqlite

__all__ = ["Inspection", "inspect_store"]


def inspect_store(uri: str) -> Inspection:
    """Looks at the database at `uri`.

    Raises:
        InvalidParameter: No database of that kind is supported.
    """
    scheme = uri.partition(":")[0]
    if scheme == "sqlite" or scheme.startswith("sqlite+"):
        return inspect_sqlite(uri)
    # Not the whole of it: it may have a password.
    raise InvalidParameter(f"Cannot look at a store at {scheme}://…: this version looks at sqlite:///FILE.")
