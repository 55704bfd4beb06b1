"""Serves a model with Ray Serve, asks it, and ends: `python examples/scale/ray_serve.py`.

The same from a file: `kiseki models generate-descriptor --kind ray-serve -m URI -o serve.yaml`, `serve run serve.yaml`.
"""

import json
import socket
import urllib.request

import ray
from ray import serve
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kiseki
from kiseki.serving.ray_serve import app

table, target = load_wine(return_X_y=True, as_frame=True)
classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, target)
kiseki.sklearn.save_model(classifier, "wine", input_example=table.head(3))

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
ray.init(include_dashboard=False, logging_level="ERROR", log_to_driver=False)
serve.start(http_options={"host": "127.0.0.1", "port": port}, logging_config={"log_level": "ERROR"})
serve.run(app({"model_uri": "wine"}), name="wine", route_prefix="/wine")

body = json.dumps({"dataframe_split": {"columns": list(table), "data": table.head(2).to_numpy().tolist()}})
request = urllib.request.Request(
    f"http://127.0.0.1:{port}/wine/invocations", body.encode(), {"Content-Type": "application/json"}
)
with urllib.request.urlopen(request, timeout=60) as response:
    print(response.read().decode())
serve.shutdown()
ray.shutdown()
