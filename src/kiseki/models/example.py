"""Input examples of models, and the files that keep them beside the model.

    input_example.json           the example, in a form that `saved_input_example_info` of the MLmodel file names
    serving_input_example.json   the same as a request to the scoring server

    type                example
    dataframe           {"columns": [...], "data": [[...], ...]}; without "columns" where they are only numbered
    ndarray             nested lists, or a dictionary of them
    sparse_matrix_csr   {"data": [...], "indices": [...], "indptr": [...], "shape": [...]}
    sparse_matrix_csc   the same
    json_object         what JSON has for it

With parameters, the example is {"inputs": ..., "params": {...}}.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.optional import optional
from kiseki.models.enforcement import Enforcement
from kiseki.models.plain import TABLES, columns_of, plain
from kiseki.models.rows import Rows
from kiseki.models.signature import ModelSignature
from kiseki.models.tensors import array_of
from kiseki.types.casts import Refused
from kiseki.types.containers import TENSORS, is_a, is_array, is_sparse
from kiseki.types.data_types import DataType
from kiseki.types.schema import Schema
from kiseki.types.values import checked

FILE: Final = "input_example.json"
SERVING_FILE: Final = "serving_input_example.json"

MAX_BYTES: Final = 256 << 20
"""How large an example may be that is read."""

CHAT_KEYS: Final = frozenset({"messages", "prompt", "input"})
"""Keys of requests to chat models, whose body is the model's input as a whole."""


class InputExample(msgspec.Struct, frozen=True):
    """An example of what a model is called with.

    Args:
        data: The input.
        params: The parameters beside it; {} for none.
    """

    data: Any
    params: dict[str, Any] = {}

    @classmethod
    def of(cls, given: Any) -> InputExample:
        """The example that a caller gives: the input, or a tuple of it and a dictionary of parameters.

        Raises:
            InvalidParameter: The parameters are no dictionary of names.
        """
        if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], Mapping):
            data, params = given
            if odd := [name for name in params if not isinstance(name, str)]:
                raise InvalidParameter(f"The parameters of an input example have names; got {odd[0]!r}.")
            return cls(data, dict(params))
        return cls(given)

    def write(self, folder: Path) -> dict[str, Any]:
        """Writes both files into a model's folder.

        Returns:
            `saved_input_example_info` for the MLmodel file.

        Raises:
            InvalidParameter: The example has values that JSON cannot have.
        """
        kind, written = _stored(self.data)
        whole = {"inputs": written, "params": plain(self.params)} if self.params else written
        # Both texts first: a folder has both files or none.
        texts = {FILE: _dumped(whole), SERVING_FILE: self.serving_input()}
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        info: dict[str, Any] = {"artifact_path": FILE, "serving_input_path": SERVING_FILE, "type": kind}
        if kind == "dataframe":
            info["pandas_orient"] = "split" if "columns" in written else "values"
        if self.params:
            # MLflow writes this text.
            info["params"] = "true"
        return info

    def serving_input(self) -> str:
        """The example as a request to the scoring server, in JSON."""
        kind, written = _stored(self.data)
        if kind == "dataframe":
            request = {"dataframe_split": written}
        elif kind == "json_object" and isinstance(written, dict) and not CHAT_KEYS.isdisjoint(written):
            request = written
        else:
            request = {"inputs": plain(self.data) if is_sparse(self.data) else written}
        return _dumped({**request, "params": plain(self.params)} if self.params else request, indent=2)


def convert_input_example_to_serving_input(input_example: Any) -> str | None:
    """An input example as a request to the scoring server, in JSON; None for None.

    Raises:
        InvalidParameter: The example has values that JSON cannot have.
    """
    return None if input_example is None else InputExample.of(input_example).serving_input()


def read_example(folder: Path, info: Mapping[str, Any], signature: ModelSignature | None = None) -> InputExample:
    """The example that lies beside a model, as kiseki and MLflow write it.

    Args:
        folder: The model's folder.
        info: `saved_input_example_info` of its MLmodel file.
        signature: The model's, whose types the values get; without it they are what JSON says.

    Raises:
        NotFound: The file is not there.
        InvalidParameter: It is no example of the type that `info` names.
    """
    path = folder / _inside(info.get("artifact_path", FILE))
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            raise InvalidParameter(f"The model's input example {path.name} is larger than {MAX_BYTES:,} bytes.")
        stored = json.loads(text)
    except FileNotFoundError:
        raise NotFound(f"The model's input example {path.name} is not in its folder.") from None
    except (ValueError, RecursionError) as error:
        raise InvalidParameter(f"The model's input example {path.name} is no JSON ({error}).") from None
    params: dict[str, Any] = {}
    if info.get("params") or info.get("example_params"):
        if not isinstance(stored, dict) or not {"inputs", "params"} <= stored.keys():
            raise InvalidParameter(f"The model's input example {path.name} lacks 'inputs' or 'params'.")
        stored, params = stored["inputs"], stored["params"]
    kind = info.get("type", "json_object")
    try:
        return InputExample(_read(kind, stored, signature), params)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidParameter(f"The model's input example {path.name} is no {kind} ({error!r}).") from None


