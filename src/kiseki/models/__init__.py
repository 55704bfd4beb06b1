"""Models: one format to save, load, describe and serve any model. Names are MLflow's; each is imported when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from kiseki.models.enforcement import validate_schema
    from kiseki.models.example import convert_input_example_to_serving_input
    from kiseki.models.from_code import ModelConfig, set_model
    from kiseki.models.info import ModelInfo
    from kiseki.models.mlmodel import Model
    from kiseki.models.signature import ModelSignature, infer_signature

__all__ = [
    "Model",
    "ModelConfig",
    "ModelInfo",
    "ModelSignature",
    "convert_input_example_to_serving_input",
    "infer_signature",
    "set_model",
    "validate_schema",
]

_HOMES: Final = {
    "enforcement": "validate_schema",
    "example": "convert_input_example_to_serving_input",
    "from_code": "ModelConfig set_model",
    "info": "ModelInfo",
    "mlmodel": "Model",
    "signature": "ModelSignature infer_signature",
}
"""In which module of this package each name is."""

_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        found = getattr(import_module(f"kiseki.models.{_HOME_OF[name]}"), name)
    elif name in _HOMES:
        found = import_module(f"kiseki.models.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
