"""Models: one format to save, load, describe and serve any model. Names are MLflow's; each is imported when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from kiseki.models.editing import set_signature, update_model_requirements
    from kiseki.models.enforcement import validate_schema
    from kiseki.models.example import convert_input_example_to_serving_input
    from kiseki.models.from_code import ModelConfig, set_model
    from kiseki.models.image import build_docker
    from kiseki.models.info import ModelInfo
    from kiseki.models.mlmodel import Model, get_model_info
    from kiseki.models.package import infer_pip_requirements
    from kiseki.models.signature import ModelSignature, infer_signature

__all__ = [
    "Model",
    "ModelConfig",
    "ModelInfo",
    "ModelSignature",
    "build_docker",
    "convert_input_example_to_serving_input",
    "get_model_info",
    "infer_pip_requirements",
    "infer_signature",
    "predict",
    "set_model",
    "set_signature",
    "update_model_requirements",
    "validate_schema",
    "validate_serving_input",
]

_HOMES: Final = {
    "kiseki.models.editing": "set_signature update_model_requirements",
    "kiseki.models.enforcement": "validate_schema",
    "kiseki.models.example": "convert_input_example_to_serving_input",
    "kiseki.models.from_code": "ModelConfig set_model",
    "kiseki.models.image": "build_docker",
    "kiseki.models.info": "ModelInfo",
    "kiseki.models.mlmodel": "Model get_model_info",
    "kiseki.models.package": "infer_pip_requirements",
    "kiseki.models.signature": "ModelSignature infer_signature",
    "kiseki.pyfunc.predicting": "predict validate_serving_input",
}
"""In which module each name is."""

_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names.split()}

# Modules that MLflow has, too, with some of these names.
_MODULES: Final = frozenset({"signature"})


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        found = getattr(import_module(_HOME_OF[name]), name)
    elif name in _MODULES:
        found = import_module(f"kiseki.models.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
