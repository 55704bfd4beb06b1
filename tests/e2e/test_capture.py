"""Scripts and projects are captured, wherever runs are kept."""

import os
import subprocess
import sys
from pathlib import Path

from kiseki.capture.capture import CAPTURE_TAG
from kiseki.client.capture import extract_untracked, read_capture, read_patch
from kiseki.client.client import KisekiClient
from tests.repositories import Repository


def test_a_script(place: str, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "code")
    commit = repository.commit(train__py="import kiseki\n")
    script = repository.folder / "train.py"
    script.write_text("import kiseki\nprint(kiseki.start_run().info.run_id)\n# 日本語\n", encoding="utf-8")
    # Larger than what travels in one request with others.
    (repository.folder / "table.csv").write_bytes(os.urandom(900_000))
    environment = {**os.environ, "KISEKI_TRACKING_URI": place, "KISEKI_CAPTURE": "true", "PYTHONWARNINGS": "error"}
    finished = subprocess.run(
        [sys.executable, "train.py"],
        cwd=repository.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    client = KisekiClient(place)
    run_id = finished.stdout.split()[0]
    found = read_capture(client, run_id)
    assert found is not None
    assert (found.source.commit, found.run_id, found.problems) == (commit, run_id, ())
    assert "# 日本語" in read_patch(client, found).decode()
    (table,) = extract_untracked(client, found, tmp_path / "again")
    assert table.read_bytes() == (repository.folder / "table.csv").read_bytes()
    client.backend.close()


def test_a_project_is_captured_by_the_process_that_it_starts(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "code")
    commit = repository.commit(
        MLproject='entry_points: {main: {parameters: {rate: float}, command: "python train.py --rate {rate}"}}',
        train__py="import kiseki\nkiseki.start_run()\n",
    )
    uri = f"sqlite:///{tmp_path}/k.db"
    finished = subprocess.run(
        [sys.executable, "-m", "kiseki", "run", repository.folder.as_uri(), "-P", "rate=0.5", "-v", "main"],
        cwd=tmp_path,
        env={**os.environ, "KISEKI_TRACKING_URI": uri, "KISEKI_CAPTURE": "true"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    client = KisekiClient(uri)
    (run,) = client.search_runs(["0"])
    found = read_capture(client, run.info.run_id)
    assert found is not None
    assert run.data.tags[CAPTURE_TAG] == run.info.run_id
    assert (found.command.argv[1:], found.source.commit) == (("train.py", "--rate", "0.5"), commit)
    client.backend.close()
