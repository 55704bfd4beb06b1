"""Versions of registered models: which files they are, where they came from, and the stage that each is in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.domain.keys import check_key, check_text, check_value

MAX_DESCRIPTION_BYTES: Final = 65_536
MAX_LINK_CHARS: Final = 2_048
MAX_TAGS: Final = 1_000
"""The most tags in one request."""
MAX_VERSION: Final = 2**31 - 1
"""The greatest number of a version."""

PROMPT_TAG: Final = "mlflow.prompt.is_prompt"
"""Says `true` of a prompt, which MLflow keeps among models and versions and leaves out of their searches."""
PROMPT_TEXT_TAG: Final = "mlflow.prompt.text"
"""The text of a version of a prompt."""
VERSIONS_TAG: Final = "mlflow.modelVersions"
"""The tag of a logged model that has its versions as JSON: `[{"name": …, "version": …}]`."""


class Stage(StrEnum):
    """What a version is used for, as MLflow 2 said it; aliases say the same in a team's own words."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"


class VersionStatus(StrEnum):
    """Whether a version's files are there."""

    PENDING = "PENDING_REGISTRATION"
    FAILED = "FAILED_REGISTRATION"
    READY = "READY"


class ModelVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version. Times are milliseconds since the epoch; `source` is what was registered, `location` where its files are.

    `run_id` and `model_id` are "" where no run made it and it was no logged model, `user_id` where nobody said who did it.
    """

    name: str
    version: int
    creation_time: int
    last_update_time: int
    source: str
    location: str
    run_id: str = ""
    model_id: str = ""
    user_id: str = ""
    stage: Stage = Stage.NONE
    status: VersionStatus = VersionStatus.READY
    status_message: str = ""
    description: str = ""
    run_link: str = ""
    tags: dict[str, str] = {}
    aliases: tuple[str, ...] = ()


class NewModelVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of a version that it registers."""

    name: str
    source: str
    run_id: str = ""
    model_id: str = ""
    run_link: str = ""
    description: str = ""
    user_id: str = ""
    tags: dict[str, str] = {}


class FileDigest(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a version: its path below the version's folder, its bytes, and their SHA-256; "" where nobody read it."""

    path: str
    size: int
    sha256: str = ""


def is_prompt(tags: Mapping[str, str]) -> bool:
    """Whether a model or a version that has these tags is a prompt."""
    return tags.get(PROMPT_TAG) == "true"


def stage_named(text: str) -> Stage:
    """The stage of a name in any case, or raises InvalidParameter."""
    for stage in Stage:
        if stage.value.lower() == text.lower():
            return stage
    raise InvalidParameter(f"Invalid Model Version stage: {text[:64]}. Value must be one of {', '.join(Stage)}.")


def version_number(text: str | int) -> int:
    """The number of a version as a request has it, or raises InvalidParameter."""
    given = str(text)
    if given.isascii() and given.isdigit() and len(given) <= len(str(MAX_VERSION)) and int(given) <= MAX_VERSION:
        return int(given)
    raise InvalidParameter(
        f"Parameter 'version' must be an integer, got {given[:64]!r}. Versions are 1, 2, 3 and so on."
    )


def check_description(text: str) -> str:
    """Returns a description, or raises InvalidParameter when it has over 65,536 bytes of UTF-8."""
    return check_value(text, "description")


def check_link(text: str) -> str:
    """Returns the address of a run on another server, or raises InvalidParameter when it has over 2,048 characters."""
    if len(text) > MAX_LINK_CHARS:
        raise InvalidParameter(
            f"'run_link' exceeds the maximum length of {MAX_LINK_CHARS} characters: it has {len(text)}. Shorten it."
        )
    return check_text(text, "run_link")


def check_tags(tags: dict[str, str]) -> dict[str, str]:
    """Returns tags of a model or a version, or raises InvalidParameter naming the first bad one."""
    if len(tags) > MAX_TAGS:
        raise InvalidParameter(
            f"A request can contain at most {MAX_TAGS} tags. Got {len(tags)}. Split it into several."
        )
    for i, (key, value) in enumerate(tags.items()):
        check_key(key, f"tags[{i}].key")
        check_value(value, f"tags[{i}].value")
    return tags
