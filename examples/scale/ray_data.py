"""Predicts with Ray Data on all cores of this machine, or of a cluster: `python examples/scale/ray_data.py`."""

import pandas as pd
import ray
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kiseki

table, target = load_wine(return_X_y=True, as_frame=True)
classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, target)
with kiseki.start_run():
    info = kiseki.sklearn.log_model(classifier, name="wine", input_example=table.head(3))

ray.init(include_dashboard=False, logging_level="ERROR", log_to_driver=False)
ray.data.DataContext.get_current().enable_progress_bars = False
rows = ray.data.from_pandas(
    pd.concat([table.assign(id=range(number * 178, (number + 1) * 178)) for number in range(50)])
)

predict = kiseki.pyfunc.ray_udf(info.model_uri, keep=["id"])
classes = rows.map_batches(predict, batch_format="pyarrow", compute=ray.data.ActorPoolStrategy(size=1))
counts = classes.to_pandas()["predictions"].value_counts().sort_index()
print(f"{counts.sum()} rows: {counts.to_dict()}")
ray.shutdown()
