"""Values are values, in whatever quotes the author of a command puts them."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiseki.base.errors import ExecutionFailed
from kiseki.projects.command import Line, shell_line

VALUES = [
    "plain",
    "",
    " two  words ",
    "$(touch canary)",
    "`touch canary`",
    "'; touch canary; '",
    '"; touch canary; "',
    "; touch canary #",
    "a\ntouch canary\n",
    "$HOME ${HOME} $1 $@ ~ * ?",
    "\\",
    "\\'; touch canary; \\'",
    '\\"$(touch canary)\\"',
    "a[$(touch canary)]",
    "!! && touch canary || >canary",
    "{x} {{x}} %s \\0",
    "日本語 é",
    "'\"'\"'",
]

COMMANDS = {
    "{x}": "V",
    '"{x}"': "V",
    "'{x}'": "V",
    "--name={x}": "--name=V",
    '"--name={x}"': "--name=V",
    "'--name={x}'": "--name=V",
    "a{x}b": "aVb",
    "a'{x}'b": "aVb",
    "{x}{x}": "VV",
    "${{NONE}}{x}": "V",
    '"$NONE/{x}"': "/V",
    "\"a b\" 'c d' {x}": None,
    "$(printf %s end) {x}": None,
    "${{NONE}}\"\"'{x}'": "V",
    "\\'{x}\\'": "'V'",
    "{{{x}}}": "{V}",
    "A={x}": "A=V",
    "eval={x}": "eval=V",
    "\\\n  {x}": "V",
    "2>&1 >&1 {x}": "V",
    '"a\\"b" <<<\'a\' {x}': None,
}
"""What stands behind printf, and the argument that it makes of the value V; None where only the last is looked at."""


def arguments(line: Line, folder: Path) -> list[str]:
    """What printf is called with, one word after the other."""
    finished = subprocess.run(
        ["bash", "-c", line.text],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", **line.variables},
        capture_output=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    assert list(folder.iterdir()) == []
    return finished.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_value_reaches_the_program_as_it_is(command: str, tmp_path: Path) -> None:
    expected = COMMANDS[command]
    for value in VALUES:
        found = arguments(shell_line(f"printf '%s\\0' {command}", {"x": value}, {}), tmp_path)
        if expected is None:
            assert found[-1] == value
        else:
            assert found == [expected.replace("V", value)]


def test_plain_values_stand_in_the_line() -> None:
    line = shell_line("t.py {x} '{x}' {y}", {"x": "s3://a/b-1.5", "y": ""}, {"z": "1"})
    assert line == Line("t.py s3://a/b-1.5 's3://a/b-1.5' '' --z 1", {})


def test_values_that_are_not_declared_follow(tmp_path: Path) -> None:
    for value in VALUES:
        line = shell_line("printf '%s\\0' first", {}, {"a": value, "b-c; touch canary": "2"})
        assert arguments(line, tmp_path) == ["first", "--a", value, "--b-c; touch canary", "2"]


def test_a_value_is_handed_to_another_shell(tmp_path: Path) -> None:
    for value in VALUES:
        line = shell_line('bash -c \'printf "%s\\0" "$1"\' bash {x}', {"x": value}, {})
        assert arguments(line, tmp_path) == [value]


def test_several_commands(tmp_path: Path) -> None:
    command = (
        "V={x}; for i in 1 2; do printf '%s\\0' \"$V\" {y}; done && (printf '%s\\0' {x} | cat)\nprintf '%s\\0' \"{y}\""
    )
    assert arguments(shell_line(command, {"x": "a b", "y": "$x"}, {}), tmp_path) == [
        *("a b", "$x", "a b", "$x"),
        *("a b", "$x"),
    ]


PROGRAMS = [
    'bash -c "echo {x}"',
    "bash -c 'echo {x}'",
    "/bin/sh -c \"echo '{x}'\"",
    "python -c 'print(\"{x}\")'",
    "eval 'echo {x}'",
    '"$$({x})"',
    "echo `echo {x}`",
    '"$(printf %s {x})"',
    "echo $(( {x} ))",
    "echo $[ {x} ]",
    "(( {x} ))",
    "echo ${{A:-{x}}}",
    "echo $'{x}'",
    "cat <<END\n{x}\nEND",
    "true # {x}",
    "[[ {x} -eq 1 ]]",
    "echo \\{x}",
    'echo "\\{x}"',
    "echo 'a {x}",
    'echo "a {x}',
    'bash -c "$(echo {x})"',
    "trap 'echo {x}' EXIT",
    '"$\\\n(echo {x})"',
]


@pytest.mark.parametrize("command", PROGRAMS)
def test_where_a_value_would_be_interpreted_only_a_plain_one_is_accepted(command: str) -> None:
    assert "0.5" in shell_line(command, {"x": "0.5"}, {}).text
    for value in ("$(touch canary)", "a b", "'", "a\nb", "*"):
        with pytest.raises(ExecutionFailed, match=r"Parameter 'x' is .* could be interpreted.* hand it over"):
            shell_line(command, {"x": value}, {})


FRAGMENTS = [
    *(
        "'",
        '"',
        "$(",
        ")",
        "(",
        "`",
        "\\",
        "$",
        "${{",
        "}}",
        "$((",
        "))",
        "#",
        "<<E",
        "<<<",
        "[",
        "]",
        "=",
        ";",
        "|",
        "&",
    ),
    *(
        " ",
        "  ",
        "\n",
        "echo ",
        "case a in a) ",
        "[[ ",
        "$'",
        '$"',
        "A=",
        "a",
        "if ",
        "{{ ",
        "!",
    ),
    *("$$", "$#", "$?", "<(", ">(", "f() {{ ", "}} ", ";;", "esac", "do ", "done ", "in ", "coproc ", "2>&1 ", "\t"),
    *("\\\n", "$\\\n(", "<\\\n<E"),
    *("{x}", "{x}", "{x}", "'{x}'", '"{x}"', "$({x})", '"$(echo {x})"'),
]
ATTACKS = [one for one in VALUES if "canary" in one]


# The same lines each time: what bash does with all others is for a longer search than a test.
@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(parts=st.lists(st.sampled_from(FRAGMENTS), max_size=12), value=st.sampled_from(ATTACKS))
def test_no_value_is_executed_whatever_the_author_wrote(parts: list[str], value: str, tmp_path: Path) -> None:
    try:
        line = shell_line("".join(parts), {"x": value}, {})
    except ExecutionFailed:
        return
    finished = subprocess.run(
        ["bash", "-c", line.text],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", **line.variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert not (tmp_path / "canary").exists(), (line, finished.stderr)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("t.py {y}", r"has \{y\}, and the entry point has no such parameter; it has: 'x'"),
        ("t.py ${HOME}", r"\{HOME\}.*no such parameter"),
        ("t.py ${x}", r"has \$\{x\}. Write \{x\} for the parameter, and \$\{\{NAME\}\} for a variable"),
        ("t.py $A{x}", r"has \$A\{x\}"),
        ("t.py {x!r}", r"\{x!r\}"),
        ("t.py {x:5}", r"\{x:5\}"),
        ("t.py {x", "a brace that is no parameter's"),
        ("t.py }", "a brace that is no parameter's"),
        ("t.py {}", r"has \{\}"),
    ],
)
def test_placeholders_that_are_none(command: str, message: str) -> None:
    with pytest.raises(ExecutionFailed, match=message):
        shell_line(command, {"x": "1"}, {})


@pytest.mark.parametrize("command", ["t.py # all", "cat <<E\nE", "echo 'a", "echo a\\"])
def test_nothing_follows_a_command_that_is_open(command: str) -> None:
    with pytest.raises(ExecutionFailed, match="'a' is not declared, and it is not sure"):
        shell_line(command, {}, {"a": "1"})


def test_no_argument_has_a_nul() -> None:
    with pytest.raises(ExecutionFailed, match="NUL"):
        shell_line("t.py {x}", {"x": "a\0b"}, {})
    with pytest.raises(ExecutionFailed, match="NUL"):
        shell_line("t.py", {}, {"x": "a\0b"})
