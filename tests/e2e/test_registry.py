"""The model registry in the Python API, the same suite against a server, a database in process and a folder."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import kiseki
from kiseki.client.client import KisekiClient
from kiseki.entities import Check, Rules, Verdict
from kiseki.exceptions import (
    AlreadyExists,
    Conflict,
    IntegrityError,
    InvalidParameter,
    NotFound,
    NotImplementedByKiseki,
    PermissionDenied,
)
from kiseki.models import ModelInfo

pytestmark = pytest.mark.usefixtures("tracking")

X = np.array([[1.0], [2.0], [3.0]])


@pytest.fixture
def name(tmp_path: Path) -> str:
    """A name that no other test has."""
    return f"model {abs(hash(str(tmp_path)))}"


def log(factor: int, **options: Any) -> ModelInfo:
    line = LinearRegression().fit(X, X[:, 0] * factor)
    return kiseki.sklearn.log_model(line, pip_requirements=["scikit-learn"], **options)


def predicts(uri: str, factor: int) -> None:
    for loaded in (kiseki.sklearn.load_model(uri), kiseki.pyfunc.load_model(uri)):
        np.testing.assert_allclose(loaded.predict(X), X[:, 0] * factor)


# Registering and loading


def test_models_are_registered_as_they_are_logged_and_loaded_by_every_uri(client: KisekiClient, name: str) -> None:
    for factor in (1, 2):
        with kiseki.start_run() as run:
            info = log(factor, name="line", registered_model_name=name)
        assert info.registered_model_version == factor
        version = client.get_model_version(name, factor)
        assert (version.source, version.run_id) == (info.model_uri, run.info.run_id)
        assert (version.model_id, version.status) == (info.model_id, "READY")
    client.set_registered_model_alias(name, "champion", 1)
    client.transition_model_version_stage(name, 1, "Production")
    for uri, factor in (
        (f"models:/{name}/1", 1),
        (f"models:/{name}/2", 2),
        (f"models:/{name}@champion", 1),
        (f"models:/{name}/Production", 1),
        (f"models:/{name}/latest", 2),
        (f"models:/{name}@latest", 2),
    ):
        predicts(uri, factor)
    client.set_registered_model_alias(name, "champion", "2")
    predicts(f"models:/{name}@champion", 2)
    info = kiseki.models.get_model_info(f"models:/{name}@champion")
    assert info.flavors["sklearn"]["sklearn_version"]


def test_a_model_is_registered_by_every_uri(client: KisekiClient, name: str) -> None:
    with kiseki.start_run() as run:
        info = log(3, name="line")
        old = log(4, artifact_path="some/folder")
    first = kiseki.register_model(info.model_uri, name, tags={"a": 1})
    assert (first.version, first.tags, first.model_id) == ("1", {"a": "1"}, info.model_id)
    by_name = kiseki.register_model(f"runs:/{run.info.run_id}/line", name)
    assert (by_name.source, by_name.run_id) == (info.model_uri, run.info.run_id)
    by_path = kiseki.register_model(old.model_uri, name)
    assert (by_path.source, by_path.run_id, by_path.model_id) == (old.model_uri, run.info.run_id, None)
    copied = kiseki.register_model(f"models:/{name}/1", name)
    assert (copied.source, copied.model_id) == (f"models:/{name}/1", info.model_id)
    for version, factor in (("1", 3), ("2", 3), ("3", 4), ("4", 3)):
        predicts(f"models:/{name}/{version}", factor)
    with pytest.raises(NotFound, match="Unable to find a logged_model with artifact_path nope"):
        kiseki.register_model(f"runs:/{run.info.run_id}/nope", name)
    for uri in ("runs:/", f"runs:/{run.info.run_id}", "models:/", "http://127.0.0.1:1/x"):
        with pytest.raises(InvalidParameter):
            kiseki.register_model(uri, name)


def test_a_copy_has_the_files_of_the_first(client: KisekiClient, name: str) -> None:
    log(5, name="line", registered_model_name=name)
    client.set_registered_model_alias(name, "best", 1)
    client.set_model_version_tag(name, 1, "k", "v")
    copied = client.copy_model_version(f"models:/{name}@best", f"{name} live")
    assert (copied.name, copied.version, copied.source) == (f"{name} live", "1", f"models:/{name}/1")
    assert copied.tags == {"k": "v"}
    predicts(f"models:/{name} live/latest", 5)
    with pytest.raises(InvalidParameter, match="only copies models stored in the 'models:/' scheme"):
        client.copy_model_version("runs:/x/y", name)
    with pytest.raises(InvalidParameter, match="no version of a registered model"):
        client.copy_model_version(f"models:/m-{'0' * 32}", name)


def test_a_version_whose_files_were_changed_does_not_load(client: KisekiClient, name: str) -> None:
    info = log(6, name="line", registered_model_name=name)
    predicts(f"models:/{name}/1", 6)
    # Descriptions may change in a logged model, and not in a version that somebody relies on.
    kiseki.models.update_model_requirements(info.model_uri, "add", ["numpy"])
    predicts(info.model_uri, 6)
    with pytest.raises(IntegrityError, match="not what was registered"):
        kiseki.pyfunc.load_model(f"models:/{name}/1")
    again = kiseki.register_model(info.model_uri, name)
    predicts(f"models:/{name}/{again.version}", 6)


def test_a_file_that_came_later_is_told(client: KisekiClient, name: str, tmp_path: Path) -> None:
    info = log(7, name="line", registered_model_name=name)
    (tmp_path / "more.py").write_text("x = 1")
    client.log_model_artifact(str(info.model_id), tmp_path / "more.py")
    with pytest.raises(IntegrityError, match=r"'more\.py' .* was not there when it was registered"):
        kiseki.sklearn.load_model(f"models:/{name}/1")


def test_files_of_a_version_are_listed_and_fetched(client: KisekiClient, name: str, tmp_path: Path) -> None:
    log(8, name="line", registered_model_name=name)
    uri = f"models:/{name}/1"
    assert "MLmodel" in {file.path for file in kiseki.artifacts.list_artifacts(uri)}
    assert "sklearn" in kiseki.artifacts.load_text(f"{uri}/MLmodel")
    fetched = kiseki.artifacts.download_artifacts(uri, dst_path=str(tmp_path))
    assert (Path(fetched) / "MLmodel").is_file()
    assert client.get_model_version_download_uri(name, 1)


def test_uris_of_what_is_not_there(client: KisekiClient, name: str) -> None:
    client.create_registered_model(name)
    for uri, error in (
        (f"models:/{name}/1", NotFound),
        (f"models:/{name}/latest", NotFound),
        (f"models:/{name}/Staging", NotFound),
        (f"models:/{name}@nope", InvalidParameter),
        (f"models:/not {name}/1", NotFound),
        (f"models:/{name}/bogus", InvalidParameter),
        ("models:/a/b/c/d", InvalidParameter),
    ):
        with pytest.raises(error):
            kiseki.pyfunc.load_model(uri)
    with pytest.raises(InvalidParameter, match="cannot contain"):
        log(1, registered_model_name="a/b")


# Models, versions and what is said of them


def test_registered_models(client: KisekiClient, name: str) -> None:
    made = client.create_registered_model(name, tags={"a": 1}, description="d")
    assert (made.name, made.tags, made.description, made.aliases) == (name, {"a": "1"}, "d", {})
    with pytest.raises(AlreadyExists):
        client.create_registered_model(name)
    with pytest.raises(InvalidParameter, match="cannot contain"):
        client.create_registered_model("a/b")
    client.set_registered_model_tag(name, "b", 2.5)
    client.delete_registered_model_tag(name, "a")
    assert client.update_registered_model(name, "new").description == "new"
    assert client.get_registered_model(name).tags == {"b": "2.5"}
    assert client.rename_registered_model(name, f"{name} 2").name == f"{name} 2"
    client.delete_registered_model(f"{name} 2")
    with pytest.raises(NotFound):
        client.get_registered_model(f"{name} 2")


def test_versions(client: KisekiClient, name: str) -> None:
    client.create_registered_model(name)
    for _ in range(3):
        client.create_model_version(name, "s3://bucket/model", tags={"n": 1}, description="d", run_link="http://x")
    version = client.get_model_version(name, "1")
    assert (version.description, version.run_link, version.tags) == ("d", "http://x", {"n": "1"})
    assert client.update_model_version(name, 1, "new").description == "new"
    kiseki.set_model_version_tag(name, "1", "m", [1])
    client.delete_model_version_tag(name, "1", "n")
    assert client.get_model_version(name, 1).tags == {"m": "[1]"}
    assert client.get_model_version_stages(name, 1) == ["None", "Staging", "Production", "Archived"]
    client.transition_model_version_stage(name, 2, "staging")
    client.transition_model_version_stage(name, 3, "Staging", archive_existing_versions=True)
    assert [(one.version, one.current_stage) for one in client.get_latest_versions(name)] == [
        ("1", "None"),
        ("2", "Archived"),
        ("3", "Staging"),
    ]
    assert [one.version for one in client.get_latest_versions(name, ["Staging"])] == ["3"]
    client.set_model_version_tag(name, key="s", value="1", stage="Staging")
    assert client.get_model_version(name, 3).tags == {"n": "1", "s": "1"}
    for wrong in ({"version": "1", "stage": "None"}, {}):
        with pytest.raises(InvalidParameter, match="set"):
            client.set_model_version_tag(name, key="a", value="b", **wrong)
    client.delete_model_version(name, 1)
    with pytest.raises(NotFound, match="version=1"):
        client.get_model_version(name, 1)


def test_aliases(client: KisekiClient, name: str) -> None:
    client.create_registered_model(name)
    for _ in range(2):
        client.create_model_version(name, "s3://bucket/model")
    client.set_registered_model_alias(name, "a", "1")
    client.set_registered_model_alias(name, "a", 2)
    assert client.get_registered_model(name).aliases == {"a": "2"}
    assert client.get_model_version_by_alias(name, "a").version == "2"
    with pytest.raises(Conflict, match="the alias 'a' points to it"):
        client.delete_model_version(name, 2)
    client.delete_registered_model_alias(name, "a")
    with pytest.raises(InvalidParameter, match="alias a not found"):
        client.get_model_version_by_alias(name, "a")
    with pytest.raises(InvalidParameter, match="must be an integer"):
        client.set_registered_model_alias(name, "a", "x")


def test_searches(client: KisekiClient, name: str) -> None:
    for i in range(3):
        client.create_registered_model(f"{name} {i}", tags={"i": i})
        for _ in range(2):
            client.create_model_version(f"{name} {i}", f"s3://bucket/{name}/{i}")
    assert [one.name for one in kiseki.search_registered_models(filter_string=f"name LIKE '{name}%'")] == [
        f"{name} {i}" for i in range(3)
    ]
    assert [one.tags for one in kiseki.search_registered_models(1, f"name LIKE '{name}%'", ["name DESC"])] == [
        {"i": "2"}
    ]
    found = kiseki.search_model_versions(filter_string=f"name = '{name} 1'", order_by=["version_number"])
    assert [(one.name, one.version) for one in found] == [(f"{name} 1", "1"), (f"{name} 1", "2")]
    assert len(kiseki.search_model_versions(3, f"source_path LIKE 's3://bucket/{name}/%'")) == 3
    page = client.search_model_versions(f"name LIKE '{name}%'", max_results=4)
    rest = client.search_model_versions(f"name LIKE '{name}%'", max_results=4, page_token=page.token)
    assert (len(page), len(rest), rest.token) == (4, 2, None)


# What MLflow does not have


def test_the_history_of_an_alias_and_a_step_back(client: KisekiClient, name: str) -> None:
    client.create_registered_model(name)
    for version in (1, 2):
        client.create_model_version(name, "s3://bucket/model")
        client.ask_alias(name, "champion", version, comment=f"number {version}")
    moves = client.list_moves(name)
    assert [(one.before, one.after, one.comment, one.status) for one in moves] == [
        ("1", "2", "number 2", "DONE"),
        ("", "1", "number 1", "DONE"),
    ]
    assert {one.user_id for one in moves} == {client.get_model_version(name, 1).user_id}
    assert client.roll_back_alias(name, "champion").after == "1"
    assert client.get_model_version_by_alias(name, "champion").version == "1"
    assert client.ask_stage(name, 1, "production").after == "Production"
    assert [one.target for one in client.list_moves(name, kind="stage")] == ["1"]
    client.ask_alias(name, "champion", None)
    assert client.get_registered_model(name).aliases == {}
    with pytest.raises(InvalidParameter, match="kind"):
        client.list_moves(name, kind="x")


def test_rules(client: KisekiClient, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
    with kiseki.start_run():
        kiseki.log_metric("acc", 0.95)
        log(1, name="line", registered_model_name=name)
    client.create_model_version(name, "s3://bucket/model")
    rules = Rules(
        ["champion"], ["champion"], ["Production"], [Check("metrics.acc > 0.9"), Check(report="own", target="x")]
    )
    assert client.set_registry_rules(name, rules) == client.get_registry_rules(name) == rules
    waiting = client.ask_alias(name, "champion", 1)
    assert waiting.status == "WAITING"
    with pytest.raises(Conflict, match="needs approval"):
        client.set_registered_model_alias(name, "champion", 1)
    with pytest.raises(PermissionDenied, match="somebody else"):
        client.approve_move(name, waiting.number)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "bob")
    done = client.approve_move(name, waiting.number)
    assert (done.status, done.user_id, done.decided_by) == ("DONE", "ann", "bob")
    with pytest.raises(Conflict, match="does not change while the protected alias"):
        client.set_model_version_tag(name, 1, "a", "b")
    refused = client.ask_alias(name, "y", 2)
    assert (refused.status, refused.verdicts[0].passed) == ("REFUSED", False)
    assert client.ask_alias(name, "x", 1).status == "REFUSED"
    assert client.ask_alias(name, "x", 1, reports=[Verdict("own", True)]).status == "DONE"
    again = client.ask_stage(name, 2, "Staging")
    assert again.status == "REFUSED"
    client.set_registry_rules(name, Rules(approved_stages=["Production"]))
    waiting = client.ask_stage(name, 2, "Production")
    assert client.refuse_move(name, waiting.number).status == "WITHDRAWN"


def test_lineage_both_ways(client: KisekiClient, experiment_id: str, name: str) -> None:
    import pandas as pd

    data = kiseki.data.from_pandas(pd.DataFrame({"a": [1]}), source="a.csv", name="training set")
    with kiseki.start_run() as run:
        kiseki.log_input(data, context="training")
        info = log(1, name="line", registered_model_name=name)
    client.set_registered_model_alias(name, "champion", 1)
    client.copy_model_version(f"models:/{name}/1", f"{name} live")
    wanted = {
        ("dataset", experiment_id, "training set", data.digest),
        ("run", run.info.run_id),
        ("logged_model", info.model_id),
        ("model_version", name, "1"),
        ("model_version", f"{name} live", "1"),
        ("alias", name, "champion"),
    }
    for asked in (
        {"run_id": run.info.run_id},
        {"model_id": info.model_id},
        {"dataset": (experiment_id, "training set", data.digest)},
        {"name": name, "version": 1},
    ):
        found = client.get_lineage(**asked)
        assert {(one.kind, *one.key) for one in found.nodes} == wanted
        edges = {(found.nodes[a].kind, found.nodes[b].kind) for a, b in found.edges}
        assert edges == {
            ("dataset", "run"),
            ("run", "logged_model"),
            ("logged_model", "model_version"),
            ("model_version", "model_version"),
            ("model_version", "alias"),
        }
        assert (len(found.edges), found.complete) == (5, True)
    # From an alias all lies above; what else was made of it does not belong to it.
    above = client.get_lineage(name=name, alias="champion")
    assert {(one.kind, *one.key) for one in above.nodes} == wanted - {("model_version", f"{name} live", "1")}
    with pytest.raises(InvalidParameter, match="Name one thing"):
        client.get_lineage(name=name)
    with pytest.raises(NotFound):
        client.get_lineage(dataset=(experiment_id, "nope", "x"))


def test_a_registry_in_another_place(client: KisekiClient, name: str, tmp_path: Path) -> None:
    elsewhere = KisekiClient(registry_uri=f"sqlite:///{tmp_path}/registry.db")
    elsewhere.create_registered_model(name)
    with pytest.raises(NotFound):
        client.get_registered_model(name)
    assert KisekiClient(tracking_uri=f"sqlite:///{tmp_path}/registry.db").get_registered_model(name).name == name


def test_what_is_of_others_alone() -> None:
    with pytest.raises(NotImplementedByKiseki):
        kiseki.register_model("models:/a/1", "b", env_pack="databricks_model_serving")
