"""The backend that is a tracking server, over MLflow's REST API."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from kiseki.artifact_store.locations import Location, parse_location
from kiseki.artifact_store.protocol import ArtifactStore, StoredFile
from kiseki.artifact_store.proxied import ProxiedStore
from kiseki.base.clock import now_ms
from kiseki.base.errors import EndpointNotFound, InvalidParameter, KisekiError, Unavailable
from kiseki.base.learned import learned
from kiseki.client.credentials import who
from kiseki.client.http import HttpClient
from kiseki.client.places import own_store
from kiseki.client.remote_registry import RemoteRegistry
from kiseki.client.transfers import ObjectHosts, OwnTransfers
from kiseki.domain.artifacts import Owner
from kiseki.domain.datasets import DatasetInput, ModelOutput
from kiseki.domain.experiments import Experiment, View
from kiseki.domain.logged_models import LoggedModel, LoggedModelOrder, LoggedModelStatus, NewLoggedModel
from kiseki.domain.metrics import Metric, Points, SeriesSummary
from kiseki.domain.runs import NewRun, Page, Run, RunChange, RunStatus
from kiseki.domain.trash import Purged, TrashedExperiment, TrashedModel, TrashedRun
from kiseki.wire import artifacts, codec, datasets, experiments, logged_models, metrics, runs, trash
from kiseki.wire.actors import USER_HEADER, Acted
from kiseki.wire.routes import BY_NAME

A = TypeVar("A", bound=msgspec.Struct)

HISTORY_PAGE: Final = 25_000
ONCE: Final = frozenset(
    {"runs.create", "experiments.create", "runs.log_model", "logged_models.create", "model_versions.create"}
)
"""What must not happen twice when an answer is lost: these requests name themselves with an Idempotency-Key."""


class RemoteBackend(RemoteRegistry):
    """The tracking server at `uri`.

    Args:
        uri: `http(s)://host[:port][/prefix]`, without credentials.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri.rstrip("/")
        self._http = HttpClient(self._uri)
        self._objects = ObjectHosts()

    @property
    def uri(self) -> str:
        return self._uri

    def close(self) -> None:
        self._http.close()
        self._objects.close()

    # Experiments

    def create_experiment(self, name: str, artifact_location: str, tags: Mapping[str, str]) -> str:
        request = experiments.CreateExperiment(
            name=name, artifact_location=artifact_location, tags=experiments.tags_from_dict(dict(tags))
        )
        return self._call("experiments.create", request, experiments.ExperimentRef).experiment_id

    def get_experiment(self, experiment_id: str) -> Experiment:
        request = experiments.ExperimentRef(experiment_id=experiment_id)
        return _experiment(self._call("experiments.get", request, experiments.ExperimentAnswer).experiment)

    def get_experiment_by_name(self, name: str) -> Experiment:
        request = experiments.ExperimentNameRef(experiment_name=name)
        return _experiment(self._call("experiments.get_by_name", request, experiments.ExperimentAnswer).experiment)

    def search_experiments(
        self, view: View, max_results: int, filter_string: str, order_by: Sequence[str], page_token: str
    ) -> Page[Experiment]:
        request = experiments.SearchExperiments(
            max_results=max_results,
            page_token=page_token,
            filter=filter_string,
            order_by=list(order_by),
            view_type=view.value,
        )
        answer = self._call("experiments.search", request, experiments.ExperimentsAnswer, method="POST")
        return Page(items=[_experiment(one) for one in answer.experiments], next_page_token=answer.next_page_token)

    def rename_experiment(self, experiment_id: str, name: str) -> None:
        self._tell("experiments.update", experiments.UpdateExperiment(experiment_id=experiment_id, new_name=name))

    def delete_experiment(self, experiment_id: str) -> None:
        self._tell("experiments.delete", experiments.ExperimentRef(experiment_id=experiment_id))

    def restore_experiment(self, experiment_id: str) -> None:
        self._tell("experiments.restore", experiments.ExperimentRef(experiment_id=experiment_id))

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        request = experiments.SetExperimentTag(experiment_id=experiment_id, key=key, value=value)
        self._tell("experiments.set_tag", request)

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        self._tell("experiments.delete_tag", experiments.DeleteExperimentTag(experiment_id=experiment_id, key=key))

    # Runs

    def create_run(self, new: NewRun) -> Run:
        request = runs.CreateRun(
            experiment_id=new.experiment_id,
            user_id=new.user_id,
            run_name=new.run_name,
            start_time=new.start_time,
            tags=experiments.tags_from_dict(new.tags),
        )
        mark = _mark()
        try:
            return _run(self._call("runs.create", request, runs.RunAnswer, mark=mark).run)
        except KeyboardInterrupt:
            # The server may have made the run, and nobody would ever end it. The same request tells which it is.
            with suppress(KisekiError):
                made = self._call("runs.create", request, runs.RunAnswer, mark=mark).run.info
                self.update_run(made.run_id, RunChange(status=RunStatus.KILLED, end_time=now_ms()))
            raise

    def get_run(self, run_id: str) -> Run:
        return _run(self._call("runs.get", runs.RunRef(run_id=run_id), runs.RunAnswer).run)

    def update_run(self, run_id: str, change: RunChange) -> None:
        request = runs.UpdateRun(
            run_id=run_id,
            status=None if change.status is None else change.status.value,
            end_time=change.end_time,
            run_name=change.run_name,
        )
        self._tell("runs.update", request)

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str,
        view: View,
        max_results: int,
        order_by: Sequence[str],
        page_token: str,
    ) -> Page[Run]:
        request = runs.SearchRuns(
            experiment_ids=list(experiment_ids),
            filter=filter_string,
            run_view_type=view.value,
            max_results=max_results,
            order_by=list(order_by),
            page_token=page_token,
        )
        answer = self._call("runs.search", request, runs.RunsAnswer)
        return Page(items=[_run(one) for one in answer.runs], next_page_token=answer.next_page_token)

    def delete_run(self, run_id: str) -> None:
        self._tell("runs.delete", runs.RunRef(run_id=run_id))

    def restore_run(self, run_id: str) -> None:
        self._tell("runs.restore", runs.RunRef(run_id=run_id))

    # Records

    def log_batch(
        self, run_id: str, points: Points, params: Sequence[tuple[str, str]], tags: Sequence[tuple[str, str]]
    ) -> None:
        request = runs.SendBatch(
            run_id=run_id,
            metrics=metrics.points_from_domain(points),
            params=[runs.Param(key=key, value=value) for key, value in params],
            tags=[experiments.Tag(key=key, value=value) for key, value in tags],
        )
        self._tell("runs.log_batch", request)

    def delete_tag(self, run_id: str, key: str) -> None:
        self._tell("runs.delete_tag", runs.DeleteTag(run_id=run_id, key=key))

    def log_inputs(self, run_id: str, inputs: Sequence[DatasetInput], model_ids: Sequence[str]) -> None:
        request = runs.LogInputs(
            run_id=run_id,
            datasets=[datasets.input_from_domain(one) for one in inputs],
            models=[datasets.ModelInput(model_id=model_id) for model_id in model_ids],
        )
        self._tell("runs.log_inputs", request)

    def log_outputs(self, run_id: str, outputs: Sequence[ModelOutput]) -> None:
        request = runs.LogOutputs(
            run_id=run_id, models=[datasets.ModelOutput(model_id=one.model_id, step=one.step) for one in outputs]
        )
        self._tell("runs.log_outputs", request)

    def metric_summaries(self, run_id: str) -> list[SeriesSummary]:
        details = self._call("runs.details", runs.RunRef(run_id=run_id), runs.RunDetails)
        return [runs.series_to_domain(one) for one in details.metrics]

    def metric_history(self, run_id: str, key: str, page_token: str) -> Page[Metric]:
        request = metrics.GetHistory(run_id=run_id, metric_key=key, max_results=HISTORY_PAGE, page_token=page_token)
        answer = self._call("metrics.get_history", request, metrics.MetricsAnswer)
        points = [metrics.metric_to_domain(metric) for metric in answer.metrics]
        return Page(items=points, next_page_token=answer.next_page_token)

    # Logged models

    def create_logged_model(self, new: NewLoggedModel) -> LoggedModel:
        request = logged_models.CreateLoggedModel(
            experiment_id=new.experiment_id,
            name=new.name,
            model_type=new.model_type,
            source_run_id=new.source_run_id,
            params=[runs.Param(key=key, value=value) for key, value in new.params.items()],
            tags=experiments.tags_from_dict(new.tags),
        )
        return _model(self._call("logged_models.create", request, logged_models.LoggedModelAnswer))

    def get_logged_model(self, model_id: str) -> LoggedModel:
        request = logged_models.GetLoggedModel(model_id=model_id)
        return _model(self._call("logged_models.get", request, logged_models.LoggedModelAnswer))

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        request = logged_models.FinalizeLoggedModel(model_id=model_id, status=logged_models.STATUS_NAMES[status])
        return _model(self._call("logged_models.finalize", request, logged_models.LoggedModelAnswer))

    def delete_logged_model(self, model_id: str) -> None:
        self._tell("logged_models.delete", logged_models.LoggedModelRef(model_id=model_id))

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str,
        view: View,
        datasets: Sequence[tuple[str, str]],
        max_results: int,
        order_by: Sequence[LoggedModelOrder],
        page_token: str,
    ) -> Page[LoggedModel]:
        request = logged_models.SearchLoggedModels(
            experiment_ids=list(experiment_ids),
            filter=filter_string,
            datasets=logged_models.datasets_from_domain(datasets),
            max_results=max_results,
            order_by=logged_models.order_from_domain(order_by),
            page_token=page_token,
            view_type=view.value,
        )
        answer = self._call("logged_models.search", request, logged_models.LoggedModelsAnswer)
        items = [logged_models.model_to_domain(model) for model in answer.models]
        return Page(items=items, next_page_token=answer.next_page_token)

    def restore_logged_model(self, model_id: str) -> None:
        self._tell("logged_models.restore", logged_models.RestoreLoggedModel(model_id=model_id))

    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        given = [runs.Param(key=key, value=value) for key, value in params.items()]
        self._tell("logged_models.log_params", logged_models.LogLoggedModelParams(model_id=model_id, params=given))

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        request = logged_models.SetLoggedModelTags(model_id=model_id, tags=experiments.tags_from_dict(dict(tags)))
        self._tell("logged_models.set_tags", request)

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        self._tell("logged_models.delete_tag", logged_models.DeleteLoggedModelTag(model_id=model_id, tag_key=key))

    # The trash

    def trashed_runs(self, experiment_id: str, before: int, max_results: int, page_token: str) -> Page[TrashedRun]:
        request = trash.AskTrashedRuns(
            experiment_id=experiment_id, deleted_before=before, max_results=max_results, page_token=page_token
        )
        answer = self._call("trash.runs", request, trash.TrashedRuns)
        items = [msgspec.convert(one, learned(TrashedRun), from_attributes=True) for one in answer.runs]
        return Page(items=items, next_page_token=answer.next_page_token)

    def trashed_models(self, experiment_id: str, before: int, max_results: int, page_token: str) -> Page[TrashedModel]:
        request = trash.AskTrashedModels(
            experiment_id=experiment_id, deleted_before=before, max_results=max_results, page_token=page_token
        )
        answer = self._call("trash.logged_models", request, trash.TrashedModels)
        items = [msgspec.convert(one, learned(TrashedModel), from_attributes=True) for one in answer.models]
        return Page(items=items, next_page_token=answer.next_page_token)

    def trashed_experiments(self, before: int, max_results: int, page_token: str) -> Page[TrashedExperiment]:
        request = trash.AskTrashedExperiments(deleted_before=before, max_results=max_results, page_token=page_token)
        answer = self._call("trash.experiments", request, trash.TrashedExperiments)
        items = [msgspec.convert(one, learned(TrashedExperiment), from_attributes=True) for one in answer.experiments]
        return Page(items=items, next_page_token=answer.next_page_token)

    def purge(
        self, run_ids: Sequence[str], experiment_ids: Sequence[str], before: int, model_ids: Sequence[str] = ()
    ) -> Purged:
        request = trash.Purge(
            run_ids=list(run_ids),
            model_ids=list(model_ids),
            experiment_ids=list(experiment_ids),
            deleted_before=before,
        )
        return msgspec.convert(self._call("trash.purge", request, trash.Purged), learned(Purged), from_attributes=True)

    # Artifacts

    def artifact_store(self, uri: str, owner: Owner | None = None) -> ArtifactStore:
        location = parse_location(uri)
        if location.scheme == "mlflow-artifacts":
            http = self._http_of(location)
            # Another host than the one that keeps the owner signs nothing for it.
            direct = OwnTransfers(self, self._objects, owner) if owner and http is self._http else None
            return ProxiedStore(http, location.path, direct)
        return own_store(location, self)

    def record_digests(self, files: Sequence[tuple[str, StoredFile]]) -> None:
        digests = [
            artifacts.FileDigest(file=file, size=one.size, sha256=one.sha256, modified_ns=one.modified_ns)
            for file, one in files
        ]
        # A server of MLflow has no place for digests.
        with suppress(EndpointNotFound):
            self._tell("artifacts.record_digests", artifacts.RecordDigests(files=digests))

    def find_digest(self, file: str, size: int, modified_ns: int) -> str | None:
        request = artifacts.AskDigest(file=file, size=size, modified_ns=modified_ns)
        with suppress(EndpointNotFound):
            return self._call("artifacts.get_digest", request, artifacts.DigestAnswer).sha256 or None
        return None

    def offer_upload(self, owner: Owner, path: str, size: int) -> artifacts.OfferAnswer:
        """How an owner's file is stored past the server; without parts: not at all."""
        request = artifacts.OfferUpload(run_id=owner.run_id, model_id=owner.model_id, path=path, size=size)
        return self._call("transfers.upload", request, artifacts.OfferAnswer)

    def complete_upload(self, request: artifacts.CompleteUpload) -> None:
        """Ends such an upload."""
        self._tell("transfers.complete", request)

    def abort_upload(self, owner: Owner, path: str, upload_id: str) -> None:
        """Discards such an upload."""
        request = artifacts.AbortUpload(run_id=owner.run_id, model_id=owner.model_id, path=path, upload_id=upload_id)
        self._tell("transfers.abort", request)

    def link_download(self, owner: Owner, path: str) -> artifacts.LinkAnswer:
        """How an owner's file is read past the server; without a URL: not at all."""
        request = artifacts.FilesRef(run_id=owner.run_id, model_id=owner.model_id, path=path)
        return self._call("transfers.download", request, artifacts.LinkAnswer)

    def _http_of(self, location: Location) -> HttpClient:
        own = urlsplit(self._uri)
        if not location.authority or location.authority == own.netloc:
            return self._http
        # Another host is not told who we are: the server named it, not the user.
        return HttpClient(f"{own.scheme}://{location.authority}", credentials=False)

    # The wire

    def _tell(self, name: str, request: msgspec.Struct) -> None:
        self._send(name, request, BY_NAME[name].methods[0])

    def _call(self, name: str, request: msgspec.Struct, answer: type[A], *, method: str = "", mark: str = "") -> A:
        endpoint = BY_NAME[name]
        body = self._send(name, request, method or endpoint.methods[0], mark)
        try:
            return codec.decode_body(body, answer)
        except InvalidParameter as error:
            raise Unavailable(
                f"{self._uri}{endpoint.paths[0]} answered something else than a tracking server does: {error} "
                "Check the tracking URI."
            ) from error

    def _send(self, name: str, request: msgspec.Struct, method: str, mark: str = "") -> bytes:
        endpoint = BY_NAME[name]
        path = endpoint.path_for({one: getattr(request, one) for one in endpoint.names})
        headers = {}
        query, body = "", None
        if method == "GET":
            query = _query(request, endpoint.names)
        elif not endpoint.in_query:
            headers["Content-Type"] = "application/json"
            body = codec.encode(request)
        if isinstance(request, Acted):
            headers[USER_HEADER] = quote(who())
        if name in ONCE:
            headers["Idempotency-Key"] = mark or _mark()
        try:
            with self._http.request(method, path, query=query, headers=headers, body=body) as answer:
                return answer.read()
        except ConnectionError as error:
            raise Unavailable(
                f"The connection to {self._uri} broke while it answered {method} {path} ({error}). "
                "The change may have been made."
            ) from error


def _mark() -> str:
    return secrets.token_hex(16)


def _query(request: msgspec.Struct, names: Sequence[str]) -> str:
    """The query of a request, without what is in the path."""
    given: dict[str, Any] = msgspec.to_builtins(request)
    return urlencode({name: value for name, value in given.items() if name not in names}, doseq=True)


def _experiment(given: experiments.Experiment) -> Experiment:
    return experiments.experiment_to_domain(given)


def _run(given: runs.Run) -> Run:
    return runs.run_to_domain(given)


def _model(answer: logged_models.LoggedModelAnswer) -> LoggedModel:
    return logged_models.model_to_domain(answer.model)
