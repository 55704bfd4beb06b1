"""Figures of Matplotlib and Plotly as files."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from kiseki.base.errors import InvalidParameter

PLOTLY_IMAGES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".svg", ".pdf"})


def write_figure(figure: Any, path: str, save_kwargs: Mapping[str, Any] | None) -> Path:
    """Writes a figure into a new temporary folder, in the format that the suffix of `path` names.

    Raises:
        InvalidParameter: It is no figure, or the library has no such format.
    """
    place = Path(tempfile.mkdtemp(prefix="kiseki-")) / PurePosixPath(path).name
    options = dict(save_kwargs or {})
    if callable(getattr(figure, "savefig", None)):
        try:
            figure.savefig(place, **options)
        except ValueError as error:
            raise InvalidParameter(f"Matplotlib cannot write the figure as {path!r}: {error}") from error
        return place
    if callable(getattr(figure, "write_html", None)) and callable(getattr(figure, "write_image", None)):
        if place.suffix.lower() == ".html":
            figure.write_html(str(place), **{"include_plotlyjs": "cdn", "auto_open": False, **options})
        elif place.suffix.lower() in PLOTLY_IMAGES:
            figure.write_image(str(place), **options)
        else:
            raise InvalidParameter(
                f"A Plotly figure cannot be written as {path!r}; expected .html or one of {sorted(PLOTLY_IMAGES)}."
            )
        return place
    raise InvalidParameter(
        f"Unsupported figure object type: {type(figure).__name__!r}; expected a figure of Matplotlib or Plotly."
    )
