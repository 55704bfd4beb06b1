"""Logged models in the Python API, the same suite against a server, a database in process and a folder."""

import asyncio
import math
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import kiseki
from kiseki.client.client import KisekiClient
from kiseki.entities import LoggedModelInput, LoggedModelOutput, LoggedModelStatus, Metric, ViewType
from kiseki.exceptions import FilterError, InvalidParameter, NotFound

pytestmark = pytest.mark.usefixtures("tracking")


@pytest.fixture(autouse=True)
def no_active_model() -> Iterator[None]:
    yield
    kiseki.clear_active_model()


def values(model_id: str) -> list[tuple[str, float, int]]:
    """Key, value and step of each metric of a model."""
    return [(one.key, one.value, one.step) for one in kiseki.get_logged_model(model_id).metrics or []]


def inputs_of(run_id: str) -> set[str]:
    """The models that a run read."""
    inputs = kiseki.get_run(run_id).inputs
    assert inputs is not None
    assert inputs.model_inputs is not None
    return {one.model_id for one in inputs.model_inputs}


def files_in(folder: str) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


# The life of a model


def test_a_model_from_its_beginning_to_its_end(client: KisekiClient, experiment_id: str, tmp_path: Path) -> None:
    with kiseki.start_run() as run:
        model = kiseki.initialize_logged_model("forest", params={"trees": 10}, tags={"team": 1}, model_type="agent")
    assert (model.experiment_id, model.source_run_id) == (experiment_id, run.info.run_id)
    assert (model.name, model.model_type, model.status) == ("forest", "agent", LoggedModelStatus.PENDING)
    assert model.params == {"trees": "10"}
    assert model.tags["team"] == "1"
    assert model.tags["mlflow.source.type"] == "LOCAL"
    assert model.model_uri == f"models:/{model.model_id}"
    kiseki.log_model_params({"depth": 3}, model.model_id)
    kiseki.set_logged_model_tags(model.model_id, {"a": 1, "b/c": None})
    kiseki.delete_logged_model_tag(model.model_id, "b/c")
    (tmp_path / "file.txt").write_text("x")
    client.log_model_artifact(model.model_id, str(tmp_path / "file.txt"))
    ready = kiseki.finalize_logged_model(model.model_id, "READY")
    assert ready.status is LoggedModelStatus.READY
    assert ready.last_updated_timestamp >= model.creation_timestamp
    found = kiseki.get_logged_model(model.model_id)
    assert found == ready
    assert kiseki.last_logged_model() == ready
    assert found.params == {"trees": "10", "depth": "3"}
    assert (found.tags["a"], "b/c" in found.tags) == ("1", False)
    client.delete_logged_model(model.model_id)
    with pytest.raises(NotFound, match=model.model_id):
        kiseki.get_logged_model(model.model_id)
    client.restore_logged_model(model.model_id)
    assert kiseki.get_logged_model(model.model_id).name == "forest"


def test_a_model_of_no_run(experiment_id: str) -> None:
    other = kiseki.create_experiment("another")
    model = kiseki.initialize_logged_model(experiment_id=other)
    assert (model.experiment_id, model.source_run_id, model.model_type) == (other, None, None)
    assert model.name
    assert kiseki.initialize_logged_model().experiment_id == experiment_id


def test_more_params_than_a_request_has(client: KisekiClient, experiment_id: str) -> None:
    params = {f"p{i}": str(i) for i in range(1_500)}
    assert client.create_logged_model(experiment_id, params=params).params == params
    model = client.create_logged_model(experiment_id)
    client.log_model_params(model.model_id, params)
    assert client.get_logged_model(model.model_id).params == params


def test_params_do_not_change(client: KisekiClient, experiment_id: str) -> None:
    model = client.create_logged_model(experiment_id, params={"p": 1})
    client.log_model_params(model.model_id, {"p": "1", "q": 2})
    with pytest.raises(InvalidParameter, match="p"):
        client.log_model_params(model.model_id, {"r": 1, "p": 2})
    assert client.get_logged_model(model.model_id).params == {"p": "1", "q": "2"}


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", "a'b", 'a"b'])
def test_names_that_no_model_can_have(name: str) -> None:
    with pytest.raises(InvalidParameter, match="Invalid model name"):
        kiseki.initialize_logged_model(name)
    with pytest.raises(InvalidParameter, match="Invalid model name"):
        kiseki.set_active_model(name=name)


