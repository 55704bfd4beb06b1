"""`kiseki audit` in process."""

import json
from pathlib import Path

import pytest

from kiseki.cli.audit import _ADVICE
from kiseki.client import KisekiClient
from kiseki.service import audit
from tests.databases import ON_SERVERS, passing
from tests.unit.cli.conftest import Call


@pytest.fixture
def file(client: KisekiClient, folder: Path) -> Path:
    """An artifact of a run."""
    run = client.create_run("0").info.run_id
    client.log_text(run, "hello", "a.txt")
    client.log_metric(run, "loss", 1.0)
    return folder / "kiseki-artifacts" / "0" / run / "artifacts" / "a.txt"


def test_nothing_is_wrong(file: Path, call: Call) -> None:
    shown = call("audit", "--digests").stdout
    assert "1 files (5 B)" in shown
    assert shown.endswith("Nothing is wrong.\n")
    told = json.loads(call("audit", "--json").stdout)
    assert told["ok"] is True
    assert (told["files"], told["records"], told["blocks"], told["findings"]) == (1, 1, 1, [])


def test_what_is_wrong_is_told_with_what_to_do(file: Path, call: Call) -> None:
    file.rename(file.with_name("b.txt"))
    shown = call("audit", code=1).stdout
    assert "WRONG: 1 recorded files that are not there" in shown
    assert "Put them back from a backup" in shown
    told = json.loads(call("audit", "--json", code=1).stdout)
    assert (told["ok"], told["unrecorded"]) == (False, 1)
    assert [one["kind"] for one in told["findings"]] == ["missing"]


def test_long_lists_are_cut(file: Path, call: Call, folder: Path) -> None:
    for i in range(30):
        (folder / "kiseki-artifacts" / f"stray {i}").write_text("x")
    shown = call("audit", code=1).stdout
    assert "WRONG: 30 files" in shown
    assert "and 10 more" in shown
    assert len(json.loads(call("audit", "--json", code=1).stdout)["findings"]) == 30


@pytest.mark.parametrize("named", ["--artifacts-destination", "KISEKI_DEFAULT_ARTIFACT_ROOT", ""])
@pytest.mark.parametrize("database", ON_SERVERS)
def test_the_current_folder_is_a_database_servers_if_no_other_place_is_named(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch, database: str, named: str
) -> None:
    for place in ("kiseki-artifacts", "elsewhere"):
        (folder / place).mkdir()
        (folder / place / f"stray in {place}").write_text("x")
    arguments = [named, str(folder / "elsewhere")] if named.startswith("--") else []
    if named and not arguments:
        monkeypatch.setenv(named, "./elsewhere")
    with passing(database, folder) as uri:
        told = json.loads(call("audit", "--json", "--backend-store-uri", uri, *arguments, code=1).stdout)
    assert told["files"] == 1
    (finding,) = told["findings"]
    assert finding["kind"] == audit.ORPHAN
    assert finding["subject"].endswith(f"stray in {'elsewhere' if named else 'kiseki-artifacts'}")


def test_a_server_is_not_audited_from_afar(call: Call) -> None:
    assert "--backend-store-uri" in call("audit", "--tracking-uri", "http://127.0.0.1:1", code=2).output


def test_there_is_advice_for_each_kind() -> None:
    kinds = [audit.ORPHAN, audit.PURGED_RUN, audit.PURGED_MODEL, audit.MISSING, audit.SIZE, audit.DIGEST]
    assert {*kinds, audit.POINTS, audit.INTERRUPTED, audit.UNREACHED} == _ADVICE.keys()
