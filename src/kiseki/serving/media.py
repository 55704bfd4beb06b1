"""The media types that a scoring server reads and writes."""

from __future__ import annotations

from typing import Final

JSON: Final = "application/json"
CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"
ARROW: Final = "application/vnd.apache.arrow.stream"
