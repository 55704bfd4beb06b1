"""What callers pass to log, checked and turned into what is recorded. Errors are raised before anything is sent."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

from kiseki.base.errors import InvalidParameter
from kiseki.domain.keys import check_key, check_value
from kiseki.domain.metrics import INT64_MAX, INT64_MIN


def metric_value(key: str, value: Any) -> float:
    """A metric's value as a float: a number, or what holds exactly one (NumPy, PyTorch, JAX, TensorFlow).

    Raises:
        InvalidParameter: It is not a number. Booleans and strings are not.
    """
    given = value
    if type(value) is float:
        return value
    if not isinstance(value, numbers.Number):
        value = _single(key, value)
    if isinstance(value, bool) or not isinstance(value, numbers.Number) or isinstance(value, complex):
        raise _refused(key, given)
    try:
        return float(value)  # type: ignore[arg-type] # a Number need not be a Real: Decimal is none
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidParameter(f"Metric {key!r}: the value {str(given)[:100]} is not a float64 ({error}).") from None


def _single(key: str, value: Any) -> Any:
    for name in ("item", "numpy"):
        convert = getattr(value, name, None)
        if callable(convert):
            try:
                found = convert()
            except (TypeError, ValueError, RuntimeError) as error:
                raise InvalidParameter(
                    f"Metric {key!r}: expected one number, got {type(value).__name__} of shape "
                    f"{tuple(getattr(value, 'shape', ()))} ({error}). Log its mean, or its elements under keys of their own."
                ) from None
            return found.item() if name == "numpy" and hasattr(found, "item") else found
    return value


def _refused(key: str, value: Any) -> InvalidParameter:
    if value is None:
        return InvalidParameter(f"Missing value for required parameter 'value' of metric {key!r}. Give a number.")
    shown = repr(value)[:100]
    advice = "Write 1 or 0." if isinstance(value, bool) else "Convert it with float()."
    if isinstance(value, str):
        advice = "Convert it with float(), or log it as a param or tag."
    return InvalidParameter(
        f"Invalid value {shown} for metric {key!r}: expected a number, got {type(value).__name__}. {advice}"
    )


def integer(field: str, value: Any, *, low: int = INT64_MIN, high: int = INT64_MAX) -> int:
    """A step or time as an int; 3.0 and NumPy's integers are, 3.5, True and "3" are not.

    Raises:
        InvalidParameter: It is not a whole number between `low` and `high`.
    """
    given = value
    if not isinstance(value, numbers.Number) and callable(getattr(value, "item", None)):
        try:
            value = value.item()
        except (TypeError, ValueError, RuntimeError):
            value = None
    whole = isinstance(value, numbers.Integral) or (isinstance(value, numbers.Real) and float(value).is_integer())
    if isinstance(value, bool) or not whole or not low <= int(value) <= high:
        raise InvalidParameter(
            f"Invalid value {str(given)[:100]!r} for parameter '{field}' supplied: expected a whole number from "
            f"{low} to {high}, got {type(given).__name__}."
        )
    return int(value)


def key_of(field: str, key: Any) -> str:
    """The key of a param, metric or tag.

    Raises:
        InvalidParameter: It is not a string, or not one that can be a key.
    """
    if not isinstance(key, str):
        raise InvalidParameter(f"The {field} must be a string, got {type(key).__name__}: {repr(key)[:100]}.")
    return check_key(key, field)


def text_value(field: str, value: Any) -> str:
    """The value of a param or tag as text; what is not text becomes `str(value)`.

    Raises:
        InvalidParameter: It is longer than 64 KiB.
    """
    return check_value(value if isinstance(value, str) else str(value), field)


def pairs(kind: str, given: Any) -> list[tuple[str, str]]:
    """A mapping of params or tags as checked pairs; `kind` is what it is called in errors.

    Raises:
        InvalidParameter: It is no mapping, or a key or value cannot be recorded.
    """
    if not isinstance(given, Mapping):
        raise InvalidParameter(f"The {kind}s must be a dictionary, got {type(given).__name__}.")
    return [(key_of(f"{kind} key", key), text_value(f"{kind} {key!r}", value)) for key, value in given.items()]


def tags_of(given: Any) -> dict[str, str]:
    """The tags of a new experiment or run, whose keys may be any text.

    Raises:
        InvalidParameter: It is no mapping, or a key or value cannot be recorded.
    """
    if given is None:
        return {}
    return dict(pairs("tag", given))


def text(field: str, value: Any) -> str:
    """Returns a string, or raises InvalidParameter naming the field."""
    if not isinstance(value, str):
        raise InvalidParameter(f"Invalid value {repr(value)[:100]} for parameter '{field}': expected a string.")
    return value


def strings(field: str, given: Any) -> list[str]:
    """A list of strings; one string alone is a list of it, and numbers become strings."""
    if given is None:
        return []
    if isinstance(given, str | int):
        return [str(given)]
    found = list(given)
    for item in found:
        if not isinstance(item, str | int):
            raise InvalidParameter(f"Invalid value {repr(item)[:100]} in '{field}': expected strings.")
    return [str(item) for item in found]
