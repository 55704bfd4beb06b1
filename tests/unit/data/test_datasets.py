"""Datasets against those of the real mlflow: equal digests make one dataset of what both programs logged."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kiseki import data
from kiseki.base.errors import InvalidParameter, MissingDependency, NotImplementedByKiseki
from kiseki.data.hashing import _hashes

mlflow_data: Any = pytest.importorskip("mlflow.data", reason="the real mlflow is not installed: no parity shown")

FRAMES: dict[str, Callable[[], pd.DataFrame]] = {
    "numbers and texts": lambda: pd.DataFrame({"b": [1.5, 2.5, None], "a": [1, 2, 3], "c": ["x", "y", "z"]}),
    "texts first": lambda: pd.DataFrame({"s": ["a", "b"], "n": [1, 2], "t": ["c", "d"], "b": [True, False]}),
    "three kinds": lambda: pd.DataFrame({"n": [1, 2], "s": ["a", "b"], "m": [1, 2.5]}),
    "missing text": lambda: pd.DataFrame({"s": ["a", None], "n": [1, 2]}),
    "a text missing late": lambda: pd.DataFrame({"s": ["a"] * 15_000 + [None]}),
    "many rows": lambda: pd.DataFrame({"a": range(20_000)}),
    "an index": lambda: pd.DataFrame({"a": [1, 2]}, index=["p", "q"]),
    "numbered columns": lambda: pd.DataFrame(np.arange(6.0).reshape(2, 3)),
    "nothing": pd.DataFrame,
    "no rows": lambda: pd.DataFrame({"n": pd.Series([], dtype=float), "s": pd.Series([], dtype=object)}),
    "one name twice": lambda: pd.DataFrame([[1, 2], [3, 4]], columns=["x", "x"]),
    "small integers": lambda: pd.DataFrame({"i": np.array([1, 2], "int8"), "u": np.array([1, 2], "uint32")}),
    "small floats": lambda: pd.DataFrame({"f": np.array([1, 2], "float32"), "h": np.array([1, 2], "float16")}),
    "unsigned longs": lambda: pd.DataFrame({"u": np.array([1, 2], "uint64")}),
    "truths": lambda: pd.DataFrame({"b": [True, False]}),
    "dates": lambda: pd.DataFrame({"d": pd.to_datetime(["2020-01-01", "2020-01-02"])}),
    "dates of a zone": lambda: pd.DataFrame({"d": pd.to_datetime(["2020-01-01"]).tz_localize("UTC")}),
    "durations": lambda: pd.DataFrame({"t": pd.to_timedelta([1, 2]), "n": [1, 2]}),
    "bytes": lambda: pd.DataFrame({"b": [b"1", b"2"]}),
    "lists": lambda: pd.DataFrame({"o": [[1], [2]], "k": [1, 2]}),
    "arrays": lambda: pd.DataFrame({"o": [np.array([1.0]), np.array([2.0])]}),
    "dictionaries": lambda: pd.DataFrame({"o": [{"k": 1}, {"k": 2}]}),
    "categories": lambda: pd.DataFrame({"c": pd.Categorical(["a", "b"]), "d": pd.Categorical([1, 2])}),
    "nullable": lambda: pd.DataFrame({"I": pd.Series([1, None], dtype="Int64"), "B": pd.Series([True, None], dtype="boolean")}),
    "strings": lambda: pd.DataFrame({"s": pd.Series(["a", "b"], dtype="string")}),
    "objects": lambda: pd.DataFrame({"s": pd.Series(["a", "b"], dtype=object), "i": pd.Series([1, 2], dtype=object)}),
    "mixed": lambda: pd.DataFrame({"o": [1, "x"]}),
    "only missing": lambda: pd.DataFrame({"o": [None, None]}),
    "several levels": lambda: pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
}  # fmt: skip

ARRAYS: dict[str, Callable[[], Any]] = {
    "floats": lambda: np.arange(12.0).reshape(4, 3),
    "negative zero and nan": lambda: np.array([0.0, -0.0, np.nan, np.inf]),
    "integers": lambda: np.arange(-3, 3),
    "small integers": lambda: np.arange(-3, 3, dtype="int8"),
    "unsigned": lambda: np.arange(3, dtype="uint16"),
    "halves": lambda: np.arange(3, dtype="float16"),
    "singles": lambda: np.arange(3, dtype="float32"),
    "truths": lambda: np.array([True, False]),
    "complex": lambda: np.array([1 + 2j, -3.5j]),
    "times": lambda: np.array(["2020-01-01", "NaT"], dtype="datetime64[ns]"),
    "durations": lambda: np.array([1, 2], dtype="timedelta64[s]"),
    "texts": lambda: np.array(["a", "b"]),
    "objects": lambda: np.array([1, "x", None], dtype=object),
    "many": lambda: np.arange(30_000.0).reshape(3, 10_000),
    "none": lambda: np.zeros((0, 3)),
    "one": lambda: np.array(3.0),
    "a view": lambda: np.arange(12).reshape(3, 4)[::2, ::-1],
    "by name": lambda: {"b": np.eye(2), "a": np.arange(3)},
}


def facts(dataset: Any) -> dict[str, Any]:
    """What is recorded, without what differs on purpose."""
    found: dict[str, Any] = dataset.to_dict()
    for part in ("schema", "profile", "source"):
        found[part] = json.loads(found[part]) if found.get(part) else found.get(part)
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
def test_a_frame(make: Callable[[], pd.DataFrame]) -> None:
    ours = data.from_pandas(make(), source="a.csv", name="n")
    theirs = mlflow_data.from_pandas(make(), source="a.csv", name="n")
    assert facts(ours) == facts(theirs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", ARRAYS.values(), ids=ARRAYS)
def test_an_array(make: Callable[[], Any]) -> None:
    ours, theirs = data.from_numpy(make()), mlflow_data.from_numpy(make())
    assert facts(ours) == facts(theirs)
    with_targets = data.from_numpy(make(), "a.npy", targets=np.arange(4))
    assert facts(with_targets) == facts(mlflow_data.from_numpy(make(), "a.npy", targets=np.arange(4)))


def test_the_order_of_bytes_is_not_content() -> None:
    assert data.from_numpy(np.arange(3, dtype=">f8")).digest == data.from_numpy(np.arange(3, dtype="<f8")).digest


@pytest.mark.parametrize("kind", "?bBhHiIlLqQefdFD")
def test_hashes_of_numbers_need_no_pandas(kind: str) -> None:
    values = np.random.default_rng(0).integers(0, 200, 100).astype(kind)
    assert (_hashes(values) == pd.util.hash_array(values)).all()


def test_a_digest_of_texts_without_pandas_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert data.from_numpy(np.eye(2)).digest == mlflow_digest_of_eye()
    with pytest.raises(MissingDependency, match="pip install pandas"):
        _ = data.from_numpy(np.array(["a"])).digest


def mlflow_digest_of_eye() -> str:
    return "5980071f"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "source",
    ["a.csv", "./a b.csv", "/abs/a.csv", "file:///abs/a.csv", "https://h/a.csv", "s3://b/k", "gs://b/k", "hdfs://h/k"],
)
def test_a_source(source: str) -> None:
    frame = pd.DataFrame({"a": [1]})
    ours, theirs = data.from_pandas(frame, source), mlflow_data.from_pandas(frame, source)
    assert ours.source.to_json() == theirs.source.to_json()
    assert ours.to_dict()["source_type"] == theirs.to_dict()["source_type"]
    back = data.get_source(kiseki_entity(ours))
    assert back == ours.source
    assert hash(back) == hash(ours.source)


def kiseki_entity(dataset: data.Dataset) -> Any:
    from kiseki.data.dataset import as_entity

    return as_entity(dataset)


def test_without_a_source_it_is_the_code() -> None:
    ours = data.from_numpy(np.eye(2)).source
    assert ours.source_type == "code"
    assert ours.to_dict() == mlflow_data.from_numpy(np.eye(2)).source.to_dict()
    with pytest.raises(NotImplementedByKiseki, match="code"):
        ours.load()


def test_a_file_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "a b.csv"
    file.write_text("x", encoding="utf-8")
    for uri in (str(file), file.as_uri()):
        source = data.from_numpy(np.eye(2), uri).source
        assert Path(source.load()) == file
        copied = Path(source.load(str(tmp_path / "copy")))
        assert copied.read_text(encoding="utf-8") == "x"
    with pytest.raises(InvalidParameter, match="does not exist"):
        data.from_numpy(np.eye(2), str(tmp_path / "none.csv")).source.load()


def test_what_is_no_dataset() -> None:
    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(InvalidParameter, match=r"targets column 'zz'"):
        data.from_pandas(frame, targets="zz")
    with pytest.raises(InvalidParameter, match="predictions column 'zz'"):
        data.from_pandas(frame, predictions="zz")
    with pytest.raises(InvalidParameter, match=r"expected a pandas\.DataFrame"):
        data.from_pandas([1])  # type: ignore[arg-type] # the mistake under test
    with pytest.raises(InvalidParameter, match="features"):
        data.from_numpy([1])  # type: ignore[arg-type] # the mistake under test
    with pytest.raises(InvalidParameter, match="source"):
        data.from_numpy(np.eye(2), 5)  # type: ignore[arg-type] # the mistake under test
    with pytest.raises(InvalidParameter, match="get_source"):
        data.get_source("x")  # type: ignore[arg-type] # the mistake under test


def test_a_dataset_of_which_only_the_source_is_known() -> None:
    source = data.HTTPDatasetSource("https://h/a.csv")
    one = data.MetaDataset(source, name="n")
    assert one.to_dict() == {
        "name": "n",
        "digest": one.digest,
        "source": '{"url": "https://h/a.csv"}',
        "source_type": "http",
    }
    assert len(one.digest) == 8
    assert one.digest == data.MetaDataset(source, name="n").digest
    assert one.digest != data.MetaDataset(source, name="m").digest
    assert data.MetaDataset(source, digest="given").digest == "given"


def test_what_mlflow_records_comes_back(tmp_path: Path) -> None:
    from kiseki.entities import Dataset

    recorded = Dataset("n", "d", "hugging_face", '{"path": "imdb", "split": "train"}')
    assert data.get_source(recorded).to_dict() == {"path": "imdb", "split": "train"}
    with pytest.raises(InvalidParameter, match="not that of a dataset"):
        data.get_source(Dataset("n", "d", "local", "{}"))
