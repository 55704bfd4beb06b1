"""Datasets of Hugging Face, beside what the real MLflow records of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest

import kiseki
from kiseki import data
from kiseki.base.errors import InvalidParameter
from kiseki.data.arrow_dataset import ROWS
from kiseki.data.sources import HuggingFaceDatasetSource
from tests.flavors.conftest import mlflow
from tests.wire.server import Server

KINDS = datasets.Features(
    {
        "label": datasets.ClassLabel(names=["cat", "dog"]),
        "vector": datasets.List(datasets.Value("float32")),
        "when": datasets.Value("timestamp[ms]"),
        "missing": datasets.Value("float64"),
        "text": datasets.Value("large_string"),
    }
)
NESTED = datasets.Features({"s": {"x": datasets.Value("int32"), "y": datasets.List(datasets.Value("float32"))}})


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library counts what it loads on a server of its makers."""
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


def numbers(count: int = 100) -> Any:
    return datasets.Dataset.from_dict({"a": list(range(count)), "t": ["x"] * count})


def of_files() -> Any:
    """As most have one: read from files, of which the library keeps a table of Arrow on the disk."""
    Path("train.csv").write_text("a,t\n" + "".join(f"{n},x{n % 3}\n" for n in range(30)), encoding="utf-8")
    return datasets.load_dataset("csv", data_files="train.csv", split="train", cache_dir="cache")


def of_kinds() -> Any:
    rows = {"label": [0, 1], "vector": [[1.0], [2.0, 3.0]], "when": [1, 2], "missing": [None, 1.5], "text": ["", "ü"]}
    return datasets.Dataset.from_dict(rows, features=KINDS)


MADE: dict[str, Callable[[], Any]] = {
    "numbers and texts": numbers,
    "files": of_files,
    "columns of many kinds": of_kinds,
    "some rows": lambda: of_files().select(range(5)),
    "a split of it": lambda: of_files().train_test_split(0.2, seed=1)["test"],
    "filtered": lambda: of_files().filter(lambda row: row["a"] > 3),
    "one column, as NumPy": lambda: numbers().with_format("numpy", columns=["a"]),
    "two of them": lambda: datasets.concatenate_datasets([numbers(), numbers(3)]),
}


def facts(dataset: Any) -> dict[str, Any]:
    """What is recorded, without the digest, which differs on purpose."""
    found: dict[str, Any] = dataset.to_dict()
    del found["digest"]
    return found


@pytest.mark.filterwarnings("ignore:Hint. Inferred schema contains integer")
@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_what_is_recorded_is_what_mlflow_records(make: Callable[[], Any]) -> None:
    one = make()
    for arguments in (
        {},
        {"path": "me/mine", "data_dir": "d", "revision": "r"},
        {"path": "csv", "data_files": {"train": ["a.csv"]}, "trust_remote_code": True, "name": "n"},
        {"source": "s3://bucket/key", "name": "n"},
        {"path": "me/mine", "source": "s3://bucket/key"},
    ):
        assert facts(data.from_huggingface(one, **arguments)) == facts(mlflow.data.from_huggingface(one, **arguments))


def test_the_sizes_are_those_of_the_library() -> None:
    one = of_files()
    size = Path("train.csv").stat().st_size
    assert data.from_huggingface(one).profile == {
        "num_rows": 30,
        "dataset_size": one.dataset_size,
        "size_in_bytes": one.dataset_size + size,
    }
    assert data.from_huggingface(numbers()).profile == {"num_rows": 100, "dataset_size": None, "size_in_bytes": None}


def test_more_than_mlflow_knows_a_schema_of() -> None:
    """Lists of which one is empty, and no rows at all, with which MLflow's function fails."""
    one = datasets.Dataset.from_dict({"s": [{"x": 1, "y": [1.0]}, {"x": 2, "y": []}]}, features=NESTED)
    described = json.loads(data.from_huggingface(one).to_dict()["schema"])["mlflow_colspec"]
    assert described == [
        {
            "name": "s",
            "type": "object",
            "required": True,
            "properties": {
                "x": {"type": "integer", "required": False},
                "y": {"type": "array", "items": {"type": "float"}, "required": False},
            },
        }
    ]
    empty = data.from_huggingface(one.select([]))
    assert json.loads(empty.to_dict()["schema"])["mlflow_colspec"] == described
    assert empty.profile["num_rows"] == 0
    assert len(empty.digest) == 32


