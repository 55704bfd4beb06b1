"""`models:/` URIs: a logged model by its id, or a version of a registered model by number, alias, stage or `latest`."""

from __future__ import annotations

from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import is_model_id, is_own_model_id
from kiseki.domain.model_versions import MAX_VERSION, Stage
from kiseki.domain.registered_models import LATEST, check_alias, check_name

_SCHEME: Final = "models:"
_FORMS: Final = (
    "Write models:/<name>/<version>, models:/<name>@<alias>, models:/<name>/<stage>, models:/<name>/latest or "
    "models:/<id of a logged model>."
)


class ModelUri(msgspec.Struct, frozen=True, kw_only=True):
    """What a `models:/` URI names: `model_id`, or else `name` with one of the four. `path` is what lies below it."""

    model_id: str = ""
    name: str = ""
    version: int = 0
    alias: str = ""
    stage: Stage | None = None
    latest: bool = False
    path: str = ""

    def __str__(self) -> str:
        if self.model_id:
            return f"{_SCHEME}/{self.model_id}"
        if self.alias:
            return f"{_SCHEME}/{self.name}@{self.alias}"
        return f"{_SCHEME}/{self.name}/{LATEST if self.latest else self.stage or self.version}"


def is_model_uri(uri: str) -> bool:
    """Whether a URI has the scheme of models."""
    return uri[: len(_SCHEME)].lower() == _SCHEME


def parse_model_uri(uri: str) -> ModelUri:
    """Takes a URI apart; nothing in it is decoded, since names have nothing that needs it.

    A single part is the id of a logged model, or a name with `@` and an alias; so `models:/NAME` alone is not a model.

    Raises:
        InvalidParameter: It is no `models:/` URI that names a model.
    """
    rest = uri[len(_SCHEME) :] if is_model_uri(uri) else ""
    # MLflow writes the place of the registry, if at all, as an authority.
    if not rest.startswith("/") or rest.startswith("//"):
        raise _bad(uri)
    first, _, further = rest[1:].partition("/")
    name, at, alias = first.rpartition("@")
    if at and name:
        if alias.lower() == LATEST:
            return ModelUri(name=check_name(name), latest=True, path=further)
        return ModelUri(name=check_name(name), alias=check_alias(alias), path=further)
    second, _, path = further.partition("/")
    if is_own_model_id(first) or (is_model_id(first) and not second):
        return ModelUri(model_id=first, path=further)
    if not first or not second:
        raise _bad(uri)
    check_name(first)
    if second.isascii() and second.isdigit():
        if len(second) > len(str(MAX_VERSION)) or int(second) > MAX_VERSION:
            raise _bad(uri)
        return ModelUri(name=first, version=int(second), path=path)
    if second.lower() == LATEST:
        return ModelUri(name=first, latest=True, path=path)
    for stage in Stage:
        if stage.value.lower() == second.lower():
            return ModelUri(name=first, stage=stage, path=path)
    raise _bad(uri)


def _bad(uri: str) -> InvalidParameter:
    return InvalidParameter(f"Not a proper models:/ URI: {uri[:300]!r}. {_FORMS}")