@pytest.mark.parametrize("status", ["UNSPECIFIED", "unspecified", "x", 7])
def test_a_status_that_no_model_can_have(client: KisekiClient, experiment_id: str, status: str) -> None:
    model = client.create_logged_model(experiment_id)
    with pytest.raises(InvalidParameter, match=r"(?i)status"):
        client.finalize_logged_model(model.model_id, status)


@pytest.mark.parametrize("call", ["get_logged_model", "delete_logged_model", "list_logged_model_artifacts"])
def test_an_id_that_is_none(client: KisekiClient, call: str) -> None:
    nobody = f"m-{'0' * 32}"
    with pytest.raises(NotFound, match=nobody):
        getattr(client, call)(nobody)


def test_a_model_whose_files_are_elsewhere(client: KisekiClient) -> None:
    model = kiseki.create_external_model("remote", tags={"endpoint": "x"}, params={"p": 1})
    assert model.status is LoggedModelStatus.READY
    assert model.tags["mlflow.model.isExternal"] == "true"
    assert (model.tags["endpoint"], model.params) == ("x", {"p": "1"})
    folder = kiseki.artifacts.download_artifacts(f"models:/{model.model_id}")
    assert files_in(folder) == ["MLmodel"]


# Metrics


class Measured:
    """What a dataset tells of itself."""

    name, digest = "validation", "abc"


def test_metrics_of_a_model_are_the_run_s_too() -> None:
    model, other = kiseki.initialize_logged_model("m"), kiseki.initialize_logged_model("o")
    with kiseki.start_run() as run:
        kiseki.log_metric("acc", 0.5, step=1, model_id=model.model_id)
        kiseki.log_metric("acc", 0.75, step=2, model_id=model.model_id, dataset=Measured())
        kiseki.log_metrics({"loss": math.nan, "auc": 1}, step=3, model_id=other.model_id, dataset=Measured())
        kiseki.log_metric("own", 1)
    found = kiseki.get_run(run.info.run_id)
    assert (found.data.metrics["acc"], found.data.metrics["auc"], found.data.metrics["own"]) == (0.75, 1, 1)
    assert values(model.model_id) == [("acc", 0.5, 1), ("acc", 0.75, 2)]
    first, second = kiseki.get_logged_model(model.model_id).metrics or []
    assert (first.run_id, first.model_id, first.dataset_name) == (run.info.run_id, model.model_id, None)
    assert (second.dataset_name, second.dataset_digest) == ("validation", "abc")
    assert {key for key, _, _ in values(other.model_id)} == {"loss", "auc"}
    # That the run read what it measured is recorded, once.
    assert inputs_of(run.info.run_id) == {model.model_id, other.model_id}


def test_metrics_of_a_model_in_batches_and_without_waiting(client: KisekiClient, experiment_id: str) -> None:
    model = client.create_logged_model(experiment_id)
    run = client.create_run(experiment_id)
    points = [Metric("m", float(i), i, i, model.model_id) for i in range(2_500)]
    for operation in (
        client.log_batch(run.info.run_id, metrics=points, synchronous=False),
        client.log_metric(run.info.run_id, "n", 1.0, model_id=model.model_id, synchronous=False),
    ):
        assert operation is not None
        operation.wait()
    assert {key: value for key, value, _ in values(model.model_id)} == {"m": 2_499.0, "n": 1.0}
    assert len(client.get_metric_history(run.info.run_id, "m")) == 2_500


def test_a_model_that_is_not_there_leaves_nothing() -> None:
    with kiseki.start_run() as run:
        with pytest.raises(NotFound):
            KisekiClient().log_metric(run.info.run_id, "m", 1, model_id=f"m-{'0' * 32}")
        assert kiseki.get_run(run.info.run_id).data.metrics == {}


def test_a_dataset_that_is_none() -> None:
    with kiseki.start_run(), pytest.raises(InvalidParameter, match="dataset"):
        kiseki.log_metric("m", 1, dataset="validation")