def test_a_digest_sees_every_row_in_its_order() -> None:
    one = numbers()
    digest = data.from_huggingface(one).digest
    assert digest == data.from_arrow(one.data.table).digest == data.from_huggingface(numbers()).digest
    shuffled = one.shuffle(seed=1)
    others = [
        shuffled,
        one.select(range(99)),
        one.rename_column("a", "b"),
        one.cast_column("a", datasets.Value("int32")),
    ]
    assert len({digest, *(data.from_huggingface(other).digest for other in others)}) == 5
    # What a dataset is, and not how the library keeps it or gives it out.
    assert data.from_huggingface(shuffled.flatten_indices()).digest == data.from_huggingface(shuffled).digest
    assert data.from_huggingface(one.with_format("numpy", columns=["a"])).digest == digest
    one.save_to_disk("saved")
    assert data.from_huggingface(datasets.load_from_disk("saved")).digest == digest


def test_a_digest_sees_the_last_row() -> None:
    values = np.arange(2 * ROWS + 1)
    digests = []
    for last in (values[-1], 0):
        values[-1] = last
        one = datasets.Dataset.from_dict({"a": values})
        digests.append((data.from_huggingface(one).digest, mlflow.data.from_huggingface(one).digest))
    assert digests[0][0] != digests[1][0]
    assert digests[0][1] == digests[1][1]


def test_both_programs_log_it_to_one_server(tmp_path: Path) -> None:
    one = of_files()
    with Server(tmp_path / "server") as server:
        kiseki.set_tracking_uri(server.uri)
        mlflow.set_tracking_uri(server.uri)
        with kiseki.start_run() as run:
            kiseki.log_input(one)
            kiseki.log_input(data.from_huggingface(one, "me/mine", targets="t", name="train"), context="training")
        with mlflow.start_run(run.info.run_id):
            mlflow.log_input(mlflow.data.from_huggingface(one, "me/mine", targets="t", name="train"), "training")
        inputs = mlflow.get_run(run.info.run_id).inputs.dataset_inputs
        mine = kiseki.get_run(run.info.run_id).inputs
        mlflow.set_tracking_uri(None)
    plain, ours, theirs = sorted(inputs, key=lambda each: (each.dataset.name, -len(each.dataset.digest)))
    assert (plain.dataset.name, plain.dataset.source_type, plain.tags) == ("dataset", "code", [])
    assert plain.dataset.digest == ours.dataset.digest == data.from_huggingface(one).digest
    assert {**dict(ours.dataset), "digest": ""} == {**dict(theirs.dataset), "digest": ""}
    assert [(tag.key, tag.value) for tag in ours.tags] == [("mlflow.data.context", "training")]
    assert len(theirs.dataset.digest) == 8
    assert mine is not None
    assert len(mine.dataset_inputs) == 3
    for recorded in (data.get_source(each) for each in mine.dataset_inputs if each.dataset.name == "train"):
        assert isinstance(recorded, HuggingFaceDatasetSource)
        assert recorded == data.from_huggingface(one, "me/mine").source
    assert mlflow.data.get_source(ours).to_dict() == data.from_huggingface(one, "me/mine").source.to_dict()


def test_what_is_no_dataset_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    one = numbers()
    for other in (datasets.DatasetDict(train=one), one.to_iterable_dataset()):
        with pytest.raises(InvalidParameter, match=r"expected a datasets\.Dataset"):
            data.from_huggingface(other)
        with kiseki.start_run(), pytest.raises(InvalidParameter, match=type(other).__name__):
            kiseki.log_input(other)
    with pytest.raises(InvalidParameter, match="does not contain the specified targets column 'z'"):
        data.from_huggingface(one, targets="z")
    with caplog.at_level(logging.WARNING, "kiseki"):
        assert data.from_huggingface(one, "me/mine", source="a.csv").source.to_dict() == {"uri": "a.csv"}
    assert "both `path` and `source`" in caplog.text
