"""The calls of the client on logged models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from kiseki.artifact_store.protocol import ArtifactStore
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.ids import is_model_id
from kiseki.client import artifacts
from kiseki.client.backend import Backend
from kiseki.client.values import integer, strings, text
from kiseki.domain.keys import check_value
from kiseki.domain.logged_models import MAX_PARAMS, LoggedModelOrder, NewLoggedModel, check_name, check_pairs
from kiseki.entities import FileInfo, LoggedModel, LoggedModelStatus, PagedList, ViewType
from kiseki.entities.lifecycle import view_of
from kiseki.entities.logged_models import logged_model_from_domain, model_status_of

DEFAULT_RESULTS: Final = 50


class LoggedModelCalls(ABC):
    """What `KisekiClient` can do with logged models."""

    @property
    @abstractmethod
    def backend(self) -> Backend:
        """The place that this client talks to."""

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Adds a logged model, PENDING until `finalize_logged_model`.

        Args:
            experiment_id: Of an experiment that is not deleted.
            name: Without any of `/ : . % " '`; made up when None.
            source_run_id: The run that makes it.
            tags: Values that are not text become text.
            params: Values that are not text become text.
            model_type: Any word by which models of a kind are found.
        """
        given = _texts("param", params)
        model = self.backend.create_logged_model(
            NewLoggedModel(
                experiment_id=str(experiment_id),
                name=check_name(text("name", name)) if name else "",
                model_type=model_type or "",
                source_run_id=source_run_id or "",
                params=dict(islice(given.items(), MAX_PARAMS)),
                tags=_texts("tag", tags),
            )
        )
        if len(given) <= MAX_PARAMS:
            return logged_model_from_domain(model)
        self.log_model_params(model.model_id, dict(islice(given.items(), MAX_PARAMS, None)))
        return self.get_logged_model(model.model_id)

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Returns a logged model with its params, tags and metrics.

        Raises:
            NotFound: There is none of that id, or it is in the trash.
        """
        return logged_model_from_domain(self.backend.get_logged_model(_id(model_id)))

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus | str) -> LoggedModel:
        """Says that a model's files are there (READY) or failed to come (FAILED), and returns it as it is then."""
        return logged_model_from_domain(
            self.backend.finalize_logged_model(_id(model_id), model_status_of(status)),
        )

    def delete_logged_model(self, model_id: str) -> None:
        """Moves a logged model to the trash."""
        self.backend.delete_logged_model(_id(model_id))

    def restore_logged_model(self, model_id: str) -> None:
        """Takes a logged model out of the trash; MLflow has no such call."""
        self.backend.restore_logged_model(_id(model_id))

    def search_logged_models(
        self,
        experiment_ids: list[str],
        filter_string: str | None = None,
        datasets: list[dict[str, Any]] | None = None,
        max_results: int | None = None,
        order_by: list[dict[str, Any]] | None = None,
        page_token: str | None = None,
        *,
        view_type: int | str = ViewType.ACTIVE_ONLY,
    ) -> PagedList[LoggedModel]:
        """Returns one page of the logged models that a filter finds, the latest created first.

        Args:
            experiment_ids: Of the experiments that are looked through.
            filter_string: Such as `metrics.accuracy > 0.9 AND params.kind = 'forest'`. A metric is its latest value, on
                any dataset; also `metrics.accuracy.min` and `.max`.
            datasets: Dictionaries with `dataset_name` and perhaps `dataset_digest`: only models that were measured on one
                of these, where metrics of the filter are what was measured there.
            max_results: At most so many, 50 when None.
            order_by: Dictionaries with `field_name`, such as `metrics.accuracy`, and perhaps `ascending`, `dataset_name`
                and `dataset_digest`.
            page_token: Of the page before.
            view_type: A `ViewType`: active models, those in the trash, or both; MLflow has no such argument.

        Raises:
            FilterError: `filter_string` or `order_by` does not parse.
        """
        page = self.backend.search_logged_models(
            strings("experiment_ids", experiment_ids),
            filter_string or "",
            view_of(view_type),
            [_dataset(one) for one in _dictionaries("datasets", datasets)],
            DEFAULT_RESULTS if max_results is None else integer("max_results", max_results),
            [_order(one) for one in _dictionaries("order_by", order_by)],
            page_token or "",
        )
        return PagedList([logged_model_from_domain(one) for one in page.items], page.next_page_token or None)

    def log_model_params(self, model_id: str, params: dict[str, Any]) -> None:
        """Records params of a logged model; values that are not text become text.

        Raises:
            InvalidParameter: It has one of them with another value, which does not change any more.
        """
        given = list(_texts("param", params).items())
        for start in range(0, len(given), MAX_PARAMS):
            self.backend.log_logged_model_params(_id(model_id), dict(given[start : start + MAX_PARAMS]))

    def set_logged_model_tags(self, model_id: str, tags: dict[str, Any]) -> None:
        """Sets tags of a logged model; values that are not text become text."""
        given = _texts("tag", tags)
        check_pairs("tags", given)
        self.backend.set_logged_model_tags(_id(model_id), given)

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Deletes a tag of a logged model.

        Raises:
            NotFound: It has no such tag.
        """
        self.backend.delete_logged_model_tag(_id(model_id), text("key", key))

    def log_model_artifact(self, model_id: str, local_path: str | Path, artifact_path: str | None = None) -> None:
        """Stores a local file, or a folder, in the folder `artifact_path` of a model's files."""
        artifacts.log_file(self._model_files(model_id), Path(local_path), artifact_path)

    def log_model_artifacts(self, model_id: str, local_dir: str | Path, artifact_path: str | None = None) -> None:
        """Stores what is in a local folder in the folder `artifact_path` of a model's files."""
        artifacts.log_folder(self._model_files(model_id), Path(local_dir), artifact_path)

    def list_logged_model_artifacts(self, model_id: str, path: str | None = None) -> list[FileInfo]:
        """Returns what is directly in a folder of a model's files, with paths relative to their root."""
        return artifacts.list_files(self._model_files(model_id), path)

    def _model_files(self, model_id: str) -> ArtifactStore:
        return artifacts.store_of_model(self.backend, _id(model_id))


def _dictionaries(field: str, given: Any) -> list[Mapping[str, Any]]:
    found = [] if given is None else list(given)
    for one in found:
        if not isinstance(one, Mapping):
            raise InvalidParameter(f"'{field}' has something of type {type(one).__name__}; expected dictionaries.")
    return found


def _dataset(given: Mapping[str, Any]) -> tuple[str, str]:
    return str(given.get("dataset_name") or ""), str(given.get("dataset_digest") or "")


def _order(given: Mapping[str, Any]) -> LoggedModelOrder:
    name, digest = _dataset(given)
    return LoggedModelOrder(
        field_name=str(given.get("field_name") or ""),
        ascending=bool(given.get("ascending", True)),
        dataset_name=name,
        dataset_digest=digest,
    )


def _id(model_id: Any) -> str:
    """The id of a logged model as a caller gives it; what has not its form is found nowhere."""
    given = text("model_id", model_id)
    if not is_model_id(given):
        raise NotFound(f"Logged model with ID {given[:300]!r} not found.")
    return given


def _texts(kind: str, given: dict[str, Any] | None) -> dict[str, str]:
    """Params or tags with values as text; any text is a key."""
    return {
        text(f"{kind} key", key): check_value(value if isinstance(value, str) else str(value), f"{kind} {key!r}")
        for key, value in (given or {}).items()
    }
