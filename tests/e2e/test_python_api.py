"""The Python API, the same suite against a server, a database in process and a folder."""

import asyncio
import io
import json
import math
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kiseki
from kiseki.client.client import KisekiClient
from kiseki.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
    ViewType,
)
from kiseki.exceptions import (
    AlreadyExists,
    BadRequest,
    Conflict,
    FilterError,
    InvalidParameter,
    KisekiError,
    MlflowException,
    NotFound,
    NotImplementedByKiseki,
)

pytestmark = pytest.mark.usefixtures("tracking")


def read(run_id: str) -> kiseki.entities.Run:
    return kiseki.get_run(run_id)


# Runs


def test_a_run_keeps_what_was_logged_to_it() -> None:
    with kiseki.start_run(run_name="first", tags={"team": 1}, description="why") as run:
        assert kiseki.active_run() is run
        assert kiseki.log_param("depth", 3) == 3
        kiseki.log_params({"layers": [1, 2], "none": None})
        kiseki.log_metric("loss", 0.5, step=1)
        kiseki.log_metric("loss", 0.25, step=2)
        kiseki.log_metrics({"acc": 1, "auc": np.float64(0.5)}, step=2)
        kiseki.set_tag("a", 1)
        kiseki.set_tags({"b": None, "c": "x"})
        kiseki.delete_tag("c")
    found = read(run.info.run_id)
    assert kiseki.active_run() is None
    assert found.info.status == "FINISHED"
    assert found.info.end_time is not None
    assert found.info.end_time >= found.info.start_time > 0
    assert found.info.run_name == "first"
    assert found.data.params == {"depth": "3", "layers": "[1, 2]", "none": "None"}
    assert found.data.metrics == {"loss": 0.25, "acc": 1.0, "auc": 0.5}
    own = {key: value for key, value in found.data.tags.items() if not key.startswith("mlflow.source.")}
    assert own == {
        "a": "1",
        "b": "None",
        "team": "1",
        "mlflow.note.content": "why",
        "mlflow.runName": "first",
        "mlflow.user": found.info.user_id,
    }
    assert found.data.tags["mlflow.source.type"] == "LOCAL"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("x"), "FAILED"),
        (KeyboardInterrupt(), "FAILED"),
        (SystemExit(1), "FAILED"),
        (SystemExit(0), "FINISHED"),
        (SystemExit(), "FINISHED"),
    ],
    ids=repr,
)
def test_the_way_out_of_the_block_is_the_status(error: BaseException, status: str) -> None:
    run = kiseki.start_run()
    with pytest.raises(type(error)), run:
        raise error
    assert read(run.info.run_id).info.status == status


def test_a_second_run_needs_to_be_nested() -> None:
    with kiseki.start_run() as outer:
        with pytest.raises(Conflict, match="already active"):
            kiseki.start_run()
        with kiseki.start_run(nested=True) as inner:
            kiseki.log_param("where", "inner")
        assert kiseki.active_run() is outer
    assert kiseki.get_parent_run(inner.info.run_id) == read(outer.info.run_id)
    assert kiseki.get_parent_run(outer.info.run_id) is None
    assert read(inner.info.run_id).data.params == {"where": "inner"}


