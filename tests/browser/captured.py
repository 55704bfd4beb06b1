"""Runs with captures and reproductions, made by the REST API alone."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any, Final

import msgspec

from kiseki.capture.capture import Capture, encode
from kiseki.capture.command import Command
from kiseki.capture.host import Gpu, Host
from kiseki.capture.packages import Package
from kiseki.capture.seeds import Seed
from kiseki.capture.source import Source, SourceFile
from tests.faults.server import Target
from tests.wire.server import metric, pairs

COMMIT: Final = "3f2c1e9a" * 5
CAUSE: Final = "Packages differ: numpy was 2.1.0 and is 2.2.0."
LEFT_OUT: Final = "It is larger than 1 MiB."
START_MS: Final = 1_760_000_000_000
PROBLEM: Final = "The submodules of the repository could not be read: git took too long."

PATCH: Final = """\
diff --git a/train.py b/train.py
index 1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c..2f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c 100644
--- a/train.py
+++ b/train.py
@@ -1,3 +1,4 @@
 import random
-RATE = 0.1
+RATE = 0.01  # slower
+random.seed(7)
 for step in range(100):
diff --git a/notes/学習.md b/notes/学習.md
new file mode 100644
index 0000000000000000000000000000000000000000..3f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c
--- /dev/null
+++ b/notes/学習.md
@@ -0,0 +1,2 @@
+# 学習
+遅くした。
"""

_PACKAGES: Final = {
    "numpy": "2.1.0",
    "scikit-learn": "1.5.2",
    "scipy": "1.14.1",
    "pandas": "2.2.3",
    "joblib": "1.4.2",
    "threadpoolctl": "3.5.0",
    "python-dateutil": "2.9.0",
    "pytz": "2024.2",
    "six": "1.16.0",
    "tzdata": "2024.2",
}


def capture_of(run_id: str, **changes: Any) -> Capture:
    """A capture; `packages` are versions by name that take the place of the usual ones."""
    versions = {**_PACKAGES, **changes.pop("packages", {})}
    packages = [Package(name=name, version=version) for name, version in versions.items()]
    mine = Package(name="flowers", version="0.3.0", url="file:///code/flowers", editable=True)
    found = Capture(
        run_id=run_id,
        command=Command(
            kind="script",
            argv=("/env/bin/python", "train.py", "--data", "two words.csv"),
            folder="/code/flowers",
            script="/code/flowers/train.py",
        ),
        source=Source(
            root="/code/flowers",
            repository="https://github.com/ann/flowers.git",
            commit=COMMIT,
            branch="slower",
            patch_sha256="a" * 64,
            files=(
                SourceFile(path="new/features.py", bytes=1_204, sha256="b" * 64),
                SourceFile(path="weights.bin", bytes=48_000_000, left_out=LEFT_OUT),
            ),
        ),
        packages=(*packages, mine),
        host=Host(
            python="3.12.7",
            implementation="CPython",
            system="Linux-6.8.0-x86_64-with-glibc2.39",
            machine="x86_64",
            processor="AMD EPYC 7763 64-Core Processor",
            cpus=16,
            memory_bytes=67_000_000_000,
            gpus=(Gpu(name="NVIDIA A100-SXM4-40GB", driver="550.54.15", memory="40960 MiB"),),
        ),
        variables={"CUDA_VISIBLE_DEVICES": "0", "HF_TOKEN": "***", "OMP_NUM_THREADS": "8"},
        seeds={
            "hash": Seed(seeded=False),
            "numpy": Seed(seeded=True, state="0123456789abcdef"),
            "random": Seed(seeded=None, state="fedcba9876543210"),
            "torch": Seed(seeded=True, value=7, state="00112233445566aa"),
        },
        problems=(PROBLEM,),
    )
    return msgspec.structs.replace(found, **changes)


def capture(server: Target, run_id: str, **changes: Any) -> None:
    """Has a run as if kiseki's client had captured it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("new/features.py", "SIZE = 3\n")
    files = {
        "capture.json": encode(capture_of(run_id, **changes)),
        "changes.patch": PATCH.encode(),
        "untracked.zip": archive.getvalue(),
        "requirements.txt": b"numpy==2.1.0\n",
    }
    root = server.artifact_path(run_id)
    for name, content in files.items():
        server.put_artifact(f"{root}/kiseki/{name}", content)
    tag(server, run_id, **{"kiseki.capture": run_id})


def tag(server: Target, run_id: str, **tags: str) -> None:
    """Sets tags of a run."""
    server.post("runs/log-batch", run_id=run_id, metrics=[], params=[], tags=pairs(**tags)).ok()


def new_run(server: Target, experiment: str, name: str, loss: float, rate: str = "0.01", data: str = "digest1") -> str:
    """A run with a metric, a param and a data set; its id."""
    run = server.new_run(experiment, run_name=name, start_time=START_MS)
    server.post("runs/log-batch", run_id=run, metrics=[metric("loss", loss)], params=pairs(rate=rate), tags=[]).ok()
    dataset = {"name": "flowers.csv", "digest": data, "source_type": "local", "source": "{}"}
    server.post("runs/log-inputs", run_id=run, datasets=[{"dataset": dataset, "tags": []}]).ok()
    server.post("runs/update", run_id=run, status="FINISHED", end_time=START_MS + 83_000).ok()
    return run


def reproduce(server: Target, original: str, reproduction: str, verdict: str) -> None:
    """Has one run as the reproduction of another one."""
    tag(server, original, **{"kiseki.reproduced": verdict, "kiseki.reproducedBy": reproduction})
    tag(server, reproduction, **{"kiseki.reproduces": original, "kiseki.reproduction.verdict": verdict})
    details = {
        "run_id": original,
        "new_run_id": reproduction,
        "verdict": verdict,
        "text": "",
        "tolerance": 0.001,
        "metrics_compared": 2,
        "points_compared": 200,
        "metrics": [
            {"key": "loss", "step": 17, "before": 0.25, "after": 0.31, "relative": 0.1935, "relative_step": 99},
            {"key": "accuracy", "step": 18, "before": 0.9, "after": "NaN", "relative": None, "relative_step": 18},
        ],
        "artifacts_compared": 3,
        "artifacts": [{"path": "model/model.pkl", "status": "changed"}],
        "causes": [{"kind": "package", "text": CAUSE}, {"kind": "seed", "text": "numpy was not seeded."}],
        "notes": ["weights.bin was not kept."],
    }
    path = f"{server.artifact_path(reproduction)}/kiseki/reproduction.json"
    server.put_artifact(path, json.dumps(details).encode())
