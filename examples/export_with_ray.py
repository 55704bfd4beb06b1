"""Reads an export with Ray Data: `kiseki export exported`, then `python examples/export_with_ray.py exported`.

Prints, for each experiment, its run with the least last loss, and how many points there are. On a cluster the parts are
read by its machines, each from the folder or bucket of the export.
"""

import sys
from pathlib import Path

import ray
from ray.data.expressions import col

export = Path(sys.argv[1]).absolute()
ray.init(include_dashboard=False, logging_level="ERROR")
ray.data.DataContext.get_current().enable_progress_bars = False

experiments = ray.data.read_parquet(str(export / "experiments")).to_pandas()
runs = ray.data.read_parquet(str(export / "runs")).to_pandas()
losses = ray.data.read_parquet(str(export / "metrics")).filter(expr=col("key") == "loss").to_pandas()
histories = ray.data.read_parquet(str(export / "histories")).select_columns(["key"])

# What is in the path comes as text.
for frame in (runs, losses):
    frame["experiment_id"] = frame["experiment_id"].astype("int64")
found = losses.dropna(subset="last").merge(runs, on=["experiment_id", "run_id"]).merge(experiments, on="experiment_id")
best = found.sort_values(["last", "run_id"]).groupby("name").first()

for experiment, row in best.sort_index().iterrows():
    print(f"{experiment}: {row['run_name']} {row['last']:.4f}")
print(f"{histories.filter(expr=col('key') == 'loss').count()} points")
ray.shutdown()
