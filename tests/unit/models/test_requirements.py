import importlib
import os
import sys
from importlib import metadata
from pathlib import Path

import pytest
import sklearn.linear_model
import yaml

from kiseki.base.errors import InvalidParameter
from kiseki.models.imports import USER, Observed
from kiseki.models.installed import standing_for
from kiseki.models.requirements import (
    Requirements,
    check_line,
    merged,
    name_of,
    pin,
    pins,
    reached,
    read_requirements,
    without_trackers,
)

IMPORTED = (sklearn.linear_model, yaml)
"""What this process has imported counts."""


def test_a_list_is_read_without_comments_and_repetitions() -> None:
    lines = ["numpy==2.0.0  # why", "", "# nothing", "numpy==2.0.0", "scipy \\", "  >=1"]
    assert read_requirements(lines, "given") == Requirements(lines=("numpy==2.0.0", "scipy   >=1"))


def test_files_are_followed_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "requirements.txt").write_text(
        "a==1\n-r inner/more.txt\n-c limits.txt\n--extra-index-url https://x/y#z\n"
    )
    (tmp_path / "inner" / "more.txt").write_text("b==2\n-c ../limits2.txt\n")
    (tmp_path / "limits.txt").write_text("numpy<3\n")
    (tmp_path / "limits2.txt").write_text("scipy<2\n")
    assert read_requirements(tmp_path / "requirements.txt", "given") == Requirements(
        lines=("a==1", "b==2", "--extra-index-url https://x/y#z"), constraints=("scipy<2", "numpy<3")
    )


def test_a_file_that_includes_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("-r r.txt\n")
    with pytest.raises(InvalidParameter, match="or itself"):
        read_requirements(tmp_path / "r.txt", "pip_requirements")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"pip_requirements names the file '.*nothing\.txt'"):
        read_requirements([f"-r {tmp_path}/nothing.txt"], "pip_requirements")


@pytest.mark.parametrize("given", [3, [1], [None], {"a": 1}.values()])
def test_what_is_no_list_of_lines_is_refused(given: object) -> None:
    with pytest.raises(InvalidParameter, match="expected the path of a requirements file"):
        read_requirements(given, "pip_requirements")


@pytest.mark.parametrize(
    "line",
    [
        "numpy",
        "numpy==2.0.0",
        "scikit-learn[plots]>=1,<2; python_version < '3.13'",
        "foo @ https://example.org/foo-1.0-py3-none-any.whl",
        "./local.whl",
        "../pkg",
        "pkg-1.0.tar.gz",
        "git+https://example.org/a/b@main",
        "https://example.org/a.whl",
        "--index-url https://example.org/simple",
        "--extra-index-url=https://example.org/simple",
        "--pre",
        "-e ./pkg",
    ],
)
def test_a_line_of_requirements_is_accepted(line: str) -> None:
    check_line(line, "given")


@pytest.mark.parametrize(
    "line",
    [
        "x; rm -rf /",
        "$(touch canary)",
        "`touch canary`",
        "a && touch canary",
        "a | sh",
        "./a;touch canary",
        "./a touch",
        "--config-settings=x",
        "--target /",
        "-t /",
        "--python /bin/sh",
        "a\n--index-url https://evil.example",
        "a\x00b",
        "==1.0",
        "-",
    ],
)
def test_any_other_line_is_refused(line: str) -> None:
    with pytest.raises(InvalidParameter, match="has the line"):
        check_line(line, "given")


def test_names_have_one_form() -> None:
    assert [name_of(line) for line in ("Scikit_Learn==1", "./x.whl", "--pre")] == ["scikit-learn", None, None]


def test_trackers_are_no_requirements_of_a_model() -> None:
    lines = ["mlflow==3.1.0", "mlflow-skinny", "Kiseki==0.1", "numpy", "--pre", "mlflow-extra"]
    assert without_trackers(lines) == ("numpy", "--pre", "mlflow-extra")


def test_further_lines_win_where_the_pin_does_not_suit_them() -> None:
    assert merged(["numpy==2.0.0", "pandas==3.0.0", "scipy==1.1"], ["numpy<2", "pandas>2", "foo", "scipy[all]"]) == (
        "pandas==3.0.0",
        "numpy<2",
        "foo",
        "scipy[all]",
    )


def test_a_pin_is_the_version_that_is_installed() -> None:
    assert pin("scikit-learn") == f"scikit-learn=={metadata.version('scikit-learn')}"
    assert pin("no-such-distribution") == "no-such-distribution"


def test_pins_are_of_what_is_named_and_of_what_that_needs_and_has_imported() -> None:
    found = pins(
        ["scikit-learn"], ["numpy.core", "os.path", "kiseki.pyfunc", "mlflow.sklearn", "sklearn.svm", "__main__"]
    )
    names = [line.partition("==")[0] for line in found.lines]
    assert {"scikit-learn", "numpy", "scipy", "joblib"} <= set(names)
    assert {"pytest", "mlflow", "kiseki"} & set(names) == set()
    assert names == sorted(names, key=str.lower)
    assert found.local == frozenset({"__main__"} - set(sys.stdlib_module_names))


def test_a_module_is_found_whose_distribution_has_another_name() -> None:
    assert pins([], ["yaml.loader"]).lines == (pin("PyYAML"),)


def test_a_library_under_another_name_stands_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fastlib").mkdir()
    (tmp_path / "fastlib" / "__init__.py").touch()
    facts = tmp_path / "fastlib_cpu-1.2.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: fastlib-cpu\nVersion: 1.2\nRequires-Dist: PyYAML\n")
    (facts / "top_level.txt").write_text("fastlib\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = standing_for("fastlib")
    assert found is not None
    assert (found.name, found.modules, found.needs) == (
        "fastlib-cpu",
        frozenset({"fastlib"}),
        frozenset({"pyyaml"}),
    )
    assert pin("fastlib") == "fastlib-cpu==1.2"
    assert pins(["fastlib"]).lines == ("fastlib-cpu==1.2", pin("PyYAML"))
    assert standing_for("no-such-library") is None


def test_what_is_installed_meanwhile_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        facts = tmp_path / f"fast{name}-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: fast{name}\nVersion: 1.0\n")
        if name == "one":
            monkeypatch.syspath_prepend(tmp_path)
            assert (pin("fastone"), pin("fasttwo")) == ("fastone==1.0", "fasttwo")
            # A folder's time of change may be as coarse as a tick of the clock.
            os.utime(tmp_path, ns=(1, 1))
    importlib.invalidate_caches()
    assert (pin("fastone"), pin("fasttwo")) == ("fastone==1.0", "fasttwo==1.0")


def test_a_module_of_no_distribution_is_local() -> None:
    found = pins([], ["my_project.features"])
    assert (found.lines, found.local) == ((), frozenset({"my_project"}))


def test_imports_are_followed_through_local_code_and_declared_needs() -> None:
    observed = Observed(
        imports=frozenset(
            {
                (USER, "my_project"),
                ("my_project", "yaml"),
                ("sklearn", "scipy"),
                (USER, "pandas"),
                # pandas can use it and says so, as an extra.
                ("pandas", "pyarrow"),
                # What its developers need is no need of the model, and what is not declared is not its own.
                ("pandas", "hypothesis"),
                ("sklearn", "pytest"),
                ("sklearn", "playwright"),
                # Nobody who counts imports this.
                ("kiseki", "sqlalchemy"),
                (USER, "os"),
                (USER, "mlflow"),
            }
        )
    )
    assert reached(["sklearn.svm"], observed) == {"sklearn", "scipy", "pandas", "pyarrow", "my_project", "yaml"}
