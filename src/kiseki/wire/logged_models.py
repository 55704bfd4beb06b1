"""Logged models on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import ExperimentId, ModelId
from kiseki.domain import logged_models as domain
from kiseki.domain.experiments import LifecycleStage
from kiseki.wire.experiments import Tag, tags_from_dict, tags_to_dict
from kiseki.wire.metrics import Metric, metric_from_domain, metric_to_domain
from kiseki.wire.runs import Param


class LoggedModelInfo(msgspec.Struct, kw_only=True):
    """What a logged model is; `lifecycle_stage` is there for one in the trash alone."""

    model_id: str
    experiment_id: str
    name: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    artifact_uri: str
    status: str
    model_type: str = ""
    source_run_id: str = ""
    status_message: str | msgspec.UnsetType = msgspec.UNSET
    tags: list[Tag] | msgspec.UnsetType = msgspec.UNSET
    lifecycle_stage: str | msgspec.UnsetType = msgspec.UNSET


class LoggedModelData(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What was recorded of a logged model."""

    params: list[Param] = []
    metrics: list[Metric] = []


class LoggedModel(msgspec.Struct, kw_only=True):
    """A logged model."""

    info: LoggedModelInfo
    data: LoggedModelData


class CreateLoggedModel(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST logged-models."""

    experiment_id: str = ""
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: list[Param] = []
    tags: list[Tag] = []


class LoggedModelRef(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A request that names a logged model in its path."""

    model_id: str = ""


class RestoreLoggedModel(LoggedModelRef, kw_only=True, omit_defaults=True):
    """POST /api/kiseki/v1/logged-models/restore."""


class GetLoggedModel(LoggedModelRef, kw_only=True, omit_defaults=True):
    """GET logged-models/{model_id}."""

    allow_deleted: bool = False


class FinalizeLoggedModel(LoggedModelRef, kw_only=True):
    """PATCH logged-models/{model_id}: `status` is MLflow's name or number for it."""

    status: str | int


class SetLoggedModelTags(LoggedModelRef, kw_only=True, omit_defaults=True):
    """PATCH logged-models/{model_id}/tags."""

    tags: list[Tag] = []


class DeleteLoggedModelTag(LoggedModelRef, kw_only=True, omit_defaults=True):
    """DELETE logged-models/{model_id}/tags/{tag_key}."""

    tag_key: str = ""


class LogLoggedModelParams(LoggedModelRef, kw_only=True, omit_defaults=True):
    """POST logged-models/{model_id}/params."""

    params: list[Param] = []


class LoggedModelAnswer(msgspec.Struct, kw_only=True):
    """The answer that is one logged model."""

    model: LoggedModel


class LoggedModelDataset(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A dataset on which metrics are to have been measured; without a digest, any of that name."""

    dataset_name: str = ""
    dataset_digest: str = ""


class LoggedModelOrder(LoggedModelDataset, kw_only=True, omit_defaults=True):
    """What models are sorted by: an attribute, or `metrics.KEY`, then perhaps as measured on one dataset."""

    field_name: str = ""
    ascending: bool = True


class SearchLoggedModels(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST logged-models/search. MLflow's has no `view_type`, which is that of its other searches."""

    experiment_ids: list[str]
    filter: str = ""
    datasets: list[LoggedModelDataset] = []
    max_results: int = 50
    order_by: list[LoggedModelOrder] = []
    page_token: str = ""
    view_type: str | int = "ACTIVE_ONLY"


class LoggedModelsAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of logged models."""

    models: list[LoggedModel] = []
    next_page_token: str = ""


_STATUSES: Final = {
    1: domain.LoggedModelStatus.PENDING,
    2: domain.LoggedModelStatus.READY,
    3: domain.LoggedModelStatus.FAILED,
}
STATUS_NAMES: Final = {
    domain.LoggedModelStatus.PENDING: "LOGGED_MODEL_PENDING",
    domain.LoggedModelStatus.READY: "LOGGED_MODEL_READY",
    domain.LoggedModelStatus.FAILED: "LOGGED_MODEL_UPLOAD_FAILED",
}
"""How MLflow's wire calls each status."""
_BY_NAME: Final = {name: status for status, name in STATUS_NAMES.items()}


def status_to_domain(given: str | int) -> domain.LoggedModelStatus:
    """A status by MLflow's name or number for it."""
    found = _BY_NAME.get(str(given))
    if found is None and str(given) in {"1", "2", "3"}:
        found = _STATUSES[int(given)]
    if found is None:
        raise InvalidParameter(
            f"Invalid value {str(given)[:64]} for parameter 'status' supplied: it is one of {', '.join(_BY_NAME)}."
        )
    return found


def datasets_to_domain(given: list[LoggedModelDataset]) -> list[tuple[str, str]]:
    """The name and digest of each dataset."""
    return [(one.dataset_name, one.dataset_digest) for one in given]


def datasets_from_domain(given: Sequence[tuple[str, str]]) -> list[LoggedModelDataset]:
    """Names and digests in their wire form."""
    return [LoggedModelDataset(dataset_name=name, dataset_digest=digest) for name, digest in given]


def order_from_domain(given: Sequence[domain.LoggedModelOrder]) -> list[LoggedModelOrder]:
    """The wire form of what models are to be sorted by."""
    return [
        LoggedModelOrder(
            field_name=one.field_name,
            ascending=one.ascending,
            dataset_name=one.dataset_name,
            dataset_digest=one.dataset_digest,
        )
        for one in given
    ]


def order_to_domain(given: list[LoggedModelOrder]) -> list[domain.LoggedModelOrder]:
    """What models are to be sorted by."""
    return [
        domain.LoggedModelOrder(
            field_name=one.field_name,
            ascending=one.ascending,
            dataset_name=one.dataset_name,
            dataset_digest=one.dataset_digest,
        )
        for one in given
    ]


def params_to_domain(params: list[Param]) -> dict[str, str]:
    """Params as a mapping.

    Raises:
        InvalidParameter: A key is given twice.
    """
    found: dict[str, str] = {}
    for i, param in enumerate(params):
        if param.key in found:
            raise InvalidParameter(
                f"Invalid value for parameter 'params[{i}].key' supplied: {param.key[:250]!r} is given twice. "
                "Give each key once."
            )
        found[param.key] = param.value
    return found


def model_from_domain(model: domain.LoggedModel) -> LoggedModel:
    """The wire form of a logged model; params and tags by key."""
    active = model.lifecycle_stage is LifecycleStage.ACTIVE
    return LoggedModel(
        info=LoggedModelInfo(
            model_id=model.model_id,
            experiment_id=model.experiment_id,
            name=model.name,
            creation_timestamp_ms=model.creation_time,
            last_updated_timestamp_ms=model.last_update_time,
            artifact_uri=model.artifact_uri,
            status=STATUS_NAMES[model.status],
            model_type=model.model_type,
            source_run_id=model.source_run_id,
            status_message=model.status_message or msgspec.UNSET,
            tags=tags_from_dict(dict(sorted(model.tags.items()))) or msgspec.UNSET,
            lifecycle_stage=msgspec.UNSET if active else model.lifecycle_stage.value,
        ),
        data=LoggedModelData(
            params=[Param(key=key, value=value) for key, value in sorted(model.params.items())],
            metrics=[metric_from_domain(metric) for metric in model.metrics],
        ),
    )


def model_to_domain(given: LoggedModel) -> domain.LoggedModel:
    """The logged model in its wire form."""
    info = given.info
    return domain.LoggedModel(
        model_id=ModelId(info.model_id),
        experiment_id=ExperimentId(info.experiment_id),
        name=info.name,
        artifact_uri=info.artifact_uri,
        creation_time=info.creation_timestamp_ms,
        last_update_time=info.last_updated_timestamp_ms,
        status=status_to_domain(info.status),
        status_message=info.status_message or "",
        model_type=info.model_type,
        source_run_id=info.source_run_id,
        lifecycle_stage=LifecycleStage(info.lifecycle_stage or "active"),
        params={param.key: param.value for param in given.data.params},
        tags=tags_to_dict(info.tags or []),
        metrics=[metric_to_domain(metric) for metric in given.data.metrics],
    )
