"""Digests of arrays and tables; of arrays and pandas equal to those that MLflow gives the same data.

Equal digests make a dataset that both programs logged one dataset. Those of MLflow are found by comparing results: of at most
10,000 rows the 64-bit hashes that pandas gives each value, then sizes, then column names, and of all that the MD5.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from kiseki.base.optional import optional
from kiseki.data.dataset import short_digest

MAX_ROWS: Final = 10_000


def frame_digest(frame: Any) -> str:
    """The digest of a pandas DataFrame: of its numbers and texts, their index, its length and all column names."""
    import numpy as np

    pd = optional("pandas", "The digest of a DataFrame")

    columns = frame.select_dtypes("number").columns.union(_text_columns(frame))
    hashes = pd.util.hash_pandas_object(frame.head(MAX_ROWS)[columns])
    return short_digest(
        hashes.to_numpy().tobytes(),
        np.int64(len(frame)).tobytes(),
        *(str(name).encode() for name in frame.columns),
    )


def array_digest(features: Any, targets: Any = None) -> str:
    """The digest of arrays, or of arrays by name: of their first values and of their shapes."""
    import numpy as np

    parts: list[bytes] = []
    for group in (features, targets):
        for array in _arrays(group):
            parts.append(_hashes(array.ravel()[:MAX_ROWS]).tobytes())
            parts += [np.int64(size).tobytes() for size in array.shape]
    return short_digest(*parts)


def arrow_digest(slices: Iterable[Any]) -> str:
    """The digest of all of a table, given as a `pyarrow.Table` of its rows after the other: 32 hexadecimal digits of SHA-256.

    Names, types, values and their order count; how the table is divided into chunks does not, if slices have the same rows.
    """
    digest = hashlib.sha256()
    for number, one in enumerate(slices):
        table = _without_dictionaries(one).combine_chunks()
        if number == 0:
            digest.update(str(table.schema.remove_metadata()).encode())
        for batch in table.to_batches():
            digest.update(batch.replace_schema_metadata(None).serialize())
    return digest.hexdigest()[:32]


def _without_dictionaries(table: Any) -> Any:
    """A table with the values of its dictionaries in their places, since their numbers come from the order of appearance."""
    from pyarrow import types

    for number, field in enumerate(table.schema):
        if types.is_dictionary(field.type):
            plain = table.column(number).cast(field.type.value_type)
            table = table.set_column(number, field.name, plain)
    return table


def _text_columns(frame: Any) -> Any:
    pd = optional("pandas", "The digest of a DataFrame")
    kept = [name for name, series in frame.items() if all(type(value) is str for value in series.tolist())]
    return pd.Index(list(dict.fromkeys(kept)))


def _arrays(group: Any) -> Iterable[Any]:
    if group is None:
        return ()
    return [group[name] for name in sorted(group)] if isinstance(group, Mapping) else (group,)


def _hashes(values: Any) -> Any:
    """A 64-bit hash of each value, as pandas' `hash_array` makes it; without pandas for booleans and numbers."""
    import numpy as np

    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype.kind == "c":
        return _hashes(values.real) + np.uint64(23) * _hashes(values.imag)
    if values.dtype.kind in "biufmM":
        return _mixed(values)
    return optional("pandas", f"The digest of an array of type {values.dtype}").util.hash_array(values)


def _mixed(values: Any) -> Any:
    """The bits of each number through the finalizer of SplitMix64."""
    import numpy as np

    if values.dtype.kind in "mM":
        values = values.view("i8")
    # A negative zero equals zero, and so must its hash.
    if values.dtype.kind == "f":
        values = values + values.dtype.type(0)
    size = values.dtype.itemsize
    bits = np.ascontiguousarray(values).view(f"u{size}").astype("u8")
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits
