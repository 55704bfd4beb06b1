"""The examples run, as they are, and print what the documentation says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "scale"
EXPECTED = {
    "batches.py": ["178 rows, columns ['id', 'predictions']", "92 strong wines, 57 of them of class 0"],
    "ray_data.py": ["8900 rows: {0: 2950, 1: 3550, 2: 2400}"],
    "ray_serve.py": ['{"predictions":[0,0]}'],
    "spark.py": ["{0: 59, 1: 71, 2: 48}"],
}


def test_every_example_is_run() -> None:
    assert {file.name for file in EXAMPLES.glob("*.py")} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example(name: str, tmp_path: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("KISEKI_", "MLFLOW_"))}
    # As imported here, in workers too, whatever folder they are started in.
    environment = {**kept, "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path if path)}
    finished = subprocess.run(
        [sys.executable, str(EXAMPLES / name)],
        cwd=tmp_path,
        env={**environment, "KISEKI_TRACKING_URI": f"sqlite:///{tmp_path}/kiseki.db"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    # Ray's own processes write there, too.
    printed = [line for line in finished.stdout.splitlines() if "(raylet)" not in line]
    assert printed[-len(EXPECTED[name]) :] == EXPECTED[name]
