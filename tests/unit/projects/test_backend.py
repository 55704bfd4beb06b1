"""Backends that other packages bring, with MLflow's entry point and MLflow's arguments."""

import sys
from pathlib import Path

import pytest

import kiseki
from kiseki.base.errors import ExecutionFailed
from kiseki.projects.backend import plugin, read_config

PLUGIN = """
from kiseki.projects import AbstractBackend, SubmittedRun

class Submitted(SubmittedRun):
    run_id = "0" * 32
    succeeds = True

    def wait(self):
        return self.succeeds

    def get_status(self):
        return "FINISHED" if self.succeeds else "FAILED"

    def cancel(self):
        pass

class Backend(AbstractBackend):
    def run(self, project_uri, entry_point, params, version, backend_config, tracking_uri, experiment_id):
        found = Submitted()
        found.given = [project_uri, entry_point, params, version, backend_config, tracking_uri, experiment_id]
        found.succeeds = backend_config.get("succeeds", True)
        return found
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution with a backend."""
    folder = tmp_path / "site"
    info = folder / "kiseki_test_backend-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kiseki-test-backend\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[mlflow.project_backend]\nours = kiseki_test_backend:Backend\nbroken = kiseki_test_backend:Nothing\n"
    )
    (folder / "kiseki_test_backend.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "kiseki_test_backend", raising=False)


@pytest.mark.usefixtures("installed")
def test_a_plugin_gets_what_mlflow_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KISEKI_TRACKING_URI", f"sqlite:///{tmp_path}/k.db")
    found = kiseki.run(
        "https://example.org/x.git", "train", "v1", {"a": 1}, {"gpus": "all"}, experiment_id="0",
        backend="ours", backend_config={"queue": "q"}, synchronous=False, env_manager="local",
    )  # fmt: skip
    config = {
        "DOCKER_ARGS": {"gpus": "all"},
        "ENV_MANAGER": "local",
        "STORAGE_DIR": None,
        "SYNCHRONOUS": False,
        "build_image": False,
        "docker_auth": None,
        "queue": "q",
    }
    given = ["https://example.org/x.git", "train", {"a": "1"}, "v1", config, f"sqlite:///{tmp_path}/k.db", "0"]
    assert vars(found)["given"] == given
    assert list(found.logs()) == []
    with pytest.raises(ExecutionFailed, match=r"Run \(ID '0+'\) failed"):
        kiseki.run("x", experiment_id="0", backend="ours", backend_config='{"succeeds": false}')


@pytest.mark.usefixtures("installed")
def test_plugins_that_are_not_there() -> None:
    with pytest.raises(
        ExecutionFailed, match=r"no backend 'theirs'; there are: local, kubernetes, ray, slurm, broken, ours\."
    ):
        plugin("theirs")
    with pytest.raises(ExecutionFailed, match=r"'broken' \(kiseki_test_backend:Nothing\) cannot be loaded: .*Nothing"):
        plugin("broken")


def test_configurations(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"a": 1}')
    assert [read_config(given) for given in (None, "", {"a": 1}, '{"a": 1}', str(file), file)] == [
        {},
        {},
        *[{"a": 1}] * 4,
    ]
    for given, message in [
        ("{", "cannot be read"),
        ("[1]", "is list; expected"),
        (str(tmp_path / "x.json"), "No such file"),
    ]:
        with pytest.raises(ExecutionFailed, match=message):
            read_config(given)