def test_a_parent_can_be_named() -> None:
    with kiseki.start_run() as parent:
        pass
    with kiseki.start_run(parent_run_id=parent.info.run_id) as child:
        pass
    assert read(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id


def test_leaving_a_run_ends_what_was_started_inside() -> None:
    with kiseki.start_run():
        inner = kiseki.start_run(nested=True)
    assert kiseki.active_run() is None
    assert read(inner.info.run_id).info.status == "FINISHED"


def test_a_run_ended_inside_its_block_stays_as_it_was_ended() -> None:
    with kiseki.start_run() as run:
        kiseki.end_run("KILLED")
    assert read(run.info.run_id).info.status == "KILLED"


def test_a_status_that_does_not_exist_leaves_the_run_active() -> None:
    with kiseki.start_run() as run:
        with pytest.raises(InvalidParameter, match="BOGUS"):
            kiseki.end_run("BOGUS")
        assert kiseki.active_run() is run


def test_a_run_goes_on_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    with kiseki.start_run() as run:
        kiseki.log_param("a", 1)
    with kiseki.start_run(run_id=run.info.run_id, tags={"again": "yes"}) as again:
        assert again.info.status == "RUNNING"
        kiseki.log_param("b", 2)
    monkeypatch.setenv("KISEKI_RUN_ID", run.info.run_id)
    with kiseki.start_run():
        kiseki.log_param("c", 3)
    with kiseki.start_run() as other:
        pass
    found = read(run.info.run_id)
    assert found.data.params == {"a": "1", "b": "2", "c": "3"}
    assert found.data.tags["again"] == "yes"
    assert other.info.run_id != run.info.run_id


def test_a_run_that_cannot_go_on_says_why() -> None:
    with kiseki.start_run() as run:
        pass
    with pytest.raises(InvalidParameter, match="belongs to experiment"):
        kiseki.start_run(run_id=run.info.run_id, experiment_id="0")
    kiseki.delete_run(run.info.run_id)
    with pytest.raises(InvalidParameter, match="deleted state"):
        kiseki.start_run(run_id=run.info.run_id)
    with pytest.raises(NotFound):
        kiseki.start_run(run_id="f" * 32)
    assert kiseki.active_run() is None


def test_logging_without_a_run_starts_one() -> None:
    assert kiseki.active_run() is None
    kiseki.log_metric("m", 1)
    active = kiseki.active_run()
    assert active is not None
    kiseki.end_run()
    last = kiseki.last_active_run()
    assert last is not None
    assert last.info.run_id == active.info.run_id
    assert last.data.metrics == {"m": 1.0}


def test_end_run_without_a_run_does_nothing() -> None:
    kiseki.end_run()
    assert kiseki.active_run() is None


def test_a_deleted_run_comes_back() -> None:
    with kiseki.start_run() as run:
        pass
    kiseki.delete_run(run.info.run_id)
    assert read(run.info.run_id).info.lifecycle_stage == "deleted"
    assert kiseki.search_runs(output_format="list") == []
    assert len(kiseki.search_runs(output_format="list", run_view_type=ViewType.DELETED_ONLY)) == 1
    kiseki.restore_run(run.info.run_id)
    assert read(run.info.run_id).info.lifecycle_stage == "active"


def test_threads_have_runs_of_their_own() -> None:
    seen: list[object] = []

    def work() -> None:
        seen.append(kiseki.active_run())
        with kiseki.start_run() as run:
            kiseki.log_param("thread", "yes")
            seen.append(run.info.run_id)

    with kiseki.start_run() as outer:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert kiseki.active_run() is outer
    assert seen[0] is None
    assert read(str(seen[1])).data.params == {"thread": "yes"}


def test_tasks_have_runs_of_their_own() -> None:
    async def work(i: int) -> str:
        with kiseki.start_run(nested=True) as run:
            await asyncio.sleep(0.01)
            await asyncio.to_thread(kiseki.log_param, "task", i)
            await asyncio.sleep(0.01)
            assert kiseki.active_run() is run
        return run.info.run_id

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(work(i) for i in range(4)))

    with kiseki.start_run() as outer:
        ids = asyncio.run(all_of_them())
        assert kiseki.active_run() is outer
    assert [read(run_id).data.params for run_id in ids] == [{"task": str(i)} for i in range(4)]
    assert {read(run_id).data.tags["mlflow.parentRunId"] for run_id in ids} == {outer.info.run_id}


def test_a_run_stays_where_it_was_started(tmp_path: Path, tracking: str) -> None:
    with kiseki.start_run() as run:
        kiseki.set_tracking_uri(f"sqlite:///{tmp_path}/other.db")
        kiseki.log_param("where", "there")
    kiseki.set_tracking_uri(tracking)
    assert read(run.info.run_id).data.params == {"where": "there"}
    assert read(run.info.run_id).info.status == "FINISHED"


# Params, metrics, tags


