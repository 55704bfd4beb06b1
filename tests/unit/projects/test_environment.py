"""What a project runs in, made for real with uv."""

import platform
import subprocess
from pathlib import Path

import pytest

from kiseki.base.errors import ExecutionFailed, InvalidParameter, KisekiError, Unavailable
from kiseki.models.virtualenv import uv
from kiseki.projects.conda import CondaEnvironment
from kiseki.projects.environment import LocalEnvironment, UvEnvironment, environment_of
from kiseki.projects.mlproject import read_mlproject
from kiseki.projects.recipe import Recipe, python_for

PYTHON = platform.python_version()
PRINTS = "import sys, click; print(sys.prefix, click.__name__)"
BLOCK = '# /// script\n# requires-python = ">=3.11"\n# dependencies = ["click"]\n# ///\n'


def recipe_of(folder: Path, script: str | None = None, manager: str | None = None) -> Recipe:
    found = environment_of(read_mlproject(folder), script, manager)
    assert isinstance(found, UvEnvironment)
    return found.recipe


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")


def test_python_env(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    (tmp_path / "x-1-py3-none-any.whl").touch()
    write(
        tmp_path,
        python_env__yaml="python: '3.12.1'\nbuild_dependencies: [pip==24]\ndependencies: [-r requirements.txt, 'b>1']",
        requirements__txt="a[x]==1 # one\n-c constraints.txt\n--extra-index-url http://127.0.0.1/simple\n-e ./here\n./there\n./x-1-py3-none-any.whl\n",
        constraints__txt="c<2",
    )
    assert recipe_of(tmp_path) == Recipe(
        folder=tmp_path,
        python="3.12.1",
        lines=(
            "pip==24",
            "a[x]==1",
            "--extra-index-url http://127.0.0.1/simple",
            f"-e {tmp_path}/here",
            f"-e {tmp_path}/there",
            f"{tmp_path}/x-1-py3-none-any.whl",
            "b>1",
        ),
        constraints=("c<2",),
        files=(tmp_path / "x-1-py3-none-any.whl",),
    )


def test_kiseki_is_the_running_one(tmp_path: Path) -> None:
    write(tmp_path, python_env__yaml="dependencies: ['kiseki[pandas]', a]")
    assert recipe_of(tmp_path) == Recipe(folder=tmp_path, python=PYTHON, lines=("a",), kiseki=("pandas",))
    write(tmp_path, python_env__yaml="dependencies: ['kiseki==999']")
    assert recipe_of(tmp_path) == Recipe(folder=tmp_path, python=PYTHON, lines=("kiseki==999",))


def test_conda_without_conda(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(
        tmp_path,
        conda__yaml="dependencies: [python=3.12, cmake=3.29, pip, {pip: [-r more.txt, b]}]",
        more__txt="a==1",
    )
    assert recipe_of(tmp_path, manager="uv") == Recipe(folder=tmp_path, python="3.12", lines=("a==1", "b"))
    assert "conda.yaml names packages that are not installed" in caplog.text
    assert "cmake=3.29" in caplog.text


def test_a_script_says_what_it_needs(tmp_path: Path) -> None:
    write(tmp_path, t__py=f"#!/usr/bin/env python\n{BLOCK}print()", u__py="print()")
    assert recipe_of(tmp_path, "t.py") == Recipe(folder=tmp_path, python=">=3.11", lines=("click",))
    assert environment_of(read_mlproject(tmp_path), "u.py", None) == LocalEnvironment()
    write(tmp_path, t__py=BLOCK + "x\n" + BLOCK)
    with pytest.raises(ExecutionFailed, match=r"t\.py has 2 blocks"):
        recipe_of(tmp_path, "t.py")
    write(tmp_path, t__py=BLOCK.replace('"]', ""))
    with pytest.raises(ExecutionFailed, match=r"script' of t\.py is no TOML"):
        recipe_of(tmp_path, "t.py")


def test_pyproject(tmp_path: Path) -> None:
    write(tmp_path, pyproject__toml='[project]\nname = "p"\nrequires-python = ">=3.11"\ndependencies = ["click>8"]')
    assert recipe_of(tmp_path) == Recipe(folder=tmp_path, python=">=3.11", lines=("click>8",))
    write(tmp_path, pyproject__toml="[build-system]\n[project]\n")
    assert recipe_of(tmp_path) == Recipe(folder=tmp_path, python=PYTHON, lines=(f"-e {tmp_path}",))
    write(tmp_path, pyproject__toml="[project]\n", uv__lock="")
    assert recipe_of(tmp_path) == Recipe(folder=tmp_path, python=PYTHON, locked=True)


def test_which_file_counts(tmp_path: Path) -> None:
    write(tmp_path, t__py=BLOCK)
    assert recipe_of(tmp_path, "t.py").lines == ("click",)
    write(tmp_path, conda__yaml="dependencies: [{pip: [conda]}]", pyproject__toml='[project]\ndependencies = ["toml"]')
    assert recipe_of(tmp_path, "t.py", "uv").lines == ("conda",)
    write(tmp_path, python_env__yaml="dependencies: [python]")
    assert recipe_of(tmp_path, "t.py").lines == ("python",)
    write(tmp_path, MLproject="conda_env: conda.yaml")
    assert recipe_of(tmp_path, "t.py", "virtualenv").lines == ("conda",)
    assert environment_of(read_mlproject(tmp_path), None, "local") == LocalEnvironment()


@pytest.mark.parametrize(
    ("files", "manager", "message"),
    [
        ({"python_env__yaml": ""}, "poetry", "expected one of uv, virtualenv, conda, local"),
        ({"python_env__yaml": ""}, "conda", r"that of python_env\.yaml, which conda does not read"),
        ({"python_env__yaml": "pyhton: '3.12'"}, None, "other keys than python, build_dependencies and dependencies"),
        ({"python_env__yaml": "python: 3.x"}, None, "asks for Python '3.x'"),
        ({"python_env__yaml": "dependencies: numpy"}, None, "expected a list of requirements"),
        ({"python_env__yaml": "dependencies: ['a; touch canary']"}, None, "is no requirement"),
        ({"python_env__yaml": "dependencies: ['-r none.txt']"}, None, r"none\.txt', which does not exist"),
        ({"python_env__yaml": "dependencies: ['--config-settings x']"}, None, "no option of a file of requirements"),
        ({"python_env__yaml": "a: !!python/name:os.system x"}, None, "tag"),
        ({"pyproject__toml": "[project"}, None, "is no TOML"),
        ({"pyproject__toml": "[project]\nrequires-python = 3.11"}, None, "expected text such as"),
        ({"pyproject__toml": "[project]\ndependencies = ['a b']"}, None, "no requirements"),
        ({"MLproject": "docker_env: {image: x}"}, "uv", "runs in a container, and --env-manager is uv"),
    ],
)
def test_files_that_are_wrong(files: dict[str, str], manager: str | None, message: str, tmp_path: Path) -> None:
    write(tmp_path, **files)
    with pytest.raises((ExecutionFailed, InvalidParameter), match=message):
        environment_of(read_mlproject(tmp_path), None, manager)


def output(environment: object, line: str, folder: Path) -> list[str]:
    assert isinstance(environment, LocalEnvironment | UvEnvironment | CondaEnvironment)
    launch = environment.launch(line, folder, {"GIVEN": "x"})
    finished = subprocess.run(
        launch.arguments, cwd=launch.folder, env=launch.variables, capture_output=True, text=True, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.split()


def test_an_environment_is_made_once(environments: Path, tmp_path: Path) -> None:
    write(tmp_path, python_env__yaml="dependencies: [click]")
    found = environment_of(read_mlproject(tmp_path), None, None)
    prefix, name, given = output(found, f"python -c '{PRINTS}' && echo $GIVEN", tmp_path)
    assert Path(prefix).parent == environments
    assert (name, given) == ("click", "x")
    made = sorted(path.name for path in environments.iterdir())
    assert output(environment_of(read_mlproject(tmp_path), None, "virtualenv"), 'echo "$VIRTUAL_ENV"', tmp_path) == [
        prefix
    ]
    assert sorted(path.name for path in environments.iterdir()) == made
    # What is the same elsewhere has the same environment.
    other = tmp_path / "other"
    other.mkdir()
    write(other, t__py="# /// script\n# dependencies = ['click']\n# ///")
    assert str(python_for(recipe_of(other, "t.py")).parent.parent) == prefix
    write(tmp_path, python_env__yaml="dependencies: [click, packaging]")
    assert str(python_for(recipe_of(tmp_path)).parent.parent) != prefix


def test_packages_of_the_project(environments: Path, tmp_path: Path) -> None:
    package = tmp_path / "here"
    (package / "own").mkdir(parents=True)
    write(
        package,
        pyproject__toml='[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "own"\nversion = "1"\ndependencies = ["click"]',
    )
    module = package / "own" / "__init__.py"
    module.write_text("value = 1")
    line = 'python -c "import own, click; print(own.value)"'
    write(tmp_path, python_env__yaml="dependencies: [./here]")
    assert output(UvEnvironment(recipe_of(tmp_path)), line, tmp_path) == ["1"]
    module.write_text("value = 22")
    assert output(UvEnvironment(recipe_of(tmp_path)), line, tmp_path) == ["22"]
    assert output(UvEnvironment(recipe_of(package)), line, tmp_path) == ["22"]
    module.write_text("value = 333")
    assert output(UvEnvironment(recipe_of(package)), line, tmp_path) == ["333"]
    made = sorted(environments.iterdir())
    # One that refers to a project which goes goes with it.
    for name, place in [("here", package), ("there", tmp_path)]:
        found = environment_of(read_mlproject(place), None, None, workspace=tmp_path / name / "made")
        assert output(found, line, tmp_path) == ["333"]
        assert (tmp_path / name / "made").is_dir()
    assert sorted(environments.iterdir()) == made


def test_a_lock(environments: Path, tmp_path: Path) -> None:
    write(
        tmp_path,
        pyproject__toml='[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["click"]\n'
        '[dependency-groups]\ndev = ["no-such-package"]\n[tool.uv]\ndefault-groups = []',
    )
    text = (tmp_path / "pyproject.toml").read_text()
    write(tmp_path, pyproject__toml=text.replace('"no-such-package"', ""))
    subprocess.run([uv(), "lock", "--quiet"], cwd=tmp_path, check=True, timeout=60)
    locked = (tmp_path / "uv.lock").read_bytes()
    prefix, _ = output(UvEnvironment(recipe_of(tmp_path)), f"python -c '{PRINTS}'", tmp_path)
    assert Path(prefix).parent == environments
    assert (tmp_path / "uv.lock").read_bytes() == locked
    assert not (tmp_path / ".venv").exists()
    (tmp_path / "uv.lock").write_text("version = 'none'")
    with pytest.raises(Unavailable, match="could not be made"):
        python_for(recipe_of(tmp_path))


def test_requirements_that_cannot_be_met_say_so(environments: Path, tmp_path: Path) -> None:
    write(tmp_path, python_env__yaml="dependencies: ['click<1']")
    with pytest.raises(Unavailable, match=r"(?s)could not be made.*click<1.*--env-manager local"):
        python_for(recipe_of(tmp_path))
    assert list(environments.iterdir()) == []


def test_an_index_that_does_not_answer(environments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.delenv("UV_CONFIG_FILE")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    write(tmp_path, python_env__yaml="dependencies: [there-is-no-such-package]")
    with pytest.raises(Unavailable, match=r"(?s)127\.0\.0\.1:9.*UV_DEFAULT_INDEX"):
        python_for(recipe_of(tmp_path))


CONDA = """#!/bin/sh
printf '%s\\n' "$@" >> "$RECORD"
case "$1" in
  env) mkdir -p "$5" ;;
  run) while [ "$1" != bash ] && [ "${1##*/}" != bash ]; do shift; done; exec "$@" ;;
esac
"""


def test_conda(environments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    write(project, conda__yaml="dependencies: [python=3.12, {pip: [-r more.txt]}]", more__txt="a")
    monkeypatch.setenv("KISEKI_CONDA_HOME", str(tmp_path / "conda"))
    with pytest.raises(
        KisekiError, match=r"conda, which is not installed here in .*Install it, or use --env-manager uv"
    ):
        environment_of(read_mlproject(project), None, None)
    program = tmp_path / "conda" / "bin" / "conda"
    program.parent.mkdir(parents=True)
    program.write_text(CONDA)
    program.chmod(0o700)
    record = tmp_path / "record"
    monkeypatch.setenv("RECORD", str(record))
    line = "echo 'a  b';\necho $GIVEN # it"
    found = environment_of(read_mlproject(project), None, None)
    assert output(found, line, project) == ["a", "b", "x"]
    (prefix,) = [path for path in environments.iterdir() if path.is_dir()]
    creating = ["env", "create", "--quiet", "--prefix", str(prefix), "--file", str(project / "conda.yaml")]
    running = ["run", "--no-capture-output", "--prefix", str(prefix)]
    words = record.read_text().split("\n")
    assert words[: len(creating) + len(running)] == creating + running
    record.unlink()
    assert output(environment_of(read_mlproject(project), None, "conda"), line, project) == ["a", "b", "x"]
    assert record.read_text().split("\n")[:4] == running
    # Another file, another environment.
    write(project, more__txt="b")
    output(environment_of(read_mlproject(project), None, None), line, project)
    assert len([path for path in environments.iterdir() if path.is_dir()]) == 2
