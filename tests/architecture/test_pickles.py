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
    "flavors/pytorch.py": {"cloudpickle"},
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
    given = {name: value for name, value in _keywords(call) if name is not None}
    for argument, safe in SAFE.items():
        if argument in given and given[argument] is not safe:
            yield f"{function}({argument}=)"
    if function == "torch.load" and "weights_only" not in given:
        yield "torch.load() without weights_only"
    if function in {"sm.load", "statsmodels.load"}:
        yield function


def _keywords(call: ast.Call) -> Iterator[tuple[object, object]]:
    """Names and values of arguments, those in a dictionary that is written out after `**` included."""
    for keyword in call.keywords:
        if keyword.arg is None and isinstance(keyword.value, ast.Dict):
            pairs = zip(keyword.value.keys, keyword.value.values, strict=True)
            yield from ((_constant(key), _constant(value)) for key, value in pairs if key is not None)
        else:
            yield keyword.arg, _constant(keyword.value)


def _constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else node


def test_one_module_reads_what_can_hold_programs() -> None:
    found = {
        name: extra
        for file in sorted(SOURCE.rglob("*.py"))
        if file != GATE
        for name in [file.relative_to(SOURCE).as_posix()]
        if (extra := set(offences(file.read_text())) - WRITES_ONLY.get(name, set()))
    }
    assert found == {}
    assert set(offences(GATE.read_text())) == {"pickle", "cloudpickle", "torch.load(weights_only=)"}


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
        ("torch.load(file, **{'weights_only': False, **options})", "torch.load(weights_only=)"),
        ("torch.load(file)", "torch.load() without weights_only"),
        ("pandas.read_pickle(file)", "pandas.read_pickle"),
        ("sm.load(file)", "sm.load"),
    ],
)
def test_readers_are_found(text: str, offence: str) -> None:
    assert list(offences(text)) == [offence]


@pytest.mark.parametrize(
    "text",
    [
        "import json",
        "numpy.load(file, allow_pickle=False)",
        "torch.load(file, weights_only=True)",
        "torch.load(file, **{**options, 'weights_only': True})",
        "load_pickle(x)",
    ],
)
def test_what_reads_data_is_no_offence(text: str) -> None:
    assert list(offences(text)) == []
