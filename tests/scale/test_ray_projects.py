"""Projects as jobs of a real Ray cluster."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kiseki
from kiseki.base.errors import ExecutionFailed, Unavailable
from kiseki.client.client import KisekiClient
from kiseki.fluent.experiments import active_experiment_id
from tests.repositories import Repository
from tests.wire.server import Server

MLPROJECT = """
entry_points:
  main:
    parameters: {note: string}
    command: "python train.py {note}"
  waits: {command: "echo started; sleep 600"}
"""
TRAIN = """
import sys
import kiseki

with kiseki.start_run() as run:
    kiseki.log_metric("loss", 0.5)
    kiseki.set_tag("note", sys.argv[1])
print("trained")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture
def client(session: None, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KisekiClient:
    monkeypatch.setenv("KISEKI_TRACKING_URI", server.uri)
    monkeypatch.setenv("KISEKI_EXPERIMENT_NAME", str(tmp_path))
    return KisekiClient()


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "project")
    found.commit(MLproject=MLPROJECT, train__py=TRAIN)
    return found


def test_a_version_of_a_repository(
    client: KisekiClient, dashboard: str, project: Repository, capfd: pytest.CaptureFixture[str]
) -> None:
    note = 'a "b" $HOME ${PATH} $(touch canary) \'; touch canary #'
    submitted = kiseki.run(
        project.folder.as_uri(),
        version="main",
        parameters={"note": note},
        backend="ray",
        backend_config={"address": dashboard, "entrypoint_num_cpus": 1},
    )
    run = client.get_run(submitted.run_id)
    assert (run.info.status, run.data.metrics, run.data.tags["note"]) == ("FINISHED", {"loss": 0.5}, note)
    assert run.data.tags["kiseki.project.job"] == f"ray kiseki-{run.info.run_id}"
    assert [*submitted.logs()][-1] == "trained"
    assert "trained\n" in capfd.readouterr().out


def test_cancelled(client: KisekiClient, dashboard: str, project: Repository) -> None:
    config = {"address": dashboard}
    submitted = kiseki.run(project.folder, "waits", backend="ray", backend_config=config, synchronous=False)
    assert "started" in submitted.logs(follow=True)
    submitted.cancel()
    assert (submitted.get_status(), submitted.wait()) == ("KILLED", False)
    assert client.get_run(submitted.run_id).info.status == "KILLED"


def test_requirements_are_installed_by_ray(
    client: KisekiClient, dashboard: str, project: Repository, tmp_path: Path
) -> None:
    name = "kiseki_test_cargo-1"
    with zipfile.ZipFile(tmp_path / f"{name}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("kiseki_test_cargo.py", "")
        wheel.writestr(f"{name}.dist-info/METADATA", "Metadata-Version: 2.1\nName: kiseki-test-cargo\nVersion: 1\n")
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{name}.dist-info/RECORD", "")
    project.commit(
        python_env__yaml="dependencies: [kiseki-test-cargo, kiseki]",
        where__py="import kiseki_test_cargo, kiseki\nprint(kiseki_test_cargo.__file__)\nprint(kiseki.__file__)",
    )
    submitted = kiseki.run(
        project.folder,
        "where.py",
        backend="ray",
        backend_config={
            "address": dashboard,
            "runtime_env": {"env_vars": {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}},
        },
    )
    *_, package, own = submitted.logs()
    assert "runtime_resources" in package
    assert "runtime_resources" in own
    assert client.get_run(submitted.run_id).data.tags["mlflow.project.env"] == "virtualenv"


def test_another_python(client: KisekiClient, dashboard: str, project: Repository) -> None:
    project.commit(python_env__yaml="python: '3.1'\ndependencies: []")
    config = {"address": dashboard}
    submitted = kiseki.run(project.folder, "waits", backend="ray", backend_config=config, synchronous=False)
    assert not submitted.wait()
    assert client.get_run(submitted.run_id).info.status == "FAILED"
    assert "The project asks for Python 3.1, and this cluster has 3." in "\n".join(submitted.logs())


def test_what_is_refused(client: KisekiClient, project: Repository, tmp_path: Path) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"adress": "x"}, "given adress; it has: address"),
        ({"runtime_env": {"working_dir": "."}}, "working_dir, which the project decides"),
        ({"runtime_env": "x"}, "expected a mapping"),
    ]
    for config, message in refused:
        with pytest.raises(ExecutionFailed, match=message):
            kiseki.run(project.folder, "waits", backend="ray", backend_config=config)
    (project.folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    (project.folder / "uv.lock").touch()
    with pytest.raises(ExecutionFailed, match=r"that of uv\.lock.*--env-manager local"):
        kiseki.run(project.folder, "waits", backend="ray")
    kiseki.set_tracking_uri(f"sqlite:///{tmp_path}/k.db")
    with pytest.raises(ExecutionFailed, match="Start a server"):
        kiseki.run(project.folder, "waits", backend="ray")
    kiseki.set_tracking_uri("")


def test_a_project_that_is_too_large(client: KisekiClient, dashboard: str, project: Repository) -> None:
    with (project.folder / "data.bin").open("wb") as file:
        file.truncate(101 * 2**20)
    with pytest.raises(ExecutionFailed, match=r"exceeded.* The project is more than the dashboard takes\..*excludes"):
        kiseki.run(project.folder, "waits", backend="ray", backend_config={"address": dashboard})


def test_nobody_answers(client: KisekiClient, project: Repository) -> None:
    config = {"address": "http://127.0.0.1:9"}
    with pytest.raises(Unavailable, match=r"The Ray cluster at http://127\.0\.0\.1:9 does not answer"):
        kiseki.run(project.folder, "waits", backend="ray", backend_config=config)
    (run,) = client.search_runs([active_experiment_id(client)])
    assert run.info.status == "FAILED"
