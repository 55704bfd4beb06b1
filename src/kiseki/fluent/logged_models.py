"""Logged models: adding, finding and describing them, and the one that metrics are measured of."""

from __future__ import annotations

import json
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.base.settings import setting, withdraw
from kiseki.client import artifacts
from kiseki.client.client import KisekiClient
from kiseki.client.values import strings
from kiseki.domain.logged_models import EXTERNAL_TAG, check_name
from kiseki.entities import LoggedModel, LoggedModelInput, LoggedModelStatus, ViewType
from kiseki.fluent import state
from kiseki.fluent.context import context_tags
from kiseki.fluent.experiments import active_experiment_id

if TYPE_CHECKING:
    import pandas as pd

SEARCH_PAGE: Final = 1000
MODEL_FILE: Final = "MLmodel"
_COLUMNS: Final = (
    "artifact_location",
    "creation_timestamp",
    "experiment_id",
    "last_updated_timestamp",
    "metrics",
    "model_id",
    "model_type",
    "name",
    "params",
    "source_run_id",
    "status",
    "status_message",
    "tags",
)

_lock = threading.Lock()
_used: set[tuple[str, str]] = set()
"""The runs and models of which is recorded that the run read the model."""


class ActiveModel(LoggedModel):
    """A logged model that is active; leaving its `with` block makes the one active again that was it before."""

    def __init__(self, logged_model: LoggedModel, set_by_user: bool = True) -> None:
        super().__init__(**{name: getattr(logged_model, name) for name in LoggedModel.__dataclass_fields__})
        object.__setattr__(self, "set_by_user", set_by_user)
        object.__setattr__(self, "_before", state.active_model_id.get())

    def __enter__(self) -> ActiveModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        state.active_model_id.set(getattr(self, "_before", None))


def initialize_logged_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Adds a logged model, PENDING: its files are to be stored, and then it is finalized.

    Args:
        name: Without any of `/ : . % " '`; made up when None.
        source_run_id: The run that makes it; the active one when None.
        tags: Values that are not text become text.
        params: Values that are not text become text.
        model_type: Any word by which models of a kind are found.
        experiment_id: That of the active run, else the active one, when None.
    """
    return _add(name, source_run_id, {**context_tags(), **(tags or {})}, params, model_type, experiment_id)


def create_external_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Adds a logged model whose files are kept elsewhere, READY at once; arguments as of `initialize_logged_model`."""
    client = KisekiClient()
    given = {**context_tags(), **(tags or {}), EXTERNAL_TAG: "true"}
    model = _add(name, source_run_id, given, params, model_type, experiment_id)
    # What loads models finds here that there is nothing to load. JSON is YAML, too.
    content = {
        "artifact_path": model.artifact_location,
        "flavors": {},
        "metadata": {EXTERNAL_TAG: True},
        "model_id": model.model_id,
        "model_uuid": model.model_id,
        "run_id": model.source_run_id,
    }
    store = artifacts.store_of_model(client.backend, model.model_id)
    artifacts.send_bytes(store, json.dumps(content, indent=2).encode(), MODEL_FILE)
    return client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)


def finalize_logged_model(model_id: str, status: LoggedModelStatus | Literal["READY", "FAILED"]) -> LoggedModel:
    """Says that a model's files are there (READY) or failed to come (FAILED), and returns it as it is then."""
    return KisekiClient().finalize_logged_model(model_id, status)


def get_logged_model(model_id: str) -> LoggedModel:
    """Returns a logged model with its params, tags and metrics.

    Raises:
        NotFound: There is none of that id, or it is in the trash.
    """
    return KisekiClient().get_logged_model(model_id)


def last_logged_model() -> LoggedModel | None:
    """Returns the logged model that was added last in this thread, as it is now; None before the first."""
    model_id = state.last_model_id.get()
    return None if model_id is None else KisekiClient().get_logged_model(model_id)


@overload
def search_logged_models(
    experiment_ids: list[str] | None = None,
    filter_string: str | None = None,
    datasets: list[dict[str, str]] | None = None,
    max_results: int | None = None,
    order_by: list[dict[str, Any]] | None = None,
    output_format: Literal["pandas"] = "pandas",
    *,
    view_type: int | str = ViewType.ACTIVE_ONLY,
) -> pd.DataFrame: ...


@overload
def search_logged_models(
    experiment_ids: list[str] | None = None,
    filter_string: str | None = None,
    datasets: list[dict[str, str]] | None = None,
    max_results: int | None = None,
    order_by: list[dict[str, Any]] | None = None,
    *,
    output_format: Literal["list"],
    view_type: int | str = ViewType.ACTIVE_ONLY,
) -> list[LoggedModel]: ...


