"""What can be done with versions of registered models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kiseki.base.clock import now_ms
from kiseki.base.errors import Conflict
from kiseki.base.ids import ModelId
from kiseki.domain.keys import check_given, check_key, check_value
from kiseki.domain.model_versions import (
    PROMPT_TEXT_TAG,
    VERSIONS_TAG,
    FileDigest,
    ModelVersion,
    NewModelVersion,
    check_description,
    check_link,
    check_tags,
    is_prompt,
)
from kiseki.domain.runs import Page
from kiseki.domain.webhooks import Action, Entity
from kiseki.query import MODEL_VERSIONS, parse_filter, parse_order_by
from kiseki.service import registered_models, sources, webhooks
from kiseki.service.experiments import check_max_results
from kiseki.store import Session
from kiseki.store.registry import VersionKey

MAX_RESULTS: Final = 200_000


def create(
    session: Session,
    new: NewModelVersion,
    files: Sequence[FileDigest] | None = None,
    *,
    own_rights: bool = False,
) -> ModelVersion:
    """Registers a version, READY, under the number that comes next; a copy has the digests of what it is a copy of.

    Args:
        session: The transaction.
        new: What the client says.
        files: The digests of its files, where they are known.
        own_rights: Whether whoever asks may read what this process may read.

    Raises:
        NotFound: There is no such model, or nothing to register.
        InvalidParameter: The source may not be named so.
    """
    model = registered_models.locate(session, new.name)
    source = sources.resolve(session, new.source, new.run_id, new.model_id, own_rights=own_rights)
    now = now_ms()
    key = session.model_versions.add(
        model,
        ModelVersion(
            name=model.name,
            version=0,
            creation_time=now,
            last_update_time=now,
            source=source.source,
            location=source.location,
            run_id=source.run_id,
            model_id=source.model_id,
            user_id=new.user_id,
            description=check_description(new.description),
            run_link=check_link(new.run_link),
            tags=check_tags(new.tags),
        ),
    )
    if source.copied is not None:
        copied = session.model_versions.locate(source.copied.name, source.copied.version)
        files = session.model_versions.files(copied) if copied is not None else None
    if files is not None:
        session.model_versions.record_files(key, files)
    if source.model_id:
        _tell_model(session, source.model_id, key)
    made = get(session, model.name, key.version)
    told = {"name": made.name, "version": str(made.version), "tags": made.tags, "description": made.description}
    prompt = is_prompt(made.tags)
    of = {"template": made.tags.get(PROMPT_TEXT_TAG, "")} if prompt else {"source": made.source, "run_id": made.run_id}
    webhooks.tell(session, Entity.MODEL_VERSION, Action.CREATED, {**told, **of}, is_prompt=prompt)
    return made


def _tell_model(session: Session, model_id: str, version: VersionKey) -> None:
    """Adds a version to the tag in which MLflow's UI looks for those of a logged model."""
    model = session.logged_models.locate(ModelId(model_id))
    found = session.logged_models.get(ModelId(model_id))
    if model is None or found is None:
        return
    told: list[object] = []
    try:
        told = msgspec.json.decode(found.tags.get(VERSIONS_TAG, "[]"), type=list[object])
    except msgspec.DecodeError:
        # A client wrote something else there.
        told = []
    told.append({"name": version.name, "version": version.version})
    session.logged_models.set_tags(model, {VERSIONS_TAG: msgspec.json.encode(told).decode()})


def get(session: Session, name: str, version: int) -> ModelVersion:
    """The version.

    Raises:
        NotFound: There is none of that number, or no such model.
    """
    found = session.model_versions.get(check_given(name, "name"), version)
    if found is None:
        raise registered_models.no_version(name, version)
    return found


def locate(session: Session, name: str, version: int) -> VersionKey:
    """Where the version is, for whoever changes it: its model is held to the end of the transaction."""
    model = session.registered_models.locate(check_given(name, "name"))
    key = session.model_versions.locate(name, version) if model is not None else None
    if key is None:
        raise registered_models.no_version(name, version)
    return key


