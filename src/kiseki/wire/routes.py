"""The only list of paths: what the server routes, what the client calls, what the API document shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import quote

import msgspec

from kiseki.domain.differences import Difference
from kiseki.wire import (
    artifacts,
    bundles,
    events,
    experiments,
    lineage,
    logged_models,
    metrics,
    model_versions,
    moves,
    registered_models,
    runs,
    server,
    trash,
    views,
    webhooks,
)


class Permission(StrEnum):
    """What a caller must be allowed to do. PUBLIC is open to everybody, OPERATE is for who looks after the server."""

    PUBLIC = "public"
    OPERATE = "operate"
    READ = "read"
    WRITE = "write"
    DELETE = "delete"


class Scope(StrEnum):
    """Under which prefixes a path lies; each is what stands before the path."""

    MLFLOW_2 = "2.0"
    MLFLOW_3 = "3.0"
    AJAX_2 = "ajax-2.0"
    NATIVE = "native"
    ROOT = "root"


PREFIXES: Final[dict[Scope, tuple[str, ...]]] = {
    Scope.MLFLOW_2: ("/api/2.0", "/ajax-api/2.0"),
    Scope.MLFLOW_3: ("/api/3.0", "/ajax-api/3.0"),
    Scope.AJAX_2: ("/ajax-api/2.0",),
    Scope.NATIVE: ("/api/kiseki/v1",),
    Scope.ROOT: ("",),
}


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the API does.

    `name` is noun.verb. `request` is the struct of the JSON body, or of the query for GET and where `in_query`;
    None where the body is bytes. `response` is None where the answer is not JSON. `{name}` in a path is one part of it,
    and at its end all that is left, such as the path of an artifact; `request` has it as a field. An answer that is
    `endless` goes on until somebody goes away.
    """

    name: str
    methods: tuple[str, ...]
    path: str
    permission: Permission
    request: type[msgspec.Struct] | None = None
    response: type[msgspec.Struct] | None = None
    scope: Scope = Scope.MLFLOW_2
    in_query: bool = False
    endless: bool = False
    summary: str

    @property
    def paths(self) -> tuple[str, ...]:
        """The full paths; the first is the one that clients use."""
        return tuple(prefix + self.path for prefix in PREFIXES[self.scope])

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    def path_for(self, given: Mapping[str, str]) -> str:
        """The path that clients use, with what the names in it stand for."""
        path = self.paths[0]
        for name in self.names:
            # A slash is part of the last one alone, and `..` must not lead out of the path.
            value = quote(given[name], safe="/" if path.endswith(f"{{{name}}}") else "").replace(".", "%2E")
            path = path.replace(f"{{{name}}}", value)
        return path


def _endpoint(
    name: str,
    methods: str,
    path: str,
    permission: Permission,
    request: type[msgspec.Struct] | None,
    response: type[msgspec.Struct] | None,
    summary: str,
    scope: Scope = Scope.MLFLOW_2,
    in_query: bool = False,
    endless: bool = False,
) -> Endpoint:
    return Endpoint(
        name=name,
        methods=tuple(methods.split()),
        path=path,
        permission=permission,
        request=request,
        response=response,
        scope=scope,
        in_query=in_query,
        endless=endless,
        summary=summary,
    )


def _page(name: str, path: str, summary: str) -> Endpoint:
    return _endpoint(name, "GET HEAD", path, Permission.PUBLIC, None, None, summary, Scope.ROOT)


_READ, _WRITE, _DELETE = Permission.READ, Permission.WRITE, Permission.DELETE
_EXPERIMENTS, _RUNS, _METRICS = "/mlflow/experiments", "/mlflow/runs", "/mlflow/metrics"
_PROXY = "/mlflow-artifacts"
_MODELS = "/mlflow/logged-models"
_MODEL = f"{_MODELS}/{{model_id}}"
_REGISTERED, _VERSIONS, _REGISTRY = "/mlflow/registered-models", "/mlflow/model-versions", "/registry"
_WEBHOOKS = "/mlflow/webhooks"
_WEBHOOK = f"{_WEBHOOKS}/{{webhook_id}}"
_Empty = experiments.Empty