def search_logged_models(
    experiment_ids: list[str] | None = None,
    filter_string: str | None = None,
    datasets: list[dict[str, str]] | None = None,
    max_results: int | None = None,
    order_by: list[dict[str, Any]] | None = None,
    output_format: Literal["pandas", "list"] = "pandas",
    *,
    view_type: int | str = ViewType.ACTIVE_ONLY,
) -> Any:
    """Returns the logged models that a filter finds, the latest created first.

    Args:
        experiment_ids: The active experiment when None.
        filter_string: Such as `metrics.accuracy > 0.9 AND params.kind = 'forest'`.
        datasets: Dictionaries with `dataset_name` and perhaps `dataset_digest`: only what was measured on one of these.
        max_results: At most so many; all when None.
        order_by: Dictionaries with `field_name`, such as `metrics.accuracy`, and perhaps `ascending`, `dataset_name` and
            `dataset_digest`.
        output_format: "pandas" for a DataFrame, "list" for models.
        view_type: A `ViewType`: active models, those in the trash, or both; MLflow has no such argument.

    Raises:
        FilterError: `filter_string` or `order_by` does not parse.
        MissingDependency: pandas is not installed.
    """
    formats = ("pandas", "list")
    if output_format not in formats:
        raise InvalidParameter(
            f"Unsupported output format: {output_format!r}. Supported string values are {' or '.join(map(repr, formats))}"
        )
    client = KisekiClient()
    ids = strings("experiment_ids", experiment_ids) or [active_experiment_id(client)]
    found: list[LoggedModel] = []
    token = None
    while max_results is None or len(found) < max_results:
        wanted = SEARCH_PAGE if max_results is None else min(SEARCH_PAGE, max_results - len(found))
        page = client.search_logged_models(ids, filter_string, datasets, wanted, order_by, token, view_type=view_type)
        found += page
        token = page.token
        if token is None:
            break
    if output_format == "list":
        return found
    pandas = optional("pandas", "search_logged_models() as a DataFrame (output_format='list' needs nothing)")
    columns = {name: [getattr(model, name) for model in found] for name in _COLUMNS}
    columns["status"] = [str(model.status) for model in found]
    return pandas.DataFrame(columns)


def log_model_params(params: dict[str, Any], model_id: str | None = None) -> None:
    """Records params of a logged model, the active one when `model_id` is None.

    Raises:
        InvalidParameter: It has one of them with another value, or no model is active.
    """
    chosen = get_active_model_id() if model_id is None else model_id
    if not chosen:
        raise InvalidParameter(
            f"`model_id` must be a non-empty string, but got {chosen!r}. Give it, or make a model active with "
            "set_active_model()."
        )
    KisekiClient().log_model_params(chosen, params)


def set_logged_model_tags(model_id: str, tags: dict[str, Any]) -> None:
    """Sets tags of a logged model; values that are not text become text."""
    KisekiClient().set_logged_model_tags(model_id, tags)


def delete_logged_model_tag(model_id: str, key: str) -> None:
    """Deletes a tag of a logged model.

    Raises:
        NotFound: It has no such tag.
    """
    KisekiClient().delete_logged_model_tag(model_id, key)


def set_active_model(*, name: str | None = None, model_id: str | None = None) -> ActiveModel:
    """Makes a logged model the active one of this thread, of which metrics are measured from now on.

    Args:
        name: The latest model of that name in the active experiment; an external one is created when there is none.
        model_id: Of a model that exists.

    Returns:
        The model; as a context manager it is active in its `with` block only.

    Raises:
        InvalidParameter: Neither is given, or both are and the model has another name.
        NotFound: There is no model of that id.
    """
    if model_id is not None:
        model = get_logged_model(model_id)
        if name is not None and model.name != name:
            raise InvalidParameter(
                f"The logged model {model_id} is named {model.name!r}, not {name!r}. Give its id or its name alone."
            )
    elif name is not None:
        client = KisekiClient()
        filter_string = f"name = '{check_name(name)}'"
        found = client.search_logged_models([_experiment_id(client)], filter_string, max_results=1)
        model = found[0] if found else create_external_model(name)
    else:
        raise InvalidParameter("Either name or model_id must be provided")
    active = ActiveModel(model)
    state.active_model_id.set(model.model_id)
    return active


def get_active_model_id() -> str | None:
    """Returns the id of the active model of this thread, else that of KISEKI_ACTIVE_MODEL_ID, else None."""
    return state.active_model_id.get() or setting("ACTIVE_MODEL_ID")


def clear_active_model() -> None:
    """Makes no model the active one, neither that of `set_active_model` nor that of KISEKI_ACTIVE_MODEL_ID."""
    state.active_model_id.set(None)
    withdraw("ACTIVE_MODEL_ID")


def measured_model(client: KisekiClient, run_id: str, model_id: str | None) -> str | None:
    """The model of which a run measures something: that of the id, else the active one; None when there is none.

    That the run read the model is recorded the first time.
    """
    model_id = model_id or get_active_model_id()
    if model_id is None or (run_id, model_id) in _used:
        return model_id
    client.log_inputs(run_id, models=[LoggedModelInput(model_id)])
    with _lock:
        _used.add((run_id, model_id))
    return model_id


def _add(
    name: str | None,
    source_run_id: str | None,
    tags: dict[str, Any],
    params: dict[str, Any] | None,
    model_type: str | None,
    experiment_id: str | None,
) -> LoggedModel:
    client = KisekiClient()
    if source_run_id is None:
        active = state.current()
        source_run_id = None if active is None else active.run_id
    place = _experiment_id(client) if experiment_id is None else str(experiment_id)
    model = client.create_logged_model(place, name, source_run_id, tags, params, model_type)
    state.last_model_id.set(model.model_id)
    return model


def _experiment_id(client: KisekiClient) -> str:
    active = state.current()
    return active_experiment_id(client) if active is None else active.run.info.experiment_id
