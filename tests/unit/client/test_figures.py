from pathlib import Path
from typing import Any

import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.client.figures import write_figure


class Plotly:
    """Has what Plotly's figures have."""

    def write_html(self, file: str, **options: Any) -> None:
        Path(file).write_text(f"html {options}", encoding="utf-8")

    def write_image(self, file: str, **options: Any) -> None:
        Path(file).write_text(f"image {options}", encoding="utf-8")


def test_matplotlib() -> None:
    figures = pytest.importorskip("matplotlib.figure")
    place = write_figure(figures.Figure(), "sub/f.png", {"dpi": 10})
    assert place.name == "f.png"
    assert place.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InvalidParameter, match="Matplotlib"):
        write_figure(figures.Figure(), "f.nosuch", None)


def test_plotly() -> None:
    assert write_figure(Plotly(), "f.html", {"full_html": False}).read_text(encoding="utf-8") == (
        "html {'include_plotlyjs': 'cdn', 'auto_open': False, 'full_html': False}"
    )
    assert write_figure(Plotly(), "f.png", {"scale": 2}).read_text(encoding="utf-8") == "image {'scale': 2}"
    with pytest.raises(InvalidParameter, match=r"f\.txt"):
        write_figure(Plotly(), "f.txt", None)
