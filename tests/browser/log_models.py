"""Logs models of every kind with the unmodified `mlflow` package, to the server whose address is its argument."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import urllib.request
import warnings
from pathlib import Path
from typing import Any

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
with warnings.catch_warnings():
    # What MLflow's own imports warn of is not ours to mend.
    warnings.simplefilter("ignore")
    import mlflow
    from mlflow.entities import LoggedModelInput

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from tests.browser.places import FLOWERS, IRISES

# Asked for by name, MLflow need not find out what a model imports, which takes it seconds.
_REQUIREMENTS = ["scikit-learn", "numpy"]


def log_all(uri: str) -> None:
    """Logs them all to the experiment `IRISES`."""
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment(IRISES)
    frame, target = load_iris(return_X_y=True, as_frame=True)
    parts = train_test_split(frame, target, random_state=7)
    registered(uri, classifiers(*parts))
    checkpoints(*parts)
    pixels()
    states(parts[0], parts[2])


def classifiers(x: pd.DataFrame, x_test: pd.DataFrame, y: pd.Series[int], y_test: pd.Series[int]) -> list[str]:
    """Classifiers with an example, params and a tag, measured on two datasets; the last run evaluates the first one.

    Returns their ids.
    """
    train = mlflow.data.from_pandas(x.assign(target=y), targets="target", name="irises train")
    test = mlflow.data.from_pandas(x_test.assign(target=y_test), targets="target", name="irises test")
    ids: list[str] = []
    for regularisation in (1.0, 0.1, 0.01):
        with mlflow.start_run(run_name=f"logistic C={regularisation:g}"):
            model = LogisticRegression(C=regularisation, max_iter=1_000).fit(x, y)
            logged = mlflow.sklearn.log_model(
                model,
                name=f"logistic-{str(regularisation).replace('.', '_')}",
                input_example=x.head(4),
                params={"C": regularisation, "max_iter": 1_000, "solver": "lbfgs"},
                tags={"team": "flowers"},
                model_type="classifier",
                pip_requirements=_REQUIREMENTS,
            )
            for dataset, data, truth in ((train, x, y), (test, x_test, y_test)):
                mlflow.log_metric("accuracy", model.score(data, truth), model_id=logged.model_id, dataset=dataset)
            loss = -float(np.log(model.predict_proba(x_test)[range(len(y_test)), y_test]).mean())
            mlflow.log_metric("log_loss", loss, model_id=logged.model_id, dataset=test)
            ids.append(logged.model_id)
    with mlflow.start_run(run_name="evaluation"):
        mlflow.log_input(test, context="evaluation", model=LoggedModelInput(ids[0]))
        mlflow.log_metric("brier_score", 0.0625, model_id=ids[0], dataset=test)
    return ids


def registered(uri: str, ids: list[str]) -> None:
    """A registered model with a version of each, aliases that moved, and moves that wait and were refused; and two others."""
    client = mlflow.MlflowClient()
    client.create_registered_model(
        FLOWERS, tags={"team": "flowers", "owner": "研究チーム"}, description="Tells **irises** apart."
    )
    with warnings.catch_warnings():
        # Stages are deprecated, and used.
        warnings.simplefilter("ignore")
        for model_id in ids:
            mlflow.register_model(f"models:/{model_id}", FLOWERS)
        client.transition_model_version_stage(FLOWERS, "1", "Production")
        client.transition_model_version_stage(FLOWERS, "2", "Staging")
    client.update_model_version(FLOWERS, "2", "Less regularised")
    client.set_model_version_tag(FLOWERS, "2", "validated", "yes")
    client.set_registered_model_alias(FLOWERS, "challenger", "3")
    moves = f"{uri}/api/kiseki/v1/registry/moves"
    _post(moves, "hanako", {"name": FLOWERS, "alias": "champion", "version": "2", "comment": "a first try"})
    _post(moves, "hanako", {"name": FLOWERS, "alias": "champion", "version": "1", "comment": "better on new flowers"})
    rules = {
        "protected_aliases": ["champion"],
        "approved_aliases": ["champion"],
        "approved_stages": ["Production"],
        "checks": [{"target": "champion", "filter": "metrics.log_loss < 0.5"}, {"report": "evaluation"}],
    }
    _post(f"{uri}/api/kiseki/v1/registry/rules", "hanako", {"name": FLOWERS, "rules": rules})
    report = {"check": "evaluation", "passed": True, "detail": "120 of 120 samples"}
    asked = {"name": FLOWERS, "alias": "champion", "reports": [report]}
    _post(moves, "taro", {**asked, "version": "3", "comment": "smaller"})
    _post(moves, "taro", {**asked, "version": "2", "comment": "worth another look"})
    client.create_registered_model("empty one")
    client.create_registered_model("kept elsewhere", tags={"team": "ops"})
    client.create_model_version("kept elsewhere", "s3://bucket/models/elsewhere")


def _post(address: str, user: str, body: dict[str, Any]) -> None:
    """Asks the server for what MLflow has no function for."""
    headers = {"Content-Type": "application/json", "X-Kiseki-User": user}
    request = urllib.request.Request(address, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        answer.read()


def checkpoints(x: pd.DataFrame, x_test: pd.DataFrame, y: pd.Series[int], y_test: pd.Series[int]) -> None:
    """Models of one run at several steps, with a signature alone."""
    with mlflow.start_run(run_name="checkpoints"):
        for step in (1, 2, 4):
            with warnings.catch_warnings():
                # It is to stop early.
                warnings.simplefilter("ignore")
                model = LogisticRegression(max_iter=step).fit(x, y)
            logged = mlflow.sklearn.log_model(
                model,
                name=f"checkpoint-{step}",
                step=step,
                signature=mlflow.models.infer_signature(x, model.predict(x)),
                pip_requirements=_REQUIREMENTS,
            )
            mlflow.log_metric("accuracy", model.score(x_test, y_test), step=step, model_id=logged.model_id)


class Bright(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # untyped where MLflow is
    """Says which images are bright."""

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """One number for each image."""
        return (model_input.sum(axis=(1, 2)) > (params or {}).get("threshold", 300)).astype("int64")


def pixels() -> None:
    """A Python model of tensors with parameters of inference and metadata."""
    images = np.arange(3 * 8 * 8, dtype="float32").reshape(3, 8, 8)
    params = {"threshold": 300.0, "labels": ["dark", "bright"]}
    with mlflow.start_run(run_name="pixels"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.pyfunc.log_model(
            name="pixels",
            python_model=Bright(),
            input_example=(images, params),
            signature=mlflow.models.infer_signature(images, np.array([0, 1, 1]), params),
            metadata={"owner": "研究チーム", "stage": "draft"},
            pip_requirements=["numpy"],
        )


def states(x: pd.DataFrame, y: pd.Series[int]) -> None:
    """Models that are elsewhere, not ready, failed and deleted; and one that is nothing but files of its run."""
    mlflow.create_external_model(name="hosted-elsewhere", model_type="llm", tags={"provider": "acme"})
    mlflow.initialize_logged_model(name="still-training", model_type="classifier")
    failed = mlflow.initialize_logged_model(name="interrupted", model_type="classifier")
    mlflow.finalize_logged_model(failed.model_id, "FAILED")
    deleted = mlflow.create_external_model(name="forgotten")
    mlflow.MlflowClient().delete_logged_model(deleted.model_id)
    with mlflow.start_run(run_name="of an old client"), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        example = x.head(2)
        model = LogisticRegression(max_iter=1_000).fit(x, y)
        signature = mlflow.models.infer_signature(example, model.predict(example))
        mlflow.sklearn.save_model(model, path, signature=signature, pip_requirements=_REQUIREMENTS)
        mlflow.log_artifacts(str(path), "model")
        entry = {
            "artifact_path": "model",
            "utc_time_created": "2026-01-02 03:04:05.678901",
            "flavors": {"python_function": {}, "sklearn": {}},
            "model_uuid": "0" * 32,
            "signature": signature.to_dict(),
        }
        mlflow.set_tag("mlflow.log-model.history", json.dumps([entry]))


if __name__ == "__main__":
    log_all(sys.argv[1])
