"""The file MLproject, and what a project without it can do."""

from pathlib import Path

import pytest

from kiseki.base.errors import ExecutionFailed, InvalidParameter, KisekiError, NotImplementedByKiseki
from kiseki.projects.mlproject import DockerEnv, EntryPoint, MLproject, read_mlproject
from kiseki.projects.parameters import Parameter, ParameterType

WHOLE = """
name: A project
python_env: env/python_env.yaml
entry_points:
  main:
    parameters:
      data: path
      alpha: {type: float, default: 0.1}
      epochs: {type: int, default: 3}
      name: {default: yes}
      where: uri
      note:
    command: "python train.py {data} --alpha {alpha}"
  prepare:
    command: "true"
"""


def project(folder: Path, text: str, name: str = "MLproject") -> MLproject:
    (folder / name).write_text(text, encoding="utf-8")
    return read_mlproject(folder)


def test_the_whole_grammar(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "python_env.yaml").touch()
    assert project(tmp_path, WHOLE, "mlProject") == MLproject(
        folder=tmp_path,
        name="A project",
        python_env="env/python_env.yaml",
        entry_points={
            "main": EntryPoint(
                name="main",
                command="python train.py {data} --alpha {alpha}",
                parameters={
                    "data": Parameter(name="data", type=ParameterType.PATH),
                    "alpha": Parameter(name="alpha", type=ParameterType.FLOAT, default="0.1"),
                    "epochs": Parameter(name="epochs", type=ParameterType.INT, default="3"),
                    "name": Parameter(name="name", default="True"),
                    "where": Parameter(name="where", type=ParameterType.URI),
                    "note": Parameter(name="note"),
                },
            ),
            "prepare": EntryPoint(name="prepare", command="true"),
        },
    )


def test_a_container(tmp_path: Path) -> None:
    text = (
        "docker_env: {image: 'a/b:1', volumes: ['/x:/y'], environment: [A, [B, c]]}\nentry_points: {main: {command: x}}"
    )
    assert project(tmp_path, text).docker_env == DockerEnv(
        image="a/b:1", volumes=("/x:/y",), environment=(("A", None), ("B", "c"))
    )


def test_a_folder_without_the_file(tmp_path: Path) -> None:
    assert read_mlproject(tmp_path) == MLproject(folder=tmp_path)
    assert project(tmp_path, "") == MLproject(folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nmae: x", "MLproject, the file:.*unknown field `nmae`.*The keys here are name, python_env"),
        ("entry_points: {main: {comand: x}}", r"MLproject, entry_points\.main:.*(command|comand)"),
        ("entry_points: {main: {command: x, cwd: y}}", r"entry_points\.main:.*`cwd`"),
        ("entry_points: {main: {command: 3}}", r"entry_points\.main: Expected `str`, got `int`"),
        ("entry_points: {main: python train.py}", r"entry_points\.main: expected a mapping with the keys command"),
        ("entry_points: [main]", "Expected `object.*got `array`"),
        (
            "entry_points: {main: {command: x, parameters: {a: number}}}",
            r"main\.parameters\.a: the type 'number' is none of string, float, int, path, uri",
        ),
        ("entry_points: {main: {command: x, parameters: {a: {typ: float}}}}", r"parameters\.a:.*`typ`"),
        ("entry_points: {main: {command: x, parameters: {a: 3}}}", r"parameters\.a: expected a mapping.*it is 3"),
        (
            "entry_points: {main: {command: x, parameters: {a: {default: [1]}}}}",
            r"parameters\.a: the default is a list",
        ),
        ("python_env: a.yaml\nconda_env: b.yaml", "has python_env and conda_env; a project runs in one environment"),
        ("docker_env: {image: x}\nconda_env: b.yaml", "has conda_env and docker_env"),
        ("python_env: none.yaml", r"python_env: none\.yaml, and there is no such file"),
        ("docker_env: {volumes: []}", "docker_env:.*`image`"),
        ("docker_env: {image: '--privileged'}", "no name of an image"),
        ("docker_env: {image: x, environment: [[a, b, c]]}", r"\['a', 'b', 'c'\] is neither"),
        ("- a", "expected a mapping .*it is a list"),
        ("a", "expected a mapping .*it is 'a'"),
    ],
)
def test_what_the_grammar_does_not_have_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ExecutionFailed, match=message):
        project(tmp_path, text)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [BOMB, "name: !!python/object/apply:os.system ['touch canary']", "[" * 100, "name: 'x", "a: *a"],
    ids=["bomb", "tag", "depth", "open", "alias"],
)
def test_yaml_that_is_not_safe(text: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="MLproject"):
        project(tmp_path, text)
    assert [path.name for path in tmp_path.iterdir()] == ["MLproject"]


def test_jobs_of_databricks(tmp_path: Path) -> None:
    with pytest.raises(NotImplementedByKiseki, match="databricks_spark_job"):
        project(tmp_path, "databricks_spark_job: {python_file: x}")


def test_scripts_are_entry_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/zsh")
    for name in ("train it.py", "a{b}.sh", "$(x).sh", "data.csv"):
        (tmp_path / name).touch()
    found = read_mlproject(tmp_path)
    assert found.entry_point("train it.py").command == "python 'train it.py'"
    assert found.entry_point("a{b}.sh").command == "/bin/zsh 'a{{b}}.sh'"
    assert found.entry_point("$(x).sh").command == "/bin/zsh '$(x).sh'"
    for name in ("main", "data.csv", "none.py", "../x.py"):
        with pytest.raises(
            KisekiError, match=r"no entry point '.*'; it has: '\$\(x\)\.sh', 'a{b}\.sh', 'train it\.py'"
        ):
            found.entry_point(name)


def test_a_missing_entry_point_names_those_that_exist(tmp_path: Path) -> None:
    (tmp_path / "more.py").touch()
    found = project(tmp_path, "entry_points: {main: {command: x}, prepare: {command: y}}")
    assert found.entry_point("prepare").command == "y"
    with pytest.raises(ExecutionFailed, match=r"no entry point 'tset'; it has: 'main', 'prepare', 'more\.py'\. Choose"):
        found.entry_point("tset")


def test_a_script_outside_is_no_entry_point(tmp_path: Path) -> None:
    (tmp_path / "x.py").touch()
    inside = tmp_path / "project"
    inside.mkdir()
    (inside / "link.py").symlink_to(tmp_path / "x.py")
    for name in ("../x.py", "link.py", str(tmp_path / "x.py")):
        with pytest.raises(KisekiError, match="not in the project"):
            read_mlproject(inside).entry_point(name)