def _stored(data: Any) -> tuple[str, Any]:
    """The type of an example in the MLmodel file, and its JSON."""
    if is_a(data, "pandas.Series", "polars.Series"):
        data = data.to_frame()
    if is_a(data, *TABLES):
        names, columns = columns_of(data)
        rows = [list(row) for row in zip(*columns, strict=True)]
        numbered = is_a(data, "pandas.DataFrame") and names == list(range(len(names)))
        keys = [list(name) if isinstance(name, tuple) else name for name in names]
        return "dataframe", {"data": rows} if numbered else {"columns": keys, "data": rows}
    if is_sparse(data) and data.format in {"csr", "csc"}:
        parts = {part: plain(getattr(data, part)) for part in ("data", "indices", "indptr")}
        return f"sparse_matrix_{data.format}", {**parts, "shape": list(data.shape)}
    if is_a(data, "numpy.ndarray", *TENSORS) or is_sparse(data):
        return "ndarray", plain(data)
    if isinstance(data, Mapping) and data and all(is_array(value) for value in data.values()):
        return "ndarray", plain(data)
    return "json_object", plain(data)


def _dumped(value: Any, indent: int | None = None) -> str:
    # Python's module: it writes the infinities, for which JSON has nothing, and reads them back.
    return json.dumps(_without_nan(value), ensure_ascii=False, indent=indent)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    return value


def _inside(name: Any) -> str:
    if not isinstance(name, str) or name != Path(name).name:
        raise InvalidParameter(f"The input example of a model lies in its folder; its path is {name!r}.")
    return name


def _read(kind: str, stored: Any, signature: ModelSignature | None) -> Any:
    inputs = None if signature is None else signature.inputs
    if kind == "dataframe":
        return _frame(stored, inputs)
    if kind.startswith("sparse_matrix_"):
        return _sparse(kind.removeprefix("sparse_matrix_"), stored, inputs)
    if kind == "ndarray":
        return _arrays(stored, inputs)
    return _typed(stored, inputs)


def _frame(stored: Any, inputs: Schema | None) -> Any:
    pd = optional("pandas", "An input example that is a table")
    rows: list[list[Any]] = stored["data"] if isinstance(stored, dict) else stored
    names = stored.get("columns") if isinstance(stored, dict) else None
    if names is not None:
        names = [tuple(name) if isinstance(name, list) else name for name in names]
    if inputs is not None and not inputs.is_tensor_spec():
        # By position where the signature numbers its columns, as pandas does.
        columns = names if names is not None else list(range(len(inputs.inputs))) if inputs.has_input_names() else None
        try:
            return Enforcement(ModelSignature(inputs)).inputs(Rows(columns, rows), text=True)
        except InvalidParameter:
            # A signature that somebody wrote by hand need not fit the example.
            pass
    return pd.DataFrame(rows, columns=names)


def _arrays(stored: Any, inputs: Schema | None) -> Any:
    import numpy as np

    if inputs is not None and inputs.is_tensor_spec():
        try:
            return Enforcement(ModelSignature(inputs)).inputs(stored, text=True)
        except InvalidParameter:
            pass

    return (
        {name: array_of(part) for name, part in stored.items()}
        if isinstance(stored, dict)
        else np.asarray(array_of(stored))
    )


def _sparse(layout: str, stored: Any, inputs: Schema | None) -> Any:
    import numpy as np

    sparse = optional("scipy.sparse", "An input example that is a sparse matrix")
    dtype: Any = inputs.inputs[0].type if inputs is not None and inputs.is_tensor_spec() else None
    parts = (np.array(stored["data"], dtype=dtype), stored["indices"], stored["indptr"])
    found = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix}[layout](parts, shape=tuple(stored["shape"]))
    # SciPy's own code trusts the indices.
    found.check_format(full_check=True)
    return found


def _typed(stored: Any, inputs: Schema | None) -> Any:
    """What JSON has no types for becomes what the signature says: times and bytes."""
    if inputs is None or inputs.is_tensor_spec():
        return stored
    if not inputs.has_input_names():
        return _typed_value(inputs.inputs[0].type, stored)
    types = inputs.input_types_dict()
    if isinstance(stored, dict):
        return {name: _typed_value(types.get(name), value) for name, value in stored.items()}
    if isinstance(stored, list):
        return [_typed(row, inputs) if isinstance(row, dict) else row for row in stored]
    return stored


def _typed_value(kind: Any, value: Any) -> Any:
    if isinstance(kind, DataType) and isinstance(value, list):
        return [_typed_value(kind, item) for item in value]
    try:
        return value if kind is None else checked(kind, value, text=True)
    except Refused:
        return value
