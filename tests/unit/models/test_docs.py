"""The examples of the pages about signatures run as they are printed."""

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[3] / "docs"

SECTIONS = {
    "models.md": ("## Signatures", "## Input examples"),
    "models.ja.md": ("## シグネチャー", "## 入力例"),
}


@pytest.mark.parametrize("page", SECTIONS)
def test_the_examples_run(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for heading in SECTIONS[page]:
        section = re.split(r"^## ", text.partition(f"{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
        examples = re.findall(r"^```python\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
        assert examples
        for example in examples:
            exec(example, names)
    assert repr(names["signature"].inputs) in text
    assert '"threshold": 0.8' in capsys.readouterr().out
