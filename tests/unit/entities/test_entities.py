"""Entities against those of the real mlflow: the same construction gives the same attributes."""

from typing import Any

import pytest

from kiseki import entities
from kiseki.exceptions import InvalidParameter, NotImplementedByKiseki

mlflow_entities: Any = pytest.importorskip(
    "mlflow.entities", reason="the real mlflow is not installed: no parity shown"
)

# How each is built, from either module.
BUILDS: dict[str, Any] = {
    "Metric": lambda m: m.Metric("k", 1.5, 2, 3),
    "Metric of a model": lambda m: m.Metric("k", 1.5, 2, 3, "m-1", "n", "d", "r"),
    "Param": lambda m: m.Param("k", "v"),
    "RunTag": lambda m: m.RunTag("k", "v"),
    "ExperimentTag": lambda m: m.ExperimentTag("k", "v"),
    "InputTag": lambda m: m.InputTag("k", "v"),
    "FileInfo": lambda m: m.FileInfo("a", False, 3),
    "Dataset": lambda m: m.Dataset("n", "d", "local", "{}"),
    "Dataset with schema": lambda m: m.Dataset("n", "d", "local", "{}", "s", "p"),
    "RunInfo": lambda m: m.RunInfo("r", "0", "u", "RUNNING", 1, None, "active", "s3://x", "name"),
    "RunData": lambda m: m.RunData([m.Metric("m", 1.0, 2, 3)], [m.Param("p", "v")], [m.RunTag("t", "v")]),
    "RunData of nothing": lambda m: m.RunData(),
    "LoggedModelInput": lambda m: m.LoggedModelInput("m-1"),
    "LoggedModelOutput": lambda m: m.LoggedModelOutput("m-1", 2),
    "LoggedModelParameter": lambda m: m.LoggedModelParameter("k", "v"),
    "LoggedModelTag": lambda m: m.LoggedModelTag("k", "v"),
    "LoggedModel": lambda m: m.LoggedModel("1", "m-1", "n", "loc", 1, 2),
    "LoggedModel with everything": lambda m: m.LoggedModel(
        *("1", "m-1", "n", "loc", 1, 2, "agent", "r", 3, "why"),
        [m.LoggedModelTag("t", "v")],
        [m.LoggedModelParameter("p", "v")],
        [m.Metric("k", 1.5, 2, 3, "m-1", "n", "d", "r")],
    ),
    "LoggedModel of mappings": lambda m: m.LoggedModel(
        *("1", "m-1", "n", "loc", 1, 2), status=m.LoggedModelStatus.PENDING, tags={"t": "v"}, params={"p": "v"}
    ),
}


