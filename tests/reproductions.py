"""Runs that are made by their author and made again, in environments that have kiseki and a tiny package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

import kiseki
from kiseki.capture.verdict import Reproduction
from kiseki.client.client import KisekiClient
from kiseki.projects.recipe import Recipe, python_for

TRAIN = """
import random
import sys

import kiseki
import tiny

random.seed(7)
with open("data.txt") as file:
    first = float(file.read())
with kiseki.start_run() as run:
    kiseki.log_param("arguments", sys.argv[1:])
    for step in range(3):
        kiseki.log_metric("loss", first + tiny.SCALE * random.random(), step=step)
    kiseki.log_text("made", "made.txt")
print("run", run.info.run_id)
"""


def python(version: str, folder: Path, root: Path | None = None) -> Path:
    """An environment with kiseki and a version of the tiny package, kept in `root` for tests that change it."""
    recipe = Recipe(
        folder=folder, python=f"{sys.version_info[0]}.{sys.version_info[1]}", lines=(f"tiny=={version}",), kiseki=()
    )
    return python_for(recipe, root)


def train(folder: Path, *arguments: str, version: str = "1.0") -> str:
    """Runs the code as its author does; the id of its run."""
    return run_python(python(version, folder), folder, *(arguments or ("train.py",)))


def run_python(python: Path, folder: Path, *arguments: str) -> str:
    """Has a Python run something in a folder, without what the tests run with; the last word that it writes."""
    variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "KISEKI_RUN_ID"}}
    finished = subprocess.run(
        [python, *arguments],
        cwd=folder,
        env={**variables, "PWD": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.split()[-1]


def reproduce(old: str, **options: Any) -> Reproduction:
    """The verdict, as it is recorded."""
    found = kiseki.reproduce(old, **options)
    assert KisekiClient().get_run(found.new_run_id).data.tags["kiseki.reproduction.verdict"] == found.verdict
    assert recorded(found.new_run_id) == found
    return found


def not_runnable(old: str, kind: str, *words: str, **options: Any) -> Reproduction:
    """That a run cannot be made again, for a cause of a kind and with words in the text."""
    found = reproduce(old, **options)
    assert found.verdict == "not_runnable", found
    assert [cause.kind for cause in found.causes] == [kind]
    for word in words:
        assert word in found.text
    assert KisekiClient().get_run(found.new_run_id).info.status == "FAILED"
    return found


def last_reproduction(old: str) -> Reproduction:
    """What is recorded of the reproduction that a run names."""
    return recorded(KisekiClient().get_run(old).data.tags["kiseki.reproducedBy"])


def recorded(run_id: str) -> Reproduction:
    """What is recorded of a reproduction, by the run that it made."""
    stored = Path(KisekiClient().download_artifacts(run_id, "kiseki/reproduction.json")).read_bytes()
    return msgspec.json.decode(stored, type=Reproduction)
