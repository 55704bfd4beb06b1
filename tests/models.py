"""Small real models, saved as folders, for the tests of serving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import kiseki
from kiseki.models import infer_signature


def iris(folder: Path) -> Path:
    """A classifier of a table of doubles."""
    data, target = load_iris(return_X_y=True, as_frame=True)
    model = LogisticRegression(max_iter=500).fit(data, target)
    kiseki.sklearn.save_model(model, folder, input_example=data.head(3))
    return folder


def mixed(folder: Path) -> Path:
    """A regressor of a table with whole numbers, texts and doubles, one column of which may be left out."""
    data, target = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    table = pd.DataFrame(
        {"age": data["age"].astype("int64"), "sex": np.where(data["sex"] > 1, "b", "a"), "bmi": data["bmi"]}
    )
    columns = make_column_transformer((OneHotEncoder(), ["sex"]), (StandardScaler(), ["age", "bmi"]))
    model = make_pipeline(columns, Ridge()).fit(table, target)
    signature = infer_signature(table, model.predict(table))
    kiseki.sklearn.save_model(model, folder, signature=signature, input_example=table.head(2))
    return folder


def tensor(folder: Path) -> Path:
    """Probabilities for a tensor of doubles."""
    data, target = load_wine(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(data, target)
    signature = infer_signature(data, model.predict_proba(data))
    kiseki.sklearn.save_model(
        model, folder, signature=signature, input_example=data[:2], pyfunc_predict_fn="predict_proba"
    )
    return folder


CODE = '''
import math
import time

import numpy as np
import pandas as pd
from kiseki import pyfunc
from kiseki.models import set_model


class Many(pyfunc.PythonModel):
    """Answers with what the column `what` names."""

    def load_context(self, context):
        self.config = context.model_config

    def predict(self, context, model_input, params=None):
        what, number = model_input["what"].iloc[0], float(model_input["number"].iloc[0])
        if what == "raise":
            raise ValueError("not this one")
        if what == "sleep":
            time.sleep(number)
            return [number]
        return {
            "config": lambda: dict(self.config),
            "params": lambda: params,
            "series": lambda: pd.Series([1.5, 2.5]),
            "named": lambda: pd.Series([1, 2], name="n"),
            "frame": lambda: pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [0.5, 1.5]}),
            "array": lambda: np.array([[1, 2], [3, 4]], dtype=np.float32),
            "dict": lambda: {"a": np.array([1, 2]), "b": [True, None]},
            "list": lambda: ["a", 1, None, 1.5, True],
            "text": lambda: "hello",
            "number": lambda: 5,
            "scalar": lambda: np.float64(0.1),
            "none": lambda: None,
            "large": lambda: np.array([2**62 + 1]),
            "unsigned": lambda: np.array([2**63 + 5], dtype=np.uint64),
            "single": lambda: np.array([1.1], dtype=np.float32),
            "nan": lambda: [math.nan, math.inf, 1.0],
        }[what]()


set_model(Many())
'''


def many(folder: Path) -> Path:
    """A model written in Python that answers in many ways, with a configuration and a parameter."""
    code = folder.with_suffix(".py")
    code.write_text(CODE, encoding="utf-8")
    example = pd.DataFrame({"what": ["text"], "number": [1.0]})
    signature = infer_signature(example, params={"k": 1.5})
    options: dict[str, Any] = {"model_config": {"depth": 1, "name": "n"}, "pip_requirements": []}
    kiseki.pyfunc.save_model(folder, python_model=str(code), signature=signature, **options)
    return folder


def many_for_mlflow(folder: Path) -> Path:
    """The same model, whose code imports MLflow's modules."""
    many(folder)
    for code in folder.glob("*.py"):
        code.write_text(code.read_text().replace("from kiseki", "from mlflow"))
    return folder
