import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.client.values import integer, key_of, metric_value, pairs, strings, tags_of, text_value


class Tensor:
    """As PyTorch's: one element is a number, several are not."""

    def __init__(self, *values: float) -> None:
        self.values = values
        self.shape = (len(values),)

    def item(self) -> float:
        if len(self.values) != 1:
            raise RuntimeError(f"a Tensor with {len(self.values)} elements cannot be converted to Scalar")
        return self.values[0]


class EagerTensor:
    """As TensorFlow's."""

    def numpy(self) -> Any:
        return np.float32(0.5)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (1, 1.0),
        (0.5, 0.5),
        (np.float32(0.5), 0.5),
        (np.float16(0.5), 0.5),
        (np.int64(3), 3.0),
        (np.array(0.5), 0.5),
        (np.array([0.5]), 0.5),
        (Tensor(0.5), 0.5),
        (EagerTensor(), 0.5),
        (Decimal("0.5"), 0.5),
        (Fraction(1, 2), 0.5),
        (-math.inf, -math.inf),
    ],
    ids=repr,
)
def test_what_is_a_number(given: Any, value: float) -> None:
    found = metric_value("m", given)
    assert (found, type(found)) == (value, float)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("1", "float"),
        (b"1", "bytes"),
        (True, "Write 1 or 0"),
        (np.True_, "bool"),
        (None, "Missing value"),
        (1j, "complex"),
        ([1], "list"),
        (np.array([1, 2]), r"shape \(2,\)"),
        (Tensor(1, 2), r"shape \(2,\)"),
        (10**400, "float64"),
        (np.array("x"), "ndarray"),
    ],
    ids=repr,
)
def test_what_is_none(given: Any, words: str) -> None:
    with pytest.raises(InvalidParameter, match=words):
        metric_value("loss", given)


@pytest.mark.parametrize("given", [3, 3.0, np.int32(3), np.float64(3.0), np.array(3), Tensor(3)], ids=repr)
def test_whole_numbers(given: Any) -> None:
    assert (integer("step", given), type(integer("step", given))) == (3, int)


@pytest.mark.parametrize("given", [3.5, "3", True, None, math.nan, math.inf, 2**63, [3], Tensor(1, 2)], ids=repr)
def test_what_is_no_whole_number(given: Any) -> None:
    with pytest.raises(InvalidParameter, match="step"):
        integer("step", given)


def test_keys_and_values() -> None:
    assert key_of("key", "a/b c") == "a/b c"
    for bad in ("", "a\nb", "../a", "a" * 251):
        with pytest.raises(InvalidParameter):
            key_of("key", bad)
    with pytest.raises(InvalidParameter, match="must be a string, got int"):
        key_of("key", 1)
    assert text_value("value", None) == "None"
    assert pairs("param", {"a": 1, "b": [1]}) == [("a", "1"), ("b", "[1]")]
    with pytest.raises(InvalidParameter, match="params must be a dictionary, got list"):
        pairs("param", [("a", 1)])
    assert tags_of(None) == {}
    assert tags_of({"mlflow.user": 1}) == {"mlflow.user": "1"}


def test_lists_of_strings() -> None:
    assert strings("ids", None) == []
    assert strings("ids", "a") == ["a"]
    assert strings("ids", [1, "b"]) == ["1", "b"]
    with pytest.raises(InvalidParameter, match="ids"):
        strings("ids", [1.5])
