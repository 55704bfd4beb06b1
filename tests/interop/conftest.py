"""Models that one tracker writes and the other reads, in processes of their own: the real MLflow, and kiseki."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.environments import ROOT, clean_environment, without_mlflow
from tests.wire.server import Server

Run = Callable[..., None]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of kiseki."""
    with Server(tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has kiseki and no mlflow of any kind."""
    return without_mlflow(tmp_path_factory.mktemp("alone"), ROOT / "src")


@pytest.fixture
def run(tmp_path: Path, alone: Path) -> Run:
    """Runs a program as `mlflow`, as `kiseki`, or as `kiseki alone`, where there is no mlflow; it must succeed.

    `t` is the tracker in the program.
    """

    def started(tracker: str, program: str, *arguments: object, **variables: str) -> None:
        name = tracker.partition(" ")[0]
        python = alone if tracker == "kiseki alone" else sys.executable
        other = {"mlflow": "kiseki", "kiseki": "mlflow"}[name] if tracker != "kiseki" else "nothing"
        check = f"import sys\nassert not [one for one in sys.modules if one.partition('.')[0] == {other!r}], 'imported'"
        file = tmp_path / "program.py"
        # What the tracker warns of is not what is tested.
        file.write_text(
            f"import warnings\nwarnings.simplefilter('ignore')\nimport sys\nimport {name} as t\n"
            f"import {name}.pyfunc, {name}.sklearn, {name}.models\n{program}\n{check if tracker == 'mlflow' else ''}\n",
            encoding="utf-8",
        )
        finished = subprocess.run(
            [str(python), str(file), *map(str, arguments)],
            cwd=tmp_path,
            env=clean_environment(
                MLFLOW_DISABLE_TELEMETRY="true",
                MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
                MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false",
                **{"PYTHONPATH": str(ROOT / "src"), **variables} if tracker != "kiseki alone" else variables,
            ),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert finished.returncode == 0, f"{tracker}:\n{finished.stdout[-2000:]}\n{finished.stderr[-6000:]}"

    return started
