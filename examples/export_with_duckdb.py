"""Reads an export with DuckDB: `kiseki export exported`, then `python examples/export_with_duckdb.py exported`.

Prints, for each experiment, its run with the least last loss, and how many points there are.
"""

import sys
from pathlib import Path

import duckdb

export = Path(sys.argv[1])

with duckdb.connect() as database:
    for table in ("runs", "metrics", "histories"):
        # The id of the experiment is in the path, and a filter on it skips the other folders.
        files = f"{export / table}/*/*.parquet"
        relation = database.read_parquet(files, hive_partitioning=True)
        relation.create_view(table)
    database.read_parquet(f"{export}/experiments/*.parquet").create_view("experiments")

    best = database.sql(
        """
        SELECT experiments.name, runs.run_name, metrics.last
        FROM metrics JOIN runs USING (run_id) JOIN experiments ON experiments.experiment_id = runs.experiment_id
        WHERE metrics.key = 'loss' AND NOT isnan(metrics.last)
        QUALIFY row_number() OVER (PARTITION BY runs.experiment_id ORDER BY metrics.last, runs.run_id) = 1
        ORDER BY experiments.name
        """
    ).fetchall()
    ((points,),) = database.sql("SELECT count(*) FROM histories WHERE key = 'loss'").fetchall()

for experiment, run, loss in best:
    print(f"{experiment}: {run} {loss:.4f}")
print(f"{points} points")
