from pathlib import Path

import pytest

from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.models.members import member


def test_a_file_of_the_model_is_found(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "model.pkl").touch()
    assert member(tmp_path, "data/model.pkl", "the model") == tmp_path / "data" / "model.pkl"


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "data/../../x", "..\\x", "file:///etc/passwd", "%2e%2e/x", "C:x", 3, None]
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: object) -> None:
    (tmp_path.parent / "x").touch()
    with pytest.raises(InvalidParameter):
        member(tmp_path, name, "the model")


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").touch()
    model = tmp_path / "model"
    model.mkdir()
    (model / "data").symlink_to(outside)
    with pytest.raises(InvalidParameter, match="link"):
        member(model, "data/secret", "the model")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"has no 'model\.skops', which its MLmodel names as the estimator"):
        member(tmp_path, "model.skops", "the estimator")