def test_a_param_does_not_change() -> None:
    with kiseki.start_run() as run:
        kiseki.log_param("p", 1)
        assert kiseki.log_param("p", 1) == 1
        with pytest.raises(InvalidParameter, match="Changing param values is not allowed"):
            kiseki.log_param("p", 2)
    assert read(run.info.run_id).data.params == {"p": "1"}


def test_a_bad_param_in_a_batch_leaves_nothing() -> None:
    with kiseki.start_run() as run, pytest.raises(InvalidParameter):
        kiseki.log_params({"good": 1, "bad\nkey": 2})
    assert read(run.info.run_id).data.params == {}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e-320, 2**60])
def test_every_float_comes_back(value: float) -> None:
    with kiseki.start_run() as run:
        kiseki.log_metric("m", value)
    (found,) = KisekiClient().get_metric_history(run.info.run_id, "m")
    assert found.value == value or (math.isnan(found.value) and math.isnan(value))


@pytest.mark.parametrize("value", ["1", True, None, 1j, [1], np.array([1, 2]), object()])
def test_what_is_not_a_number_is_refused_at_once(value: float) -> None:
    with kiseki.start_run() as run, pytest.raises(InvalidParameter, match="m"):
        kiseki.log_metric("m", value)
    assert read(run.info.run_id).data.metrics == {}


def test_a_long_value_is_kept_whole() -> None:
    with kiseki.start_run() as run:
        kiseki.log_param("p", "あ" * 20_000)
        kiseki.set_tag("t", "x" * 65_536)
        with pytest.raises(InvalidParameter, match="65536"):
            kiseki.log_param("q", "x" * 65_537)
    found = read(run.info.run_id).data
    assert found.params == {"p": "あ" * 20_000}
    assert found.tags["t"] == "x" * 65_536