def to_change(session: Session, name: str, version: int) -> VersionKey:
    """As `locate`, of a version that may change.

    Raises:
        Conflict: A protected alias points to it.
    """
    key = locate(session, name, version)
    model = registered_models.locate(session, name)
    aliases = session.registered_models.aliases(model)
    for alias in session.registered_models.rules(model).protected_aliases:
        if aliases.get(alias) == version:
            raise Conflict(
                f"Version {version} of {name!r} does not change while the protected alias {alias!r} points to it. Move "
                "the alias to another version first."
            )
    return key


def describe(session: Session, name: str, version: int, description: str) -> ModelVersion:
    """Changes the description, and returns the version as it is then."""
    key = to_change(session, name, version)
    session.model_versions.describe(key, check_description(description), now_ms())
    return get(session, name, version)


def delete(session: Session, name: str, version: int) -> None:
    """Deletes a version for good; its number is not given again, and its files stay where they are.

    Raises:
        Conflict: An alias points to it.
    """
    key = locate(session, name, version)
    model = registered_models.locate(session, name)
    aliases = [alias for alias, to in session.registered_models.aliases(model).items() if to == version]
    if aliases:
        raise Conflict(
            f"Version {version} of {name!r} is not deleted: the alias {aliases[0]!r} points to it. Move or delete the alias "
            "first."
        )
    session.model_versions.delete(key)
    session.registered_models.touch(model, now_ms())


def set_tag(session: Session, name: str, version: int, key: str, value: str) -> None:
    """Adds or changes a tag."""
    found = to_change(session, name, version)
    session.model_versions.set_tags(found, {check_key(key, "key"): check_value(value, "value")})
    _tell_tag(session, found, Action.SET, {"key": key, "value": value})


def delete_tag(session: Session, name: str, version: int, key: str) -> None:
    """Removes a tag; does nothing when there is none."""
    found = to_change(session, name, version)
    if session.model_versions.delete_tag(found, check_given(key, "key")):
        _tell_tag(session, found, Action.DELETED, {"key": key})


def _tell_tag(session: Session, version: VersionKey, action: Action, told: dict[str, str]) -> None:
    of = {"name": version.name, "version": str(version.version)}
    prompt = is_prompt(get(session, version.name, version.version).tags)
    webhooks.tell(session, Entity.MODEL_VERSION_TAG, action, {**of, **told}, is_prompt=prompt)


def search(
    session: Session,
    filter: str = "",  # noqa: A002 - the name that the API gives it
    max_results: int = MAX_RESULTS,
    order_by: Sequence[str] = (),
    page_token: str = "",
) -> Page[ModelVersion]:
    """One page of the versions that match a filter, the latest changed first when there is no order; no prompts.

    Raises:
        FilterError: The filter or the order does not parse.
        InvalidParameter: `max_results` is not between 1 and 200,000, or the token is of another search.
    """
    check_max_results(max_results, MAX_RESULTS)
    where, prompts = registered_models.without_prompts(parse_filter(filter, MODEL_VERSIONS) if filter else None)
    order = parse_order_by(order_by, MODEL_VERSIONS)
    return session.model_versions.search(where, prompts, order, max_results, page_token)


def download_uri(session: Session, name: str, version: int) -> str:
    """Where the files of a version are, as a client reads them.

    Raises:
        InvalidParameter: The row has a place that no client may be sent to.
    """
    return sources.check_location(get(session, name, version).location)


def files(session: Session, name: str, version: int) -> list[FileDigest] | None:
    """The digests of a version's files when it was registered; None where they were not known."""
    key = session.model_versions.locate(check_given(name, "name"), version)
    if key is None:
        raise registered_models.no_version(name, version)
    return session.model_versions.files(key)
