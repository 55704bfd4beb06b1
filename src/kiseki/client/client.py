"""KisekiClient: every tracking call of MLflow's client, on runs and experiments named by their ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kiseki.artifact_store.protocol import ArtifactStore
from kiseki.base.absent import Absent
from kiseki.base.clock import now_ms
from kiseki.base.errors import NotFound
from kiseki.client import artifacts, batches, columns, figures, images, tables
from kiseki.client.absent import ABSENT_METHODS
from kiseki.client.backend import Backend
from kiseki.client.lineage import LineageCalls
from kiseki.client.logged_models import LoggedModelCalls
from kiseki.client.model_versions import ModelVersionCalls
from kiseki.client.moves import MoveCalls
from kiseki.client.operations import RunOperations, files, run
from kiseki.client.registered_models import RegisteredModelCalls
from kiseki.client.resolve import absolute_uri, backend_for, get_tracking_uri, registry_uri_beside
from kiseki.client.run_files import RunFiles
from kiseki.client.trash import TrashCalls
from kiseki.client.values import integer, key_of, metric_value, pairs, strings, tags_of, text, text_value
from kiseki.client.webhooks import WebhookCalls
from kiseki.domain import datasets as domain_datasets
from kiseki.domain.metrics import INT64_MAX, NO_POINTS, points_of
from kiseki.domain.metrics import Metric as DomainMetric
from kiseki.domain.runs import NewRun, RunChange
from kiseki.entities import (
    DatasetInput,
    Experiment,
    FileInfo,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    PagedList,
    Param,
    Run,
    RunTag,
    ViewType,
)
from kiseki.entities.datasets import input_to_domain
from kiseki.entities.experiments import experiment_from_domain
from kiseki.entities.lifecycle import status_of, view_of
from kiseki.entities.metrics import metric_from_domain
from kiseki.entities.runs import run_from_domain

if TYPE_CHECKING:
    import pandas as pd

PARENT_TAG: Final = "mlflow.parentRunId"
USER_TAG: Final = "mlflow.user"
TABLES_PAGE: Final = 1000


class KisekiClient(
    LoggedModelCalls, RegisteredModelCalls, ModelVersionCalls, MoveCalls, LineageCalls, WebhookCalls, TrashCalls
):
    """Reads and writes experiments and runs; the place is a server, a database or a folder.

    A call returns when its change is stored, and raises when it is refused or the place does not answer. Safe for use
    by several threads.

    Args:
        tracking_uri: `http(s)://host:port`, `sqlite:///file` or a folder; the one in use when None.
        registry_uri: Where models are registered; the same place when None and none was chosen.
        workspace_store_uri: Accepted for MLflow's sake; kiseki has no workspaces.
    """

    def __init__(
        self,
        tracking_uri: str | None = None,
        registry_uri: str | None = None,
        workspace_store_uri: str | None = None,
    ) -> None:
        self._tracking_uri = str(tracking_uri) if tracking_uri else get_tracking_uri()
        self._registry_uri = registry_uri
        # Made absolute now, so that a later change of folder does not lead to another database.
        self._place = absolute_uri(self._tracking_uri)
        self._backend: Backend | None = None
        self._registry_place = absolute_uri(self.registry_uri)

    @property
    def tracking_uri(self) -> str:
        """The tracking URI as it was given."""
        return self._tracking_uri

    @property
    def registry_uri(self) -> str:
        """The registry URI as it was given, else the one in use, else the tracking URI."""
        return self._registry_uri or registry_uri_beside(self._tracking_uri)

    @property
    def backend(self) -> Backend:
        """The place that this client talks to."""
        if self._backend is None:
            self._backend = backend_for(self._place)
        return self._backend

    @property
    def registry(self) -> Backend:
        """The place where models are registered."""
        return self.backend if self._registry_place == self._place else backend_for(self._registry_place)

    # Experiments

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: dict[str, Any] | None = None
    ) -> str:
        """Creates an experiment and returns its id.

        Raises:
            AlreadyExists: An experiment has that name, deleted or not.
        """
        location = str(artifact_location) if artifact_location is not None else ""
        return self.backend.create_experiment(text("name", name), location, tags_of(tags))

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Returns an experiment, deleted ones too.

        Raises:
            NotFound: There is none of that id.
        """
        return experiment_from_domain(self.backend.get_experiment(str(experiment_id)))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Returns the experiment of that name, deleted ones too; None when there is none."""
        try:
            return experiment_from_domain(self.backend.get_experiment_by_name(text("name", name)))
        except NotFound:
            return None

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int | None = 1000,
        filter_string: str | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Returns one page of the experiments that a filter finds, the newest first.

        Raises:
            FilterError: `filter_string` or `order_by` does not parse.
        """
        page = self.backend.search_experiments(
            view_of(view_type),
            integer("max_results", 1000 if max_results is None else max_results),
            filter_string or "",
            strings("order_by", order_by),
            page_token or "",
        )
        return PagedList([experiment_from_domain(one) for one in page.items], page.next_page_token or None)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Renames an experiment."""
        self.backend.rename_experiment(str(experiment_id), text("new_name", new_name))

    def delete_experiment(self, experiment_id: str) -> None:
        """Moves an experiment and its runs to the trash."""
        self.backend.delete_experiment(str(experiment_id))

    def restore_experiment(self, experiment_id: str) -> None:
        """Takes an experiment and its runs out of the trash."""
        self.backend.restore_experiment(str(experiment_id))

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        """Sets a tag of an experiment."""
        self.backend.set_experiment_tag(str(experiment_id), key_of("tag key", key), text_value("value", value))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Deletes a tag of an experiment.

        Raises:
            NotFound: It has no such tag.
        """
        self.backend.delete_experiment_tag(str(experiment_id), key_of("tag key", key))

    # Runs

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: dict[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Starts a run without making it the active one; it is RUNNING until `set_terminated`.

        Args:
            experiment_id: Of an experiment that is not deleted.
            start_time: Milliseconds since 1970-01-01T00:00:00Z; now when None.
            tags: Values that are not text become text.
            run_name: Made up when None.
        """
        given = tags_of(tags)
        new = NewRun(
            experiment_id=str(experiment_id),
            user_id=given.get(USER_TAG, "unknown"),
            run_name=run_name or "",
            start_time=now_ms() if start_time is None else integer("start_time", start_time, low=0),
            tags=given,
        )
        return run_from_domain(self.backend.create_run(new))

    def get_run(self, run_id: str) -> Run:
        """Returns a run with the latest value of each metric.

        Raises:
            NotFound: There is none of that id.
        """
        return run_from_domain(self.backend.get_run(text("run_id", run_id)))

    def get_parent_run(self, run_id: str) -> Run | None:
        """Returns the run in which a run is nested; None when it is not nested."""
        parent = self.get_run(run_id).data.tags.get(PARENT_TAG)
        return None if parent is None else self.get_run(parent)

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Changes a run's status, by name, or its name."""
        change = RunChange(status=None if status is None else status_of(status), run_name=name)
        self.backend.update_run(text("run_id", run_id), change)

    def set_terminated(self, run_id: str, status: str | None = None, end_time: int | None = None) -> None:
        """Ends a run: FINISHED unless `status` says otherwise, now unless `end_time` (milliseconds) does."""
        end = now_ms() if end_time is None else integer("end_time", end_time, low=0)
        change = RunChange(status=status_of(status or "FINISHED"), end_time=end)
        self.backend.update_run(text("run_id", run_id), change)

    def delete_run(self, run_id: str) -> None:
        """Moves a run to the trash."""
        self.backend.delete_run(text("run_id", run_id))

    def restore_run(self, run_id: str) -> None:
        """Takes a run out of the trash."""
        self.backend.restore_run(text("run_id", run_id))

    def search_runs(
        self,
        experiment_ids: list[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """Returns one page of the runs that a filter finds, the latest started first.

        Raises:
            FilterError: `filter_string` or `order_by` does not parse.
        """
        page = self.backend.search_runs(
            strings("experiment_ids", experiment_ids),
            filter_string or "",
            view_of(run_view_type),
            integer("max_results", max_results),
            strings("order_by", order_by),
            page_token or "",
        )
        return PagedList([run_from_domain(one) for one in page.items], page.next_page_token or None)

    # Records

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        model_id: str | None = None,
    ) -> RunOperations | None:
        """Records one point of a metric.

        Args:
            run_id: Of the run.
            key: Up to 250 characters.
            value: A number; NaN and infinities are kept.
            timestamp: Milliseconds since 1970-01-01T00:00:00Z; now when None.
            step: A whole number, 0 when None.
            synchronous: False returns at once, with something to wait for.
            dataset_name: Of the dataset that the value was measured on.
            dataset_digest: Of that dataset.
            model_id: Of the logged model that was measured.
        """
        metric = DomainMetric(
            key=key_of("metric key", key),
            value=metric_value(key, value),
            timestamp=now_ms() if timestamp is None else integer("timestamp", timestamp, low=0, high=INT64_MAX),
            step=0 if step is None else integer("step", step),
            model_id=model_id or "",
            dataset_name=dataset_name or "",
            dataset_digest=dataset_digest or "",
        )
        points = points_of([metric])
        run_id = text("run_id", run_id)
        return run(lambda: self.backend.log_batch(run_id, points, [], []), synchronous)

    def log_param(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> Any:
        """Records a parameter as text and returns the value as it was given.

        Raises:
            InvalidParameter: The run has that parameter with another value, which does not change any more.
        """
        param = (key_of("param key", key), text_value(f"param {key!r}", value))
        run_id = text("run_id", run_id)
        sent = run(lambda: self.backend.log_batch(run_id, NO_POINTS, [param], []), synchronous)
        return value if sent is None else sent

    def set_tag(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
        """Sets a tag of a run; what is not text becomes text."""
        tag = (key_of("tag key", key), text_value(f"tag {key!r}", value))
        run_id = text("run_id", run_id)
        return run(lambda: self.backend.log_batch(run_id, NO_POINTS, [], [tag]), synchronous)

    def delete_tag(self, run_id: str, key: str) -> None:
        """Deletes a tag of a run.

        Raises:
            NotFound: It has no such tag.
        """
        self.backend.delete_tag(text("run_id", run_id), key_of("tag key", key))

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
        synchronous: bool | None = None,
    ) -> RunOperations | None:
        """Records metrics, params and tags, in as many requests as the limits of one ask for.

        Everything is checked before anything is sent. Each request is stored whole or not at all.
        """
        parts = batches.split(
            batches.points(metrics),
            pairs("param", batches.mapping("param", params)),
            pairs("tag", batches.mapping("tag", tags)),
        )
        run_id = text("run_id", run_id)

        def send() -> None:
            for part in parts:
                self.backend.log_batch(run_id, part.points, part.params, part.tags)

        return run(send, synchronous)

    def log_inputs(
        self,
        run_id: str,
        datasets: Sequence[DatasetInput] | None = None,
        models: Sequence[LoggedModelInput] | None = None,
    ) -> None:
        """Records the datasets and logged models that a run read; the same again changes nothing."""
        inputs = [input_to_domain(one) for one in datasets or ()]
        self.backend.log_inputs(text("run_id", run_id), inputs, [model.model_id for model in models or ()])

    def log_outputs(self, run_id: str, models: list[LoggedModelOutput]) -> None:
        """Records the logged models that a run made."""
        outputs = [domain_datasets.ModelOutput(model_id=model.model_id, step=model.step) for model in models]
        self.backend.log_outputs(text("run_id", run_id), outputs)

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        """Returns all points of a metric by time, step and value; none when the run has no such metric."""
        found: list[Metric] = []
        token = ""
        while True:
            page = self.backend.metric_history(text("run_id", run_id), key, token)
            found += [metric_from_domain(metric) for metric in page.items]
            token = page.next_page_token
            if not token:
                return found

    # Artifacts

    def log_artifact(self, run_id: str, local_path: str | Path, artifact_path: str | None = None) -> None:
        """Stores a local file, or a folder, in the folder `artifact_path` of a run's artifacts."""
        artifacts.log_file(self._artifacts(run_id), Path(local_path), artifact_path)

    def log_artifacts(self, run_id: str, local_dir: str | Path, artifact_path: str | None = None) -> None:
        """Stores what is in a local folder in the folder `artifact_path` of a run's artifacts."""
        artifacts.log_folder(self._artifacts(run_id), Path(local_dir), artifact_path)

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Stores text, in UTF-8, as an artifact."""
        artifacts.send_bytes(self._artifacts(run_id), artifacts.text_bytes(text), artifact_file)

    def log_dict(self, run_id: str, dictionary: dict[str, Any], artifact_file: str) -> None:
        """Stores a dictionary as an artifact: YAML for `.yaml` and `.yml`, JSON for any other name."""
        data = artifacts.dict_bytes(dictionary, artifact_file)
        artifacts.send_bytes(self._artifacts(run_id), data, artifact_file)

    def log_stream(self, run_id: str, stream: Any, artifact_file: str) -> None:
        """Stores what can be read from a binary stream as an artifact."""
        artifacts.send_stream(self._artifacts(run_id), stream, artifact_file)

    def log_figure(
        self, run_id: str, figure: Any, artifact_file: str, *, save_kwargs: dict[str, Any] | None = None
    ) -> None:
        """Stores a figure of Matplotlib or Plotly in the format that the file's suffix names."""
        place = figures.write_figure(figure, artifact_file, save_kwargs)
        artifacts.send(self._artifacts(run_id), place, artifact_file)
        place.unlink()
        place.parent.rmdir()

    def log_image(
        self,
        run_id: str,
        image: Any,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,
    ) -> None:
        """Stores an image: as the file `artifact_file`, or as one of the series `key` at a step.

        Args:
            run_id: Of the run.
            image: An array, a PIL image or a `kiseki.Image`.
            artifact_file: Its suffix tells the format.
            key: Of the series; a small copy is stored beside each image.
            step: 0 when None.
            timestamp: Milliseconds since 1970-01-01T00:00:00Z; now when None.
            synchronous: False returns before a series' image is stored.
        """
        images.check_arguments(artifact_file, key, step, timestamp)
        picture = images.to_pil(image)
        if artifact_file is not None:
            data = images.encoded(picture, Path(artifact_file).suffix)
            artifacts.send_bytes(self._artifacts(run_id), data, artifact_file)
            return
        names = images.series_files(
            key or "",
            0 if step is None else integer("step", step),
            now_ms() if timestamp is None else integer("timestamp", timestamp, low=0),
        )
        # Encoded now, since the caller may draw on the image as soon as this returns.
        content = ((images.encoded(picture, ".png"), names.image), (images.thumbnail(picture), names.thumbnail))

        def send() -> None:
            store = self._artifacts(run_id)
            for data, name in content:
                artifacts.send_bytes(store, data, name)
            self.set_tag(run_id, images.LOGGED_IMAGES_TAG, "True", synchronous=True)

        run(send, synchronous, files)

    def log_table(self, run_id: str, data: Any, artifact_file: str) -> None:
        """Stores a table as `.json` or `.parquet`; rows are appended to a table of that name that the run has.

        Args:
            run_id: Of the run.
            data: A DataFrame, or a dictionary of lists. Cells may hold `kiseki.Image`.
            artifact_file: Ends in .json or .parquet.
        """
        tables.check_file(artifact_file)
        store = self._artifacts(run_id)
        table = tables.with_images_stored(
            tables.table_of(data), artifact_file, lambda content, name: artifacts.send_bytes(store, content, name)
        )
        if store.stat(artifact_file) is not None:
            table = tables.appended(tables.decode(artifacts.read_bytes(store, artifact_file), artifact_file), table)
        artifacts.send_bytes(store, tables.encode(table, artifact_file), artifact_file)
        listed = tables.tag_with(self.get_run(run_id).data.tags.get(tables.LOGGED_ARTIFACTS_TAG), artifact_file)
        if listed is not None:
            self.set_tag(run_id, tables.LOGGED_ARTIFACTS_TAG, listed, synchronous=True)

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: list[str] | None = None,
        extra_columns: list[str] | None = None,
    ) -> pd.DataFrame:
        """Returns the rows of a table of several runs, one below the other.

        Args:
            experiment_id: The experiment whose runs are looked through.
            artifact_file: The table's name.
            run_ids: Only these runs.
            extra_columns: Columns of `search_runs` to add, such as `run_id`, `start_time` or `params.depth`.

        Returns:
            A DataFrame, or a dictionary of lists where pandas is not installed.

        Raises:
            NotFound: No run has that table.
        """
        tables.check_file(artifact_file)
        joined: tables.Table | None = None
        for one in self._all_runs([str(experiment_id)]):
            wanted = run_ids is None or one.info.run_id in run_ids
            if not wanted or not tables.lists(one.data.tags.get(tables.LOGGED_ARTIFACTS_TAG), artifact_file):
                continue
            data = artifacts.read_bytes(self._artifacts(one.info.run_id), artifact_file)
            table = tables.decode(data, artifact_file)
            extra = {name: columns.run_column(one, name) for name in extra_columns or ()}
            table = tables.Table(columns=[*table.columns, *extra], rows=[[*row, *extra.values()] for row in table.rows])
            joined = table if joined is None else tables.appended(joined, table)
        if joined is None:
            raise NotFound(f"No runs found with the corresponding table artifact {artifact_file!r}.")
        frame: pd.DataFrame = tables.shown(joined)
        return frame

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """Returns what is directly in a folder of a run's artifacts, with paths relative to their root.

        A path that the run lacks may begin with the name of a logged model that it made.
        """
        return artifacts.list_files(RunFiles(self.backend, text("run_id", run_id)), path)

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """Fetches an artifact, a file or a folder, and returns where it is.

        Args:
            run_id: Of the run.
            path: "" fetches all artifacts. One that the run lacks may begin with the name of a logged model that it made.
            dst_path: The folder to put it into, made when missing; a new temporary one when None.

        Raises:
            NotFound: The run has no such artifact.
            IntegrityError: What came is not what was stored.
        """
        target = None if dst_path is None else Path(dst_path)
        return str(artifacts.download(RunFiles(self.backend, text("run_id", run_id)), path, target))

    def _artifacts(self, run_id: str) -> ArtifactStore:
        return artifacts.store_of(self.backend, text("run_id", run_id))

    def _all_runs(self, experiment_ids: list[str]) -> Iterator[Run]:
        token = None
        while True:
            page = self.search_runs(experiment_ids, max_results=TABLES_PAGE, page_token=token)
            yield from page
            token = page.token
            if token is None:
                return

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in ABSENT_METHODS:
                return Absent(f"MlflowClient.{name}")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


MlflowClient = KisekiClient
