"""Models that travel as one file."""

import io
from pathlib import Path

from kiseki.models.digests import verify_digests
from kiseki.pyfunc import load_model
from kiseki.pyfunc.packed import pack, unpack
from tests.models import iris


def test_a_model_arrives_whole_and_what_a_link_leads_to_stays(tmp_path: Path) -> None:
    folder = iris(tmp_path / "model")
    (tmp_path / "secret").write_text("of this machine")
    (folder / "outside").symlink_to(tmp_path / "secret")
    (folder / "inside").symlink_to(folder / "MLmodel")
    written = io.BytesIO()
    pack(folder, written)
    found = unpack(io.BytesIO(written.getvalue()))
    names = {file.relative_to(found).as_posix() for file in found.rglob("*") if file.is_file()}
    assert names == {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()} - {"outside"}
    verify_digests(found)
    example = load_model(folder).metadata.load_example(folder)
    assert example is not None
    assert load_model(found).predict(example.data).tolist() == load_model(folder).predict(example.data).tolist()