def test_a_history_is_by_time_and_step(client: KisekiClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    client.log_batch(run_id, metrics=[Metric("m", float(i), 1000 + i // 2, i) for i in range(2500)])
    found = client.get_metric_history(run_id, "m")
    assert [(m.timestamp, m.step, m.value) for m in found] == [(1000 + i // 2, i, float(i)) for i in range(2500)]
    assert client.get_metric_history(run_id, "other") == []


def test_a_batch_beyond_the_limits_is_split(client: KisekiClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    client.log_batch(
        run_id,
        metrics=[Metric("m", float(i), 1, i) for i in range(1500)],
        params=[Param(f"p{i}", str(i)) for i in range(250)],
        tags=[RunTag(f"t{i}", "v") for i in range(230)],
    )
    run = client.get_run(run_id)
    assert run.data.params == {f"p{i}": str(i) for i in range(250)}
    assert len([key for key in run.data.tags if key.startswith("t")]) == 230
    assert run.data.metrics == {"m": 1499.0}


def test_logging_without_waiting_arrives_in_order() -> None:
    with kiseki.start_run() as run:
        waiting = [kiseki.log_metric("m", i, step=i, synchronous=False) for i in range(20)]
        for i in range(10):
            kiseki.set_tag("last", i, synchronous=False)
        operation = kiseki.log_param("p", 1, synchronous=False)
        operation.wait()
        for one in waiting:
            assert one is not None
            one.wait()
        kiseki.flush_async_logging()
        assert len(KisekiClient().get_metric_history(run.info.run_id, "m")) == 20
    assert read(run.info.run_id).data.tags["last"] == "9"
    assert read(run.info.run_id).data.params == {"p": "1"}


def test_an_error_of_logging_without_waiting_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with kiseki.start_run():
        kiseki.log_param("p", 1)
        refused = kiseki.log_param("p", 2, synchronous=False)
        with pytest.raises(InvalidParameter, match="Changing param values"):
            refused.wait()
    assert "did not arrive" in caplog.text


def test_a_metric_of_a_dataset_is_stored() -> None:
    dataset = kiseki.data.from_pandas(pd.DataFrame({"a": [1]}), source="a.csv", name="held out")
    with kiseki.start_run() as run:
        kiseki.log_metric("acc", 0.5, dataset=dataset)
    (found,) = KisekiClient().get_metric_history(run.info.run_id, "acc")
    assert found.value == 0.5


def test_a_tag_that_is_not_there_cannot_be_deleted() -> None:
    with kiseki.start_run(), pytest.raises(NotFound, match="nope"):
        kiseki.delete_tag("nope")


# The client


def test_the_client_makes_runs_without_tags(client: KisekiClient, experiment_id: str) -> None:
    run = client.create_run(experiment_id, run_name="made", tags={"a": 1}, start_time=5)
    assert run.data.tags == {"a": "1", "mlflow.runName": "made"}
    assert (run.info.status, run.info.start_time, run.info.end_time) == ("RUNNING", 5, None)
    assert kiseki.active_run() is None


def test_a_run_is_renamed_and_ended(client: KisekiClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    client.update_run(run_id, status="SCHEDULED", name="new")
    assert (client.get_run(run_id).info.status, client.get_run(run_id).info.run_name) == ("SCHEDULED", "new")
    client.set_terminated(run_id, status="FAILED", end_time=7)
    assert (client.get_run(run_id).info.status, client.get_run(run_id).info.end_time) == ("FAILED", 7)
    with pytest.raises(InvalidParameter, match="ZZ"):
        client.update_run(run_id, status="ZZ")


def test_pages_of_runs(client: KisekiClient, experiment_id: str) -> None:
    made = [client.create_run(experiment_id, start_time=i).info.run_id for i in range(5)]
    found: list[str] = []
    token = None
    while True:
        page = client.search_runs([experiment_id], max_results=2, order_by=["start_time ASC"], page_token=token)
        found += [run.info.run_id for run in page]
        token = page.token
        if token is None:
            break
    assert found == made


def test_inputs_and_outputs(client: KisekiClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    used = DatasetInput(Dataset("n", "d", "local", "{}", "s", "p"), [InputTag("k", "v")])
    client.log_inputs(run_id, [used], [LoggedModelInput("m-1")])
    client.log_inputs(run_id, [used])
    client.log_outputs(run_id, [LoggedModelOutput("m-2", 3)])
    run = client.get_run(run_id)
    assert run.inputs is not None
    assert run.outputs is not None
    assert run.inputs.dataset_inputs == [used]
    assert run.inputs.model_inputs == [LoggedModelInput("m-1")]
    assert run.outputs.model_outputs == [LoggedModelOutput("m-2", 3)]


def test_a_method_that_is_not_there_says_so(client: KisekiClient) -> None:
    with pytest.raises(NotImplementedByKiseki, match="create_prompt"):
        client.create_prompt("m")  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no_such_thing"):
        client.no_such_thing()  # type: ignore[attr-defined]


# Experiments


def test_experiments_by_name_and_id(tmp_path: Path) -> None:
    name = f"one {tmp_path}"
    experiment_id = kiseki.create_experiment(name, tags={"a": 1})
    found = kiseki.get_experiment_by_name(name)
    assert found is not None
    assert (found.experiment_id, found.tags, found.lifecycle_stage) == (experiment_id, {"a": "1"}, "active")
    assert kiseki.get_experiment(experiment_id) == found
    assert kiseki.get_experiment_by_name(f"not {tmp_path}") is None
    with pytest.raises(NotFound):
        kiseki.get_experiment("999999")
    with pytest.raises(AlreadyExists):
        kiseki.create_experiment(name)


def test_the_trash_of_experiments(tmp_path: Path, client: KisekiClient) -> None:
    experiment_id = kiseki.create_experiment(f"two {tmp_path}")
    client.rename_experiment(experiment_id, f"three {tmp_path}")
    kiseki.delete_experiment(experiment_id)
    assert kiseki.get_experiment(experiment_id).lifecycle_stage == "deleted"
    for given in ({"experiment_name": f"three {tmp_path}"}, {"experiment_id": experiment_id}):
        with pytest.raises(InvalidParameter, match="deleted experiment"):
            kiseki.set_experiment(**given)
    kiseki.restore_experiment(experiment_id)
    assert kiseki.set_experiment(experiment_id=experiment_id).name == f"three {tmp_path}"
    with kiseki.start_run() as run:
        assert run.info.experiment_id == experiment_id


def test_tags_of_the_active_experiment(experiment_id: str) -> None:
    kiseki.set_experiment_tag("a", 1)
    kiseki.set_experiment_tags({"b": 2, "c": 3})
    kiseki.delete_experiment_tag("b")
    assert kiseki.get_experiment(experiment_id).tags == {"a": "1", "c": "3"}


@pytest.mark.parametrize("given", [{}, {"experiment_name": "a", "experiment_id": "0"}, {"experiment_name": ""}])
def test_set_experiment_needs_one_name_or_id(given: dict[str, str]) -> None:
    with pytest.raises(InvalidParameter):
        kiseki.set_experiment(**given)


def test_search_experiments(tmp_path: Path) -> None:
    names = [f"{i} {tmp_path}" for i in range(3)]
    for name in names:
        kiseki.create_experiment(name)
    found = kiseki.search_experiments(filter_string=f"name LIKE '_ {tmp_path}'", order_by=["name ASC"])
    assert [experiment.name for experiment in found] == names
    assert len(kiseki.search_experiments(max_results=2)) == 2


def test_the_environment_names_the_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiseki.fluent.experiments._chosen", None)
    monkeypatch.delenv("KISEKI_EXPERIMENT_ID")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", f"from the environment {tmp_path}")
    with kiseki.start_run() as run:
        pass
    assert kiseki.get_experiment(run.info.experiment_id).name == f"from the environment {tmp_path}"
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    with pytest.raises(InvalidParameter, match="two experiments"):
        kiseki.start_run()


# Search


@pytest.fixture
def three_runs() -> list[str]:
    ids = []
    for i in range(3):
        with kiseki.start_run(run_name=f"r{i}") as run:
            kiseki.log_param("i", i)
            kiseki.log_metric("m", i)
            ids.append(run.info.run_id)
    kiseki.set_tag("only", "here")
    kiseki.log_metric("last", 1)
    kiseki.end_run()
    return ids


def test_search_as_a_frame(three_runs: list[str]) -> None:
    frame = kiseki.search_runs(filter_string="metrics.m >= 1", order_by=["metrics.m ASC"])
    assert list(frame["run_id"]) == three_runs[1:]
    assert list(frame.columns[:6]) == ["run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"]
    assert list(frame["metrics.m"]) == [1.0, 2.0]
    assert list(frame["params.i"]) == ["1", "2"]
    assert str(frame["start_time"].dt.tz) == "UTC"
    every = kiseki.search_runs()
    assert len(every) == 4
    assert every["metrics.m"].isna().sum() == 1
    assert every["tags.only"].isna().sum() == 3


def test_search_as_a_list_and_as_arrow(three_runs: list[str]) -> None:
    runs = kiseki.search_runs(filter_string="params.i = '0'", output_format="list")
    assert [run.info.run_id for run in runs] == three_runs[:1]
    table = kiseki.search_runs(order_by=["metrics.m DESC"], max_results=2, output_format="arrow")
    assert table["run_id"].to_pylist() == [three_runs[2], three_runs[1]]
    assert table["metrics.m"].to_pylist() == [2.0, 1.0]
    assert table["start_time"].to_pylist()[0].tzinfo is not None


def test_search_by_experiments(three_runs: list[str], experiment_id: str) -> None:
    name = kiseki.get_experiment(experiment_id).name
    assert len(kiseki.search_runs(experiment_names=[name], output_format="list")) == 4
    assert len(kiseki.search_runs(experiment_ids=[experiment_id], output_format="list")) == 4
    assert kiseki.search_runs(experiment_names=["there is none"], output_format="list") == []
    everything = kiseki.search_runs(search_all_experiments=True, output_format="list")
    assert {run.info.run_id for run in everything} >= set(three_runs)
    with pytest.raises(InvalidParameter, match="not both"):
        kiseki.search_runs(experiment_ids=["0"], experiment_names=["Default"])


def test_a_search_that_finds_nothing_has_the_columns() -> None:
    frame = kiseki.search_runs()
    assert list(frame.columns) == ["run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"]
    assert len(frame) == 0


def test_a_filter_that_does_not_parse() -> None:
    with pytest.raises(FilterError) as caught:
        kiseki.search_runs(filter_string="metrics.m >< 1")
    assert caught.value.position > 0
    with pytest.raises(InvalidParameter, match="Unsupported output format"):
        kiseki.search_runs(output_format="xml")  # type: ignore[call-overload]


# Artifacts


def test_files_and_folders(tmp_path: Path, client: KisekiClient) -> None:
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "a b%.txt").write_bytes(b"A" * 3_000_000)
    (source / "sub" / "日本語.bin").write_bytes(bytes(range(256)))
    with kiseki.start_run() as run:
        kiseki.log_artifact(str(source / "a b%.txt"))
        kiseki.log_artifact(source / "a b%.txt", "folder")
        kiseki.log_artifact(source, "whole")
        kiseki.log_artifacts(str(source), "content")
    run_id = run.info.run_id
    assert [(f.path, f.is_dir, f.file_size) for f in client.list_artifacts(run_id)] == [
        ("a b%.txt", False, 3_000_000),
        ("content", True, None),
        ("folder", True, None),
        ("whole", True, None),
    ]
    assert [f.path for f in client.list_artifacts(run_id, "whole/source")] == [
        "whole/source/a b%.txt",
        "whole/source/sub",
    ]
    assert client.list_artifacts(run_id, "a b%.txt") == []
    target = Path(client.download_artifacts(run_id, "", str(tmp_path / "all")))
    assert target == tmp_path / "all"
    assert (target / "content/sub/日本語.bin").read_bytes() == bytes(range(256))
    assert (target / "whole/source/a b%.txt").read_bytes() == b"A" * 3_000_000
    one = Path(client.download_artifacts(run_id, "content/sub", str(tmp_path / "one")))
    assert one == tmp_path / "one" / "sub"
    assert [path.name for path in one.iterdir()] == ["日本語.bin"]
    file = Path(client.download_artifacts(run_id, "folder/a b%.txt"))
    assert file.name == "a b%.txt"
    assert file.stat().st_size == 3_000_000
    assert not list(tmp_path.rglob("*.part"))


def test_text_dictionaries_and_streams() -> None:
    with kiseki.start_run() as run:
        kiseki.log_text("日本\n", "notes/a.txt")
        kiseki.log_dict({"a": np.int64(1), "when": datetime(2024, 1, 2, tzinfo=UTC), "b": [1, {"c": None}]}, "d.json")
        kiseki.log_dict({"b": 1, "a": "日本"}, "d.yaml")
        kiseki.log_stream(io.BytesIO(b"x" * 100_000), "s.bin")
        with pytest.raises(InvalidParameter, match="not bytes"):
            kiseki.log_stream(io.StringIO("text"), "t.bin")
        with pytest.raises(InvalidParameter, match="JSON"):
            kiseki.log_dict({"a": object()}, "bad.json")
        with pytest.raises(InvalidParameter, match="Invalid path"):
            kiseki.log_text("x", "../x.txt")
    root = f"runs:/{run.info.run_id}"
    assert kiseki.artifacts.load_text(f"{root}/notes/a.txt") == "日本\n"
    assert kiseki.artifacts.load_dict(f"{root}/d.json") == {
        "a": 1,
        "when": "2024-01-02T00:00:00+00:00",
        "b": [1, {"c": None}],
    }
    assert kiseki.artifacts.load_text(f"{root}/d.yaml") == "b: 1\na: 日本\n"
    assert [f.path for f in kiseki.artifacts.list_artifacts(root)] == ["d.json", "d.yaml", "notes", "s.bin"]
    with pytest.raises(BadRequest, match="JSON"):
        kiseki.artifacts.load_dict(f"{root}/notes/a.txt")
    KisekiClient().log_stream(run.info.run_id, io.BytesIO(b"\xff\xfe\xff"), "b.txt")
    with pytest.raises(BadRequest, match="UTF-8"):
        kiseki.artifacts.load_text(f"{root}/b.txt")
    with pytest.raises(NotFound):
        kiseki.artifacts.load_text(f"{root}/none.txt")


def test_artifacts_by_uri(tmp_path: Path) -> None:
    with kiseki.start_run() as run:
        kiseki.log_text("1", "a/b.txt")
        uri = kiseki.get_artifact_uri("a/b.txt")
        assert uri == f"{run.info.artifact_uri}/a/b.txt"
        assert kiseki.get_artifact_uri() == run.info.artifact_uri
    for given in ({"artifact_uri": uri}, {"run_id": run.info.run_id, "artifact_path": "a/b.txt"}):
        assert Path(kiseki.artifacts.download_artifacts(**given)).read_text(encoding="utf-8") == "1"
        copied = Path(kiseki.artifacts.download_artifacts(**given, dst_path=str(tmp_path / "copy")))
        assert copied == tmp_path / "copy" / "b.txt"
    assert [f.path for f in kiseki.artifacts.list_artifacts(run_id=run.info.run_id, artifact_path="a")] == ["a/b.txt"]
    local = tmp_path / "local.txt"
    local.write_text("here", encoding="utf-8")
    assert kiseki.artifacts.load_text(str(local)) == "here"
    assert kiseki.artifacts.load_text(local.as_uri()) == "here"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, InvalidParameter),
        ({"artifact_uri": "a", "run_id": "b"}, InvalidParameter),
        ({"artifact_uri": "models:/m/1"}, NotFound),
        ({"artifact_uri": "hdfs://host/key"}, NotImplementedByKiseki),
        ({"artifact_uri": "runs:/"}, InvalidParameter),
        ({"artifact_uri": "/does/not/exist"}, NotFound),
    ],
)
def test_a_uri_that_leads_nowhere(given: dict[str, str], error: type[KisekiError]) -> None:
    with pytest.raises(error):
        kiseki.artifacts.download_artifacts(**given)


def test_an_artifact_that_is_missing() -> None:
    with kiseki.start_run() as run:
        with pytest.raises(InvalidParameter, match="No such file"):
            kiseki.log_artifact("nosuch.txt")
        with pytest.raises(InvalidParameter, match="No such folder"):
            kiseki.log_artifacts("nosuch")
    with pytest.raises(NotFound):
        kiseki.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="nope")


def test_tables_grow(tmp_path: Path) -> None:
    with kiseki.start_run() as run:
        kiseki.log_table({"a": [1, 2], "b": ["x", "日"]}, "t.json")
        kiseki.log_table(pd.DataFrame({"a": [3], "c": [1.5]}), "t.json")
        kiseki.log_table({"a": 9, "when": datetime(2024, 1, 2)}, "scalars.json")  # noqa: DTZ001 - a table may hold it
        kiseki.log_table({"a": [1, 2]}, "sub/t.parquet")
        kiseki.log_table({"a": [3]}, "sub/t.parquet")
    raw = json.loads(kiseki.artifacts.load_text(f"runs:/{run.info.run_id}/t.json"))
    assert raw == {"columns": ["a", "b", "c"], "data": [[1, "x", None], [2, "日", None], [3, None, 1.5]]}
    frame = kiseki.load_table("t.json", extra_columns=["run_id", "tags.mlflow.runName"])
    assert list(frame["a"]) == [1, 2, 3]
    assert set(frame["run_id"]) == {run.info.run_id}
    assert set(frame["tags.mlflow.runName"]) == {run.info.run_name}
    assert list(kiseki.load_table("sub/t.parquet", run_ids=[run.info.run_id])["a"]) == [1, 2, 3]
    assert list(kiseki.load_table("scalars.json")["when"]) == ["2024-01-02T00:00:00.000"]
    listed = json.loads(read(run.info.run_id).data.tags["mlflow.loggedArtifacts"])
    assert listed == [{"path": path, "type": "table"} for path in ("t.json", "scalars.json", "sub/t.parquet")]
    with pytest.raises(NotFound, match=r"none\.json"):
        kiseki.load_table("none.json")
    with pytest.raises(InvalidParameter, match="extension"):
        kiseki.load_table("t.csv")


def test_images_of_a_series() -> None:
    pixels = np.zeros((300, 600, 3), dtype=np.uint8)
    with kiseki.start_run() as run:
        kiseki.log_image(pixels, "one.png")
        kiseki.log_image(pixels, key="dog/big", step=3, timestamp=99)
        kiseki.log_image(kiseki.Image(pixels), key="cat", synchronous=True)
    names = [f.path for f in KisekiClient().list_artifacts(run.info.run_id, "images")]
    assert len(names) == 4
    assert sum(name.startswith("images/dog~big+step+3+timestamp+99+") for name in names) == 2
    assert sum(name.endswith("+compressed.webp") for name in names) == 2
    small = next(name for name in names if name.endswith(".webp"))
    assert kiseki.artifacts.load_image(f"runs:/{run.info.run_id}/{small}").size == (256, 128)
    assert kiseki.artifacts.load_image(f"runs:/{run.info.run_id}/one.png").size == (600, 300)
    assert read(run.info.run_id).data.tags["mlflow.loggedImages"] == "True"
    KisekiClient().log_text(run.info.run_id, "x", "x.png")
    with pytest.raises(BadRequest, match="Image"):
        kiseki.artifacts.load_image(f"runs:/{run.info.run_id}/x.png")


def test_images_in_a_table() -> None:
    picture = kiseki.Image([[0, 255]])
    with kiseki.start_run() as run:
        kiseki.log_table({"image": [picture], "label": ["x"]}, "t.json")
    (cell,) = kiseki.load_table("t.json")["image"]
    assert cell["type"] == "image"
    assert kiseki.artifacts.load_image(f"runs:/{run.info.run_id}/{cell['filepath']}").size == (2, 1)
    assert cell["compressed_filepath"].endswith(".webp")


def test_figures() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, _ = plt.subplots()
    with kiseki.start_run() as run:
        kiseki.log_figure(figure, "plots/f.png", save_kwargs={"dpi": 20})
        kiseki.log_figure(figure, "f.pdf")
        with pytest.raises(InvalidParameter, match="figure"):
            kiseki.log_figure(1, "f.png")
    plt.close(figure)
    assert kiseki.artifacts.load_image(f"runs:/{run.info.run_id}/plots/f.png").size[0] > 0
    assert [f.path for f in KisekiClient().list_artifacts(run.info.run_id)] == ["f.pdf", "plots"]


# Datasets


def test_datasets_of_a_run() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    dataset = kiseki.data.from_pandas(frame, source="data/train.csv", targets="b", name="train")
    with kiseki.start_run() as run:
        kiseki.log_input(dataset, context="training", tags={"k": "v"})
        kiseki.log_inputs([dataset, kiseki.data.from_numpy(np.eye(2))], ["eval", None])
    inputs = read(run.info.run_id).inputs
    assert inputs is not None
    first = next(one for one in inputs.dataset_inputs if one.dataset.name == "train")
    assert {tag.key: tag.value for tag in first.tags or ()}["mlflow.data.context"] in {"training", "eval"}
    assert first.dataset.digest == dataset.digest
    assert json.loads(first.dataset.profile or "") == {"num_rows": 2, "num_elements": 4}
    assert kiseki.data.get_source(first) == dataset.source
    assert len(inputs.dataset_inputs) >= 2


def test_data_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with kiseki.start_run() as run:
        kiseki.log_input("train.csv", context="training")
        kiseki.log_inputs([np.eye(2), pd.DataFrame({"a": [1]})])
    inputs = read(run.info.run_id).inputs
    assert inputs is not None
    assert sorted(one.dataset.name for one in inputs.dataset_inputs) == ["dataset", "dataset", "train.csv"]
    with kiseki.start_run(), pytest.raises(InvalidParameter, match="no such file or folder"):
        kiseki.log_input("none.csv")


def test_inputs_of_unequal_lengths() -> None:
    with kiseki.start_run(), pytest.raises(InvalidParameter, match="2 contexts"):
        kiseki.log_inputs([kiseki.data.from_numpy(np.eye(2))], ["a", "b"])


# Names


def test_mlflow_names_catch_the_errors() -> None:
    with pytest.raises(MlflowException) as caught:
        kiseki.get_run("e" * 32)
    assert caught.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert caught.value.get_http_status_code() == 404