def test_inputs_and_outputs() -> None:
    model, other = kiseki.initialize_logged_model("m"), kiseki.initialize_logged_model("o")
    with kiseki.start_run() as run:
        kiseki.log_input(model=LoggedModelInput(model.model_id))
        kiseki.log_outputs([LoggedModelOutput(other.model_id, 3)])
    found = kiseki.get_run(run.info.run_id)
    assert inputs_of(run.info.run_id) == {model.model_id}
    assert found.outputs is not None
    assert found.outputs.model_outputs == [LoggedModelOutput(other.model_id, 3)]


# The active model


def test_the_active_model_is_measured() -> None:
    assert kiseki.get_active_model_id() is None
    model = kiseki.set_active_model(name="agent")
    assert isinstance(model, kiseki.ActiveModel)
    assert kiseki.get_active_model_id() == model.model_id
    with kiseki.start_run() as run:
        kiseki.log_metric("a", 1, step=1)
        kiseki.log_metrics({"b": 2}, step=1)
    assert values(model.model_id) == [("a", 1.0, 1), ("b", 2.0, 1)]
    assert inputs_of(run.info.run_id) == {model.model_id}
    kiseki.log_model_params({"p": 1})
    assert kiseki.get_logged_model(model.model_id).params == {"p": "1"}
    # The same one, once it is there.
    assert kiseki.set_active_model(name="agent").model_id == model.model_id
    kiseki.clear_active_model()
    assert kiseki.get_active_model_id() is None
    with kiseki.start_run():
        kiseki.log_metric("c", 1)
    assert len(values(model.model_id)) == 2
    with pytest.raises(InvalidParameter, match="model_id"):
        kiseki.log_model_params({"p": 1})


def test_a_block_of_an_active_model() -> None:
    outer, inner = kiseki.initialize_logged_model("outer"), kiseki.initialize_logged_model("inner")
    kiseki.set_active_model(model_id=outer.model_id)
    with kiseki.set_active_model(model_id=inner.model_id) as active:
        assert active.model_id == inner.model_id == kiseki.get_active_model_id()
    assert kiseki.get_active_model_id() == outer.model_id
    with pytest.raises(ValueError, match="x"), kiseki.set_active_model(model_id=inner.model_id):
        raise ValueError("x")
    assert kiseki.get_active_model_id() == outer.model_id


def test_which_model_shall_be_active() -> None:
    model = kiseki.initialize_logged_model("m")
    with pytest.raises(InvalidParameter, match="Either name or model_id"):
        kiseki.set_active_model()
    with pytest.raises(InvalidParameter, match="not 'other'"):
        kiseki.set_active_model(name="other", model_id=model.model_id)
    with pytest.raises(NotFound):
        kiseki.set_active_model(model_id=f"m-{'0' * 32}")
    assert kiseki.get_active_model_id() is None
    latest = kiseki.initialize_logged_model("m")
    assert kiseki.set_active_model(name="m").model_id in {model.model_id, latest.model_id}


def test_threads_and_tasks_have_active_models_of_their_own() -> None:
    model, other = kiseki.initialize_logged_model("m"), kiseki.initialize_logged_model("o")
    kiseki.set_active_model(model_id=model.model_id)
    seen: list[str | None] = []

    def work() -> None:
        seen.append(kiseki.get_active_model_id())
        kiseki.set_active_model(model_id=other.model_id)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None]
    assert kiseki.get_active_model_id() == model.model_id

    async def task(model_id: str) -> str | None:
        with kiseki.set_active_model(model_id=model_id):
            await asyncio.sleep(0)
            return kiseki.get_active_model_id()

    async def both() -> list[str | None]:
        return list(await asyncio.gather(task(model.model_id), task(other.model_id)))

    assert asyncio.run(both()) == [model.model_id, other.model_id]


