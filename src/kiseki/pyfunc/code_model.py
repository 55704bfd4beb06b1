"""Loads a model that is a file of Python."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from typing import Any

from kiseki.models.from_code import run_code_file
from kiseki.models.members import member
from kiseki.models.mlmodel import PYFUNC, Model
from kiseki.pyfunc.model import PythonPredictor, as_python_model, loaded


def _load_pyfunc(path: str, model_config: dict[str, Any] | None = None) -> PythonPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model whose loader is this module."""
    folder = Path(path)
    meta = Model.load(folder)
    facts = meta.flavor(PYFUNC)
    # MLflow writes the path that the file had where the model was saved.
    name = PureWindowsPath(str(facts.get("model_code_path"))).name
    config = model_config if model_config is not None else facts.get("config")
    python_model = run_code_file(member(folder, name, "the file of its code"), config)
    return loaded(as_python_model(python_model), folder, meta, config)
