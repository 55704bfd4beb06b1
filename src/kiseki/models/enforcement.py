"""What a signature asks of the inputs of a prediction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from kiseki.base.errors import InvalidParameter
from kiseki.models.signature import ModelSignature
from kiseki.models.tables import Tables
from kiseki.models.tensors import Tensors
from kiseki.types.data_types import AnyType
from kiseki.types.parameters import param_value
from kiseki.types.schema import ParamSchema, Schema

_log = logging.getLogger("kiseki")


class Enforcement:
    """Makes of data and parameters what a signature asks for, or says why that is not possible.

    Made once for a model, and used by any number of threads for its predictions.

    Args:
        signature: The model's; None lets everything through.
    """

    def __init__(self, signature: ModelSignature | None) -> None:
        schema = None if signature is None else signature.inputs
        self._schema = schema
        self._inputs = _passed if schema is None else _enforcing(schema)
        self._params = None if signature is None else signature.params

    def inputs(self, data: Any, *, text: bool = False) -> Any:
        """The data as the signature asks for it, the data itself where it is so already.

        A signature of columns makes a pandas DataFrame of every kind of table, one of tensors NumPy arrays. Values are
        converted where that loses nothing, columns that the signature does not have are left out.

        Args:
            data: What a model is called with.
            text: Whether the values come from JSON (see `kiseki.types.values.checked`).

        Raises:
            InvalidParameter: A column or tensor is missing, has another type or another shape, or lacks values.
        """
        try:
            return self._inputs(data, text)
        except InvalidParameter as error:
            raise InvalidParameter(
                f"Failed to enforce schema of data with schema '{_shortened(repr(self._schema))}'. Error: {error}"
            ) from None

    def params(self, params: Mapping[str, Any] | None) -> dict[str, Any]:
        """The parameters of a prediction: those given, and the signature's defaults for the others.

        Raises:
            InvalidParameter: They are no dictionary, or a value is not of its type.
        """
        return enforce_params(params, self._params)


def enforce_params(params: Any, schema: ParamSchema | None) -> dict[str, Any]:
    """The parameters of a prediction: those given, and the schema's defaults for the others.

    Parameters that the schema does not have are left out, and the log says so.

    Raises:
        InvalidParameter: They are no dictionary, or a value is not of its type; the message names all such.
    """
    if params is not None and not isinstance(params, Mapping):
        raise InvalidParameter(f"Parameters must be a dictionary. Got type '{type(params).__name__}'.")
    given = {str(name): value for name, value in (params or {}).items()}
    specs = {spec.name: spec for spec in schema.params} if schema is not None else {}
    if unknown := [name for name in given if name not in specs]:
        _log.warning("The model's signature does not have the parameters %s; they are left out.", unknown[:20])
    found: dict[str, Any] = {}
    refusals = []
    for name, spec in specs.items():
        try:
            found[name] = param_value(name, spec.dtype, spec.shape, given[name]) if name in given else spec.default
        except InvalidParameter as error:
            refusals.append(str(error))
    if refusals:
        raise InvalidParameter(f"Invalid parameters found: {' '.join(refusals)}")
    return found


def _enforcing(schema: Schema) -> Callable[[Any, bool], Any]:
    if schema.is_tensor_spec():
        tensors = Tensors(schema)
        return lambda data, text: tensors.arrays(data, text=text)
    if takes_anything(schema):
        return _passed
    tables = Tables(schema)
    return lambda data, text: tables.frame(data, text=text)


def takes_anything(schema: Schema | None) -> bool:
    """Whether nothing is known of the inputs: there is no schema, or it is what infer_signature says of unknown data."""
    if schema is None:
        return True
    return not schema.is_tensor_spec() and not schema.has_input_names() and schema.input_types() == [AnyType()]


def _passed(data: Any, _text: bool) -> Any:
    return data


def _shortened(text: str) -> str:
    return text if len(text) <= 500 else f"{text[:500]}…"


def validate_schema(data: Any, expected_schema: Schema) -> None:
    """Checks that data has a schema, or can be converted to it without loss.

    Args:
        data: What a model would be called with.
        expected_schema: The schema of its inputs, as `model_info.signature.inputs`.

    Raises:
        InvalidParameter: It cannot; the message names the columns and their types.
    """
    Enforcement(ModelSignature(expected_schema)).inputs(data)
