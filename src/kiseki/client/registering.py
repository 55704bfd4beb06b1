"""From the URI of a model to the next version of a registered model."""

from __future__ import annotations

import logging
from typing import Any, Final

from kiseki.base.errors import AlreadyExists, InvalidParameter, NotFound
from kiseki.client.client import KisekiClient
from kiseki.client.run_files import model_of_run
from kiseki.domain.model_uris import is_model_uri, parse_model_uri
from kiseki.entities.model_versions import ModelVersion

_RUNS: Final = "runs:/"
_log = logging.getLogger("kiseki")


def register(
    client: KisekiClient, uri: str, name: str, await_creation_for: int | None, tags: dict[str, Any] | None
) -> ModelVersion:
    """Registers a model as the next version of a registered model, which is added when it is not there.

    Raises:
        NotFound: There is no such model.
        InvalidParameter: The URI may not be registered.
    """
    source, run_id, model_id = _source(client, uri)
    try:
        client.create_registered_model(name)
        _log.info("Successfully registered model '%s'.", name)
    except AlreadyExists:
        _log.info("Registered model '%s' already exists. Creating a new version of this model...", name)
    made = client.create_model_version(
        name, source, run_id, tags, await_creation_for=await_creation_for, model_id=model_id
    )
    _log.info("Created version '%s' of model '%s'.", made.version, made.name)
    return made


def _source(client: KisekiClient, uri: str) -> tuple[str, str | None, str | None]:
    """What to register, and the run and the logged model that it is of."""
    if is_model_uri(uri):
        named = parse_model_uri(uri)
        if not named.model_id:
            return uri, None, None
        model = client.get_logged_model(named.model_id)
        return model.model_uri, model.source_run_id, model.model_id
    if not uri.startswith(_RUNS):
        return uri, None, None
    run_id, _, path = uri.removeprefix(_RUNS).lstrip("/").partition("/")
    path = path.strip("/")
    if not run_id or not path:
        raise InvalidParameter(f"Not a proper runs:/ URI: {uri!r}. Write runs:/<run id>/<path of the model>.")
    found = model_of_run(client.backend, run_id, path)
    if found is not None:
        return f"models:/{found.model_id}", run_id, found.model_id
    if not client.list_artifacts(run_id, path):
        raise NotFound(f"Unable to find a logged_model with artifact_path {path} under run {run_id}")
    return uri, run_id, None
