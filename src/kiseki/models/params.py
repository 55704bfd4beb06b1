"""Params of a signature on their way to a library's own method."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any

_log = logging.getLogger("kiseki")


class AcceptedParams:
    """The params that a method takes by name.

    What it does not take is left out, as MLflow does, and logged once: a model keeps predicting when a newer version of its
    library has lost a param.

    Args:
        method: The method.
    """

    def __init__(self, method: Callable[..., Any]) -> None:
        known = inspect.signature(method).parameters
        self._names = None if any(one.kind is one.VAR_KEYWORD for one in known.values()) else frozenset(known)
        self._method = method
        self._left_out: set[str] = set()

    def of(self, params: Mapping[str, Any] | None) -> dict[str, Any]:
        """Those of the params that are passed on."""
        given = dict(params or {})
        if self._names is None:
            return given
        unknown = given.keys() - self._names - self._left_out
        if unknown:
            self._left_out |= unknown
            _log.warning(
                "%s() does not take the params %s, which are left out.",
                getattr(self._method, "__qualname__", self._method),
                ", ".join(sorted(unknown)),
            )
        return {name: value for name, value in given.items() if name in self._names}
