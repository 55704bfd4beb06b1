"""Params of a signature on their way to a library's own method."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any

_log = logging.getLogger("kiseki")


def accepted(function: Callable[..., Any], params: Mapping[str, Any] | None) -> dict[str, Any]:
    """The params that a function takes by name.

    What it does not take is left out, as MLflow does, and logged: a model keeps predicting when a newer version of its
    library has lost a param.
    """
    given = dict(params or {})
    if not given:
        return given
    known = inspect.signature(function).parameters
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in known.values()):
        return given
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        _log.warning("%s() does not take the params %s, which are left out.", function.__qualname__, ", ".join(unknown))
    return {name: value for name, value in given.items() if name in known}
