"""Reads an export with PyArrow: `kiseki export exported`, then `python examples/export_with_pyarrow.py exported`.

Prints, for each experiment, its run with the least last loss, and how many points there are. It reads the files that
the manifest names: exactly one state of the export, also while the next one is being written.
"""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

export = Path(sys.argv[1])
files = json.loads((export / "manifest.json").read_bytes())["files"]
partitioning = ds.partitioning(pa.schema([("experiment_id", pa.int64())]), flavor="hive")


def dataset(table: str) -> ds.Dataset:
    paths = [str(export / file) for file in files[table]]
    return ds.dataset(paths, partitioning=partitioning, partition_base_dir=str(export / table))


names = dataset("experiments").to_table()
name = dict(zip(names["experiment_id"].to_pylist(), names["name"].to_pylist(), strict=True))
runs = dataset("runs").to_table(columns=["run_id", "run_name"])
run_name = dict(zip(runs["run_id"].to_pylist(), runs["run_name"].to_pylist(), strict=True))

is_loss = ds.field("key") == "loss"
losses = dataset("metrics").to_table(filter=is_loss & ~ds.field("last").is_nan())
best: dict[str, tuple[float, str]] = {}
for row in losses.to_pylist():
    found = (row["last"], row["run_id"])
    key = name[row["experiment_id"]]
    best[key] = min(found, best.get(key, found))

for experiment, (loss, run) in sorted(best.items()):
    print(f"{experiment}: {run_name[run]} {loss:.4f}")
print(f"{dataset('histories').count_rows(filter=is_loss)} points")
