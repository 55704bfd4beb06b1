import json
from pathlib import Path

import pytest

from kiseki.client import KisekiClient
from tests.unit.cli.conftest import Call


@pytest.fixture
def run_id(client: KisekiClient) -> str:
    return client.create_run("0").info.run_id


@pytest.fixture
def files(folder: Path) -> Path:
    """A folder with two files."""
    place = folder / "files"
    (place / "below").mkdir(parents=True)
    (place / "図.txt").write_text("figure")
    (place / "below" / "b.bin").write_bytes(bytes(3000))
    return place


def test_files_go_there_and_come_back(call: Call, client: KisekiClient, run_id: str, files: Path, folder: Path) -> None:
    told = call("artifacts", "log-artifacts", "-l", str(files), "-r", run_id, "-a", "data").stdout
    assert told == f"Stored 2 files of '{files}' (2.9 KiB) with run {run_id}\n"
    told = call("artifacts", "log-artifact", "-l", "files/図.txt", "-r", run_id).stdout
    assert told == f"Stored 1 file of 'files/図.txt' (6 B) with run {run_id}\n"

    assert call("artifacts", "list", "-r", run_id).stdout.splitlines() == ["SIZE  PATH", "   -  data/", " 6 B  図.txt"]
    assert call("artifacts", "list", "-r", run_id, "-R").stdout.splitlines() == [
        "   SIZE  PATH",
        "2.9 KiB  data/below/b.bin",
        "    6 B  data/図.txt",
        "    6 B  図.txt",
    ]
    listed = json.loads(call("artifacts", "list", "--run-id", run_id, "--artifact-path", "data", "--json").stdout)
    assert listed == [
        {"path": "data/below", "is_dir": True, "file_size": None},
        {"path": "data/図.txt", "is_dir": False, "file_size": 6},
    ]

    place = call("artifacts", "download", "-r", run_id, "-a", "data", "-d", "copy").stdout.strip()
    assert place == str(folder / "copy" / "data")
    assert (folder / "copy" / "data" / "below" / "b.bin").read_bytes() == bytes(3000)
    place = json.loads(
        call("artifacts", "download", "-u", f"runs:/{run_id}/data/図.txt", "-d", "one", "--json").stdout
    )["path"]
    assert Path(place).read_text() == "figure"
    call("artifacts", "download", "-r", run_id, "-d", "everything")
    assert sorted(path.name for path in (folder / "everything").rglob("*") if path.is_file()) == [
        *("b.bin", "図.txt", "図.txt"),
    ]


def test_what_lies_on_this_machine_is_not_copied_without_a_destination(
    call: Call, client: KisekiClient, run_id: str
) -> None:
    client.log_text(run_id, "text", "notes.txt")
    place = Path(call("artifacts", "download", "-r", run_id, "-a", "notes.txt").stdout.strip())
    assert place.read_text() == "text"
    assert str(place.parent) == client.get_run(run_id).info.artifact_uri
    assert call("artifacts", "download", "-u", str(place)).stdout.strip() == str(place)


def test_json_says_what_was_stored(call: Call, run_id: str, files: Path) -> None:
    for command, option in (("log-artifacts", "--local-dir"), ("log-artifact", "--local-file")):
        told = json.loads(call("artifacts", command, option, str(files), "-r", run_id, "--json").stdout)
        assert told == {"run_id": run_id, "files": 2, "bytes": 3006}


def test_what_is_not_there_is_told_in_one_line(call: Call, client: KisekiClient, run_id: str) -> None:
    for arguments in (
        ["log-artifact", "-l", "no-such-file", "-r", run_id],
        ["log-artifacts", "-l", "no-such-folder", "-r", run_id],
        ["download", "-r", run_id, "-a", "none.txt"],
        ["download", "-r", run_id, "-a", "none.txt", "-d", "copy"],
        ["download", "-r", run_id, "-a", "../../etc/passwd", "-d", "copy"],
        ["download", "-u", "runs:/"],
        ["list", "-r", "none"],
    ):
        failed = call("artifacts", *arguments, code=1)
        assert failed.stdout == ""
        assert failed.stderr.startswith("Error: ")
        assert failed.stderr.count("\n") == 1
    assert "has no artifacts" in call("artifacts", "list", "-r", run_id).stderr
    for wrong in (
        ["download"],
        ["download", "-r", run_id, "-u", "runs:/x/y"],
        ["download", "-u", "runs:/x", "-a", "y"],
    ):
        assert "--artifact-uri" in call("artifacts", *wrong, code=2).stderr
