import os
import pickle
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

from kiseki.base.errors import InvalidParameter, PermissionDenied
from kiseki.models.pickles import COMPRESSIONS, check_unpickling, dump_pickle, is_by_value, load_pickle, modules_in

INSTEAD = "save it otherwise"


class Canary:
    """Runs a program when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.file),)


@pytest.mark.parametrize("compression", [None, *COMPRESSIONS])
@pytest.mark.parametrize("by_value", [True, False])
def test_what_is_dumped_is_loaded(tmp_path: Path, by_value: bool, compression: str | None) -> None:
    file = tmp_path / "x"
    dump_pickle({"a": [1, 2]}, file, by_value=by_value, compression=compression)
    assert load_pickle(file, INSTEAD, compression) == {"a": [1, 2]}


def test_strict_mode_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.pkl"
    file.write_bytes(pickle.dumps(Canary(tmp_path / "canary")))
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    with pytest.raises(
        PermissionDenied, match=r"'model\.pkl' is not allowed.*KISEKI_ALLOW.*is false.*save it otherwise"
    ):
        load_pickle(file, INSTEAD)
    assert not (tmp_path / "canary").exists()
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "true")
    load_pickle(file, INSTEAD)
    assert (tmp_path / "canary").exists()


def test_mlflows_variable_is_asked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    with pytest.raises(PermissionDenied, match="MLFLOW_ALLOW_PICKLE_DESERIALIZATION is false"):
        check_unpickling("a file", INSTEAD)


def test_what_a_pickle_refers_to_is_found_without_running_it(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(pickle.dumps([Canary(tmp_path / "canary"), LogisticRegression()]))
    found = modules_in(file)
    assert not (tmp_path / "canary").exists()
    assert {"posix", "sklearn.linear_model._logistic"} <= found
    assert not is_by_value(found)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_is_looked_through(tmp_path: Path, protocol: int) -> None:
    file = tmp_path / "x"
    file.write_bytes(pickle.dumps([LogisticRegression(), LogisticRegression(), Path("a")], protocol))
    found = modules_in(file)
    assert "sklearn.linear_model._logistic" in found
    assert any(module.startswith("pathlib") for module in found)


def test_every_pickle_of_a_file_is_looked_through(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(pickle.dumps(Path("a")) + pickle.dumps("between") + pickle.dumps(LogisticRegression()))
    found = modules_in(file)
    assert "sklearn.linear_model._logistic" in found
    assert any(module.startswith("pathlib") for module in found)


def test_a_function_by_value_brings_the_modules_of_its_globals(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import sys
        import yaml, msgspec
        from pathlib import Path
        from kiseki.models.pickles import dump_pickle, is_by_value, modules_in

        def function(x):
            return yaml.safe_load(x), msgspec.json

        file = Path({str(tmp_path / "x")!r})
        dump_pickle(function, file)
        found = modules_in(file)
        assert is_by_value(found)
        print(sorted(found & {{"yaml", "msgspec"}}))
        """
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert finished.stdout == "['msgspec', 'yaml']\n", finished.stderr


@pytest.mark.parametrize("by_value", [True, False])
def test_what_cannot_be_pickled_is_said_to_be_so(tmp_path: Path, by_value: bool) -> None:
    with pytest.raises(InvalidParameter, match=r"cannot be pickled.*load_context"):
        dump_pickle({"lock": threading.Lock()}, tmp_path / "x", by_value=by_value)


@pytest.mark.parametrize("data", [b"", b"\x80", b"nothing", b"\x80\x05.", pickle.dumps([1] * 1000)[:500]])
def test_a_damaged_pickle_is_said_to_be_damaged(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "model.pkl"
    file.write_bytes(data)
    with pytest.raises(InvalidParameter, match=r"'model\.pkl' cannot be unpickled here"):
        load_pickle(file, INSTEAD)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_damaged_compressed_pickle_too(tmp_path: Path, compression: str) -> None:
    file = tmp_path / "model.pkl"
    file.write_bytes(b"nothing")
    with pytest.raises(InvalidParameter, match=r"'model\.pkl' cannot be unpickled here"):
        load_pickle(file, INSTEAD, compression)


def test_an_unknown_compression_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(InvalidParameter, match="'zip'"):
        load_pickle(tmp_path / "x", INSTEAD, "zip")


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    file = tmp_path / "model.pkl"
    file.write_bytes(b"cno_such_module\nThing\n.")
    with pytest.raises(InvalidParameter, match=r"needs 'no_such_module'.*code_paths"):
        load_pickle(file, INSTEAD)
