"""Inputs of several requests as one input, and the output for it as one for each request.

Inputs are joined only where they are of one kind: the same columns or shapes, and the same types. So what one request
sends never changes how another's values are converted.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final

from kiseki.models.rows import Rows
from kiseki.types.containers import is_a, is_sparse

_TOLERANCE: Final = {8: 1e-6, 4: 1e-3, 2: 1e-2}
"""How much two answers may differ that were computed in batches of other sizes, by the bytes of a float."""


def kind_of(data: Any) -> Hashable | None:
    """What inputs have in common that can be joined; None for one that cannot be joined with any.

    Rows of floats can be, a pandas DataFrame with the index that it has by default, a NumPy array, and a dictionary of
    arrays of one length.
    """
    if isinstance(data, Rows):
        return None if data.names is None or not data.numbers else tuple(data.names)
    if isinstance(data, Mapping):
        kinds = tuple((name, _kind_of_array(part)) for name, part in data.items())
        lengths = {len(part) for part, (_, kind) in zip(data.values(), kinds, strict=True) if kind is not None}
        return kinds if len(lengths) == 1 and all(kind is not None for _, kind in kinds) else None
    if is_a(data, "pandas.DataFrame"):
        # An index of its own is something that a model can see.
        return (tuple(data.columns), tuple(data.dtypes)) if data.index.tolist() == list(range(len(data))) else None
    return _kind_of_array(data)


def rows_of(data: Any) -> int:
    """How many rows an input has that can be joined."""
    if isinstance(data, Rows):
        return len(data.rows)
    return len(next(iter(data.values()))) if isinstance(data, Mapping) else len(data)


def joined(inputs: Sequence[Any]) -> Any:
    """One input with the rows of several, which are of one kind."""
    first = inputs[0]
    if isinstance(first, Rows):
        return Rows(first.names, [row for data in inputs for row in data.rows], numbers=True)
    if isinstance(first, Mapping):
        return {name: joined([data[name] for data in inputs]) for name in first}
    if is_a(first, "pandas.DataFrame"):
        import pandas as pd

        return pd.concat(inputs, ignore_index=True)
    import numpy as np

    return np.concatenate(inputs)


def split(output: Any, counts: Sequence[int]) -> list[Any] | None:
    """The output for each of the inputs that were joined; None when it does not have one row for each row.

    Args:
        output: What the model answered.
        counts: How many rows each input has.
    """
    if isinstance(output, Mapping):
        parts = {name: split(column, counts) for name, column in output.items()}
        whole = {name: part for name, part in parts.items() if part is not None}
        if not whole or len(whole) < len(parts):
            return None
        return [{name: part[place] for name, part in whole.items()} for place in range(len(counts))]
    bounds = list(accumulate(counts, initial=0))
    if _length(output) != bounds[-1]:
        return None
    rows = output.iloc if is_a(output, "pandas.DataFrame", "pandas.Series") else output
    return [rows[start:end] for start, end in pairwise(bounds)]


def agree(one: Any, other: Any) -> bool:
    """Whether two outputs are the same, but for what floats differ when sums are made in another order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return (
            one == other or (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=_TOLERANCE[8])
        )
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(agree(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(agree, one, other))
    if is_a(one, "numpy.ndarray"):
        return _arrays_agree(one, other)
    if is_sparse(one):
        return _arrays_agree(one.toarray(), other.toarray())
    if is_a(one, "pandas.DataFrame"):
        same = list(one.columns) == list(other.columns) and len(one) == len(other)
        return same and all(agree(one.iloc[:, place], other.iloc[:, place]) for place in range(one.shape[1]))
    if is_a(one, "pandas.Series"):
        return bool(one.dtype == other.dtype) and _arrays_agree(one.to_numpy(), other.to_numpy())
    return bool(one == other)


def _kind_of_array(data: Any) -> Hashable | None:
    if is_a(data, "numpy.ndarray") and data.ndim and data.dtype.kind != "O":
        return data.dtype.str, data.shape[1:]
    return None


def _arrays_agree(one: Any, other: Any) -> bool:
    import numpy as np

    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype.kind == "O":
        return agree(one.tolist(), other.tolist())
    if one.dtype.kind == "f":
        tolerance = _TOLERANCE.get(one.dtype.itemsize, _TOLERANCE[8])
        return np.allclose(one, other, rtol=tolerance, atol=tolerance * 1e-3, equal_nan=True)
    return bool(np.array_equal(one, other))


def _length(output: Any) -> int | None:
    """How many rows an output has, None for one that has none."""
    if is_a(output, "numpy.ndarray") or is_sparse(output):
        return int(output.shape[0]) if output.ndim else None
    if isinstance(output, list) or is_a(output, "pandas.DataFrame", "pandas.Series"):
        return len(output)
    return None
