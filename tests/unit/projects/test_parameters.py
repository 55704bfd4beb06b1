"""Values of parameters are checked before anything runs."""

from pathlib import Path

import pytest

from kiseki.base.errors import ExecutionFailed
from kiseki.projects.parameters import Parameter, ParameterType, Values, values_of


def no_fetch(address: str, number: int) -> Path:
    raise AssertionError(address)


def of(kind: ParameterType, default: str | None = None) -> dict[str, Parameter]:
    return {"x": Parameter(name="x", type=kind, default=default)}


def test_given_defaults_and_others(tmp_path: Path) -> None:
    parameters = {**of(ParameterType.STRING), "y": Parameter(name="y", default="2")}
    assert values_of(parameters, {"z": "3", "x": ""}, no_fetch) == Values(
        declared={"x": "", "y": "2"}, extra={"z": "3"}
    )


def test_missing_values_are_named_together() -> None:
    parameters = {**of(ParameterType.FLOAT), "y": Parameter(name="y")}
    with pytest.raises(ExecutionFailed, match=r"missing parameters: 'x', 'y'\. Give -P x=<float> -P y=<string>"):
        values_of(parameters, {}, no_fetch)


@pytest.mark.parametrize("value", ["1", "0.5", "-1e-3", "inf", " 2 "])
def test_floats(value: str) -> None:
    assert values_of(of(ParameterType.FLOAT), {"x": value}, no_fetch).declared == {"x": value}


@pytest.mark.parametrize(
    ("kind", "value"),
    [(ParameterType.FLOAT, "a"), (ParameterType.FLOAT, ""), (ParameterType.INT, "0.5"), (ParameterType.INT, "1; ls")],
)
def test_what_is_no_number(kind: ParameterType, value: str) -> None:
    with pytest.raises(
        ExecutionFailed, match=f"Parameter 'x' is '{value}'; the project declares it as {kind}, such as"
    ):
        values_of(of(kind), {"x": value}, no_fetch)
    with pytest.raises(ExecutionFailed, match="Parameter 'x'"):
        values_of(of(kind, value), {}, no_fetch)


@pytest.mark.parametrize("kind", [ParameterType.PATH, ParameterType.URI])
def test_paths_are_made_absolute(kind: ParameterType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b").touch()
    assert values_of(of(kind), {"x": "a b"}, no_fetch).declared == {"x": str(tmp_path / "a b")}
    for value in ("none", ""):
        with pytest.raises(ExecutionFailed, match=f"Parameter 'x' is '{value}'; .* as {kind}, and there is no file"):
            values_of(of(kind), {"x": value}, no_fetch)


def test_what_a_path_names_elsewhere_is_fetched(tmp_path: Path) -> None:
    asked = []

    def fetch(address: str, number: int) -> Path:
        asked.append((address, number))
        return tmp_path / "fetched"

    parameters = {"w": Parameter(name="w", default="1"), **of(ParameterType.PATH)}
    assert values_of(parameters, {"x": "s3://b/k"}, fetch).declared == {"w": "1", "x": str(tmp_path / "fetched")}
    assert asked == [("s3://b/k", 1)]
    assert values_of(of(ParameterType.URI), {"x": "s3://b/k"}, no_fetch).declared == {"x": "s3://b/k"}
    file = tmp_path / "here"
    file.touch()
    assert values_of(of(ParameterType.PATH), {"x": file.as_uri()}, no_fetch).declared == {"x": str(file)}
