"""What can be done with runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kiseki.base.clock import now_ms
from kiseki.base.errors import BadRequest, Conflict, InvalidParameter, NotFound
from kiseki.base.ids import RunId, is_run_id, new_run_id
from kiseki.domain.datasets import (
    MAX_DIGEST_CHARS,
    MAX_NAME_CHARS,
    DatasetInput,
    ModelOutput,
    check_dataset_input,
)
from kiseki.domain.experiments import LifecycleStage, View, check_id
from kiseki.domain.keys import check_given, check_key, check_text, check_value
from kiseki.domain.metrics import INT64_MAX, INT64_MIN, NO_POINTS, Link, Points, check_points
from kiseki.domain.runs import (
    LOG_MODEL_HISTORY_TAG,
    NAME_TAG,
    PARENT_TAG,
    NewRun,
    Page,
    Run,
    RunChange,
    RunDetails,
    RunStatus,
    random_name,
)
from kiseki.query import RUNS, parse_filter, parse_order_by
from kiseki.service.experiments import active as active_experiment
from kiseki.service.experiments import check_max_results
from kiseki.service.logged_models import active as active_model
from kiseki.store import Session
from kiseki.store.protocol import ModelKey, RunKey

MAX_RESULTS: Final = 50_000
MAX_METRICS_PER_BATCH: Final = 1000
MAX_PARAMS_PER_BATCH: Final = 100
MAX_TAGS_PER_BATCH: Final = 100
MAX_ENTITIES_PER_BATCH: Final = 1000
MAX_USER_CHARS: Final = 500
MAX_MODEL_ID_CHARS: Final = 256
MAX_MODEL_CHARS: Final = 2**20
_MODEL_FIELDS: Final = ("run_id", "artifact_path", "utc_time_created", "model_uuid", "flavors")


def create(session: Session, new: NewRun) -> Run:
    """Starts a run in an active experiment; without a name it gets a random one."""
    if not new.experiment_id:
        raise BadRequest(
            "Missing value for required parameter 'experiment_id'. Give the id of the experiment, \"0\" for Default."
        )
    experiment = active_experiment(session, new.experiment_id)
    tags = dict(new.tags)
    for i, (key, value) in enumerate(tags.items()):
        # MLflow's clients may give any key here, so only what cannot be stored is refused.
        check_value(key, f"tags[{i}].key")
        check_value(value, f"tags[{i}].value")
    tagged = tags.get(NAME_TAG, "")
    if new.run_name and tagged and new.run_name != tagged:
        raise InvalidParameter(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
            f"(run_name='{new.run_name}', mlflow.runName='{tagged}')."
        )
    name = new.run_name or tagged or random_name()
    check_value(name, "run_name")
    check_value(new.user_id, "user_id")
    if len(new.user_id) > MAX_USER_CHARS:
        raise InvalidParameter(
            f"'user_id' exceeds the maximum length of {MAX_USER_CHARS} characters: it has {len(new.user_id)}."
        )
    _check_int64(new.start_time, "start_time")
    tags.pop(NAME_TAG, None)
    tags[NAME_TAG] = name
    run_id = new_run_id()
    run = Run(
        run_id=run_id,
        experiment_id=experiment.experiment_id,
        run_name=name,
        user_id=new.user_id,
        status=RunStatus.RUNNING,
        start_time=new.start_time,
        end_time=None,
        artifact_uri=f"{experiment.artifact_location.rstrip('/')}/{run_id}/artifacts",
        lifecycle_stage=LifecycleStage.ACTIVE,
        tags=tags,
    )
    session.runs.create(run)
    return run


def get(session: Session, run_id: str) -> Run:
    """The run, active or deleted.

    Raises:
        NotFound: There is none of that id.
    """
    run = session.runs.get(RunId(run_id)) if is_run_id(run_id) else None
    if run is None:
        raise NotFound(f"Run with id={run_id[:300]} not found")
    return run


def details(session: Session, run_id: str) -> RunDetails:
    """The run with all that is known of it but histories and files, active or deleted.

    Raises:
        NotFound: There is none of that id.
    """
    run = get(session, run_id)
    experiment = session.experiments.get(run.experiment_id)
    assert experiment is not None
    parent = run.tags.get(PARENT_TAG, "")
    parent_key = session.runs.locate(RunId(parent)) if is_run_id(parent) else None
    key = locate(session, run_id)
    return RunDetails(
        run=run,
        number=key.number,
        experiment=experiment,
        metrics=session.metrics.summaries(key),
        children=session.runs.children(run.run_id),
        parent_name=session.runs.info(parent_key).run_name if parent_key else None,
    )


def update(session: Session, run_id: str, change: RunChange) -> Run:
    """Changes an active run's status, end or name; an empty name is ignored.

    Returns the run as it is then, without what it recorded.
    """
    key = active(session, run_id)
    if change.end_time is not None:
        _check_int64(change.end_time, "end_time")
    if change.run_name:
        check_value(change.run_name, "run_name")
        session.runs.set_tags(key, {NAME_TAG: change.run_name})
    session.runs.update(key, msgspec.structs.replace(change, run_name=change.run_name or None))
    return session.runs.info(key)


def search(
    session: Session,
    experiment_ids: Sequence[str],
    filter: str = "",  # noqa: A002 - the name that the API gives it
    view: View = View.ACTIVE_ONLY,
    max_results: int = 1000,
    order_by: Sequence[str] = (),
    page_token: str = "",
) -> Page[Run]:
    """One page of the runs of some experiments that match a filter; no experiments, no runs.

    Raises:
        FilterError: The filter or the order does not parse.
        InvalidParameter: `max_results` is not between 1 and 50,000, or the token is of another search.
    """
    check_max_results(max_results, MAX_RESULTS)
    where = parse_filter(filter, RUNS) if filter else None
    terms = parse_order_by(order_by, RUNS)
    numbers = [_experiment(one) for one in experiment_ids]
    if not numbers:
        return Page(items=[])
    return session.runs.search(numbers, view, where, terms, max_results, page_token)


def delete(session: Session, run_id: str) -> None:
    """Moves a run to the trash; does nothing if it is there."""
    session.runs.set_lifecycle(locate(session, run_id), LifecycleStage.DELETED, now_ms())


def restore(session: Session, run_id: str) -> None:
    """Takes a run out of the trash; does nothing if it is not there.

    Raises:
        Conflict: Its permanent deletion has begun.
    """
    session.runs.set_lifecycle(check_restorable(locate(session, run_id)), LifecycleStage.ACTIVE, now_ms())


def log_batch(
    session: Session,
    run_id: str,
    points: Points = NO_POINTS,
    params: Sequence[tuple[str, str]] = (),
    tags: Sequence[tuple[str, str]] = (),
) -> None:
    """Logs points, params and tags to an active run: all of them, or nothing and an error that names the bad one.

    Raises:
        InvalidParameter: Something is not valid, or there is too much of it, or a param has another value already.
    """
    key = active(session, run_id)
    _check_counts(len(points), len(params), len(tags))
    check_points(points)
    for i, (name, value) in enumerate(params):
        _check_pair("params", i, name, value)
    for i, (name, value) in enumerate(tags):
        _check_pair("tags", i, name, value)
    if params:
        _add_params(session, key, params)
    if tags:
        write_tags(session, key, dict(tags))
    _append(session, key, points)


def log_metric(session: Session, run_id: str, points: Points) -> None:
    """Logs one point to an active run."""
    key = active(session, run_id)
    try:
        check_points(points)
    except InvalidParameter as error:
        # The request has the fields themselves and no list.
        raise InvalidParameter(str(error).replace("metrics[0].", "")) from None
    _append(session, key, points)


def log_param(session: Session, run_id: str, name: str, value: str) -> None:
    """Logs a param to an active run. The same value again changes nothing; another is an error."""
    key = active(session, run_id)
    check_key(name, "key")
    check_value(value, "Param value")
    present = session.runs.params(key, [name]).get(name)
    if present is None:
        session.runs.add_params(key, {name: value})
    elif present != value:
        raise InvalidParameter(
            f"Changing param values is not allowed. Param with key='{name}' was already logged with value='{present}' "
            f"for run ID='{run_id}'. Attempted logging new value '{value}'."
        )


def set_tag(session: Session, run_id: str, name: str, value: str) -> None:
    """Adds or changes a tag of an active run."""
    key = active(session, run_id)
    check_key(name, "key")
    check_value(value, "value")
    write_tags(session, key, {name: value})


def delete_tag(session: Session, run_id: str, name: str) -> None:
    """Deletes a tag of an active run."""
    check_given(name, "key")
    key = active(session, run_id)
    if not session.runs.delete_tag(key, name):
        raise NotFound(f"No tag with name: {name} in run with id {run_id}")


def log_model(session: Session, run_id: str, model_json: str) -> None:
    """Appends a model, described by its MLmodel file as JSON, to the history in the run's tags."""
    check_given(model_json, "model_json")
    if len(model_json) > MAX_MODEL_CHARS:
        raise InvalidParameter(
            f"'model_json' exceeds the maximum length of {MAX_MODEL_CHARS} characters: it has {len(model_json)}."
        )
    key = active(session, run_id)
    try:
        model: dict[str, Any] = msgspec.json.decode(model_json.encode(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidParameter(
            f"Malformed model info. \n {model_json[:1000]} \n is not a valid JSON. It must be the MLmodel file as a JSON "
            f"object ({error})."
        ) from None
    missing = [repr(name) for name in _MODEL_FIELDS if name not in model and name != "model_uuid"]
    if missing:
        raise InvalidParameter(f"Model json is missing mandatory fields: {{{', '.join(missing)}}}")
    try:
        history = msgspec.json.decode(session.runs.tag(key, LOG_MODEL_HISTORY_TAG) or "[]", type=list[Any])
    except (msgspec.DecodeError, RecursionError):
        raise InvalidParameter(f"The tag {LOG_MODEL_HISTORY_TAG} of the run is not a JSON list. Delete it.") from None
    text = msgspec.json.encode([*history, {name: model.get(name) for name in _MODEL_FIELDS}]).decode()
    check_value(text, LOG_MODEL_HISTORY_TAG)
    session.runs.set_tags(key, {LOG_MODEL_HISTORY_TAG: text})


def log_inputs(session: Session, run_id: str, datasets: Sequence[DatasetInput], model_ids: Sequence[str] = ()) -> None:
    """Records datasets and models that an active run read; what is recorded already stays as it is."""
    key = active(session, run_id)
    for i, given in enumerate(datasets):
        check_dataset_input(given, f"datasets[{i}]")
    _check_model_ids(model_ids)
    session.datasets.log_inputs(key, datasets, model_ids)


def log_outputs(session: Session, run_id: str, outputs: Sequence[ModelOutput]) -> None:
    """Records models that an active run made."""
    key = active(session, run_id)
    _check_model_ids([output.model_id for output in outputs])
    for i, output in enumerate(outputs):
        _check_int64(output.step, f"models[{i}].step")
    session.datasets.log_outputs(key, outputs)


def locate(session: Session, run_id: str) -> RunKey:
    """Where the run is, active or deleted."""
    key = session.runs.locate(RunId(run_id)) if is_run_id(run_id) else None
    if key is None:
        raise NotFound(f"Run with id={run_id[:300]} not found")
    return key


def active(session: Session, run_id: str) -> RunKey:
    """Where the run is, which must not be deleted."""
    return check_active(locate(session, run_id))


def check_active(key: RunKey) -> RunKey:
    """Returns where a run is, or raises InvalidParameter when it is deleted."""
    if key.lifecycle_stage is not LifecycleStage.ACTIVE:
        raise InvalidParameter(f"The run {key.run_id} must be in the 'active' state. Current state is deleted.")
    return key


def check_restorable(key: RunKey) -> RunKey:
    """Returns where a run is, or raises Conflict when its permanent deletion has begun."""
    if key.purging:
        raise Conflict(
            f"The run {key.run_id} is being deleted permanently and cannot be restored: some of it may be gone already."
        )
    return key


def write_tags(session: Session, key: RunKey, tags: dict[str, str]) -> None:
    """Sets tags; the one that has the run's name renames it, an empty name is ignored."""
    name = tags.get(NAME_TAG)
    if name == "":
        tags = {tag: value for tag, value in tags.items() if tag != NAME_TAG}
    elif name:
        session.runs.update(key, RunChange(run_name=name))
    session.runs.set_tags(key, tags)


def _experiment(experiment_id: str) -> Any:
    check_id(experiment_id)
    return experiment_id


def _check_counts(metrics: int, params: int, tags: int) -> None:
    for what, count, most in (
        ("metrics", metrics, MAX_METRICS_PER_BATCH),
        ("params", params, MAX_PARAMS_PER_BATCH),
        ("tags", tags, MAX_TAGS_PER_BATCH),
        ("metrics, params, and tags", metrics + params + tags, MAX_ENTITIES_PER_BATCH),
    ):
        if count > most:
            raise InvalidParameter(
                f"A batch logging request can contain at most {most} {what}. Got {count} {what}. "
                "Please split up your request and retry."
            )


def _check_pair(field: str, i: int, name: str, value: str) -> None:
    try:
        check_key(name, "key")
    except InvalidParameter:
        check_key(name, f"{field}[{i}].key")
    check_value(value, f"{field}[{i}].value")


def _add_params(session: Session, key: RunKey, params: Sequence[tuple[str, str]]) -> None:
    wanted = dict(params)
    if len(wanted) < len(params):
        names = [name for name, _ in params]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise InvalidParameter(
            f"Duplicate parameter keys have been submitted: {twice}. Please ensure the request contains only one param "
            "value per param key."
        )
    present = session.runs.params(key, wanted)
    changed = [
        {"key": name, "old_value": old, "new_value": wanted[name]}
        for name, old in present.items()
        if old != wanted[name]
    ]
    if changed:
        raise InvalidParameter(
            f"Changing param values is not allowed. Params were already logged='{changed}' for run ID='{key.run_id}'."
        )
    session.runs.add_params(key, {name: value for name, value in wanted.items() if name not in present})


def _append(session: Session, key: RunKey, points: Points) -> None:
    """Logs points to a run, and to the logged models that they were measured of."""
    models = {link: _model_of(session, link, places[0]) for link, places in sorted(points.links.items())}
    session.metrics.append(key, points)
    for link, model in models.items():
        if model is not None:
            session.logged_models.append(model, key.run_id, link, points, points.links[link])


def _model_of(session: Session, link: Link, first: int) -> ModelKey | None:
    """Where the logged model of a link is, None without one; `first` is the first point that has the link."""
    if link.dataset_name or link.dataset_digest:
        if not (link.dataset_name and link.dataset_digest):
            raise InvalidParameter("Both dataset_name and dataset_digest must be provided if one is provided")
        for part, text, limit in (
            ("dataset_name", link.dataset_name, MAX_NAME_CHARS),
            ("dataset_digest", link.dataset_digest, MAX_DIGEST_CHARS),
        ):
            if len(text) > limit:
                raise InvalidParameter(
                    f"'metrics[{first}].{part}' exceeds the maximum length of {limit} characters: it has {len(text)}."
                )
            check_text(text, f"metrics[{first}].{part}")
    return active_model(session, link.model_id) if link.model_id else None


def _check_model_ids(model_ids: Sequence[str]) -> None:
    for i, model_id in enumerate(model_ids):
        if not 1 <= len(model_id) <= MAX_MODEL_ID_CHARS:
            raise InvalidParameter(
                f"Invalid value {model_id[:64]!r} for parameter 'models[{i}].model_id' supplied: "
                f"it has 1 to {MAX_MODEL_ID_CHARS} characters."
            )
        check_text(model_id, f"models[{i}].model_id")


def _check_int64(value: int, field: str) -> None:
    if not INT64_MIN <= value <= INT64_MAX:
        raise InvalidParameter(
            f"Invalid value {value} for parameter '{field}' supplied: it lies between {INT64_MIN} and {INT64_MAX}."
        )