ENDPOINTS: Final = (
    # Experiments
    _endpoint("experiments.create", "POST", f"{_EXPERIMENTS}/create", _WRITE, experiments.CreateExperiment,
              experiments.ExperimentRef, "Creates an experiment."),
    _endpoint("experiments.get", "GET", f"{_EXPERIMENTS}/get", _READ, experiments.ExperimentRef,
              experiments.ExperimentAnswer, "Gets an experiment, deleted ones too."),
    _endpoint("experiments.get_by_name", "GET", f"{_EXPERIMENTS}/get-by-name", _READ, experiments.ExperimentNameRef,
              experiments.ExperimentAnswer, "Gets an experiment by its name."),
    _endpoint("experiments.search", "GET POST", f"{_EXPERIMENTS}/search", _READ, experiments.SearchExperiments,
              experiments.ExperimentsAnswer, "Searches experiments, a page at a time."),
    _endpoint("experiments.update", "POST", f"{_EXPERIMENTS}/update", _WRITE, experiments.UpdateExperiment,
              _Empty, "Renames an experiment."),
    _endpoint("experiments.delete", "POST", f"{_EXPERIMENTS}/delete", _DELETE, experiments.ExperimentRef,
              _Empty, "Moves an experiment and its runs to the trash."),
    _endpoint("experiments.restore", "POST", f"{_EXPERIMENTS}/restore", _DELETE, experiments.ExperimentRef,
              _Empty, "Takes an experiment and its runs out of the trash."),
    _endpoint("experiments.set_tag", "POST", f"{_EXPERIMENTS}/set-experiment-tag", _WRITE,
              experiments.SetExperimentTag, _Empty, "Sets a tag of an experiment."),
    _endpoint("experiments.delete_tag", "POST", f"{_EXPERIMENTS}/delete-experiment-tag", _WRITE,
              experiments.DeleteExperimentTag, _Empty, "Deletes a tag of an experiment."),
    _endpoint("experiments.search_datasets", "POST", f"{_EXPERIMENTS}/search-datasets", _READ,
              experiments.SearchDatasets, experiments.DatasetSummariesAnswer,
              "Lists the datasets that runs of some experiments used.", Scope.AJAX_2),
    # Runs
    _endpoint("runs.create", "POST", f"{_RUNS}/create", _WRITE, runs.CreateRun, runs.RunAnswer, "Starts a run."),
    _endpoint("runs.get", "GET", f"{_RUNS}/get", _READ, runs.RunRef, runs.RunAnswer,
              "Gets a run with the latest point of each metric."),
    _endpoint("runs.update", "POST", f"{_RUNS}/update", _WRITE, runs.UpdateRun, runs.RunInfoAnswer,
              "Changes a run's status, end or name."),
    _endpoint("runs.search", "POST", f"{_RUNS}/search", _READ, runs.SearchRuns, runs.RunsAnswer,
              "Searches runs, a page at a time."),
    _endpoint("runs.delete", "POST", f"{_RUNS}/delete", _DELETE, runs.RunRef, _Empty, "Moves a run to the trash."),
    _endpoint("runs.restore", "POST", f"{_RUNS}/restore", _DELETE, runs.RunRef, _Empty,
              "Takes a run out of the trash."),
    _endpoint("runs.log_metric", "POST", f"{_RUNS}/log-metric", _WRITE, runs.LogMetric, _Empty, "Logs one point."),
    _endpoint("runs.log_param", "POST", f"{_RUNS}/log-parameter", _WRITE, runs.LogParam, _Empty,
              "Logs a parameter, which does not change afterwards."),
    _endpoint("runs.log_batch", "POST", f"{_RUNS}/log-batch", _WRITE, runs.LogBatch, _Empty,
              "Logs points, params and tags: all of them or none."),
    _endpoint("runs.set_tag", "POST", f"{_RUNS}/set-tag", _WRITE, runs.SetTag, _Empty, "Sets a tag of a run."),
    _endpoint("runs.delete_tag", "POST", f"{_RUNS}/delete-tag", _WRITE, runs.DeleteTag, _Empty,
              "Deletes a tag of a run."),
    _endpoint("runs.log_model", "POST", f"{_RUNS}/log-model", _WRITE, runs.LogModel, _Empty,
              "Records that a model was logged, as clients before MLflow 3 do."),
    _endpoint("runs.log_inputs", "POST", f"{_RUNS}/log-inputs", _WRITE, runs.LogInputs, _Empty,
              "Records the datasets and models that a run read."),
    _endpoint("runs.log_outputs", "POST", f"{_RUNS}/outputs", _WRITE, runs.LogOutputs, _Empty,
              "Records the models that a run made."),
    # Metrics
    _endpoint("metrics.get_history", "GET", f"{_METRICS}/get-history", _READ, metrics.GetHistory,
              metrics.MetricsAnswer, "Reads a metric's points by (timestamp, step, value), a page at a time."),
    _endpoint("metrics.get_history_bulk", "GET", f"{_METRICS}/get-history-bulk", _READ, metrics.GetHistoryBulk,
              metrics.MetricsList, "Reads a metric's points of several runs.", Scope.AJAX_2),
    _endpoint("metrics.get_history_bulk_interval", "GET", f"{_METRICS}/get-history-bulk-interval", _READ,
              metrics.GetHistoryBulkInterval, metrics.MetricsAnswer, "Samples a metric's points of several runs."),
    _endpoint("metrics.chart", "POST", "/metrics/chart", _READ, metrics.Chart, None,
              "Reduces many series to buckets with min, max, mean and last; binary columns.", Scope.NATIVE),
    # Artifacts
    _endpoint("artifacts.list", "GET", "/mlflow/artifacts/list", _READ, artifacts.ListArtifacts,
              artifacts.ArtifactsAnswer, "Lists a folder of a run's artifacts."),
    _endpoint("artifacts.get", "GET HEAD", "/get-artifact", _READ, artifacts.GetArtifact, None,
              "Downloads one artifact of a run.", Scope.ROOT),
    _endpoint("artifacts.upload", "POST", "/mlflow/upload-artifact", _WRITE, artifacts.GetArtifact, _Empty,
              "Uploads one artifact of a run, at most 10 MiB.", Scope.AJAX_2, in_query=True),
    _endpoint("artifacts.list_of_model", "GET", f"{_MODEL}/artifacts/directories", _READ,
              artifacts.ListLoggedModelArtifacts, artifacts.ArtifactsAnswer, "Lists a folder of a logged model's files."),
    _endpoint("artifacts.get_of_model", "GET HEAD", f"{_MODEL}/artifacts/files", _READ,
              artifacts.GetLoggedModelArtifact, None, "Downloads a file of a logged model.", Scope.AJAX_2),
    _endpoint("artifacts.zip", "GET", "/artifacts/zip", _READ, artifacts.FilesRef, None,
              "Downloads a folder of a run's or a logged model's artifacts as a zip file.", Scope.NATIVE),
    _endpoint("artifacts.record_digests", "POST", "/artifacts/digests", _WRITE, artifacts.RecordDigests, _Empty,
              "Records the digests of files that a client wrote directly.", Scope.NATIVE),
    _endpoint("artifacts.get_digest", "GET", "/artifacts/digests", _READ, artifacts.AskDigest,
              artifacts.DigestAnswer, "Tells the digest of a file that a client reads directly.", Scope.NATIVE),
    _endpoint("proxy.list", "GET", f"{_PROXY}/artifacts", _READ, artifacts.ListProxied, artifacts.ProxiedAnswer,
              "Lists a folder of the artifact proxy."),
    _endpoint("proxy.get", "GET HEAD", f"{_PROXY}/artifacts/{{path}}", _READ, None, None,
              "Downloads a file from the artifact proxy."),
    _endpoint("proxy.put", "PUT", f"{_PROXY}/artifacts/{{path}}", _WRITE, None, _Empty,
              "Uploads a file through the artifact proxy."),
    _endpoint("proxy.delete", "DELETE", f"{_PROXY}/artifacts/{{path}}", _DELETE, None, _Empty,
              "Deletes a file or folder through the artifact proxy."),
    _endpoint("proxy.multipart_create", "POST", f"{_PROXY}/mpu/create/{{path}}", _WRITE, artifacts.MultipartCreate,
              artifacts.MultipartAnswer, "Starts an upload in parts."),
    _endpoint("proxy.multipart_complete", "POST", f"{_PROXY}/mpu/complete/{{path}}", _WRITE,
              artifacts.MultipartComplete, _Empty, "Ends an upload in parts: the file appears."),
    _endpoint("proxy.multipart_abort", "POST", f"{_PROXY}/mpu/abort/{{path}}", _WRITE, artifacts.MultipartAbort,
              _Empty, "Discards an upload in parts."),
    _endpoint("proxy.multipart_part", "PUT", "/artifacts/parts/{path}", _WRITE, None, _Empty,
              "Uploads one part.", Scope.NATIVE),
    # Many small files at once
    _endpoint("bundles.put", "PUT", "/artifacts/bundles", _WRITE, bundles.BundleRef, bundles.BundleAnswer,
              "Uploads many small files through the artifact proxy.", Scope.NATIVE, in_query=True),
    _endpoint("bundles.get", "POST", "/artifacts/bundles", _READ, bundles.AskBundle, None,
              "Downloads many small files from the artifact proxy.", Scope.NATIVE),
    # Large files between clients and the object store
    _endpoint("transfers.upload", "POST", "/artifacts/transfers/upload", _WRITE, artifacts.OfferUpload,
              artifacts.OfferAnswer, "Signs the requests that store a large file past the server.", Scope.NATIVE),
    _endpoint("transfers.complete", "POST", "/artifacts/transfers/complete", _WRITE, artifacts.CompleteUpload, _Empty,
              "Ends such an upload: the file appears, and its digest is recorded.", Scope.NATIVE),
    _endpoint("transfers.abort", "POST", "/artifacts/transfers/abort", _WRITE, artifacts.AbortUpload, _Empty,
              "Discards such an upload.", Scope.NATIVE),
    _endpoint("transfers.download", "GET", "/artifacts/transfers/download", _READ, artifacts.FilesRef,
              artifacts.LinkAnswer, "Signs the request that reads a file past the server.", Scope.NATIVE),
    # What the UI asks for
    _endpoint("experiments.find", "POST", "/experiments/search", _READ, experiments.FindExperiments,
              experiments.FoundExperiments, "Searches experiments, with the numbers of their runs.", Scope.NATIVE),
    _endpoint("experiments.columns", "POST", "/experiments/columns", _READ, experiments.AskColumns,
              experiments.ColumnsAnswer, "Lists the params, tags and metrics of experiments' runs.", Scope.NATIVE),
    _endpoint("experiments.undelete", "POST", "/experiments/undelete", _WRITE, experiments.UndeleteExperiment, _Empty,
              "Restores an experiment and the runs that were deleted with it.", Scope.NATIVE),
    _endpoint("runs.find", "POST", "/runs/search", _READ, runs.FindRuns, runs.FoundRuns,
              "Searches runs and reads the columns that are asked for.", Scope.NATIVE),
    _endpoint("runs.details", "GET", "/runs/get", _READ, runs.RunRef, runs.RunDetails,
              "Reads a run with the summaries of its metrics.", Scope.NATIVE),
    _endpoint("runs.diff", "GET", "/runs/diff", _READ, runs.AskDifference, Difference,
              "Tells what differs between two runs: code, packages, machine, seeds, params, data, metrics.", Scope.NATIVE),
    _endpoint("runs.edit", "POST", "/runs/edit", _WRITE, runs.EditRuns, runs.EditedRuns,
              "Changes tags, name or stage of many runs at once.", Scope.NATIVE),
    _endpoint("trash.runs", "GET", "/trash/runs", _READ, trash.AskTrashedRuns, trash.TrashedRuns,
              "Lists the runs in the trash, with when they came there and how large they are.", Scope.NATIVE),
    _endpoint("trash.logged_models", "GET", "/trash/logged-models", _READ, trash.AskTrashedModels, trash.TrashedModels,
              "Lists the logged models in the trash.", Scope.NATIVE),
    _endpoint("trash.experiments", "GET", "/trash/experiments", _READ, trash.AskTrashedExperiments,
              trash.TrashedExperiments, "Lists the experiments in the trash.", Scope.NATIVE),
    _endpoint("trash.purge", "POST", "/trash/purge", _DELETE, trash.Purge, trash.Purged,
              "Deletes what is in the trash permanently, artifacts included.", Scope.NATIVE),
    _endpoint("logged_models.restore", "POST", "/logged-models/restore", _DELETE, logged_models.RestoreLoggedModel,
              _Empty, "Takes a logged model out of the trash.", Scope.NATIVE),
    _endpoint("views.list", "GET", "/views", _READ, views.AskViews, views.ViewsAnswer, "Lists saved views.",
              Scope.NATIVE),
    _endpoint("views.save", "POST", "/views/save", _WRITE, views.SaveView, _Empty, "Saves a view under a name.",
              Scope.NATIVE),
    _endpoint("views.delete", "POST", "/views/delete", _WRITE, views.DeleteView, _Empty, "Deletes a saved view.",
              Scope.NATIVE),
    _endpoint("events.stream", "GET", "/events", _READ, events.AskEvents, None,
              "Streams what changes, as server-sent events.", Scope.NATIVE, endless=True),
    # Logged models
    _endpoint("logged_models.create", "POST", _MODELS, _WRITE, logged_models.CreateLoggedModel,
              logged_models.LoggedModelAnswer, "Adds a logged model, whose files are to follow."),
    _endpoint("logged_models.search", "POST", f"{_MODELS}/search", _READ, logged_models.SearchLoggedModels,
              logged_models.LoggedModelsAnswer, "Searches logged models, a page at a time."),
    _endpoint("logged_models.get", "GET", _MODEL, _READ, logged_models.GetLoggedModel,
              logged_models.LoggedModelAnswer, "Gets a logged model."),
    _endpoint("logged_models.finalize", "PATCH", _MODEL, _WRITE, logged_models.FinalizeLoggedModel,
              logged_models.LoggedModelAnswer, "Says that a logged model's files are there, or failed to come."),
    _endpoint("logged_models.delete", "DELETE", _MODEL, _DELETE, logged_models.LoggedModelRef, _Empty,
              "Moves a logged model to the trash.", in_query=True),
    _endpoint("logged_models.set_tags", "PATCH", f"{_MODEL}/tags", _WRITE, logged_models.SetLoggedModelTags, _Empty,
              "Sets tags of a logged model."),
    _endpoint("logged_models.delete_tag", "DELETE", f"{_MODEL}/tags/{{tag_key}}", _WRITE,
              logged_models.DeleteLoggedModelTag, _Empty, "Deletes a tag of a logged model.", in_query=True),
    _endpoint("logged_models.log_params", "POST", f"{_MODEL}/params", _WRITE, logged_models.LogLoggedModelParams,
              _Empty, "Logs params of a logged model, which do not change afterwards."),
    # Registered models
    _endpoint("registered_models.create", "POST", f"{_REGISTERED}/create", _WRITE,
              registered_models.CreateRegisteredModel, registered_models.RegisteredModelAnswer,
              "Adds a registered model."),
    _endpoint("registered_models.get", "GET", f"{_REGISTERED}/get", _READ, registered_models.RegisteredModelRef,
              registered_models.RegisteredModelAnswer, "Gets a registered model."),
    _endpoint("registered_models.update", "PATCH", f"{_REGISTERED}/update", _WRITE,
              registered_models.UpdateRegisteredModel, registered_models.RegisteredModelAnswer,
              "Changes the description of a registered model."),
    _endpoint("registered_models.rename", "POST", f"{_REGISTERED}/rename", _WRITE,
              registered_models.RenameRegisteredModel, registered_models.RegisteredModelAnswer,
              "Renames a registered model and all its versions."),
    _endpoint("registered_models.delete", "DELETE", f"{_REGISTERED}/delete", _DELETE,
              registered_models.RegisteredModelRef, _Empty, "Deletes a registered model and all its versions."),
    _endpoint("registered_models.search", "GET", f"{_REGISTERED}/search", _READ,
              registered_models.SearchRegisteredModels, registered_models.RegisteredModelsAnswer,
              "Searches registered models, a page at a time."),
    _endpoint("registered_models.latest_versions", "GET POST", f"{_REGISTERED}/get-latest-versions", _READ,
              registered_models.GetLatestVersions, model_versions.ModelVersionsAnswer,
              "Gets the latest version of each stage."),
    _endpoint("registered_models.set_tag", "POST", f"{_REGISTERED}/set-tag", _WRITE,
              registered_models.SetRegisteredModelTag, _Empty, "Sets a tag of a registered model."),
    _endpoint("registered_models.delete_tag", "DELETE", f"{_REGISTERED}/delete-tag", _WRITE,
              registered_models.DeleteRegisteredModelTag, _Empty, "Deletes a tag of a registered model."),
    _endpoint("registered_models.set_alias", "POST", f"{_REGISTERED}/alias", _WRITE, registered_models.SetAlias,
              _Empty, "Lets an alias point to a version."),
    _endpoint("registered_models.delete_alias", "DELETE", f"{_REGISTERED}/alias", _WRITE,
              registered_models.DeleteAlias, _Empty, "Deletes an alias."),
    _endpoint("registered_models.get_alias", "GET", f"{_REGISTERED}/alias", _READ, registered_models.GetAlias,
              model_versions.ModelVersionAnswer, "Gets the version to which an alias points."),
    # Their versions
    _endpoint("model_versions.create", "POST", f"{_VERSIONS}/create", _WRITE, model_versions.CreateModelVersion,
              model_versions.ModelVersionAnswer, "Registers a version, from a run, a logged model or a place of files."),
    _endpoint("model_versions.get", "GET", f"{_VERSIONS}/get", _READ, model_versions.ModelVersionRef,
              model_versions.ModelVersionAnswer, "Gets a version."),
    _endpoint("model_versions.update", "PATCH", f"{_VERSIONS}/update", _WRITE, model_versions.UpdateModelVersion,
              model_versions.ModelVersionAnswer, "Changes the description of a version."),
    _endpoint("model_versions.delete", "DELETE", f"{_VERSIONS}/delete", _DELETE, model_versions.ModelVersionRef,
              _Empty, "Deletes a version."),
    _endpoint("model_versions.search", "GET", f"{_VERSIONS}/search", _READ, model_versions.SearchModelVersions,
              model_versions.ModelVersionsAnswer, "Searches versions, a page at a time."),
    _endpoint("model_versions.transition_stage", "POST", f"{_VERSIONS}/transition-stage", _WRITE,
              model_versions.TransitionStage, model_versions.ModelVersionAnswer, "Brings a version to a stage."),
    _endpoint("model_versions.download_uri", "GET", f"{_VERSIONS}/get-download-uri", _READ,
              model_versions.ModelVersionRef, model_versions.DownloadUri, "Tells where the files of a version are."),
    _endpoint("model_versions.set_tag", "POST", f"{_VERSIONS}/set-tag", _WRITE, model_versions.SetModelVersionTag,
              _Empty, "Sets a tag of a version."),
    _endpoint("model_versions.delete_tag", "DELETE", f"{_VERSIONS}/delete-tag", _WRITE,
              model_versions.DeleteModelVersionTag, _Empty, "Deletes a tag of a version."),
    _endpoint("model_versions.get_artifact", "GET HEAD", "/model-versions/get-artifact", _READ,
              model_versions.GetModelVersionArtifact, None, "Downloads a file of a version.", Scope.ROOT),
    _endpoint("model_versions.list_artifacts", "GET", f"{_REGISTRY}/artifacts", _READ,
              model_versions.GetModelVersionArtifact, artifacts.ArtifactsAnswer, "Lists a folder of a version's files.",
              Scope.NATIVE),
    _endpoint("model_versions.zip", "GET", f"{_REGISTRY}/zip", _READ, model_versions.GetModelVersionArtifact, None,
              "Downloads a folder of a version's files as a zip file.", Scope.NATIVE),
    _endpoint("model_versions.files", "GET", f"{_REGISTRY}/files", _READ, model_versions.ModelVersionRef,
              model_versions.VersionFilesAnswer, "Tells the files of a version, with their digests, when it was registered.",
              Scope.NATIVE),
    # Moves of aliases and stages
    _endpoint("moves.list", "GET", f"{_REGISTRY}/moves", _READ, moves.AskMoves, moves.MovesAnswer,
              "Lists the moves of a model's aliases and stages.", Scope.NATIVE),
    _endpoint("moves.ask", "POST", f"{_REGISTRY}/moves", _WRITE, moves.AskMove, moves.MoveAnswer,
              "Moves an alias or a stage, or asks for approval.", Scope.NATIVE),
    _endpoint("moves.approve", "POST", f"{_REGISTRY}/moves/approve", _WRITE, moves.DecideMove, moves.MoveAnswer,
              "Approves a move that somebody else asked for.", Scope.NATIVE),
    _endpoint("moves.refuse", "POST", f"{_REGISTRY}/moves/refuse", _WRITE, moves.DecideMove, moves.MoveAnswer,
              "Refuses or withdraws a move that waits.", Scope.NATIVE),
    _endpoint("moves.roll_back", "POST", f"{_REGISTRY}/moves/roll-back", _WRITE, moves.RollBack, moves.MoveAnswer,
              "Lets an alias go back to where it was before its last move.", Scope.NATIVE),
    _endpoint("moves.rules", "GET", f"{_REGISTRY}/rules", _READ, moves.AskRules, moves.RulesAnswer,
              "Tells what a model asks for before something moves.", Scope.NATIVE),
    _endpoint("moves.set_rules", "POST", f"{_REGISTRY}/rules", _WRITE, moves.SetRules, moves.RulesAnswer,
              "Changes what a model asks for.", Scope.NATIVE),
    _endpoint("lineage.get", "GET", f"{_REGISTRY}/lineage", _READ, lineage.AskLineage, lineage.LineageAnswer,
              "Tells what a data set, run, model, version or alias comes from and what came of it.", Scope.NATIVE),
    # Webhooks
    _endpoint("webhooks.create", "POST", _WEBHOOKS, _WRITE, webhooks.CreateWebhook, webhooks.WebhookAnswer,
              "Adds a webhook."),
    _endpoint("webhooks.list", "GET", _WEBHOOKS, _READ, webhooks.ListWebhooks, webhooks.WebhooksAnswer,
              "Lists webhooks, a page at a time."),
    _endpoint("webhooks.get", "GET", _WEBHOOK, _READ, webhooks.WebhookRef, webhooks.WebhookAnswer, "Gets a webhook."),
    _endpoint("webhooks.update", "PATCH", _WEBHOOK, _WRITE, webhooks.UpdateWebhook, webhooks.WebhookAnswer,
              "Changes a webhook."),
    _endpoint("webhooks.delete", "DELETE", _WEBHOOK, _DELETE, webhooks.WebhookRef, _Empty, "Deletes a webhook.",
              in_query=True),
    _endpoint("webhooks.test", "POST", f"{_WEBHOOK}/test", _WRITE, webhooks.TryWebhook, webhooks.WebhookTestAnswer,
              "Sends an example to a webhook."),
    _endpoint("webhooks.deliveries", "GET", "/webhooks/deliveries", _READ, webhooks.ListDeliveries,
              webhooks.DeliveriesAnswer, "Lists the messages to a webhook, with what became of them.", Scope.NATIVE),
    # The server
    _endpoint("server.health", "GET HEAD", "/health", Permission.PUBLIC, None, None, "Answers OK.", Scope.ROOT),
    _endpoint("server.ready", "GET HEAD", "/ready", Permission.PUBLIC, None, None,
              "Answers READY when the database answers and fits this version, else 503 with the reason.", Scope.ROOT),
    _endpoint("server.metrics", "GET HEAD", "/metrics", Permission.OPERATE, None, None,
              "Tells what the server counts of its work, as Prometheus reads it.", Scope.ROOT),
    _endpoint("server.version", "GET HEAD", "/version", Permission.PUBLIC, None, None,
              "Answers the version of MLflow's API that the server speaks.", Scope.ROOT),
    _endpoint("server.info", "GET", "/mlflow/server-info", Permission.PUBLIC, None, server.ServerInfo,
              "Tells what the server can do.", Scope.MLFLOW_3),
    _endpoint("server.openapi", "GET", "/openapi.json", Permission.PUBLIC, None, None,
              "The OpenAPI document of all endpoints.", Scope.NATIVE),
    # The web UI. Its pages have no data; what they ask for is asked of the endpoints above.
    _page("ui.home", "/", "The web UI: experiments; where it is not built, a start page."),
    _page("ui.experiments", "/experiments", "The web UI: experiments."),
    _page("ui.experiment", "/experiments/{path}", "The web UI: runs of one or several experiments."),
    _page("ui.run", "/runs/{path}", "The web UI: a run."),
    _page("ui.compare", "/compare", "The web UI: runs side by side."),
    _page("ui.settings", "/settings", "The web UI: settings."),
    _page("ui.models", "/models", "The web UI: models."),
    _page("ui.model", "/models/{path}", "The web UI: a model."),
    _page("ui.asset", "/assets/{path}", "A file that the web UI loads."),
    _page("ui.icon", "/favicon.svg", "The icon of the web UI."),
)  # fmt: skip

BY_NAME: Final = {endpoint.name: endpoint for endpoint in ENDPOINTS}
