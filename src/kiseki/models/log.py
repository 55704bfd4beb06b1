"""Logging a model: saved by its flavor, then stored as a logged model of a run or of none."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec

from kiseki.base.errors import EndpointNotFound, InvalidParameter, NotImplementedByKiseki
from kiseki.client.client import KisekiClient
from kiseki.client.model_versions import AWAIT_SECONDS
from kiseki.client.registering import register
from kiseki.domain.registered_models import check_name
from kiseki.entities import LoggedModel, LoggedModelOutput, LoggedModelStatus, Metric, Run
from kiseki.fluent import state
from kiseki.fluent.context import context_tags
from kiseki.fluent.experiments import active_experiment_id
from kiseki.fluent.runs import logging_to
from kiseki.models.digests import renew_digests
from kiseki.models.info import ModelInfo
from kiseki.models.members import MLMODEL_FILE


class Description(Protocol):
    """What is said of a model: `kiseki.models.Model`."""

    artifact_path: str | None
    run_id: str | None
    model_id: str | None
    model_uuid: str | None
    resources: Any
    auth_policy: Any

    def save(self, path: Path) -> None:
        """Writes the file MLmodel."""
        ...

    def get_model_info(self, logged_model: LoggedModel | None = None) -> ModelInfo:
        """What a caller is told of the model."""
        ...


def log_model(
    model: Description,
    flavor: Any,
    /,
    *,
    artifact_path: str | None = None,
    name: str | None = None,
    registered_model_name: str | None = None,
    await_registration_for: int | None = None,
    metadata: dict[str, Any] | None = None,
    run_id: str | None = None,
    resources: Any = None,
    auth_policy: Any = None,
    prompts: list[Any] | None = None,
    model_type: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    step: int = 0,
    model_id: str | None = None,
    **arguments: Any,
) -> ModelInfo:
    """Saves a model with a flavor and logs it.

    It is saved first, so what cannot be saved leaves nothing behind. The logged model is PENDING while its files are sent,
    then READY, or UPLOAD_FAILED when they could not be sent. It has the params of the run and those metrics of the run that
    were logged at the same step.

    Args:
        model: Describes the model; `flavor.save_model` gets it as `mlflow_model`.
        flavor: A module or object with `save_model(path=, mlflow_model=, **arguments)`.
        artifact_path: MLflow's older name of `name`. With a `/` in it the model is stored among the artifacts of the run,
            as MLflow 2 did, and is no logged model.
        name: Of the logged model; made up when None.
        registered_model_name: Registers it as the next version of this registered model, too.
        await_registration_for: Seconds to wait until the version is READY; 300 when None.
        metadata: Kept in the MLmodel.
        run_id: The run; the active one when None, or none where none is active.
        resources: Kept in the MLmodel.
        auth_policy: Kept in the MLmodel.
        prompts: Not in kiseki yet.
        model_type: Any word by which models of a kind are found.
        params: Params of the logged model besides those of the run.
        tags: Its tags.
        step: Of the run.
        model_id: Of a logged model that exists and waits for its files.
        **arguments: For `save_model`.

    Raises:
        InvalidParameter: The model cannot be saved so, or its name cannot be one.
        NotImplementedByKiseki: Prompts are asked for.
    """
    _check(artifact_path, name, prompts)
    if resources is not None:
        model.resources = resources
    if auth_policy is not None:
        model.auth_policy = auth_policy
    if metadata is not None:
        arguments["metadata"] = metadata
    if registered_model_name is not None:
        check_name(registered_model_name, "registered_model_name")
    seconds = AWAIT_SECONDS if await_registration_for is None else await_registration_for

    def registered(info: ModelInfo) -> ModelInfo:
        if registered_model_name is None:
            return info
        version = register(KisekiClient(), info.model_uri, registered_model_name, seconds, None).version
        return msgspec.structs.replace(info, registered_model_version=int(version))

    folder = Path(tempfile.mkdtemp(prefix="kiseki-model-"))
    try:
        saved = folder / "model"
        flavor.save_model(path=str(saved), mlflow_model=model, **arguments)
        if artifact_path is not None and "/" in artifact_path.strip("/"):
            return registered(_log_to_run(model, saved, artifact_path.strip("/"), run_id))
        client, run = _place(run_id)
        if model_id is None:
            logged = client.create_logged_model(
                active_experiment_id(client) if run is None else run.info.experiment_id,
                name=name or artifact_path,
                source_run_id=None if run is None else run.info.run_id,
                tags={**context_tags(), **(tags or {})},
                params={**({} if run is None else run.data.params), **(params or {})},
                model_type=model_type,
            )
            state.last_model_id.set(logged.model_id)
        else:
            logged = client.get_logged_model(model_id)
        return registered(_send(client, model, saved, logged, run, step))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _send(
    client: KisekiClient, model: Description, saved: Path, logged: LoggedModel, run: Run | None, step: int
) -> ModelInfo:
    model.model_id = model.model_uuid = logged.model_id
    model.artifact_path = logged.artifact_location
    model.run_id = None if run is None else run.info.run_id
    try:
        _rewrite(model, saved)
        if run is not None:
            client.log_outputs(run.info.run_id, [LoggedModelOutput(logged.model_id, step)])
            metrics = _metrics_at(client, run, step, logged.model_id)
            if metrics:
                client.log_batch(run.info.run_id, metrics)
        client.log_model_artifacts(logged.model_id, saved)
    except BaseException:
        client.finalize_logged_model(logged.model_id, LoggedModelStatus.FAILED)
        raise
    return model.get_model_info(client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY))


def _log_to_run(model: Description, saved: Path, artifact_path: str, run_id: str | None) -> ModelInfo:
    """Stores the model among the artifacts of a run, where `runs:/<run id>/<path>` finds it."""
    client, run_id = logging_to(run_id)
    model.run_id, model.artifact_path = run_id, artifact_path
    _rewrite(model, saved)
    client.log_artifacts(run_id, saved, artifact_path)
    return model.get_model_info()


def _rewrite(model: Description, saved: Path) -> None:
    model.save(saved / MLMODEL_FILE)
    renew_digests(saved, {MLMODEL_FILE})


def _place(run_id: str | None) -> tuple[KisekiClient, Run | None]:
    if run_id is not None:
        client = KisekiClient()
        return client, client.get_run(run_id)
    active = state.current()
    if active is None:
        return KisekiClient(), None
    return active.client, active.client.get_run(active.run_id)


def _metrics_at(client: KisekiClient, run: Run, step: int, model_id: str) -> list[Metric]:
    """The last point of each metric of the run at a step, as points of the model."""
    run_id = run.info.run_id
    if not run.data.metrics:
        return []
    found: list[Metric] = []
    searched = [*run.data.metrics]
    with suppress(EndpointNotFound):
        # kiseki's servers know the steps of a metric without its history; MLflow's do not.
        summaries = client.backend.metric_summaries(run_id)
        ends = [one for one in summaries if one.last_step == step]
        found = [Metric(one.key, one.last, one.last_timestamp, step, model_id=model_id) for one in ends]
        searched = [one.key for one in summaries if one.first_step <= step < one.last_step]
    for key in searched:
        points = [point for point in client.get_metric_history(run_id, key) if point.step == step]
        if points:
            found.append(Metric(key, points[-1].value, points[-1].timestamp, step, model_id=model_id))
    return found


def _check(artifact_path: str | None, name: str | None, prompts: list[Any] | None) -> None:
    if prompts:
        raise NotImplementedByKiseki("prompts need the prompt registry, which kiseki does not have yet.")
    if artifact_path is not None and name is not None:
        raise InvalidParameter(
            "Both `artifact_path` (deprecated) and `name` parameters were specified. Please only specify `name`."
        )
