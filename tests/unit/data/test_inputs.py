"""Files, folders and tables that Arrow holds as datasets: a digest sees all of the content, and nothing else."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from kiseki import data
from kiseki.base.errors import InvalidParameter, MissingDependency
from kiseki.data.dataset import as_entity

MANY = 200_000


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "train.csv"
    file.write_bytes(b"a,b\n1,2\n")
    found = data.from_files(file)
    assert found.to_dict() == {
        "name": "train.csv",
        "digest": hashlib.sha256(b"a,b\n1,2\n").hexdigest()[:32],
        "source": json.dumps({"uri": str(file)}),
        "source_type": "local",
        "profile": json.dumps({"num_files": 1, "num_bytes": 8}),
    }
    assert (len(found.digest), found.source.load()) == (32, str(file))
    file.write_bytes(b"a,b\n1,3\n")
    assert data.from_files(file).digest != found.digest
    assert data.from_files(file, name="n", digest="d").to_dict().items() >= {"name": "n", "digest": "d"}.items()


def test_a_folder(tmp_path: Path) -> None:
    def make(folder: str, **files: str) -> data.FilesDataset:
        for name, text in files.items():
            file = tmp_path / folder / name.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return data.from_files(tmp_path / folder)

    one = make("one", b="2", a="1", x__y="3")
    assert one.profile == {"num_files": 3, "num_bytes": 3}
    assert make("same", x__y="3", a="1", b="2").digest == one.digest
    others = [
        make("renamed", b="2", c="1", x__y="3"),
        make("changed", b="2", a="0", x__y="3"),
        make("less", b="2", a="1"),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 4
    assert one.name == "one"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="no such file or folder"):
        data.from_files(tmp_path / "none")


def table(**columns: Any) -> pa.Table:
    return pa.table({"a": [1, 2, None], "t": ["x", "y", None], **columns})


def test_a_table_of_arrow() -> None:
    found = data.from_arrow(table(), source="s3://b/train.parquet", targets="a", name="train")
    assert found.to_dict() == {
        "name": "train",
        "digest": found.digest,
        "source": '{"uri": "s3://b/train.parquet"}',
        "source_type": "s3",
        "schema": json.dumps(
            {
                "mlflow_colspec": [
                    {"type": "long", "name": "a", "required": False},
                    {"type": "string", "name": "t", "required": False},
                ]
            }
        ),
        "profile": json.dumps({"num_rows": 3, "num_elements": 6}),
    }
    assert found.targets == "a"
    with pytest.raises(InvalidParameter, match="Arrow table does not contain the specified targets column 'z'"):
        data.from_arrow(table(), targets="z")


def test_a_digest_sees_names_types_values_and_order() -> None:
    one = table()
    different = [
        one,
        one.rename_columns(["b", "t"]),
        one.cast(pa.schema({"a": pa.int32(), "t": pa.string()})),
        table(a=[1, 3, None]),
        table(a=[1, 2, 0]),
        one.take([1, 0, 2]),
        one.slice(0, 2),
        one.slice(0, 0),
        one.slice(0, 0).rename_columns(["b", "t"]),
    ]
    assert len({data.from_arrow(each).digest for each in different}) == len(different)


def test_a_digest_does_not_see_how_a_table_lies_in_memory() -> None:
    whole = pa.table({"n": np.arange(MANY), "d": pa.array(["u", "v"] * (MANY // 2))})
    cut = pa.concat_tables([whole.slice(0, 70_001), whole.slice(70_001)])
    padded = pa.concat_tables([whole.slice(0, 5), whole]).slice(5)
    coded = whole.set_column(1, "d", whole.column("d").dictionary_encode())
    with_facts = whole.replace_schema_metadata({"pandas": "{}"})
    digests = {data.from_arrow(each).digest for each in (whole, cut, padded, coded, with_facts)}
    assert len(digests) == 1
    last = whole.set_column(0, "n", pa.array(np.append(np.arange(MANY - 1), 7)))
    assert data.from_arrow(last).digest not in digests


def test_a_frame_of_polars() -> None:
    frame = pl.DataFrame({"a": [1, 2], "c": ["x", "y"]}, schema={"a": pl.Int64, "c": pl.Categorical})
    found = data.from_polars(frame, source="a.csv", targets="c", predictions="a")
    assert found.profile == {"num_rows": 2, "num_elements": 4}
    assert (found.df is frame, found.targets, found.predictions) == (True, "c", "a")
    assert data.from_polars(frame.clone()).digest == found.digest
    assert data.from_polars(frame.reverse()).digest != found.digest
    assert data.from_polars(frame.rename({"a": "b"})).digest != found.digest
    with pytest.raises(InvalidParameter, match=r"expected a polars\.DataFrame"):
        data.from_polars(pd.DataFrame())  # type: ignore[arg-type]


def test_polars_without_arrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependency, match="pip install pyarrow"):
        _ = data.from_polars(pl.DataFrame({"a": [1]})).digest


def test_whatever_a_run_has_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a", encoding="utf-8")
    given = [tmp_path, str(tmp_path / "a.csv"), pd.DataFrame({"a": [1]}), pl.DataFrame(), pa.table({}), np.eye(2)]
    made = [data.dataset_of(each) for each in given]
    assert [type(each).__name__ for each in made] == [
        *("FilesDataset", "FilesDataset", "PandasDataset", "PolarsDataset", "ArrowDataset", "NumpyDataset")
    ]
    assert [data.dataset_of(each) for each in (made[0], as_entity(made[1]))] == [made[0], as_entity(made[1])]
    with pytest.raises(InvalidParameter, match="type int; expected one"):
        data.dataset_of(1)
