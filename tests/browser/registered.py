"""A registered model with three versions, made by the REST API alone, and what tests say and ask of it."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.faults.server import Target
from tests.wire.server import NATIVE, Json, metric, pairs

CHURN: Final = "churn"
ACCURACIES: Final = (0.82, 0.91, 0.88)
DATA: Final = "customers"

_MLMODEL: Final = """\
artifact_path: model
flavors:
  python_function:
    loader_module: mlflow.sklearn
    python_version: 3.12.1
  sklearn:
    pickled_model: model.pkl
    sklearn_version: 1.{number}.0
signature:
  inputs: '{inputs}'
  outputs: '[{{"type": "double", "required": true}}]'
"""


def register_churn(server: Target) -> str:
    """Registers three versions from runs with metrics, a data set and files; the id of their experiment."""
    experiment = server.new_experiment()
    server.post("registered-models/create", name=CHURN, description="Who **leaves** soon.", tags=pairs(team="crm")).ok()
    for number, accuracy in enumerate(ACCURACIES, 1):
        run = server.new_run(experiment, run_name=f"forest {number}")
        metrics = [metric("accuracy", accuracy), metric("loss", round(1 - accuracy, 2))]
        server.post(
            "runs/log-batch", run_id=run, metrics=metrics, params=pairs(depth=str(number), kind="forest"), tags=[]
        ).ok()
        dataset = {"name": DATA, "digest": f"digest{number}", "source_type": "local", "source": "{}"}
        tags = [{"key": "mlflow.data.context", "value": "training"}]
        server.post("runs/log-inputs", run_id=run, datasets=[{"dataset": dataset, "tags": tags}]).ok()
        columns = [{"name": name, "type": "double", "required": True} for name in ("age", "visits")[: min(number, 2)]]
        files = {
            "MLmodel": _MLMODEL.format(number=number, inputs=json.dumps(columns)),
            "requirements.txt": f"scikit-learn==1.{number}.0\nnumpy==2.1.0\n",
            "model.pkl": f"model {number}",
            "notes.txt": "the same in all",
        }
        root = server.artifact_path(run)
        for path, content in files.items():
            server.put_artifact(f"{root}/model/{path}", content.encode())
        server.new_version(CHURN, f"{server.run(run)['info']['artifact_uri']}/model", run_id=run)
    return experiment


def point(server: Target, alias: str, version: int, user: str = "ann") -> Json:
    """Asks for a move of an alias; what became of it."""
    path = f"{NATIVE}registry/moves"
    moved: Json = server.ask("POST", path, user=user, name=CHURN, alias=alias, version=str(version)).ok()["move"]
    return moved


def set_rules(server: Target, **rules: Any) -> None:
    """Changes what the model asks for."""
    server.native("registry/rules", name=CHURN, rules=rules).ok()


def rules_of(server: Target) -> Json:
    """What the model asks for."""
    found: Json = server.request("GET", f"{NATIVE}registry/rules", query={"name": CHURN}).ok()["rules"]
    return found


def moves_of(server: Target) -> list[Json]:
    """The moves of the model, the latest first."""
    answer = server.request("GET", f"{NATIVE}registry/moves", query={"name": CHURN}).ok()
    return list(answer.get("moves", []))


def aliases_of(server: Target) -> dict[str, str]:
    """The versions to which the aliases of the model point."""
    return {one["alias"]: one["version"] for one in server.registered_model(CHURN).get("aliases", [])}


def names_of_models(server: Target) -> list[str]:
    """The names of all registered models."""
    found = server.get("registered-models/search").ok()
    return [one["name"] for one in found.get("registered_models", [])]
