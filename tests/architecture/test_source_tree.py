import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "kiseki").rglob("*.py"))
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*"))

FORBIDDEN_FOLDERS = {"utils", "util", "common", "helpers"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring is not None
    assert docstring.strip() != ""


def test_no_module_is_a_drawer_for_everything() -> None:
    assert [
        str(path) for path in SOURCES if FORBIDDEN_FOLDERS & {*path.parent.parts[len(ROOT.parts) :], path.stem}
    ] == []


def test_the_changelog_begins_with_what_is_not_released() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[([^\]]+)\]", changelog, flags=re.MULTILINE)
    assert headings[:1] == ["Unreleased"]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_a_decision_has_a_number_and_a_heading(path: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
    assert re.match(r"# \S", path.read_text(encoding="utf-8"))


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
