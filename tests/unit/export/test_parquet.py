"""An export: what it has, that it is exact, and what a second one writes."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from kiseki.base.errors import Conflict, InvalidParameter
from kiseki.client import KisekiClient
from kiseki.client.backend import Backend
from kiseki.client.resolve import close_all
from kiseki.domain.metrics import INT64_MAX, INT64_MIN
from kiseki.entities import Metric, Param, RunTag
from kiseki.export.manifest import NAME, Manifest
from kiseki.export.parquet import Outcome, export_parquet
from kiseki.export.parts import PartLimits
from kiseki.export.tables import EXPERIMENT_TABLES, MODEL_TABLES, RUN_TABLES
from tests.wire.server import Server

EXACT = [0.1, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 1 / 3]


@pytest.fixture(params=["database", "server"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KisekiClient]:
    """Runs in a database of this process, and behind a real server."""
    if request.param == "database":
        yield KisekiClient(f"sqlite:///{tmp_path / 'kiseki.db'}")
    else:
        with Server(tmp_path / "server") as server:
            yield KisekiClient(server.uri)
            server.check()
    close_all()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[KisekiClient]:
    """Runs in a database of this process."""
    yield KisekiClient(f"sqlite:///{tmp_path / 'kiseki.db'}")
    close_all()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "exported"


def new_run(client: KisekiClient, experiment_id: str, points: int = 3, **params: str) -> str:
    run = client.create_run(experiment_id, start_time=1_000)
    run_id = run.info.run_id
    client.log_batch(
        run_id,
        [Metric("loss", 1 / (step + 1), 10 + step, step) for step in range(points)],
        [Param(key, value) for key, value in params.items()],
        [RunTag("team", "vision")],
    )
    return run_id


def table(target: Path, name: str) -> list[dict[str, Any]]:
    """All rows of a table, as a reader of the folder finds them, in an order of their own."""
    partitioning = ds.partitioning(pa.schema([("experiment_id", pa.int64())]), flavor="hive")
    found = ds.dataset(target / name, partitioning=partitioning).to_table().to_pylist()
    return sorted(
        found, key=lambda row: [str(row.get(key)) for key in ("model_id", "run_id", "key", "timestamp", "step")]
    )


def files(target: Path) -> dict[str, tuple[int, int]]:
    """All files, hidden ones too, with what changes when one is written."""
    return {
        str(path.relative_to(target)): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in target.rglob("*")
        if path.is_file()
    }


def manifest(target: Path) -> Manifest:
    return msgspec.json.decode((target / NAME).read_bytes(), type=Manifest)


def whole(target: Path) -> dict[str, list[dict[str, Any]]]:
    """All tables, once it is sure that the folders have what the manifest says, and nothing else."""
    valid = {path for paths in manifest(target).files.values() for path in paths}
    assert set(files(target)) == valid | {NAME}
    # A table of which no run was ever exported has no folder.
    return {
        name: table(target, name)
        for name in (*EXPERIMENT_TABLES, *RUN_TABLES, *MODEL_TABLES)
        if (target / name).exists()
    }


def same(one: Any, other: Any) -> bool:
    """Whether values are equal bit for bit, but for the payload of NaN."""
    if isinstance(one, float) and isinstance(other, float):
        return struct.pack("<d", one) == struct.pack("<d", other) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


# --- what it has ------------------------------------------------------------------------------------------------------


def test_everything_is_there(client: KisekiClient, target: Path) -> None:
    experiment = client.create_experiment("digits", tags={"owner": "気象", "a": ""})
    run_id = new_run(client, experiment, lr="0.1", 層="3")
    client.set_terminated(run_id, "FAILED", 5_000)
    outcome = export_parquet(client.backend, str(target))
    assert outcome == Outcome(experiments=2, written=1, unchanged=0, gone=0, points=3)
    found = whole(target)
    info, made = client.get_run(run_id).info, client.get_experiment(experiment)
    number = int(experiment)
    (digits,) = [one for one in found["experiments"] if one["experiment_id"] == number]
    assert digits == {
        "experiment_id": number,
        "name": "digits",
        "artifact_location": made.artifact_location,
        "creation_time": made.creation_time,
        "last_update_time": made.last_update_time,
    }
    assert found["experiment_tags"] == [
        {"experiment_id": number, "key": "a", "value": ""},
        {"experiment_id": number, "key": "owner", "value": "気象"},
    ]
    assert found["runs"] == [
        {
            "experiment_id": number,
            "run_id": run_id,
            "run_name": info.run_name,
            "user_id": info.user_id,
            "status": "FAILED",
            "start_time": 1_000,
            "end_time": 5_000,
            "artifact_uri": info.artifact_uri,
        }
    ]
    assert [(row["key"], row["value"]) for row in found["params"]] == [("lr", "0.1"), ("層", "3")]
    tags = client.get_run(run_id).data.tags
    assert {row["key"]: row["value"] for row in found["tags"]} == tags
    assert found["metrics"] == [
        {
            "experiment_id": number,
            "run_id": run_id,
            "key": "loss",
            "count": 3,
            "nonfinite": 0,
            "first": 1.0,
            "first_step": 0,
            "last": 1 / 3,
            "last_step": 2,
            "last_timestamp": 12,
            "min": 1 / 3,
            "min_step": 2,
            "max": 1.0,
            "max_step": 0,
        }
    ]
    assert found["histories"] == [
        {"experiment_id": number, "run_id": run_id, "key": "loss", "step": n, "timestamp": 10 + n, "value": 1 / (n + 1)}
        for n in range(3)
    ]


def test_values_are_exact(client: KisekiClient, target: Path) -> None:
    experiment = client.create_experiment("exact")
    run_id = client.create_run(experiment, start_time=INT64_MAX).info.run_id
    metrics = [Metric("value", value, 2**53 + 1 + n, INT64_MIN + n) for n, value in enumerate(EXACT)]
    client.log_batch(run_id, [*metrics, Metric("late", 1.0, INT64_MAX, INT64_MAX), Metric("nan", math.nan, 1, 1)])
    export_parquet(client.backend, str(target))
    found = whole(target)
    assert (found["runs"][0]["start_time"], found["runs"][0]["end_time"]) == (INT64_MAX, None)
    rows = [row for row in found["histories"] if row["key"] == "value"]
    assert [(row["timestamp"], row["step"]) for row in rows] == [
        (2**53 + 1 + n, INT64_MIN + n) for n in range(len(EXACT))
    ]
    assert all(same(row["value"], value) for row, value in zip(rows, EXACT, strict=True))
    (late,) = [row for row in found["histories"] if row["key"] == "late"]
    assert (late["timestamp"], late["step"]) == (INT64_MAX, INT64_MAX)
    summaries = {row["key"]: row for row in found["metrics"]}
    assert (summaries["value"]["min"], summaries["value"]["max"]) == (-math.inf, math.inf)
    assert (summaries["value"]["nonfinite"], summaries["value"]["count"]) == (3, len(EXACT))
    assert math.isnan(summaries["nan"]["min"])
    assert math.isnan(summaries["nan"]["last"])
    assert summaries["late"]["last_step"] == INT64_MAX


def test_histories_of_many_pages_are_whole(client: KisekiClient, target: Path) -> None:
    experiment = client.create_experiment("long")
    run_id = client.create_run(experiment).info.run_id
    client.log_batch(run_id, [Metric("loss", float(step), step, step) for step in range(60_000)])
    assert export_parquet(client.backend, str(target)).points == 60_000
    rows = table(target, "histories")
    assert sorted(row["step"] for row in rows) == list(range(60_000))
    assert all(row["value"] == row["step"] == row["timestamp"] for row in rows)


def new_model(client: KisekiClient, experiment_id: str, name: str = "forest") -> str:
    model_id = client.create_logged_model(experiment_id, name, params={"p": "1"}, tags={"t": "x"}).model_id
    run_id = client.create_run(experiment_id).info.run_id
    client.log_metric(run_id, "acc", math.nan, 5, 1, model_id=model_id)
    client.log_metric(run_id, "acc", 0.1, 6, 2, model_id=model_id, dataset_name="d", dataset_digest="1")
    return str(model_id)


def test_logged_models_are_there(client: KisekiClient, target: Path) -> None:
    experiment = client.create_experiment("digits")
    model_id, trashed = new_model(client, experiment, "森"), new_model(client, experiment)
    client.delete_logged_model(trashed)
    model = client.finalize_logged_model(model_id, "READY")
    outcome = export_parquet(client.backend, str(target))
    assert (outcome.models_written, outcome.written, outcome.points) == (1, 2, 4)
    found = whole(target)
    mine = {"model_id": model_id, "experiment_id": int(experiment)}
    assert found["logged_models"] == [
        {
            **mine,
            "name": "森",
            "model_type": None,
            "source_run_id": None,
            "status": "READY",
            "status_message": None,
            "creation_timestamp": model.creation_timestamp,
            "last_updated_timestamp": model.last_updated_timestamp,
            "artifact_uri": model.artifact_location,
        }
    ]
    assert found["logged_model_params"] == [{**mine, "key": "p", "value": "1"}]
    assert found["logged_model_tags"] == [{**mine, "key": "t", "value": "x"}]
    run_id = (model.metrics or [])[0].run_id
    expected: list[dict[str, Any]] = [
        {**mine, "key": "acc", "step": 1, "timestamp": 5, "value": math.nan, "run_id": run_id},
        {**mine, "key": "acc", "step": 2, "timestamp": 6, "value": 0.1, "run_id": run_id},
    ]
    datasets: list[dict[str, Any]] = [
        {"dataset_name": None, "dataset_digest": None},
        {"dataset_name": "d", "dataset_digest": "1"},
    ]
    for row, first, second in zip(found["logged_model_metrics"], expected, datasets, strict=True):
        assert same(row.pop("value"), first.pop("value"))
        assert row == {**first, **second}


def test_nothing_recorded_is_an_export_too(client: KisekiClient, target: Path) -> None:
    client.search_experiments()
    assert export_parquet(client.backend, str(target)).written == 0
    assert [row["name"] for row in whole(target)["experiments"]] == ["Default"]


def test_what_is_in_the_trash_is_left_out(client: KisekiClient, target: Path) -> None:
    kept, trashed = client.create_experiment("kept"), client.create_experiment("trashed")
    run_id = new_run(client, kept)
    client.delete_run(new_run(client, kept))
    new_run(client, trashed)
    client.delete_experiment(trashed)
    export_parquet(client.backend, str(target))
    found = whole(target)
    assert [row["run_id"] for row in found["runs"]] == [run_id]
    assert sorted(row["name"] for row in found["experiments"]) == ["Default", "kept"]


# --- a second export --------------------------------------------------------------------------------------------------


def test_nothing_is_written_when_nothing_changed(client: KisekiClient, target: Path) -> None:
    experiment = client.create_experiment("digits")
    for _ in range(3):
        new_run(client, experiment)
    export_parquet(client.backend, str(target))
    before = files(target)
    assert export_parquet(client.backend, str(target)) == Outcome(
        experiments=2, written=0, unchanged=3, gone=0, points=9
    )
    assert files(target) == before


Change = Callable[[KisekiClient, str], Any]
CHANGES: dict[str, Change] = {
    "a later point": lambda client, run_id: client.log_metric(run_id, "loss", 9.0, 99, 99),
    "an earlier point": lambda client, run_id: client.log_metric(run_id, "loss", 0.5, 1, -1),
    "a point in between": lambda client, run_id: client.log_metric(run_id, "loss", 0.4, 11, 1),
    "NaN": lambda client, run_id: client.log_metric(run_id, "loss", math.nan, 11, 1),
    "another metric": lambda client, run_id: client.log_metric(run_id, "accuracy", 1.0, 1, 1),
    "a param": lambda client, run_id: client.log_param(run_id, "lr", "0.1"),
    "another tag": lambda client, run_id: client.set_tag(run_id, "team", "speech"),
    "a tag less": lambda client, run_id: client.delete_tag(run_id, "team"),
    "a name": lambda client, run_id: client.update_run(run_id, name="renamed"),
    "its end": lambda client, run_id: client.set_terminated(run_id, "FINISHED", 7_000),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_run_that_changed_is_written_anew_and_no_other(local: KisekiClient, target: Path, change: Change) -> None:
    experiment, quiet = local.create_experiment("digits"), local.create_experiment("quiet")
    run_id, *_ = [new_run(local, experiment) for _ in range(3)]
    new_run(local, quiet)
    export_parquet(local.backend, str(target))
    before = files(target)
    change(local, run_id)
    outcome = export_parquet(local.backend, str(target))
    assert (outcome.written, outcome.unchanged, outcome.gone) == (1, 3, 0)
    assert {name for name in before if f"experiment_id={quiet}/" in name or name.startswith("experiments/")} <= {
        name for name, state in files(target).items() if before.get(name) == state
    }
    assert_is_as_if_new(local, target)


def assert_is_as_if_new(client: KisekiClient, target: Path) -> None:
    """The export has what a new one would have."""
    fresh = target.with_name("fresh")
    export_parquet(client.backend, str(fresh))
    found, expected = whole(target), whole(fresh)
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        assert len(found[name]) == len(rows), name
        for one, other in zip(found[name], rows, strict=True):
            assert one.keys() == other.keys()
            assert all(same(one[key], other[key]) for key in one), (name, one, other)


def test_runs_that_were_deleted_leave_and_come_back(local: KisekiClient, target: Path) -> None:
    experiment = local.create_experiment("digits")
    runs = [new_run(local, experiment) for _ in range(4)]
    export_parquet(local.backend, str(target))
    local.delete_run(runs[0])
    local.delete_run(runs[1])
    outcome = export_parquet(local.backend, str(target))
    assert (outcome.written, outcome.unchanged, outcome.gone) == (0, 2, 2)
    assert_is_as_if_new(local, target)
    for run_id in runs:
        (local.restore_run if run_id in runs[:2] else local.delete_run)(run_id)
    outcome = export_parquet(local.backend, str(target))
    assert (outcome.written, outcome.unchanged, outcome.gone) == (2, 0, 2)
    assert sorted(row["run_id"] for row in whole(target)["runs"]) == sorted(runs[:2])


def test_an_experiment_that_was_deleted_leaves(local: KisekiClient, target: Path) -> None:
    kept, left = local.create_experiment("kept"), local.create_experiment("left")
    run_id = new_run(local, kept)
    new_run(local, left)
    export_parquet(local.backend, str(target))
    local.delete_experiment(left)
    assert export_parquet(local.backend, str(target)).gone == 1
    found = whole(target)
    assert [row["run_id"] for row in found["runs"]] == [run_id]
    assert "left" not in {row["name"] for row in found["experiments"]}
    assert not list(target.glob(f"*/experiment_id={left}"))


def test_an_experiment_that_was_renamed_is_written_anew_without_its_runs(local: KisekiClient, target: Path) -> None:
    experiment = local.create_experiment("digits")
    new_run(local, experiment)
    export_parquet(local.backend, str(target))
    before = {name: state for name, state in files(target).items() if not name.startswith("experiment")}
    local.rename_experiment(experiment, "letters")
    local.set_experiment_tag(experiment, "note", "x")
    assert export_parquet(local.backend, str(target)).written == 0
    found = whole(target)
    assert {row["name"] for row in found["experiments"]} == {"Default", "letters"}
    assert [row["key"] for row in found["experiment_tags"]] == ["note"]
    after = files(target)
    assert {name: after[name] for name in before if name != NAME} == {
        name: state for name, state in before.items() if name != NAME
    }


def test_some_experiments_leave_the_others_as_they_are(local: KisekiClient, target: Path) -> None:
    one, other = local.create_experiment("one"), local.create_experiment("other")
    new_run(local, one)
    late = new_run(local, other)
    export_parquet(local.backend, str(target), [one])
    assert {row["name"] for row in whole(target)["experiments"]} == {"one"}
    export_parquet(local.backend, str(target), [other])
    local.log_metric(late, "loss", 3.0, 99, 99)
    new_run(local, one)
    assert export_parquet(local.backend, str(target), [one]).written == 1
    found = whole(target)
    assert sorted(row["name"] for row in found["experiments"]) == ["one", "other"]
    assert len([row for row in found["histories"] if row["run_id"] == late]) == 3
    assert export_parquet(local.backend, str(target)).written == 1
    assert_is_as_if_new(local, target)


# --- parts ------------------------------------------------------------------------------------------------------------


MODEL_CHANGES: dict[str, Change] = {
    "a point": lambda client, model_id: client.log_metric(
        client.create_run("0").info.run_id, "acc", 1.0, 7, 7, model_id=model_id
    ),
    "a param": lambda client, model_id: client.log_model_params(model_id, {"q": "2"}),
    "a tag": lambda client, model_id: client.set_logged_model_tags(model_id, {"t": "y"}),
    "a tag less": lambda client, model_id: client.delete_logged_model_tag(model_id, "t"),
    "its files": lambda client, model_id: client.finalize_logged_model(model_id, "READY"),
}


@pytest.mark.parametrize("change", MODEL_CHANGES.values(), ids=MODEL_CHANGES.keys())
def test_a_model_that_changed_is_written_anew_and_no_other(local: KisekiClient, target: Path, change: Change) -> None:
    experiment, quiet = local.create_experiment("digits"), local.create_experiment("quiet")
    model_id, gone, _ = [new_model(local, experiment) for _ in range(3)]
    new_model(local, quiet)
    assert export_parquet(local.backend, str(target)).models_written == 4
    before = files(target)
    assert export_parquet(local.backend, str(target)).models_written == 0
    assert files(target) == before
    change(local, model_id)
    assert export_parquet(local.backend, str(target)).models_written == 1
    still = {name for name in before if f"experiment_id={quiet}/" in name or name.startswith(("runs/", "experiments/"))}
    added = {name for name in files(target) if "experiment_id=0/" in name}
    assert still <= {name for name, state in files(target).items() if before.get(name) == state} | added
    assert_is_as_if_new(local, target)
    local.delete_logged_model(gone)
    assert export_parquet(local.backend, str(target)).models_written == 0
    assert gone not in {row["model_id"] for row in whole(target)["logged_models"]}
    assert_is_as_if_new(local, target)


def test_parts_are_of_bounded_size_and_few(local: KisekiClient, target: Path) -> None:
    limits = PartLimits(points=100, runs=8)
    experiment = local.create_experiment("digits")
    for number in range(40):
        new_run(local, experiment, points=number)
        if number % 3 == 0:
            export_parquet(local.backend, str(target), limits=limits)
    export_parquet(local.backend, str(target), limits=limits)
    found = manifest(target).parts
    # One that is small is joined with the next, so that there is one at most that is.
    assert len([part for part in found if limits.is_small(part)]) <= 1
    assert max(part.points for part in found) < 2 * 100 + 40
    assert max(len(part.digests) for part in found) < 2 * 8
    assert_is_as_if_new(local, target)


def test_a_part_that_loses_a_run_is_made_from_its_own_files(local: KisekiClient, target: Path) -> None:
    experiment = local.create_experiment("digits")
    runs = [new_run(local, experiment, points=50) for _ in range(3)]
    export_parquet(local.backend, str(target))
    local.delete_run(runs[1])
    counting = Counting(local.backend)
    export_parquet(counting, str(target))
    assert counting.histories == []
    assert_is_as_if_new(local, target)


class Counting:
    """A backend that notes which histories are read, and may do something before one is."""

    def __init__(self, backend: Backend, before: Callable[[], None] = lambda: None) -> None:
        self.histories: list[str] = []
        self._backend = backend
        self._before = before

    def metric_history(self, run_id: str, key: str, page_token: str) -> Any:
        self.histories.append(run_id)
        self._before()
        return self._backend.metric_history(run_id, key, page_token)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


# --- failures ---------------------------------------------------------------------------------------------------------


def test_an_export_that_fails_leaves_the_last_one(local: KisekiClient, target: Path) -> None:
    experiment = local.create_experiment("digits")
    new_run(local, experiment)
    export_parquet(local.backend, str(target))
    before = files(target)
    for _ in range(3):
        new_run(local, experiment)

    def fail() -> None:
        if len(broken.histories) == 2:
            raise OSError("the network is gone")

    broken = Counting(local.backend, fail)
    with pytest.raises(OSError, match="network is gone"):
        export_parquet(broken, str(target))
    assert files(target) == before
    assert export_parquet(local.backend, str(target)).written == 3
    assert_is_as_if_new(local, target)


@pytest.mark.parametrize("litter", ["histories/experiment_id=1/.part-0123456789abcdef.parquet.tmp", "runs/experiment_id=1/part-0123456789abcdef.parquet", "experiments/part-0123456789abcdef.parquet"])  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_what_a_killed_export_left_is_removed(local: KisekiClient, target: Path, litter: str, first: bool) -> None:
    experiment = local.create_experiment("digits")
    new_run(local, experiment)
    if not first:
        export_parquet(local.backend, str(target))
    left = target / litter
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")
    new_run(local, experiment)
    export_parquet(local.backend, str(target))
    assert not left.exists()
    assert_is_as_if_new(local, target)


def test_two_exports_to_one_place_do_not_mix(local: KisekiClient, target: Path) -> None:
    experiment = local.create_experiment("digits")
    new_run(local, experiment)

    def meanwhile() -> None:
        if len(slow.histories) == 1:
            export_parquet(local.backend, str(target))

    slow = Counting(local.backend, meanwhile)
    with pytest.raises(Conflict, match="Another export"):
        export_parquet(slow, str(target))
    assert_is_as_if_new(local, target)


@pytest.mark.parametrize("name", ["notes.txt", "runs/mine.parquet", "data/part-0.parquet"])
def test_a_folder_of_something_else_is_left_alone(local: KisekiClient, target: Path, name: str) -> None:
    local.create_experiment("digits")
    (target / name).parent.mkdir(parents=True)
    (target / name).write_text("mine")
    with pytest.raises(InvalidParameter, match="no export of kiseki"):
        export_parquet(local.backend, str(target))
    assert list(files(target)) == [name]


def test_files_of_somebody_else_beside_an_export_stay(local: KisekiClient, target: Path) -> None:
    experiment = local.create_experiment("digits")
    new_run(local, experiment)
    export_parquet(local.backend, str(target))
    (target / "README.txt").write_text("mine")
    new_run(local, experiment)
    export_parquet(local.backend, str(target))
    assert (target / "README.txt").read_text() == "mine"


def test_an_export_of_another_format_is_written_anew(local: KisekiClient, target: Path) -> None:
    experiment = local.create_experiment("digits")
    new_run(local, experiment)
    export_parquet(local.backend, str(target))
    other = msgspec.json.decode((target / NAME).read_bytes())
    (target / NAME).write_bytes(msgspec.json.encode({**other, "format": 99, "parts": [{"runs": {}}]}))
    assert export_parquet(local.backend, str(target)).written == 1
    assert_is_as_if_new(local, target)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"parts": 3}'])
def test_a_manifest_that_is_none_is_told(local: KisekiClient, target: Path, text: str) -> None:
    target.mkdir()
    (target / NAME).write_text(text)
    with pytest.raises(InvalidParameter, match="cannot be read"):
        export_parquet(local.backend, str(target))


@pytest.mark.parametrize("uri", ["nosuch://bucket/x", "http://bucket/x"])
def test_a_place_of_an_unknown_kind_is_told(local: KisekiClient, uri: str) -> None:
    with pytest.raises(InvalidParameter, match=r"Give a folder, or a URI such as s3://"):
        export_parquet(local.backend, uri)


def test_a_file_uri_is_a_folder(local: KisekiClient, target: Path) -> None:
    new_run(local, local.create_experiment("digits"))
    export_parquet(local.backend, target.as_uri())
    assert len(whole(target)["runs"]) == 1


def test_readers_find_small_groups_of_rows(local: KisekiClient, target: Path) -> None:
    run_id = local.create_run(local.create_experiment("long")).info.run_id
    points: Sequence[Metric] = [Metric("loss", float(step), step, step) for step in range(300_000)]
    local.log_batch(run_id, points)
    export_parquet(local.backend, str(target))
    (file,) = target.glob("histories/*/*.parquet")
    found = pq.ParquetFile(file).metadata
    assert found.num_rows == 300_000
    assert found.num_row_groups >= 2
