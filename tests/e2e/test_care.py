"""The trash and the care of the data as a person uses them: the Python API, and commands as processes of their own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kiseki.base.errors import NotFound
from kiseki.client import KisekiClient
from tests.e2e.test_cli import environment, kiseki, on_a_terminal
from tests.wire.server import Server


def full_run(client: KisekiClient, experiment_id: str) -> str:
    run_id: str = client.create_run(experiment_id).info.run_id
    client.log_metric(run_id, "loss", 0.5)
    client.log_text(run_id, "hello", "a/b.txt")
    return run_id


def test_the_trash_in_python(client: KisekiClient, experiment_id: str) -> None:
    kept, *gone = [full_run(client, experiment_id) for _ in range(4)]
    for run_id in gone:
        client.delete_run(run_id)
    page = client.list_deleted_runs(experiment_id, max_results=2)
    assert [one.run_id for one in page] == gone[:2]
    rest = client.list_deleted_runs(experiment_id, max_results=2, page_token=page.token)
    assert ([one.run_id for one in rest], rest.token) == (gone[2:], None)
    assert (page[0].points, page[0].purging) == (1, False)
    assert page[0].rows > 3
    assert client.list_deleted_runs(experiment_id, deleted_before=page[0].deleted_time - 1) == []

    purged = client.purge_runs([gone[0], kept], deleted_before=page[0].deleted_time)
    assert (purged.run_ids, purged.files, purged.bytes) == ([gone[0]], 1, 5)
    assert [(one.kind, one.id) for one in purged.kept] == [("run", kept)]
    with pytest.raises(NotFound):
        client.get_run(gone[0])
    assert client.list_artifacts(kept)[0].path == "a"

    client.delete_experiment(experiment_id)
    (found,) = [one for one in client.list_deleted_experiments() if one.experiment_id == experiment_id]
    assert (found.runs, found.active_runs) == (3, 0)
    purged = client.purge_experiments([experiment_id])
    assert sorted(purged.run_ids) == sorted([kept, *gone[1:]])
    assert (purged.experiment_ids, purged.files, purged.kept) == ([experiment_id], 3, [])
    with pytest.raises(NotFound):
        client.get_experiment(experiment_id)


def test_gc_through_a_server(server: Server) -> None:
    client = KisekiClient(server.uri)
    experiment_id = client.create_experiment("gc through a server")
    run_id = full_run(client, experiment_id)
    path = server.artifacts / experiment_id / run_id
    assert path.is_dir()
    client.delete_experiment(experiment_id)
    shown = kiseki(server, "gc", "--experiment-ids", experiment_id, "--dry-run").stdout
    assert run_id in shown
    done = json.loads(kiseki(server, "gc", "--experiment-ids", experiment_id, "--json").stdout)
    assert (done["run_ids"], done["experiment_ids"], done["files"]) == ([run_id], [experiment_id], 1)
    assert not path.parent.exists()
    refused = kiseki(server, "gc", "--leave-unreachable", code=2)
    assert "--backend-store-uri" in refused.stderr


def test_gc_on_a_terminal_shows_how_far_it_is(server: Server) -> None:
    client = KisekiClient(server.uri)
    run_id = full_run(client, "0")
    client.delete_run(run_id)
    shown = on_a_terminal(server, "gc", "--run-ids", run_id)
    assert "Deleting" in shown
    assert "100%" in shown
    assert "1 run and 0 experiments" in shown


def test_a_life_of_a_database(tmp_path: Path) -> None:
    """Made by a server that runs on, backed up, damaged, restored, moved, emptied and audited, in bare processes."""

    def run(*arguments: str, code: int = 0) -> str:
        return kiseki(None, *arguments, code=code, cwd=tmp_path / "place").stdout

    with Server(tmp_path / "place", options=()) as server:
        client = KisekiClient(server.uri)
        kept, gone = full_run(client, "0"), full_run(client, "0")
        places = ("--backend-store-uri", "sqlite:///wire.db", "--artifacts-destination", "artifacts")
        assert run("audit", "--digests", *places).endswith("Nothing is wrong.\n")
        run("db", "backup", "b.db", "--backend-store-uri", "sqlite:///wire.db")
        client.delete_run(gone)
        assert "1 run and 0 experiments" in run("gc", *places)
        assert run("audit", *places).endswith("Nothing is wrong.\n")
        refused = kiseki(None, "db", "restore", "b.db", "--replace", *places[:2], code=1, cwd=tmp_path / "place").stderr
        assert "in use" in refused
    run("db", "restore", "b.db", "--replace", *places[:2])
    # The backup has a run whose artifacts gc has deleted since.
    report = json.loads(run("audit", "--json", *places, code=1))
    assert [(one["kind"], gone in one["subject"]) for one in report["findings"]] == [("missing", True)]
    assert "both databases have the same" in run("db", "copy", "sqlite:///wire.db", "sqlite:///moved.db")
    assert "is sound" in run("db", "check", "sqlite:///moved.db")
    moved = KisekiClient(f"sqlite:///{tmp_path / 'place' / 'moved.db'}")
    assert {run.info.run_id for run in moved.search_runs(["0"])} == {kept, gone}


def test_a_copy_that_is_killed_goes_on(tmp_path: Path) -> None:
    client = KisekiClient(f"sqlite:///{tmp_path / 'source.db'}")
    experiment_id = client.create_experiment("e")
    for _ in range(20):
        full_run(client, experiment_id)
    command = [sys.executable, "-m", "kiseki", "db", "copy", "sqlite:///source.db", "sqlite:///target.db"]
    script = [sys.executable, str(Path(__file__).parents[1] / "faults" / "killed.py")]
    for step in (40, 55, 70):
        killed = subprocess.run(
            [*script, str(step), *command[3:]], cwd=tmp_path, env=environment(None), capture_output=True, timeout=60
        )
        assert killed.returncode == -9, killed
    assert "has not ended" in kiseki(None, "db", "check", "sqlite:///target.db", code=1, cwd=tmp_path).stdout
    assert "the same in each table" in kiseki(None, *command[3:], cwd=tmp_path).stdout
    assert "is sound" in kiseki(None, "db", "check", "sqlite:///target.db", cwd=tmp_path).stdout
