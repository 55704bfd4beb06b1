"""Files of Parquet, of a folder and of a bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from pyarrow import fs
from sklearn.datasets import load_iris

import kiseki
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.cli import cli
from kiseki.models import predict
from kiseki.pyfunc import PyFuncModel, load_model
from kiseki.pyfunc.parquet import Predicted, predict_parquet
from tests.models import iris


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return iris(tmp_path_factory.mktemp("models") / "iris")


@pytest.fixture(scope="module")
def model(folder: Path) -> PyFuncModel:
    return load_model(folder)


@pytest.fixture(scope="module")
def flowers() -> pa.Table:
    table = pa.Table.from_pandas(load_iris(as_frame=True).data, preserve_index=False)
    return table.append_column("id", pa.array(range(table.num_rows)))


def predictions(model: PyFuncModel, table: pa.Table) -> list[Any]:
    found: list[Any] = model.predict(table.to_pandas().drop(columns="id")).tolist()
    return found


def test_a_file(model: PyFuncModel, flowers: pa.Table, tmp_path: Path) -> None:
    pq.write_table(flowers, tmp_path / "in.parquet", row_group_size=40)
    told: list[int] = []
    source, target = str(tmp_path / "in.parquet"), str(tmp_path / "new" / "out.parquet")
    outcome = predict_parquet(model, source, target, keep=["id"], batch_rows=32, tell=told.append)
    assert outcome == Predicted(files=1, rows=150)
    assert sum(told) == 150
    found = pq.read_table(target)
    assert found.to_pydict() == {"id": list(range(150)), "predictions": predictions(model, flowers)}
    # Again, in the place of the first.
    assert predict_parquet(model, source, target).rows == 150
    assert pq.read_schema(target).names == ["predictions"]
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["out.parquet"]


def test_a_folder_with_partitions_and_files_without_rows(model: PyFuncModel, flowers: pa.Table, tmp_path: Path) -> None:
    ds.write_dataset(
        flowers.append_column("half", pa.array(np.arange(150) // 75)),
        tmp_path / "in",
        format="parquet",
        partitioning=ds.partitioning(pa.schema([("half", pa.int64())]), flavor="hive"),
    )
    pq.write_table(flowers[:0], tmp_path / "in" / "0-empty.parquet")
    (tmp_path / "in" / "_SUCCESS").touch()
    (tmp_path / "in" / ".part-0.parquet.crc").touch()
    (tmp_path / "in" / "_temporary").mkdir()
    (tmp_path / "in" / "_temporary" / "x.parquet").write_bytes(b"half")
    outcome = predict_parquet(model, str(tmp_path / "in"), f"{tmp_path}/out/", keep=["id"])
    assert outcome == Predicted(files=3, rows=150)
    names = {file.relative_to(tmp_path / "out").as_posix() for file in (tmp_path / "out").rglob("*.parquet")}
    assert names == {"0-empty.parquet", "half=0/part-0.parquet", "half=1/part-0.parquet"}
    found = ds.dataset(tmp_path / "out", partitioning="hive").to_table().sort_by("id")
    assert found.column("predictions").to_pylist() == predictions(model, flowers)
    assert found.column("half").to_pylist() == [0] * 75 + [1] * 75
    assert pq.read_schema(tmp_path / "out" / "0-empty.parquet").names == ["id", "predictions"]


def test_a_bucket(model: PyFuncModel, flowers: pa.Table, bucket: fs.S3FileSystem, endpoint: str) -> None:
    options = f"?endpoint_override={endpoint}&scheme=http&region=us-east-1"
    pq.write_table(flowers, "exports/flowers/in.parquet", filesystem=bucket)
    predict_parquet(model, f"s3://exports/flowers/in.parquet{options}", f"s3://exports/answers/out.parquet{options}")
    found = pq.read_table("exports/answers/out.parquet", filesystem=bucket)
    assert found.column("predictions").to_pylist() == predictions(model, flowers)
    outcome = predict_parquet(model, f"s3://exports/flowers{options}", f"s3://exports/more{options}")
    assert outcome == Predicted(files=1, rows=150)
    assert pq.read_table("exports/more/in.parquet", filesystem=bucket).equals(found)
    # A file that fails half-way leaves nothing.
    broken = pa.concat_tables([flowers, flowers.slice(0, 1).set_column(0, flowers.schema[0], pa.array([None], "f8"))])
    pq.write_table(broken, "exports/broken/in.parquet", filesystem=bucket)
    with pytest.raises(InvalidParameter, match="NaN"):
        predict_parquet(model, f"s3://exports/broken{options}", f"s3://exports/none{options}", batch_rows=50)
    left = bucket.get_file_info(fs.FileSelector("exports/none", allow_not_found=True, recursive=True))
    assert [info.path for info in left if info.type == fs.FileType.File] == []
    # Of a whole bucket, into a folder.
    with pytest.raises(NotFound, match="no file at"):
        predict_parquet(model, f"s3://no-such-bucket{options}", f"s3://exports/none{options}")


def test_memory_is_that_of_a_batch(model: PyFuncModel, flowers: pa.Table, tmp_path: Path) -> None:
    rows = 400_000
    large = flowers.take(pa.array(np.arange(rows) % 150))
    pq.write_table(large, tmp_path / "in.parquet", row_group_size=20_000)
    size = large.nbytes
    del large
    before, held = pa.total_allocated_bytes(), [0]

    def look(_: int) -> None:
        held.append(pa.total_allocated_bytes() - before)

    predict_parquet(model, str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet"), batch_rows=5_000, tell=look)
    assert len(held) > 50
    # The predictions of one row group are held, which are a fifth of the rows.
    assert max(held) < size / 2
    assert pq.read_metadata(tmp_path / "out.parquet").num_rows == rows


def test_a_file_that_fails_leaves_what_was_there(model: PyFuncModel, flowers: pa.Table, tmp_path: Path) -> None:
    pq.write_table(flowers, tmp_path / "in.parquet")
    source, target = str(tmp_path / "in.parquet"), tmp_path / "out" / "out.parquet"
    predict_parquet(model, source, str(target))
    before = target.read_bytes()
    # A gap, which this estimator refuses, in the third batch.
    gap = flowers.set_column(0, flowers.schema[0], pa.array([None if row == 120 else 1.0 for row in range(150)]))
    pq.write_table(gap, source)
    with pytest.raises(InvalidParameter, match=r"failed in 'in.parquet', rows 100 to 149.*NaN"):
        predict_parquet(model, source, str(target), batch_rows=50)
    assert [file.name for file in target.parent.iterdir()] == ["out.parquet"]
    assert target.read_bytes() == before


def test_what_cannot_be_read_or_written(model: PyFuncModel, flowers: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no folder with files that end in '\.parquet'"):
        predict_parquet(model, str(tmp_path), str(tmp_path.with_name("out")))
    (tmp_path / "in.parquet").write_bytes(b"text")
    with pytest.raises(InvalidParameter, match=r"'in\.parquet' is no Parquet file"):
        predict_parquet(model, str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet"))
    pq.write_table(flowers.select(["id"]), tmp_path / "in.parquet")
    with pytest.raises(InvalidParameter, match=r"'in.parquet', rows 0 to 149: .*missing inputs \['sepal length"):
        predict_parquet(model, str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet"))
    with pytest.raises(InvalidParameter, match="would take the place of what they are for"):
        predict_parquet(model, str(tmp_path / "in.parquet"), str(tmp_path / "." / "in.parquet"))
    for target in (tmp_path, tmp_path / "below"):
        with pytest.raises(InvalidParameter, match="within the source"):
            predict_parquet(model, str(tmp_path), str(target))
    with pytest.raises(InvalidParameter, match="Cannot reach"):
        predict_parquet(model, "nothing://x/y.parquet", str(tmp_path / "out.parquet"))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.parquet"]


def test_without_a_signature_a_file_without_rows_has_predictions_of_no_type(tmp_path: Path) -> None:
    kiseki.pyfunc.save_model(tmp_path / "model", python_model=lambda model_input: model_input["a"], pip_requirements=[])
    pq.write_table(pa.table({"a": pa.array([], "i8")}), tmp_path / "in.parquet")
    predict_parquet(load_model(tmp_path / "model"), str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet"))
    assert pq.read_table(tmp_path / "out.parquet").schema == pa.schema([("predictions", pa.null())])


def test_the_command(folder: Path, model: PyFuncModel, flowers: pa.Table, tmp_path: Path) -> None:
    pq.write_table(flowers, tmp_path / "in.parquet")
    common = ["models", "predict", "-m", str(folder), "--env-manager", "local"]
    paths = ["-i", str(tmp_path / "in.parquet"), "-o", str(tmp_path / "out.parquet")]
    done = CliRunner().invoke(cli, [*common, *paths, "--keep", "id", "--batch-rows", "64"])
    assert (done.exit_code, done.output) == (0, "")
    assert pq.read_table(tmp_path / "out.parquet").to_pydict() == {
        "id": list(range(150)),
        "predictions": predictions(model, flowers),
    }
    assert CliRunner().invoke(cli, [*common, *paths, "--keep", "*"]).exit_code == 0
    assert pq.read_schema(tmp_path / "out.parquet").names == [*flowers.schema.names, "predictions"]
    with pytest.raises(InvalidParameter, match="Give both"):
        predict(str(folder), input_path=tmp_path / "in.parquet", content_type="parquet", env_manager="local")
    with pytest.raises(InvalidParameter, match=r"\['nothing'\] that are to be kept"):
        predict(
            str(folder),
            input_path=tmp_path / "in.parquet",
            output_path=tmp_path / "out.parquet",
            content_type="parquet",
            env_manager="local",
            keep=["nothing"],
        )
