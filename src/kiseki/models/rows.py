"""Tables as JSON has them: rows of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec


class Rows(msgspec.Struct, frozen=True):
    """A table as JSON has it.

    Args:
        names: Of the columns; None where they have none.
        rows: The values of each row, all of one length.
        numbers: Whether all values are known to be floats, or None where one is missing.
    """

    names: list[Any] | None
    rows: Sequence[Sequence[Any]]
    numbers: bool = False
