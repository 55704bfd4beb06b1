"""Registering models, and finding what is registered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from kiseki.base.errors import NotImplementedByKiseki
from kiseki.client.client import KisekiClient
from kiseki.client.model_versions import AWAIT_SECONDS
from kiseki.client.registering import register
from kiseki.entities import PagedList
from kiseki.entities.model_versions import ModelVersion
from kiseki.entities.registered_models import RegisteredModel

T = TypeVar("T")

_PAGE: Final = 1_000


def register_model(
    model_uri: str,
    name: str,
    await_registration_for: int | None = AWAIT_SECONDS,
    *,
    tags: dict[str, Any] | None = None,
    env_pack: Any = None,
) -> ModelVersion:
    """Registers a model as the next version of a registered model, which is added when it is not there.

    Args:
        model_uri: `models:/<id of a logged model>`, `runs:/<run id>/<name or path of a model>`, `models:/<name>/<version>`,
            or where the files are.
        name: Of the registered model.
        await_registration_for: Seconds to wait until it is READY; 0 or None does not.
        tags: Of the version; values that are not text become text.
        env_pack: For MLflow's sake: must be None.

    Raises:
        NotFound: There is no such model.
        InvalidParameter: The URI may not be registered.
    """
    if env_pack is not None:
        raise NotImplementedByKiseki("env_pack is of Databricks alone.")
    return register(KisekiClient(), str(model_uri), name, await_registration_for, tags)


def search_registered_models(
    max_results: int | None = None, filter_string: str | None = None, order_by: list[str] | None = None
) -> list[RegisteredModel]:
    """Returns the registered models that a filter finds, by name.

    Args:
        max_results: At most so many; all when None.
        filter_string: Such as `name LIKE 'churn%' AND tags.team = 'crm'`.
        order_by: Such as `["last_updated_timestamp DESC"]`.

    Raises:
        FilterError: `filter_string` or `order_by` does not parse.
    """
    client = KisekiClient()
    return _all(lambda size, token: client.search_registered_models(filter_string, size, order_by, token), max_results)


def search_model_versions(
    max_results: int | None = None, filter_string: str | None = None, order_by: list[str] | None = None
) -> list[ModelVersion]:
    """Returns the versions that a filter finds, the latest changed first.

    Args:
        max_results: At most so many; all when None.
        filter_string: Such as `name = 'churn' AND version_number > 3`.
        order_by: Such as `["version_number DESC"]`.

    Raises:
        FilterError: `filter_string` or `order_by` does not parse.
    """
    client = KisekiClient()
    return _all(lambda size, token: client.search_model_versions(filter_string, size, order_by, token), max_results)


def set_model_version_tag(name: str, version: str | None = None, key: str | None = None, value: Any = None) -> None:
    """Sets a tag of a version; a value that is not text becomes text."""
    KisekiClient().set_model_version_tag(name, version, key, value)


def _all(search: Callable[[int, str | None], PagedList[T]], most: int | None) -> list[T]:
    found: list[T] = []
    token = None
    while most is None or len(found) < most:
        page = search(_PAGE if most is None else min(_PAGE, most - len(found)), token)
        found += page
        token = page.token
        if token is None:
            break
    return found
