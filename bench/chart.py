"""kiseki's chart endpoint: its request and its binary answer."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PATH = "/api/kiseki/v1/metrics/chart"
_MAGIC = b"KSKCHRT1"
_COLUMNS = (
    *(("x", "<f8"), ("min", "<f8"), ("max", "<f8"), ("mean", "<f8"), ("last", "<f8")),
    *(("count", "<u4"), ("nonfinite", "<u4")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """One series of a chart: how many points it stands for, and a value per bucket in every column."""

    run_id: str
    key: str
    points: int
    columns: dict[str, NDArray[np.float64] | NDArray[np.uint32]]


def encode(series: Sequence[tuple[str, str]], *, buckets: int) -> bytes:
    """Returns the body of a request for whole series by step."""
    wanted = [{"run_id": run_id, "key": key} for run_id, key in series]
    return json.dumps({"series": wanted, "x": "step", "buckets": buckets, "range": None}).encode()


def decode(body: bytes) -> list[Curve]:
    """Returns the series of an answer; raises `ValueError` if it is not one."""
    if body[:8] != _MAGIC:
        raise ValueError(f"not a chart: it begins with {body[:16]!r}")
    (length,) = struct.unpack_from("<I", body, 8)
    header = json.loads(body[12 : 12 + length])
    at = 12 + length
    if at % 8:
        raise ValueError(f"the columns begin at {at}, which is no multiple of 8")
    curves = []
    for series in header["series"]:
        columns = {}
        for name, kind in _COLUMNS:
            column = np.frombuffer(body, kind, series["length"], at)
            columns[name] = column
            at += -(-column.nbytes // 8) * 8
        curves.append(Curve(run_id=series["run_id"], key=series["key"], points=series["points"], columns=columns))
    if at != len(body):
        raise ValueError(f"the answer has {len(body)} bytes, its columns end at {at}")
    return curves
