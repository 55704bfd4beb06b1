"""The command line as a whole: what it loads, its completion, its way of failing."""

import json
import subprocess
import sys

import pytest

from kiseki.__about__ import __version__
from kiseki.cli import COMMANDS
from tests.unit.cli.conftest import Call

HEAVY = {
    *("kiseki.client", "kiseki.fluent", "kiseki.server", "kiseki.store", "kiseki.entities", "kiseki.artifact_store"),
    *("numpy", "sqlalchemy", "urllib3", "starlette", "uvicorn", "pandas", "matplotlib", "sklearn", "alembic"),
}


def modules_after(arguments: list[str]) -> set[str]:
    program = f"""
import json, sys
from kiseki.cli import cli
try:
    cli.main({arguments!r}, prog_name="kiseki")
except SystemExit as ended:
    assert not ended.code, ended.code
print("\\n" + json.dumps(sorted(sys.modules)))
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, finished.stderr
    names: list[str] = json.loads(finished.stdout.splitlines()[-1])
    return set(names)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["runs", "--help"],
        *([name, "--help"] for name in COMMANDS),
        *(["runs", name, "--help"] for name in ("list", "describe", "compare", "create")),
        ["artifacts", "download", "--help"],
        ["experiments", "csv", "--help"],
        ["completion", "bash"],
    ],
    ids=" ".join,
)
def test_help_and_completion_load_nothing_heavy(arguments: list[str]) -> None:
    assert modules_after(arguments) & HEAVY == set()


def test_help_lists_every_command_in_order(call: Call) -> None:
    shown = call("--help").stdout
    places = [shown.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)
    assert call("-h").stdout == shown
    assert call("--version").stdout == f"kiseki, version {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_short_help_is_not_cut(call: Call, name: str) -> None:
    line = next(line for line in call("--help").stdout.splitlines() if line.startswith(f"  {name} "))
    assert not line.endswith("...")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion_script(call: Call, shell: str) -> None:
    script = call("completion", shell).stdout
    assert f"_KISEKI_COMPLETE={shell}_complete" in script
    assert "Invalid value" in call("completion", "tcsh", code=2).stderr


def test_commands_and_options_are_completed() -> None:
    def completed(line: str) -> list[str]:
        words = line.split(" ")
        found = subprocess.run(
            [sys.executable, "-m", "kiseki"],
            env={"_KISEKI_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return [entry.partition(",")[2] for entry in found.stdout.split()]

    assert completed("kiseki ex") == ["experiments", "export"]
    assert completed("kiseki runs co") == ["compare"]
    assert completed("kiseki runs compare --d") == ["--diff"]


def test_an_unknown_command_is_told(call: Call) -> None:
    assert "No such command 'nonsense'" in call("nonsense", code=2).stderr


def test_names_that_a_terminal_cannot_write_do_not_end_a_command(call: Call, uri: str) -> None:
    call("experiments", "create", "-n", "画像")
    for options, expected in (([], r"\u753b\u50cf"), (["--json"], r'"name": "\u753b\u50cf"')):
        finished = subprocess.run(
            [sys.executable, "-m", "kiseki", "experiments", "list", "--tracking-uri", uri, *options],
            env={"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert finished.returncode == 0, finished.stderr
        assert expected in finished.stdout


def test_a_reader_that_leaves_early_is_no_error(call: Call, uri: str) -> None:
    call("experiments", "create", "-n", "a" * 400)
    command = f"{sys.executable} -m kiseki experiments list --tracking-uri '{uri}' --json | head -c 1"
    finished = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert (finished.stdout, finished.stderr) == ("[", "")
