"""What the client returns and takes: classes with MLflow's names, attributes and order of construction."""

from __future__ import annotations

from typing import Any, Final

from kiseki.base.absent import Absent
from kiseki.entities import model_registry
from kiseki.entities.artifacts import FileInfo
from kiseki.entities.datasets import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    RunInputs,
    RunOutputs,
)
from kiseki.entities.experiments import Experiment, ExperimentTag
from kiseki.entities.lifecycle import LifecycleStage, RunStatus, SourceType, ViewType
from kiseki.entities.lineage import Lineage, LineageNode
from kiseki.entities.logged_models import LoggedModel, LoggedModelParameter, LoggedModelStatus, LoggedModelTag
from kiseki.entities.metrics import Metric
from kiseki.entities.model_versions import ModelVersion, ModelVersionTag
from kiseki.entities.moves import Check, Move, Rules, Verdict
from kiseki.entities.pages import PagedList
from kiseki.entities.registered_models import RegisteredModel, RegisteredModelAlias, RegisteredModelTag
from kiseki.entities.runs import Param, Run, RunData, RunInfo, RunTag
from kiseki.entities.webhooks import Webhook, WebhookDelivery, WebhookEvent, WebhookStatus, WebhookTestResult

__all__ = [
    "Check",
    "Dataset",
    "DatasetInput",
    "Experiment",
    "ExperimentTag",
    "FileInfo",
    "InputTag",
    "LifecycleStage",
    "Lineage",
    "LineageNode",
    "LoggedModel",
    "LoggedModelInput",
    "LoggedModelOutput",
    "LoggedModelParameter",
    "LoggedModelStatus",
    "LoggedModelTag",
    "Metric",
    "ModelVersion",
    "ModelVersionTag",
    "Move",
    "PagedList",
    "Param",
    "RegisteredModel",
    "RegisteredModelAlias",
    "RegisteredModelTag",
    "Rules",
    "Run",
    "RunData",
    "RunInfo",
    "RunInputs",
    "RunOutputs",
    "RunStatus",
    "RunTag",
    "SourceType",
    "Verdict",
    "ViewType",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "WebhookStatus",
    "WebhookTestResult",
    "model_registry",
]

_ABSENT: Final = frozenset(
    [
        "Assessment",
        "AssessmentError",
        "AssessmentSource",
        "AssessmentSourceType",
        "DatasetRecord",
        "DatasetRecordSource",
        "Document",
        "EvaluationDataset",
        "Expectation",
        "Feedback",
        "LiveSpan",
        "MlflowExperimentLocation",
        "NoOpSpan",
        "Prompt",
        "ScorerVersion",
        "Session",
        "Span",
        "SpanEvent",
        "SpanLogLevel",
        "SpanStatus",
        "SpanStatusCode",
        "SpanType",
        "Trace",
        "TraceData",
        "TraceInfo",
        "TraceInfoV2",
        "TraceLocation",
        "TraceLocationType",
        "TraceState",
        "Workspace",
    ]
)
"""What MLflow's module of this name has and kiseki does not have yet."""


def __getattr__(name: str) -> Any:
    if name in _ABSENT:
        return Absent(f"entities.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
