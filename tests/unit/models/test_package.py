import logging
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.models import Model, infer_signature
from kiseki.models.digests import verify_digests
from kiseki.models.package import Parts, package
from kiseki.models.requirements import pin


class Doubling:
    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        return data * (params or {}).get("times", 2)


def save(path: Path, **parts: Any) -> Model:
    with package(path, None, parts=Parts(**parts), requirements=["numpy"]) as folder:
        (folder.path / "data.bin").write_bytes(b"1234")
        folder.add_flavor("mine", data="data.bin")
        folder.add_pyfunc("my_loader", Doubling, model_path="data.bin")
    return Model.load(path)


def test_a_whole_folder_is_written(tmp_path: Path) -> None:
    model = save(tmp_path / "model", metadata={"a": 1})
    files = {path.name for path in (tmp_path / "model").iterdir()}
    assert files == {"MLmodel", "SHA256SUMS", "conda.yaml", "data.bin", "python_env.yaml", "requirements.txt"}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert model.flavors["mine"] == {"data": "data.bin", "code": None}
    assert model.flavors["python_function"]["loader_module"] == "my_loader"
    assert model.flavors["python_function"]["env"] == {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
    assert model.metadata == {"a": 1}
    sizes = [
        path.stat().st_size for path in (tmp_path / "model").iterdir() if path.name not in {"MLmodel", "SHA256SUMS"}
    ]
    assert model.model_size_bytes == sum(sizes)
    verify_digests(tmp_path / "model")
    assert (tmp_path / "model" / "requirements.txt").read_text() == f"{pin('numpy')}\n"


def test_an_empty_folder_can_be_the_place(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    save(tmp_path / "model")


def test_missing_folders_above_are_made(tmp_path: Path) -> None:
    save(tmp_path / "a" / "b" / "model")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_path_that_is_taken_is_refused(tmp_path: Path, kind: str) -> None:
    if kind == "file":
        (tmp_path / "model").touch()
    else:
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "x").touch()
    with pytest.raises(InvalidParameter, match="already exists and is not empty"):
        save(tmp_path / "model")


def test_nothing_is_left_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="does not exist"):
        save(tmp_path / "model", code_paths=["nothing"])
    with pytest.raises(InvalidParameter, match="cannot be written as YAML"):
        save(tmp_path / "model", metadata={"a": object()})
    assert list(tmp_path.iterdir()) == []


def test_the_users_mask_is_the_models(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        save(tmp_path / "model")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "model").stat().st_mode) == 0o750


def test_the_signature_is_inferred_from_the_example(tmp_path: Path) -> None:
    example = np.array([[1.0], [2.0]])
    model = save(tmp_path / "model", input_example=example)
    assert model.signature == infer_signature(example, example)
    np.testing.assert_array_equal(model.load_input_example(tmp_path / "model"), example)


def test_params_of_the_example_are_params_of_the_signature(tmp_path: Path) -> None:
    example = np.array([1.0])
    model = save(tmp_path / "model", input_example=(example, {"times": 3}))
    assert model.signature == infer_signature(example, example, {"times": 3})
    assert model.load_input_example_params(tmp_path / "model") == {"times": 3}


def test_a_signature_that_is_given_is_not_inferred(tmp_path: Path) -> None:
    given = infer_signature(["a"], ["b"])
    assert save(tmp_path / "model", input_example=np.array([1.0]), signature=given).signature == given


def test_no_signature_is_wanted(tmp_path: Path) -> None:
    assert save(tmp_path / "model", input_example=np.array([1.0]), signature=False).signature is None


def test_a_model_that_cannot_predict_for_its_example_is_saved(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "kiseki"):
        model = save(tmp_path / "model", input_example=np.array(["a"]))
    assert model.signature is None
    assert model.saved_input_example_info is not None
    assert "could not predict for the input example: " in caplog.text


def test_a_model_that_is_called_with_tables_needs_pandas(tmp_path: Path) -> None:
    save(tmp_path / "model", signature=infer_signature(pd.DataFrame({"a": [1.0]})))
    assert f"{pin('pandas')}\n" in (tmp_path / "model" / "requirements.txt").read_text()


@pytest.mark.parametrize("signature", [3, "signature", {"inputs": "[]"}])
def test_what_is_no_signature_is_refused(tmp_path: Path, signature: object) -> None:
    with pytest.raises(InvalidParameter, match="signature is of type"):
        save(tmp_path / "model", signature=signature)


def test_requirements_that_are_given_are_taken(tmp_path: Path) -> None:
    save(tmp_path / "model", pip_requirements=["a==1"])
    assert (tmp_path / "model" / "requirements.txt").read_text() == "a==1\n"


def test_further_requirements_are_added(tmp_path: Path) -> None:
    (tmp_path / "limits.txt").write_text("scipy<2\n")
    save(tmp_path / "model", extra_pip_requirements=["a==1", f"-c {tmp_path}/limits.txt"])
    text = (tmp_path / "model" / "requirements.txt").read_text()
    assert text == f"{pin('numpy')}\na==1\n-c constraints.txt\n"
    assert (tmp_path / "model" / "constraints.txt").read_text() == "scipy<2\n"


def test_two_sources_of_requirements_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="Only one of conda_env"):
        save(tmp_path / "model", conda_env={"dependencies": []}, pip_requirements=[])


@pytest.mark.parametrize("line", ["x; touch canary", "$(touch canary)", "--target=/"])
def test_hostile_requirements_are_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(InvalidParameter, match="has the line"):
        save(tmp_path / "model", pip_requirements=[line])
    assert list(tmp_path.iterdir()) == []


def test_further_files_are_copied(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hello")
    with package(tmp_path / "model", None, parts=Parts(extra_files=[tmp_path / "note.txt"]), requirements=[]) as folder:
        folder.add_flavor("own", data="data")
    assert folder.model.flavors == {
        "own": {"data": "data", "extra_files": [{"path": "extra_files/note.txt"}], "code": None}
    }
    assert (tmp_path / "model" / "extra_files" / "note.txt").read_text() == "hello"


def test_two_further_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "note.txt").write_text(name)
    with pytest.raises(InvalidParameter, match=r"extra_files has two files of the name 'note\.txt'"):
        save(tmp_path / "model", extra_files=[tmp_path / "one" / "note.txt", tmp_path / "two" / "note.txt"])
    assert not (tmp_path / "model").exists()


def test_parts_are_taken_from_arguments() -> None:
    given = {"sk_model": object(), "path": "model", "metadata": {"a": 1}, "code_paths": ["one"]}
    assert Parts.of(given, code_paths=["two"]) == Parts(metadata={"a": 1}, code_paths=["two"])
