"""What the modules of flavors have in common: how `log_model` becomes `save_model`, and arrays of libraries' tensors.

The parameters of a flavor's functions stand in their signatures alone, which are MLflow's; `locals()`, asked for at the
beginning of a function, is what the caller gave.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from kiseki.models.info import ModelInfo
from kiseki.models.mlmodel import Model


def log_flavor(module: str, arguments: Mapping[str, Any]) -> ModelInfo:
    """Logs a model with a flavor; the whole of its `log_model`.

        return log_flavor(__name__, locals())

    Args:
        module: The name of the flavor's module, which has `save_model`.
        arguments: Those of `log_model`, by their names; further ones, that it takes by `**kwargs`, as "kwargs". They go to
            `Model.log`, which hands those that it does not know to `save_model`.
    """
    given = dict(arguments)
    further = given.pop("kwargs", {})
    return Model.log(flavor=sys.modules[module], **given, **further)


def arrays_of(output: Any, array: Callable[[Any], Any]) -> Any:
    """A library's output with arrays in place of its tensors.

    Args:
        output: A tensor, or dictionaries, lists and tuples of tensors; tuples become lists.
        array: Makes an array of one tensor.
    """
    if isinstance(output, Mapping):
        return {str(name): arrays_of(value, array) for name, value in output.items()}
    if isinstance(output, list | tuple):
        return [arrays_of(value, array) for value in output]
    return array(output)
