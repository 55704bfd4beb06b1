"""Files that can hold programs are read in `kiseki.models.pickles` alone, where strict mode refuses them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "kiseki"
GATE = SOURCE / "models" / "pickles.py"

READERS = {"_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}
"""Modules that run what a file says."""

WRITES_ONLY = {
    "cli/training.py": {"joblib"},
    "pyfunc/saving.py": {"cloudpickle"},
}
"""Who may have such a module, because it writes with it."""

SAFE = {"allow_pickle": False, "weights_only": True}
"""Arguments of NumPy's and PyTorch's readers, and the value with which they read data alone."""


def offences(text: str) -> Iterator[str]:
    """What in a module reads, or may read, files that can hold programs."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in READERS)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in READERS:
            yield node.module
        elif isinstance(node, ast.Call):
            yield from _of_call(node)


def _of_call(call: ast.Call) -> Iterator[str]:
    function = ast.unparse(call.func)
    name = function.rpartition(".")[2]
    first = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
    if name in {"import_module", "optional"} and str(first).partition(".")[0] in READERS:
        yield str(first)
    if name == "read_pickle":
        yield function
    given = {one.arg: one.value.value for one in call.keywords if isinstance(one.value, ast.Constant)}
    for argument, safe in SAFE.items():
        if any(one.arg == argument for one in call.keywords) and given.get(argument) is not safe:
            yield f"{function}({argument}=)"
    if function == "torch.load" and "weights_only" not in given:
        yield "torch.load() without weights_only"
    if function in {"sm.load", "statsmodels.load"}:
        yield function


def test_one_module_reads_what_can_hold_programs() -> None:
    found = {
        name: extra
        for file in sorted(SOURCE.rglob("*.py"))
        if file != GATE
        for name in [file.relative_to(SOURCE).as_posix()]
        if (extra := set(offences(file.read_text())) - WRITES_ONLY.get(name, set()))
    }
    assert found == {}
    assert set(offences(GATE.read_text())) == {"pickle", "cloudpickle"}


@pytest.mark.parametrize(
    ("text", "offence"),
    [
        ("import pickle", "pickle"),
        ("from joblib.numpy_pickle import load", "joblib.numpy_pickle"),
        ("optional('dill', 'Loading')", "dill"),
        ("import_module('cloudpickle.cloudpickle')", "cloudpickle.cloudpickle"),
        ("numpy.load(file, allow_pickle=True)", "numpy.load(allow_pickle=)"),
        ("numpy.load(file, allow_pickle=flag)", "numpy.load(allow_pickle=)"),
        ("torch.load(file, weights_only=False)", "torch.load(weights_only=)"),
        ("torch.load(file)", "torch.load() without weights_only"),
        ("pandas.read_pickle(file)", "pandas.read_pickle"),
        ("sm.load(file)", "sm.load"),
    ],
)
def test_readers_are_found(text: str, offence: str) -> None:
    assert list(offences(text)) == [offence]


@pytest.mark.parametrize(
    "text",
    ["import json", "numpy.load(file, allow_pickle=False)", "torch.load(file, weights_only=True)", "load_pickle(x)"],
)
def test_what_reads_data_is_no_offence(text: str) -> None:
    assert list(offences(text)) == []
