"""Measures rows a second of each engine with one model of scikit-learn: ``python -m bench.scale``, where Spark and Ray are.

`make test-flavors` makes such an environment: ``build/flavors/bin/python -m bench.scale``. Beside them is a loop that calls
`predict` for as many rows at a time. Sessions are warm, and so are models but for Ray's, whose actors start in every round; every engine reads the same Parquet file and has
its predictions counted, and what it says is compared with the loop's.
"""

import argparse
import contextlib
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kiseki
from kiseki.models import infer_signature
from kiseki.pyfunc import load_model, predict_batches, ray_udf, spark_udf
from kiseki.pyfunc.parquet import predict_parquet

BATCH: Final = 10_000
"""Rows that the model is called with at a time; what Spark takes by default."""
CORES: Final = 2

Run = Callable[[], int]
"""Predicts for all rows, and returns how many are of class 1."""


def main() -> int:
    """Prints the table; 1 when an engine's predictions are not the loop's."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each engine (default: %(default)s)")
    parser.add_argument("--engines", default="spark,ray", help="besides the loop and Arrow (default: %(default)s)")
    options = parser.parse_args()
    logging.getLogger("kiseki").setLevel(logging.ERROR)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as temporary, contextlib.ExitStack() as opened:
        folder = Path(temporary)
        model, source = _prepare(folder, options.rows)
        engines = {
            "loop over pyfunc.predict": _loop(model, source),
            "predict_batches": _batches(model, source),
            "predict_parquet, to a file": _parquet(model, source, folder / "out.parquet"),
        }
        if "spark" in options.engines:
            engines[f"spark_udf, local[{CORES}]"] = opened.enter_context(_spark(model, source))
        if "ray" in options.engines:
            engines[f"ray_udf, {CORES} actors"] = opened.enter_context(_ray(model, source))
        expected = engines["loop over pyfunc.predict"]()
        print(f"{options.rows} rows of 30 doubles, {BATCH} at a time, {options.rounds} rounds, {os.cpu_count()} cores")
        base = 0.0
        for name, run in engines.items():
            if run() != expected:
                print(f"{name}: other predictions than the loop's", file=sys.stderr)
                wrong = 1
            seconds = []
            for _ in range(options.rounds):
                start = time.perf_counter()
                run()
                seconds.append(time.perf_counter() - start)
            speed = options.rows / statistics.median(seconds)
            base = base or speed
            print(f"{name:28} {speed:12,.0f} rows/s {speed / base:6.2f} x")
    return wrong


def _prepare(folder: Path, rows: int) -> tuple[str, str]:
    """A scaler with a logistic regression, saved, and a file of rows."""
    table, target = load_breast_cancer(return_X_y=True, as_frame=True)
    table.columns = table.columns.str.replace(" ", "_")
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(table, target)
    signature = infer_signature(table, model.predict(table).tolist())
    kiseki.sklearn.save_model(model, folder / "model", signature=signature)
    large = pa.Table.from_pandas(table, preserve_index=False).take(pa.array(np.arange(rows) % len(table)))
    pq.write_table(large, folder / "rows.parquet", row_group_size=100_000)
    return str(folder / "model"), str(folder / "rows.parquet")


def _loop(uri: str, source: str) -> Run:
    model = load_model(uri)

    def run() -> int:
        frame = pq.read_table(source).to_pandas()
        return sum(
            int(np.sum(model.predict(frame.iloc[start : start + BATCH]))) for start in range(0, len(frame), BATCH)
        )

    return run


def _batches(uri: str, source: str) -> Run:
    model = load_model(uri)

    def run() -> int:
        batches = pq.ParquetFile(source).iter_batches(BATCH)
        return sum(pc.sum(batch.column(0)).as_py() for batch in predict_batches(model, batches, batch_rows=BATCH))

    return run


def _parquet(uri: str, source: str, target: Path) -> Run:
    model = load_model(uri)

    def run() -> int:
        predict_parquet(model, source, str(target), batch_rows=BATCH)
        found: int = pc.sum(pq.read_table(target).column(0)).as_py()
        return found

    return run


@contextlib.contextmanager
def _spark(uri: str, source: str) -> Iterator[Run]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f

    spark = SparkSession.builder.master(f"local[{CORES}]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    predict = spark_udf(spark, uri, "long")

    def run() -> int:
        found: int = spark.read.parquet(source).select(f.sum(predict())).first()[0]
        return found

    yield run
    spark.stop()


@contextlib.contextmanager
def _ray(uri: str, source: str) -> Iterator[Run]:
    import ray

    ray.init(num_cpus=CORES + 1, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    context: Any = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    predict = ray_udf(uri)

    def run() -> int:
        actors = ray.data.ActorPoolStrategy(size=CORES)
        rows = ray.data.read_parquet(source, override_num_blocks=2 * CORES)
        answers = rows.map_batches(predict, batch_format="pyarrow", batch_size=BATCH, compute=actors)
        batches = answers.iter_batches(batch_format="pyarrow", batch_size=None)
        return sum(pc.sum(batch.column("predictions")).as_py() for batch in batches)

    yield run
    ray.shutdown()


if __name__ == "__main__":
    sys.exit(main())
