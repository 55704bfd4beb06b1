import hashlib
import logging
import subprocess
from pathlib import Path

import pytest

from kiseki.base.errors import IntegrityError, InvalidParameter
from kiseki.models.digests import DIGESTS_FILE, renew_digests, verify_digests, write_digests


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "weights.bin").write_bytes(b"1234")
    (tmp_path / "MLmodel").write_text("flavors: {}\n")
    (tmp_path / "requirements.txt").write_text("numpy==2.0.0\n")
    write_digests(tmp_path)
    return tmp_path


def test_the_list_is_the_one_of_sha256sum(model: Path) -> None:
    listed = (model / DIGESTS_FILE).read_text().splitlines()
    assert f"{hashlib.sha256(b'1234').hexdigest()}  data/weights.bin" in listed
    assert len(listed) == 3
    subprocess.run(["sha256sum", "--check", "--quiet", DIGESTS_FILE], cwd=model, check=True)


def test_what_was_saved_is_right(model: Path) -> None:
    verify_digests(model)


def test_a_model_without_digests_is_not_checked(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").touch()
    verify_digests(tmp_path)
    renew_digests(tmp_path, {"MLmodel"})
    assert not (tmp_path / DIGESTS_FILE).exists()


def test_a_changed_file_is_named(model: Path) -> None:
    (model / "data" / "weights.bin").write_bytes(b"1235")
    with pytest.raises(IntegrityError, match=r"'data/weights\.bin' .* is not what was saved"):
        verify_digests(model)


def test_a_missing_file_is_named(model: Path) -> None:
    (model / "data" / "weights.bin").unlink()
    with pytest.raises(IntegrityError, match=r"has no 'data/weights\.bin'"):
        verify_digests(model)


@pytest.mark.parametrize("name", ["MLmodel", "requirements.txt"])
def test_what_mlflow_writes_anew_is_only_reported(model: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    (model / name).write_text("changed")
    with caplog.at_level(logging.WARNING, "kiseki"):
        verify_digests(model)
    assert [record.getMessage() for record in caplog.records] == [
        f"{name} of the model in {model} was changed after the model was saved."
    ]


def test_changes_of_kiseki_are_recorded(model: Path, caplog: pytest.LogCaptureFixture) -> None:
    (model / "MLmodel").write_text("changed")
    renew_digests(model, {"MLmodel"})
    verify_digests(model)
    assert caplog.records == []


def test_more_files_are_left_alone(model: Path) -> None:
    (model / "registered_model_meta").write_text("model_name: x\n")
    verify_digests(model)


def test_checking_can_be_left_out(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (model / "data" / "weights.bin").write_bytes(b"1235")
    monkeypatch.setenv("KISEKI_VERIFY_MODELS", "false")
    verify_digests(model)


@pytest.mark.parametrize(
    "line", ["nothing", f"{'0' * 64}  ../../etc/passwd", f"{'0' * 64}  /etc/passwd", f"{'g' * 64}  x", "\x00"]
)
def test_a_list_that_is_none_is_refused(model: Path, line: str) -> None:
    (model / DIGESTS_FILE).write_text(f"{line}\n")
    with pytest.raises((IntegrityError, InvalidParameter)):
        verify_digests(model)


def test_a_name_that_no_artifact_can_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a\nb").touch()
    with pytest.raises(InvalidParameter, match="Invalid path"):
        write_digests(tmp_path)
