"""The binary answer of kiseki's chart endpoint."""

import json
import struct

import numpy as np
import pytest

from bench import chart

HEADER = {"x": "step", "buckets": 2, "series": [{"run_id": "r", "key": "k", "points": 7, "length": 3}]}


def body() -> bytes:
    header = json.dumps(HEADER).encode()
    header += b" " * (-(12 + len(header)) % 8)
    floats = np.arange(15, dtype="<f8").tobytes()
    counts = np.array([3, 2, 2], dtype="<u4").tobytes() + bytes(4)
    nonfinite = np.array([0, 1, 0], dtype="<u4").tobytes() + bytes(4)
    return b"KSKCHRT1" + struct.pack("<I", len(header)) + header + floats + counts + nonfinite


def test_decode() -> None:
    (curve,) = chart.decode(body())
    assert (curve.run_id, curve.key, curve.points) == ("r", "k", 7)
    assert {name: column.tolist() for name, column in curve.columns.items()} == {
        "x": [0.0, 1.0, 2.0],
        "min": [3.0, 4.0, 5.0],
        "max": [6.0, 7.0, 8.0],
        "mean": [9.0, 10.0, 11.0],
        "last": [12.0, 13.0, 14.0],
        "count": [3, 2, 2],
        "nonfinite": [0, 1, 0],
    }


@pytest.mark.parametrize("broken", [b"{}", body() + bytes(8), b"KSKCHRT2" + body()[8:]])
def test_what_is_no_chart_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a chart|the answer has"):
        chart.decode(broken)


def test_encode() -> None:
    assert json.loads(chart.encode([("r", "k")], buckets=9)) == {
        "series": [{"run_id": "r", "key": "k"}],
        "x": "step",
        "buckets": 9,
        "range": None,
    }