def plain(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes with metrics as dictionaries, which are the same of both."""
    metrics = attributes.get("metrics")
    return {**attributes, "metrics": [dict(one) for one in metrics]} if isinstance(metrics, list) else attributes


@pytest.mark.parametrize("build", BUILDS.values(), ids=BUILDS)
def test_construction_and_attributes(build: Any) -> None:
    ours, theirs = build(entities), build(mlflow_entities)
    assert plain(dict(ours)) == plain(dict(theirs))
    assert repr(ours) == repr(theirs)
    assert ours == build(entities)
    assert ours != object()


@pytest.mark.parametrize(
    "build",
    [
        BUILDS["Metric of a model"],
        BUILDS["Dataset with schema"],
        BUILDS["RunData"],
    ],
)
def test_dictionaries(build: Any) -> None:
    assert build(entities).to_dictionary() == build(mlflow_entities).to_dictionary()


@pytest.mark.parametrize("name", ["LoggedModel", "LoggedModel with everything", "LoggedModel of mappings"])
def test_logged_models_and_their_dictionaries(name: str) -> None:
    ours, theirs = BUILDS[name](entities), BUILDS[name](mlflow_entities)
    assert ours.model_uri == theirs.model_uri == "models:/m-1"
    assert plain(ours.to_dictionary()) == plain(theirs.to_dictionary())
    assert entities.LoggedModel.from_dictionary(ours.to_dictionary()) == ours
    assert plain(dict(entities.LoggedModel.from_dictionary(theirs.to_dictionary()))) == plain(dict(ours))
    assert plain(dict(mlflow_entities.LoggedModel.from_dictionary(ours.to_dictionary()))) == plain(dict(theirs))


def test_statuses_of_logged_models() -> None:
    ours, theirs = entities.LoggedModelStatus, mlflow_entities.LoggedModelStatus
    assert [(one.name, str(one), one.to_int()) for one in ours] == [
        (one.name, str(one), one.to_int()) for one in theirs
    ]
    for one in ours:
        assert ours.from_int(one.to_int()) is one
        assert ours.is_finalized(one) == theirs.is_finalized(theirs[one.name])
    for number in (-1, 4):
        with pytest.raises(InvalidParameter, match="Unknown model status"):
            ours.from_int(number)


def nested(m: Any) -> Any:
    dataset = m.Dataset("n", "d", "local", "{}", "s", "p")
    inputs = m.RunInputs([m.DatasetInput(dataset, [m.InputTag("k", "v")]), m.DatasetInput(dataset)])
    info = m.RunInfo("r", "0", "u", "RUNNING", 1, None, "active")
    return m.Run(info, m.RunData(), inputs, m.RunOutputs([m.LoggedModelOutput("m-1", 2)]))


def test_a_whole_run() -> None:
    # MLflow breaks long lines.
    assert repr(nested(entities)).split() == repr(nested(mlflow_entities)).split()
    assert nested(entities).to_dictionary() == nested(mlflow_entities).to_dictionary()
    assert nested(entities) == nested(entities)


def test_an_experiment() -> None:
    ours = entities.Experiment("1", "n", "loc", "active", [entities.ExperimentTag("a", "b")], 1, 2)
    theirs = mlflow_entities.Experiment("1", "n", "loc", "active", [mlflow_entities.ExperimentTag("a", "b")], 1, 2)
    # kiseki has no workspaces, trace locations or archives.
    shared = {key: value for key, value in theirs if key in dict(ours)}
    assert dict(ours) == shared
    assert entities.Experiment.DEFAULT_EXPERIMENT_NAME == mlflow_entities.Experiment.DEFAULT_EXPERIMENT_NAME


def test_a_run_needs_its_info() -> None:
    with pytest.raises(InvalidParameter, match="run_info cannot be None"):
        entities.Run(None, entities.RunData())  # type: ignore[arg-type] # the mistake under test


@pytest.mark.parametrize("kind", ["RunStatus", "ViewType", "LifecycleStage", "SourceType"])
def test_constants(kind: str) -> None:
    def constants(owner: Any) -> dict[str, Any]:
        return {name: value for name, value in vars(owner).items() if name.isupper() and isinstance(value, int | str)}

    theirs = constants(getattr(mlflow_entities, kind))
    assert constants(getattr(entities, kind)) == theirs


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_statuses(number: int) -> None:
    theirs = mlflow_entities.RunStatus
    name = theirs.to_string(number)
    assert entities.RunStatus.to_string(number) == name
    assert entities.RunStatus.from_string(name) == number
    assert entities.RunStatus.is_terminated(number) == theirs.is_terminated(number)
    assert entities.RunStatus.all_status() == theirs.all_status()
    assert entities.SourceType.to_string(number) == mlflow_entities.SourceType.to_string(number)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_views(number: int) -> None:
    name = mlflow_entities.ViewType.to_string(number)
    assert entities.ViewType.to_string(number) == name
    assert entities.ViewType.from_string(name) == number
    stages = mlflow_entities.LifecycleStage.view_type_to_stages(number)
    assert entities.LifecycleStage.view_type_to_stages(number) == stages
    for stage in ("active", "deleted"):
        assert entities.LifecycleStage.matches_view_type(number, stage) == (stage in stages)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: entities.RunStatus.to_string(9),
        lambda: entities.RunStatus.from_string("X"),
        lambda: entities.ViewType.to_string(9),
        lambda: entities.ViewType.from_string("X"),
        lambda: entities.SourceType.to_string(9),
        lambda: entities.SourceType.from_string("X"),
    ],
)
def test_what_is_no_constant(ask: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"9|X"):
        ask()


def test_every_name_of_mlflow_is_there_or_says_that_it_is_not() -> None:
    unknown = []
    for name in mlflow_entities.__all__:
        try:
            found = getattr(entities, name)
        except AttributeError:
            unknown.append(name)
            continue
        if name not in entities.__all__:
            with pytest.raises(NotImplementedByKiseki):
                found()
    # What came to MLflow's agents, gateway and reviews after tracking is not even named by kiseki.
    assert not set(unknown) & {"Span", "Trace", "LoggedModel", "Feedback", "Prompt", "Webhook"}
