"""Settings from the environment: `KISEKI_*`, and MLflow's `MLFLOW_*` where the first is not set.

Names are given without their prefix, so `setting("TRACKING_URI")` reads `KISEKI_TRACKING_URI` and then
`MLFLOW_TRACKING_URI`. An empty value is the same as none.
"""

from __future__ import annotations

import os
from typing import Final

from kiseki.base.errors import InvalidParameter

PREFIXES: Final = ("KISEKI_", "MLFLOW_")
"""In the order in which they are asked."""

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


def setting(name: str) -> str | None:
    """The value of a setting, None when neither variable has one."""
    for prefix in PREFIXES:
        value = os.environ.get(prefix + name)
        if value:
            return value
    return None


def flag(name: str, default: bool) -> bool:
    """A setting that is on or off.

    Raises:
        InvalidParameter: It is neither; the message names the variable.
    """
    value = setting(name)
    if value is None:
        return default
    if value.strip().lower() in _TRUE:
        return True
    if value.strip().lower() in _FALSE:
        return False
    raise InvalidParameter(f"{variable(name)} is {value!r}; expected 'true' or 'false'.")


def number(name: str, default: float, *, low: float = 0.0, high: float = float("inf")) -> float:
    """A setting that is a number between `low` and `high`.

    Raises:
        InvalidParameter: It is not; the message names the variable.
    """
    value = setting(name)
    if value is None:
        return default
    try:
        found = float(value)
    except ValueError:
        raise InvalidParameter(f"{variable(name)} is {value!r}; expected a number.") from None
    if not low <= found <= high:
        raise InvalidParameter(f"{variable(name)} is {value}; expected a number from {low:g} to {high:g}.")
    return found


def variable(name: str) -> str:
    """The environment variable that gives a setting now, kiseki's when none does."""
    return next((prefix + name for prefix in PREFIXES if os.environ.get(prefix + name)), PREFIXES[0] + name)


def export(name: str, value: str) -> None:
    """Sets kiseki's variable for this process and those that it starts."""
    os.environ[PREFIXES[0] + name] = value


def withdraw(name: str) -> None:
    """Unsets both variables of a setting for this process and those that it starts."""
    for prefix in PREFIXES:
        os.environ.pop(prefix + name, None)
