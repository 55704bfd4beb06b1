"""Every function and method has the arguments, in order and with defaults, of the real mlflow's; few have one more."""

import inspect
from typing import Any

import pytest

import kiseki
from kiseki.client.absent import ABSENT_METHODS
from kiseki.client.client import KisekiClient

mlflow: Any = pytest.importorskip("mlflow", reason="the real mlflow is not installed: no parity of signatures shown")

FUNCTIONS = sorted(
    name for name in kiseki.__all__ if inspect.isfunction(getattr(kiseki, name)) and hasattr(mlflow, name)
)
METHODS = sorted(
    name
    for name, _ in inspect.getmembers(KisekiClient, inspect.isfunction)
    if (not name.startswith("_") or name == "__init__") and hasattr(mlflow.MlflowClient, name)
)

MORE = {"search_logged_models": ["view_type"]}
"""What kiseki takes by keyword where MLflow's clients would find no way to what their users deleted."""

UNKNOWN = {"context", "test"}
"""Names of MLflow that are not part of its documented API, and of which kiseki says nothing."""


def arguments(function: Any) -> list[tuple[str, Any, Any]]:
    return [
        (parameter.name, parameter.kind, parameter.default)
        for parameter in inspect.signature(function).parameters.values()
    ]


def test_something_is_compared() -> None:
    assert len(FUNCTIONS) > 45
    assert len(METHODS) > 70


def check(name: str, function: Any, of_mlflow: Any) -> None:
    """Fails unless a function has the arguments of MLflow's, and none more but those that are said to be."""
    ours, theirs = arguments(function), arguments(of_mlflow)
    assert ours[: len(theirs)] == theirs
    more = ours[len(theirs) :]
    assert [given for given, _, _ in more] == MORE.get(name, [])
    by_keyword = inspect.Parameter.KEYWORD_ONLY
    assert all(kind is by_keyword and default is not inspect.Parameter.empty for _, kind, default in more)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function(name: str) -> None:
    check(name, getattr(kiseki, name), getattr(mlflow, name))


@pytest.mark.parametrize("name", METHODS)
def test_a_method(name: str) -> None:
    check(name, getattr(KisekiClient, name), getattr(mlflow.MlflowClient, name))


@pytest.mark.parametrize("module", ["artifacts", "data"])
def test_the_functions_of_a_module(module: str) -> None:
    ours, theirs = getattr(kiseki, module), getattr(mlflow, module)
    compared = [name for name in ours.__all__ if inspect.isfunction(getattr(ours, name)) and hasattr(theirs, name)]
    assert compared
    for name in compared:
        assert arguments(getattr(ours, name)) == arguments(getattr(theirs, name)), name


def test_every_public_name_of_mlflow_is_there_or_says_that_it_is_not() -> None:
    assert {name for name in mlflow.__all__ if not hasattr(kiseki, name)} == UNKNOWN


def test_every_tracking_method_of_mlflow_is_there_or_says_that_it_is_not() -> None:
    # What came to MLflow's agents, gateway and reviews after tracking is not even named by kiseki.
    later = ("mcp", "dataset", "prompt", "workspace", "trace", "span")
    missing = [
        name
        for name, _ in inspect.getmembers(mlflow.MlflowClient, inspect.isfunction)
        if not name.startswith("_")
        and not any(word in name for word in later)
        and name not in ABSENT_METHODS
        and not hasattr(KisekiClient, name)
    ]
    assert missing == []
