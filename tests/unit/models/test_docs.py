"""The examples of the pages about models run as they are printed."""

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[3] / "docs"

SECTIONS = {
    "models.md": ("## Save and load", "## Python models", "## Environments", "## Signatures", "## Input examples"),
    "models.ja.md": ("## 保存と読み込み", "## Python のモデル", "## 環境", "## シグネチャー", "## 入力例"),
}


@pytest.mark.parametrize("page", SECTIONS)
def test_the_examples_run(
    page: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KISEKI_TRACKING_URI", str(tmp_path / "store"))
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
