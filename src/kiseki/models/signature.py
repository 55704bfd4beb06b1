"""Signatures: what a model takes and gives."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.types.inference import infer_param_schema, infer_schema
from kiseki.types.schema import ParamSchema, Schema
from kiseki.types.type_hints import dataclass_schema


class ModelSignature(msgspec.Struct, frozen=True):
    """The schemas of a model's inputs, outputs and parameters, at least one of them.

    Args:
        inputs: What it takes: a schema, or a dataclass whose fields are the columns; None when that is not known.
        outputs: What it gives, likewise.
        params: What a prediction can be told besides the data.

    Raises:
        InvalidParameter: All are None, or one is no schema.
    """

    inputs: Schema | None = None
    outputs: Schema | None = None
    params: ParamSchema | None = None

    def __post_init__(self) -> None:
        for part in ("inputs", "outputs"):
            if dataclasses.is_dataclass(given := getattr(self, part)) and isinstance(given, type):
                msgspec.structs.force_setattr(self, part, dataclass_schema(given))
        for part, given, expected in (
            ("inputs", self.inputs, Schema),
            ("outputs", self.outputs, Schema),
            ("params", self.params, ParamSchema),
        ):
            if given is not None and not isinstance(given, expected):
                raise InvalidParameter(
                    f"{part} must be either None or a {expected.__name__}, got {type(given).__name__}. "
                    "infer_signature() makes a signature from examples."
                )
        if self.inputs is None and self.outputs is None and self.params is None:
            raise InvalidParameter("At least one of inputs, outputs or params must be provided.")

    def to_dict(self) -> dict[str, Any]:
        """The signature as an MLmodel file has it: each schema is JSON in a text, or None."""
        return {
            "inputs": None if self.inputs is None else self.inputs.to_json(),
            "outputs": None if self.outputs is None else self.outputs.to_json(),
            "params": None if self.params is None or not self.params.params else self.params.to_json(),
        }

    @classmethod
    def from_dict(cls, signature_dict: dict[str, Any]) -> ModelSignature:
        """The signature that an MLmodel file has.

        Raises:
            InvalidParameter: It is none.
        """
        inputs, outputs, params = (signature_dict.get(part) for part in ("inputs", "outputs", "params"))
        return cls(
            Schema.from_json(inputs) if inputs else None,
            Schema.from_json(outputs) if outputs else None,
            ParamSchema.from_json(params) if params else None,
        )

    def __repr__(self) -> str:
        return f"inputs: \n  {self.inputs!r}\noutputs: \n  {self.outputs!r}\nparams: \n  {self.params!r}\n"


def infer_signature(model_input: Any = None, model_output: Any = None, params: Any = None) -> ModelSignature:
    """Makes a signature from examples.

    Args:
        model_input: What the model is called with: a pandas, Polars or Arrow table or column, a NumPy array, tensor or
            sparse matrix, a dictionary of arrays, a dictionary, a list, or one value.
        model_output: What it answers, of the same kinds.
        params: Parameters of the prediction by name; the values are the defaults.

    Raises:
        InvalidParameter: There is no example at all, or a value cannot be a parameter.
    """
    return ModelSignature(
        None if model_input is None else infer_schema(model_input),
        None if model_output is None else infer_schema(model_output),
        infer_param_schema(params) if params else None,
    )
