"""Reads an export with Spark: `kiseki export exported`, then `python examples/export_with_spark.py exported`.

Prints, for each experiment, its run with the least last loss, and how many points there are. Needs pyspark and Java.
"""

import sys
from pathlib import Path

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as f

export = Path(sys.argv[1]).absolute()
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")

experiments = spark.read.parquet(f"{export}/experiments")
runs = spark.read.parquet(f"{export}/runs")
metrics = spark.read.parquet(f"{export}/metrics")
histories = spark.read.parquet(f"{export}/histories")

rank = f.row_number().over(Window.partitionBy("experiment_id").orderBy("last", "run_id"))
best = (
    metrics.filter((f.col("key") == "loss") & ~f.isnan("last"))
    .withColumn("rank", rank)
    .filter("rank = 1")
    .join(runs, ["experiment_id", "run_id"])
    .join(experiments, "experiment_id")
    .orderBy("name")
    .select("name", "run_name", "last")
    .collect()
)
points = histories.filter(f.col("key") == "loss").count()

for experiment, run, loss in best:
    print(f"{experiment}: {run} {loss:.4f}")
print(f"{points} points")
spark.stop()
