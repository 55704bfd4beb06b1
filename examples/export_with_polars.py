"""Reads an export with Polars: `kiseki export exported`, then `python examples/export_with_polars.py exported`.

Prints, for each experiment, its run with the least last loss, and how many points there are.
"""

import sys
from pathlib import Path

import polars as pl

export = Path(sys.argv[1])

# Nothing is read until `collect`, and then only the columns and row groups that are needed.
runs = pl.scan_parquet(export / "runs" / "**" / "*.parquet", hive_partitioning=True)
metrics = pl.scan_parquet(export / "metrics" / "**" / "*.parquet", hive_partitioning=True)
histories = pl.scan_parquet(export / "histories" / "**" / "*.parquet", hive_partitioning=True)
experiments = pl.scan_parquet(export / "experiments" / "*.parquet")

best = (
    metrics.filter((pl.col("key") == "loss") & pl.col("last").is_not_nan())
    .join(runs, on=["experiment_id", "run_id"])
    .sort("last", "run_id")
    .group_by("experiment_id", maintain_order=True)
    .first()
    .join(experiments, on="experiment_id")
    .sort("name")
    .select("name", "run_name", "last")
    .collect()
)
points = histories.filter(pl.col("key") == "loss").select(pl.len()).collect().item()

for experiment, run, loss in best.iter_rows():
    print(f"{experiment}: {run} {loss:.4f}")
print(f"{points} points")
