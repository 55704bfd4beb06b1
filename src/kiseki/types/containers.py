"""Which library's container a value is, asked without importing the library."""

from __future__ import annotations

import sys
from typing import Any, Final

TENSORS: Final = ("torch.Tensor", "tensorflow.Tensor", "jax.Array")
"""Arrays of other libraries that NumPy can read."""


def is_a(value: Any, *names: str) -> bool:
    """Whether the value is an instance of one of the classes, each named like `pandas.DataFrame`.

    A library that is not imported has no instances, so none is imported to find out.
    """
    for name in names:
        module, _, class_name = name.rpartition(".")
        loaded = sys.modules.get(module)
        found = None if loaded is None else getattr(loaded, class_name, None)
        if isinstance(found, type) and isinstance(value, found):
            return True
    return False


def is_sparse(value: Any) -> bool:
    """Whether it is a sparse matrix or sparse array of SciPy."""
    return is_a(value, "scipy.sparse.spmatrix", "scipy.sparse.sparray")


def is_array(value: Any) -> bool:
    """Whether it is an array with at least one dimension: NumPy's, SciPy's, or a tensor of another library."""
    return bool(
        (is_a(value, "numpy.ndarray", *TENSORS) and len(value.shape)) or is_sparse(value)
    )  # fmt: skip


def is_scalar_array(value: Any) -> bool:
    """Whether it is an array without dimensions: one value."""
    return is_a(value, "numpy.ndarray", *TENSORS) and not len(value.shape)


def as_numpy(value: Any) -> Any:
    """An array or tensor as a `numpy.ndarray`, on the same memory where that is possible."""
    import numpy as np

    return np.asarray(value.detach().cpu() if is_a(value, "torch.Tensor") else value)