@pytest.mark.parametrize("name", ["KISEKI_ACTIVE_MODEL_ID", "MLFLOW_ACTIVE_MODEL_ID"])
def test_the_active_model_of_the_environment(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    model, other = kiseki.initialize_logged_model("m"), kiseki.initialize_logged_model("o")
    monkeypatch.setenv(name, model.model_id)
    assert kiseki.get_active_model_id() == model.model_id
    with kiseki.set_active_model(model_id=other.model_id):
        assert kiseki.get_active_model_id() == other.model_id
    kiseki.clear_active_model()
    assert kiseki.get_active_model_id() is None
    assert not os.environ.get(name)


# Search


def test_search_as_a_list_and_as_a_frame() -> None:
    with kiseki.start_run():
        for i in range(5):
            model = kiseki.initialize_logged_model(f"m{i}", params={"kind": "even" if i % 2 == 0 else "odd"})
            kiseki.log_metric("acc", i / 10, model_id=model.model_id, dataset=Measured())
            kiseki.log_metric("acc", 1 - i / 10, model_id=model.model_id)
    order = [{"field_name": "metrics.acc", "ascending": False, "dataset_name": "validation"}]
    found = kiseki.search_logged_models(order_by=order, output_format="list")
    assert [one.name for one in found] == ["m4", "m3", "m2", "m1", "m0"]
    found = kiseki.search_logged_models(
        filter_string="params.kind = 'even' AND metrics.acc > 0.15",
        datasets=[{"dataset_name": "validation", "dataset_digest": "abc"}],
        order_by=[{"field_name": "name"}],
        output_format="list",
    )
    assert [one.name for one in found] == ["m2", "m4"]
    # Found by what was measured there, and told with all of it.
    assert [[metric.value for metric in one.metrics or []] for one in found] == [[0.2, 0.8], [0.4, 0.6]]
    frame = kiseki.search_logged_models(order_by=order, max_results=2)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == [
        *("artifact_location", "creation_timestamp", "experiment_id", "last_updated_timestamp", "metrics", "model_id"),
        *("model_type", "name", "params", "source_run_id", "status", "status_message", "tags"),
    ]
    assert list(frame["name"]) == ["m4", "m3"]
    assert list(frame["status"]) == ["PENDING", "PENDING"]
    assert kiseki.search_logged_models(filter_string="name = 'none'").empty


def test_search_page_by_page(client: KisekiClient, experiment_id: str) -> None:
    names = [f"m{i}" for i in range(7)]
    for name in names:
        client.create_logged_model(experiment_id, name)
    found: list[str] = []
    token = None
    for _ in range(4):
        page = client.search_logged_models(
            [experiment_id], max_results=2, order_by=[{"field_name": "name"}], page_token=token
        )
        found += [one.name for one in page]
        token = page.token
    assert (found, token) == (names, None)


def test_search_in_the_trash(client: KisekiClient, experiment_id: str) -> None:
    for name in ("kept", "deleted"):
        client.create_logged_model(experiment_id, name, params={"trees": "1"})
    (deleted,) = client.search_logged_models([experiment_id], "name = 'deleted'")
    client.delete_logged_model(deleted.model_id)
    order = [{"field_name": "name"}]

    def names(view: int | str) -> list[str]:
        found = kiseki.search_logged_models(order_by=order, output_format="list", view_type=view)
        assert found == client.search_logged_models([experiment_id], order_by=order, view_type=view)
        return [one.name for one in found]

    assert names(ViewType.ACTIVE_ONLY) == ["kept"]
    assert names(ViewType.DELETED_ONLY) == ["deleted"]
    assert names("all") == ["deleted", "kept"]
    assert list(kiseki.search_logged_models(view_type=ViewType.DELETED_ONLY)["name"]) == ["deleted"]
    assert [one.name for one in kiseki.search_logged_models(output_format="list")] == ["kept"]
    (found,) = kiseki.search_logged_models(
        filter_string="params.trees = '1'", output_format="list", view_type=ViewType.DELETED_ONLY
    )
    client.restore_logged_model(found.model_id)
    assert names(ViewType.DELETED_ONLY) == []
    with pytest.raises(InvalidParameter, match="view type"):
        kiseki.search_logged_models(view_type="nonsense")


def test_searches_that_are_none(client: KisekiClient, experiment_id: str) -> None:
    with pytest.raises(FilterError):
        kiseki.search_logged_models(filter_string="nonsense")
    with pytest.raises(FilterError):
        kiseki.search_logged_models(order_by=[{"field_name": "params.x"}])
    with pytest.raises(FilterError, match="order by field name"):
        client.search_logged_models([experiment_id], order_by=[{"name": "x"}])
    with pytest.raises(InvalidParameter, match="dataset_name"):
        client.search_logged_models([experiment_id], datasets=[{"dataset_digest": "x"}])
    with pytest.raises(InvalidParameter, match="output format"):
        kiseki.search_logged_models(output_format="csv")  # type: ignore[call-overload]


# Files


@pytest.fixture
def stored(client: KisekiClient, tmp_path: Path) -> kiseki.entities.LoggedModel:
    """A model that a run made, with files."""
    folder = tmp_path / "model"
    (folder / "code").mkdir(parents=True)
    (folder / "MLmodel").write_text("{}")
    for i in range(20):
        (folder / "code" / f"{i}.py").write_text(f"x = {i}")
    with kiseki.start_run():
        model = kiseki.initialize_logged_model("forest")
        client.log_model_artifacts(model.model_id, str(folder))
    return model


EVERYTHING = sorted(["MLmodel", *(f"code/{i}.py" for i in range(20))])


def test_files_by_the_id_of_the_model(client: KisekiClient, stored: kiseki.entities.LoggedModel) -> None:
    listed = client.list_logged_model_artifacts(stored.model_id)
    assert [(one.path, one.is_dir, one.file_size) for one in listed] == [("MLmodel", False, 2), ("code", True, None)]
    assert len(client.list_logged_model_artifacts(stored.model_id, "code")) == 20
    uri = f"models:/{stored.model_id}"
    assert files_in(kiseki.artifacts.download_artifacts(uri)) == EVERYTHING
    assert kiseki.artifacts.load_text(f"{uri}/code/7.py") == "x = 7"
    assert [one.path for one in kiseki.artifacts.list_artifacts(uri)] == ["MLmodel", "code"]
    with pytest.raises(NotFound):
        kiseki.artifacts.load_text(f"{uri}/none")
    with pytest.raises(NotFound):
        kiseki.artifacts.download_artifacts(f"models:/m-{'0' * 32}")
    with pytest.raises(NotFound, match="name=forest, version=3"):
        kiseki.artifacts.download_artifacts("models:/forest/3")


def test_files_by_the_name_of_the_model_in_its_run(
    client: KisekiClient, stored: kiseki.entities.LoggedModel, tmp_path: Path
) -> None:
    run_id = stored.source_run_id
    assert run_id is not None
    uri = f"runs:/{run_id}/forest"
    assert files_in(kiseki.artifacts.download_artifacts(uri)) == EVERYTHING
    place = kiseki.artifacts.download_artifacts(uri, dst_path=str(tmp_path / "to"))
    assert (Path(place), files_in(place)) == (tmp_path / "to" / "forest", EVERYTHING)
    assert kiseki.artifacts.load_text(f"{uri}/code/7.py") == "x = 7"
    place = kiseki.artifacts.download_artifacts(run_id=run_id, artifact_path="forest/MLmodel")
    assert Path(place).read_text() == "{}"
    assert files_in(client.download_artifacts(run_id, "forest")) == EVERYTHING
    assert [one.path for one in client.list_artifacts(run_id, "forest")] == ["forest/MLmodel", "forest/code"]
    # The run's own files come first.
    assert client.list_artifacts(run_id) == []
    client.log_text(run_id, "own", "forest/MLmodel")
    assert kiseki.artifacts.load_text(f"{uri}/MLmodel") == "own"
    with pytest.raises(NotFound):
        kiseki.artifacts.load_text(f"runs:/{run_id}/another/MLmodel")


def test_of_models_of_one_name_the_latest_counts(client: KisekiClient) -> None:
    with kiseki.start_run() as run:
        models = [kiseki.initialize_logged_model("m") for _ in range(3)]
    latest = max(models, key=lambda one: (one.creation_timestamp, [-ord(c) for c in one.model_id]))
    for model in models:
        client.log_model_artifact(model.model_id, str(_file(model.model_id)))
    assert [one.path for one in client.list_artifacts(run.info.run_id, "m")] == [f"m/{latest.model_id}.txt"]


def _file(name: str) -> Path:
    path = Path(f"{name}.txt")
    path.write_text("x")
    return path
