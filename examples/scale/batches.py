"""Predicts for Parquet of any size, and for a lazy query of Polars: `python examples/scale/batches.py`."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kiseki

table, target = load_wine(return_X_y=True, as_frame=True)
classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, target)
with kiseki.start_run():
    info = kiseki.sklearn.log_model(classifier, name="wine", input_example=table.head(3))
model = kiseki.pyfunc.load_model(info.model_uri)

rows = pl.from_pandas(table).with_row_index("id")
rows.write_parquet("wines.parquet", row_group_size=50)

# From file to file, a batch at a time; the same on the command line:
# kiseki models predict -m models:/m-… -i wines.parquet -o classes.parquet --keep id
kiseki.models.predict(
    info.model_uri,
    input_path="wines.parquet",
    content_type="parquet",
    output_path="classes.parquet",
    keep=["id"],
    env_manager="local",
)
print(f"{pq.read_metadata('classes.parquet').num_rows} rows, columns {pq.read_schema('classes.parquet').names}")

# A query that never is in memory as a whole.
query = pl.scan_parquet("wines.parquet").filter(pl.col("alcohol") > 13)
found = kiseki.pyfunc.predict_batches(model, query.collect_batches(), keep=["id", "alcohol"])
strong = pl.DataFrame(pa.Table.from_batches(found))
print(f"{strong.height} strong wines, {strong.filter(pl.col('predictions') == 0).height} of them of class 0")
Path("wines.parquet").unlink()
Path("classes.parquet").unlink()
