"""What can be done with registered models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiseki.base.clock import now_ms
from kiseki.base.errors import Conflict, InvalidParameter, NotFound
from kiseki.domain.keys import check_given, check_key, check_value
from kiseki.domain.model_uris import ModelUri
from kiseki.domain.model_versions import (
    PROMPT_TAG,
    ModelVersion,
    Stage,
    check_description,
    check_tags,
    is_prompt,
    stage_named,
)
from kiseki.domain.moves import Rules, check_rules
from kiseki.domain.registered_models import LATEST, RegisteredModel, check_alias, check_name
from kiseki.domain.runs import Page
from kiseki.domain.webhooks import Action, Entity
from kiseki.query import (
    LOGGED_MODELS,
    REGISTERED_MODELS,
    RUNS,
    And,
    Comparison,
    Kind,
    Node,
    Op,
    parse_filter,
    parse_order_by,
)
from kiseki.service import webhooks
from kiseki.service.experiments import check_max_results
from kiseki.store import Session
from kiseki.store.registry import RegisteredKey

MAX_RESULTS: Final = 1_000


def create(session: Session, name: str, tags: dict[str, str], description: str, user_id: str = "") -> RegisteredModel:
    """Adds a registered model.

    Raises:
        AlreadyExists: A model has that name.
    """
    now = now_ms()
    model = RegisteredModel(
        name=check_name(name),
        creation_time=now,
        last_update_time=now,
        description=check_description(description),
        user_id=user_id,
        tags=check_tags(tags),
    )
    session.registered_models.create(model)
    told = {"name": model.name, "tags": model.tags, "description": model.description}
    webhooks.tell(session, Entity.REGISTERED_MODEL, Action.CREATED, told, is_prompt=is_prompt(model.tags))
    return model


def get(session: Session, name: str) -> RegisteredModel:
    """The model.

    Raises:
        NotFound: There is none of that name.
    """
    model = session.registered_models.get(check_given(name, "name"))
    if model is None:
        raise not_found(name)
    return model


def locate(session: Session, name: str) -> RegisteredKey:
    """Where the model is; whoever changes something of it has it from here on to the end of the transaction."""
    key = session.registered_models.locate(check_given(name, "name"))
    if key is None:
        raise not_found(name)
    return key


def describe(session: Session, name: str, description: str) -> RegisteredModel:
    """Changes the description, and returns the model as it is then."""
    session.registered_models.describe(locate(session, name), check_description(description), now_ms())
    return get(session, name)


def rename(session: Session, name: str, new_name: str) -> RegisteredModel:
    """Changes the name, also of all versions, and returns the model as it is then.

    Raises:
        AlreadyExists: Another model has that name.
    """
    key = locate(session, name)
    session.registered_models.rename(key, check_name(new_name, "new_name"), now_ms())
    return get(session, new_name)


def delete(session: Session, name: str) -> None:
    """Deletes a model with all versions, for good. Their files stay where they are.

    Raises:
        Conflict: A protected alias of it points to a version.
    """
    key = locate(session, name)
    aliases = session.registered_models.aliases(key)
    protected = [alias for alias in session.registered_models.rules(key).protected_aliases if alias in aliases]
    if protected:
        raise Conflict(
            f"The registered model {name!r} is not deleted: its protected alias {protected[0]!r} points to version "
            f"{aliases[protected[0]]}. Delete the alias, or take it from the protected ones, first."
        )
    session.registered_models.delete(key)


def set_tag(session: Session, name: str, key: str, value: str) -> None:
    """Adds or changes a tag."""
    model = locate(session, name)
    tags = {check_key(key, "key"): check_value(value, "value")}
    session.registered_models.set_tags(model, tags)
    _tell_tag(session, name, Action.SET, {"key": key, "value": value})


def delete_tag(session: Session, name: str, key: str) -> None:
    """Removes a tag; does nothing when there is none."""
    if session.registered_models.delete_tag(locate(session, name), check_given(key, "key")):
        _tell_tag(session, name, Action.DELETED, {"key": key})


def _tell_tag(session: Session, name: str, action: Action, told: dict[str, str]) -> None:
    """Tells of a tag of a prompt; MLflow has no event for those of models."""
    if is_prompt(get(session, name).tags):
        webhooks.tell(session, Entity.PROMPT_TAG, action, {"name": name, **told})


def search(
    session: Session,
    filter: str = "",  # noqa: A002 - the name that the API gives it
    max_results: int = 100,
    order_by: Sequence[str] = (),
    page_token: str = "",
) -> Page[RegisteredModel]:
    """One page of the models that match a filter, by name when there is no order; prompts are left out unless asked for.

    Raises:
        FilterError: The filter or the order does not parse.
        InvalidParameter: `max_results` is not between 1 and 1,000, or the token is of another search.
    """
    check_max_results(max_results, MAX_RESULTS)
    where, prompts = without_prompts(parse_filter(filter, REGISTERED_MODELS) if filter else None)
    order = parse_order_by(order_by, REGISTERED_MODELS)
    return session.registered_models.search(where, prompts, order, max_results, page_token)


def latest_versions(session: Session, name: str, stages: Sequence[str] = ()) -> list[ModelVersion]:
    """The version of the greatest number in each of some stages, in all when none are named."""
    key = locate(session, name)
    return session.model_versions.latest(key, [stage_named(one) for one in stages] or list(Stage))


def by_alias(session: Session, name: str, alias: str) -> ModelVersion:
    """The version to which an alias points; the one of the greatest number for `latest`.

    Raises:
        NotFound: There is no such model, or it has no version.
        InvalidParameter: It has no such alias.
    """
    if check_given(alias, "alias").lower() == LATEST:
        return _only(session.model_versions.latest(locate(session, name), None), name, "")
    found = session.model_versions.aliased(check_given(name, "name"), alias)
    if found is None:
        locate(session, name)
        raise InvalidParameter(f"Registered model alias {alias[:255]} not found.")
    return found


def resolve(session: Session, named: ModelUri) -> ModelVersion:
    """The version that a URI names, which is not of a logged model."""
    if named.alias:
        return by_alias(session, named.name, check_alias(named.alias))
    if named.latest:
        return by_alias(session, named.name, LATEST)
    if named.stage is not None:
        found = session.model_versions.latest(locate(session, named.name), [named.stage])
        return _only(found, named.name, f" and stage {named.stage.value!r}")
    version = session.model_versions.get(named.name, named.version)
    if version is None:
        raise no_version(named.name, named.version)
    return version


def rules(session: Session, name: str) -> Rules:
    """What the model asks for before something of it moves."""
    return session.registered_models.rules(locate(session, name))


def set_rules(session: Session, name: str, new: Rules) -> Rules:
    """Changes what the model asks for.

    Raises:
        InvalidParameter: An entry is not valid; a filter must parse for logged models and for runs.
    """
    key = locate(session, name)
    for check in check_rules(new).checks:
        if check.filter:
            for entity in (RUNS, LOGGED_MODELS):
                parse_filter(check.filter, entity)
    session.registered_models.set_rules(key, new, now_ms())
    return new


def without_prompts(where: Node | None) -> tuple[Node | None, bool]:
    """A filter without what it says of prompts, and whether prompts are looked for.

    MLflow's clients say of each search of models that the tag is not `true`, and mean those that do not have it, too.
    """
    items = list(where.items) if isinstance(where, And) else [] if where is None else [where]
    said = [item for item in items if isinstance(item, Comparison) and _is_of_prompts(item)]
    prompts = any(one.op is Op.EQ and one.value == "true" for one in said)
    left = [item for item in items if item not in said]
    return (None if not left else left[0] if len(left) == 1 else And(items=tuple(left))), prompts


def _is_of_prompts(one: Comparison) -> bool:
    return one.field.kind is Kind.TAG and one.field.key == PROMPT_TAG and one.op in (Op.EQ, Op.NE)


def _only(found: Sequence[ModelVersion], name: str, further: str) -> ModelVersion:
    if not found:
        raise NotFound(f"No versions of model with name {name[:256]!r}{further} found")
    return found[0]


def not_found(name: str) -> NotFound:
    """The error for a model that is not there."""
    return NotFound(f"Registered Model with name={name[:300]} not found")


def no_version(name: str, version: int) -> NotFound:
    """The error for a version that is not there."""
    return NotFound(f"Model Version (name={name[:300]}, version={version}) not found")
