"""Documentation is complete, in both languages, and what it shows is true."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest

from kiseki.base.settings import PREFIXES
from kiseki.cli import cli
from kiseki.domain.series import Buckets
from kiseki.server.routes.metrics import _encode
from kiseki.wire.metrics import Chart, SeriesRef
from kiseki.wire.routes import ENDPOINTS

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "src" / "kiseki").rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
TWINS = [
    "README",
    "docs/python",
    "docs/cli",
    "docs/care",
    "docs/settings",
    "docs/deploy",
    "docs/models",
    "docs/registry",
    "docs/models-scale",
    "docs/serving",
    "docs/projects",
]
COMMON = {"--tracking-uri", "--json"}
"""Options that are described once for all commands."""

READERS = {"setting", "flag", "number", "variable", "variables", "export", "withdraw"}
"""The functions that are given the name of a setting without its prefix."""


def commands(group: click.Group, path: tuple[str, ...] = ("kiseki",)) -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands(cli))


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """Heading -> what stands below it, up to the next heading of any level. A heading may name several commands."""
    parts = re.split(r"^#+ (.+)$", text, flags=re.MULTILINE)
    found = {}
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        for one in heading.split(", "):
            found[one.strip()] = body
    return found


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def settings_in_source() -> set[str]:
    """The name, without prefix, of every setting that the source reads or sets."""
    found = set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in READERS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
        found |= set(re.findall(r"\"KISEKI_([A-Z_]+)\"", text))
    return found


@pytest.mark.parametrize("language", ["", ".ja"])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str, language: str) -> None:
    text = page(f"docs/cli{language}.md")
    described = sections(text)
    assert name in described
    options = {
        option
        for parameter in COMMANDS[name].params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    missing = {option for option in options - COMMON if f"`{option}`" not in described[name] + _inline(described[name])}
    assert missing == set()
    assert all(f"`{option}" in text for option in COMMON)


def _inline(text: str) -> str:
    """Each option that stands inside of longer code, as code of its own."""
    return " ".join(f"`{option}`" for option in re.findall(r"--?[\w-]+", " ".join(re.findall(r"`([^`]+)`", text))))


@pytest.mark.parametrize("language", ["", ".ja"])
def test_no_command_is_documented_that_does_not_exist(language: str) -> None:
    described = {name for name in sections(page(f"docs/cli{language}.md")) if name.startswith("kiseki ")}
    groups = {name.rpartition(" ")[0] for name in COMMANDS} - {"kiseki"}
    assert described == COMMANDS.keys() | groups


@pytest.mark.parametrize("language", ["", ".ja"])
def test_every_setting_is_documented_and_no_other(language: str) -> None:
    documented = set(re.findall(r"`KISEKI_([A-Z_]+)`", page(f"docs/settings{language}.md")))
    assert documented == settings_in_source()


def test_settings_are_read_through_the_module_that_knows_the_prefixes() -> None:
    assert PREFIXES == ("KISEKI_", "MLFLOW_")
    direct = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(r"environ(\.get)?[\[(]\s*\"(KISEKI|MLFLOW)_", path.read_text(encoding="utf-8"))
    }
    assert direct == {"src/kiseki/cli/demo.py"}


def test_every_endpoint_is_documented() -> None:
    text = page("docs/wire.md")
    shown = {endpoint.path if endpoint.scope.value != "native" else endpoint.paths[0] for endpoint in ENDPOINTS}
    assert [path for path in sorted(shown) if f"{path}`" not in text] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for target in targets:
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        place = path.parent / file if file else path
        assert place.exists(), target
        if anchor:
            assert anchor in {_anchor(heading) for heading in _headings(place)}, target


def _headings(path: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


def _anchor(heading: str) -> str:
    """The anchor that a heading of Markdown gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("name", TWINS)
def test_both_languages_have_the_same_parts(name: str) -> None:
    english, japanese = page(f"{name}.md"), page(f"{name}.ja.md")
    assert [level for level, _ in _outline(english)] == [level for level, _ in _outline(japanese)]
    assert len(re.findall(r"^\|", english, flags=re.MULTILINE)) == len(re.findall(r"^\|", japanese, flags=re.MULTILINE))
    for language in ("console", "python"):
        # Comments and texts are translated, code is not.
        assert [_code(one) for one in fences(english, language)] == [_code(one) for one in fences(japanese, language)]


def _outline(text: str) -> list[tuple[str, str]]:
    plain = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.findall(r"^(#+) (.+)$", plain, flags=re.MULTILINE)


def _code(text: str) -> str:
    return re.sub(r"\s+#.*|(?<=description=)\"[^\"]*\"|(?<=log_text\()\"[^\"]*\"", "", text)


def _commands_of(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    joined = "\n".join(fences(text, "console")).replace("\\\n", " ")
    return [line[2:].partition(" #")[0] for line in joined.splitlines() if line.startswith("$ kiseki ")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_are_shown_parse(path: Path) -> None:
    for line in _commands_of(path):
        words = shlex.split(line.split(" | ")[0])[1:]
        command: click.Command = cli
        context = click.Context(cli, info_name="kiseki")
        while isinstance(command, click.Group):
            name, *words = words
            found = command.get_command(context, name)
            assert found is not None, line
            command = found
        with command.make_context(line, words, parent=context):
            pass


def test_the_readme_shows_commands() -> None:
    assert len(_commands_of(ROOT / "README.md")) >= 5


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_that_is_shown_parses(path: Path) -> None:
    for block in fences(path.read_text(encoding="utf-8"), "python"):
        ast.parse(block)


def test_the_reader_of_charts_in_the_documentation_reads_what_the_server_writes() -> None:
    (block,) = [block for block in fences(page("docs/wire.md"), "python") if "def read_chart" in block]
    names: dict[str, object] = {}
    exec(block, names)
    floats, counts = np.array([1.5, -2.5, np.nan]), np.array([3, 1, 2], np.uint32)
    charts = [
        Buckets(
            x=floats[:n] + 1, min=floats[:n] + 2, max=floats[:n] + 3, mean=floats[:n] + 4, last=floats[:n] + 5,
            count=counts[:n], nonfinite=counts[:n] - 1,
        )
        for n in (3, 0, 2)
    ]  # fmt: skip
    series = [SeriesRef(run_id="a", key=key) for key in ("loss", "損失", "x")]
    read = names["read_chart"](_encode(Chart(series=series), charts))  # type: ignore[operator]
    assert [one["key"] for one in read] == ["loss", "損失", "x"]
    for one, chart in zip(read, charts, strict=True):
        assert one["length"] == len(chart.x)
        assert one["points"] == int(chart.count.sum())
        for name in ("x", "min", "max", "mean", "last", "count", "nonfinite"):
            np.testing.assert_array_equal(one[name], getattr(chart, name))
