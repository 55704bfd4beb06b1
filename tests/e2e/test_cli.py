"""The command line as a person uses it: processes of their own, against a real server."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kiseki.client import KisekiClient
from tests.wire.server import Server


@pytest.fixture(scope="module")
def client(server: Server) -> KisekiClient:
    return KisekiClient(server.uri)


def environment(server: Server | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KISEKI_", "MLFLOW_", "_KISEKI"))}
    return {**kept, **({"KISEKI_TRACKING_URI": server.uri} if server else {})}


def kiseki(
    server: Server | None, *arguments: str, code: int = 0, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(
        [sys.executable, "-m", "kiseki", *arguments],
        env=environment(server),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == code, (finished.stdout, finished.stderr)
    return finished


def on_a_terminal(server: Server, *arguments: str, columns: int = 80) -> str:
    """What a command writes to a terminal of that many columns, stdout and stderr together."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "kiseki", *arguments],
        env={**environment(server), "COLUMNS": str(columns), "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                chunk = os.read(ours, 65_536)
            except OSError:  # Linux ends a terminal that nobody writes to with an error.
                break
            if not chunk:
                break
            written += chunk
        os.close(ours)
    assert process.returncode == 0, written
    return written.decode().replace("\r\n", "\n")


def test_the_way_of_a_run_from_creation_to_download(server: Server, client: KisekiClient, tmp_path: Path) -> None:
    kiseki(server, "experiments", "create", "-n", "往復")
    made = json.loads(kiseki(server, "runs", "create", "-n", "往復", "--run-name", "一回目", "--json").stdout)
    run_id = made["info"]["run_id"]
    client.log_metric(run_id, "loss", 0.5, step=3)
    client.log_param(run_id, "学習率", "0.1")

    data = os.urandom(3_000_000)
    (tmp_path / "big.bin").write_bytes(data)
    kiseki(server, "artifacts", "log-artifact", "-l", "big.bin", "-r", run_id, "-a", "model", cwd=tmp_path)
    place = kiseki(server, "artifacts", "download", "-u", f"runs:/{run_id}/model", "-d", "copy", cwd=tmp_path).stdout
    assert place == f"{tmp_path / 'copy' / 'model'}\n"
    assert (tmp_path / "copy" / "model" / "big.bin").read_bytes() == data

    listed = kiseki(server, "runs", "list", "-n", "往復", "-c", "params.学習率", "-c", "metrics.loss").stdout
    assert listed.splitlines()[1].split()[:3] == [run_id, "一回目", "FINISHED"]
    assert listed.splitlines()[1].split()[-2:] == ["0.1", "0.5"]
    assert "学習率  0.1" in kiseki(server, "runs", "describe", "-r", run_id).stdout
    assert json.loads(kiseki(server, "runs", "history", "-r", run_id, "-m", "loss", "--json").stdout)[0]["step"] == 3


def test_a_list_has_more_than_one_page(server: Server, client: KisekiClient) -> None:
    experiment_id = client.create_experiment("many")
    for _ in range(1_005):
        client.create_run(experiment_id)
    everything = kiseki(server, "runs", "list", "-x", experiment_id, "--max-results", "0", "--json")
    assert len({run["info"]["run_id"] for run in json.loads(everything.stdout)}) == 1_005
    assert everything.stderr == ""
    part = kiseki(server, "runs", "list", "-x", experiment_id, "--max-results", "1001", "--json")
    assert len(json.loads(part.stdout)) == 1_001
    assert "there are more" in part.stderr
    exported = kiseki(server, "experiments", "csv", "-x", experiment_id).stdout
    assert len(exported.splitlines()) == 1 + 1_005


def test_tables_fit_the_terminal(server: Server, client: KisekiClient) -> None:
    experiment_id = client.create_experiment("wide")
    run_id = client.create_run(experiment_id, run_name="とても長い名前の実行" * 5).info.run_id
    for key in ("a_long_metric_name", "b_long_metric_name", "c_long_metric_name"):
        client.log_metric(run_id, key, 1 / 3)
    for columns in (80, 150):
        header, row, *rest = on_a_terminal(server, "runs", "list", "-x", experiment_id, columns=columns).splitlines()
        assert run_id in row
        assert "…" in row
        # Wide characters take two columns.
        assert len(row) + len(re.findall(r"[\u3000-\u9fff]", row)) <= columns
        assert len(header) <= columns
        assert ("Not shown for want of room" in "".join(rest)) == (columns == 80)
    assert "とても長い名前の実行" * 5 in kiseki(server, "runs", "list", "-x", experiment_id).stdout


def test_progress_is_shown_on_a_terminal_and_nowhere_else(server: Server, client: KisekiClient, tmp_path: Path) -> None:
    run_id = client.create_run("0").info.run_id
    for number in range(5):
        (tmp_path / f"{number}.bin").write_bytes(bytes(200_000))
    shown = on_a_terminal(server, "artifacts", "log-artifacts", "-l", str(tmp_path), "-r", run_id, "-a", "files")
    assert "Uploading" in shown
    assert "100%" in shown
    assert "Stored 5 files" in shown
    for path in ("files", "files/0.bin"):
        shown = on_a_terminal(server, "artifacts", "download", "-r", run_id, "-a", path, "-d", str(tmp_path / "copy"))
        assert "Downloading" in shown
        assert "100%" in shown
    assert (tmp_path / "copy" / "files" / "4.bin").read_bytes() == bytes(200_000)
    quiet = kiseki(server, "artifacts", "download", "-r", run_id, "-d", str(tmp_path / "again"))
    assert quiet.stderr == ""
    assert quiet.stdout == f"{tmp_path / 'again'}\n"


def test_the_doctor_knows_what_answers(server: Server) -> None:
    report = json.loads(kiseki(server, "doctor", "--json").stdout)
    checks = {check["name"]: (check["state"], check["found"]) for check in report["checks"]}
    assert checks["server"] == ("ok", f"{server.uri} answers")
    assert checks["server version"] == ("ok", f"kiseki {report['kiseki']}, with the API of MLflow 3.4.0")
    assert report["environment"] == {"KISEKI_TRACKING_URI": server.uri}
    beside = kiseki(server, "doctor", "--backend-store-uri", f"sqlite:///{server.folder / 'wire.db'}").stdout
    assert "the newest" in beside


def test_a_server_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    failed = kiseki(None, "runs", "list", "--tracking-uri", "http://127.0.0.1:1", code=1, cwd=tmp_path)
    assert failed.stdout == ""
    last = failed.stderr.splitlines()[-1]
    assert last.startswith("Error: The tracking server at http://127.0.0.1:1 does not answer")
    assert "kiseki server --host 127.0.0.1 --port 1" in last
    assert "Traceback" not in failed.stderr


def test_a_server_whose_port_is_taken_says_so(server: Server, tmp_path: Path) -> None:
    failed = kiseki(None, "server", "--port", str(server.port), code=1, cwd=tmp_path)
    assert failed.stderr == (
        f"Error: Cannot listen on 127.0.0.1:{server.port}: Address already in use. Give another --port, or a --host that "
        "is an address of this machine.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_server_whose_database_is_something_else_says_so(tmp_path: Path) -> None:
    (tmp_path / "songs.db").write_bytes(b"la " * 1000)
    failed = kiseki(None, "server", "--port", "0", "--backend-store-uri", "sqlite:///songs.db", code=1, cwd=tmp_path)
    assert "Traceback" not in failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("Error: ")
