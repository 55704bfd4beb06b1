import pickle
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiseki.base.errors import InvalidParameter
from kiseki.models import ModelSignature, infer_signature
from kiseki.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from tests.unit.types.strategies import param_schemas, schemas

mlflow_models: Any = pytest.importorskip("mlflow.models", reason="the real mlflow is not installed: no parity shown")

signatures = st.builds(ModelSignature, schemas, st.none() | schemas, st.none() | param_schemas)


@settings(deadline=None)
@given(signatures)
def test_a_signature_comes_back(signature: ModelSignature) -> None:
    back = ModelSignature.from_dict(signature.to_dict())
    assert back.to_dict() == signature.to_dict()
    assert back.inputs == signature.inputs
    assert pickle.loads(pickle.dumps(signature)) == signature


@settings(deadline=None)
@given(signatures)
def test_a_signature_comes_back_from_mlflow(signature: ModelSignature) -> None:
    theirs = mlflow_models.ModelSignature.from_dict(signature.to_dict())
    assert ModelSignature.from_dict(theirs.to_dict()).to_dict() == signature.to_dict()


def test_all_of_it_is_inferred_as_mlflow_does() -> None:
    data = pd.DataFrame({"a": [1.0, None], "b": ["x", "y"]})
    ours = infer_signature(data, [1.5], {"depth": 3, "names": ["p"]})
    theirs = mlflow_models.infer_signature(data, [1.5], {"depth": 3, "names": ["p"]})
    assert ours.to_dict() == theirs.to_dict()
    assert repr(ours) == repr(theirs)


def test_a_part_alone() -> None:
    longs = Schema([ColSpec(DataType.long)])
    params = ParamSchema([ParamSpec("a", DataType.long, 1)])
    assert infer_signature(1) == ModelSignature(longs)
    assert infer_signature(model_output=1) == ModelSignature(outputs=longs)
    assert infer_signature(params={"a": 1}) == ModelSignature(params=params)
    assert ModelSignature.from_dict({"outputs": longs.to_json()}) == ModelSignature(outputs=longs)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "At least one of inputs, outputs or params"),
        ({"inputs": "x"}, "inputs must be either None or a Schema, got str.*infer_signature"),
        ({"params": Schema([ColSpec(DataType.long)])}, "params must be either None or a ParamSchema, got Schema"),
    ],
)
def test_what_is_no_signature(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        ModelSignature(**parts)


@pytest.mark.parametrize("facts", [{}, {"inputs": None}, {"inputs": [{"type": "long"}]}, {"inputs": "["}])
def test_what_is_no_signature_in_a_file(facts: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter):
        ModelSignature.from_dict(facts)
