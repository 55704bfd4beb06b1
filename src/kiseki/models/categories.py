"""Columns of categories, which come as texts where a table was JSON or CSV."""

from __future__ import annotations

from typing import Any


def with_categories(data: Any) -> Any:
    """The table with its columns of texts as columns of categories; whatever else is given, as it is.

    A library maps categories by their names to those that a model was trained with.
    """
    if not hasattr(data, "select_dtypes"):
        return data
    texts = [name for name, kind in data.dtypes.items() if kind.kind in "OU"]
    return data.astype(dict.fromkeys(texts, "category")) if texts else data
