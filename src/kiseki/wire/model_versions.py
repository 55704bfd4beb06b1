"""Versions of registered models on the wire."""

from __future__ import annotations

import msgspec

from kiseki.domain import model_versions as domain
from kiseki.wire.actors import Acted
from kiseki.wire.experiments import Tag, tags_from_dict, tags_to_dict


class ModelVersion(msgspec.Struct, kw_only=True):
    """A version; its number is text."""

    name: str
    version: str
    creation_timestamp: int = 0
    last_updated_timestamp: int = 0
    user_id: str | msgspec.UnsetType = msgspec.UNSET
    current_stage: str = "None"
    description: str = ""
    source: str = ""
    run_id: str = ""
    status: str = "READY"
    status_message: str | msgspec.UnsetType = msgspec.UNSET
    tags: list[Tag] | msgspec.UnsetType = msgspec.UNSET
    run_link: str = ""
    aliases: list[str] | msgspec.UnsetType = msgspec.UNSET
    model_id: str | msgspec.UnsetType = msgspec.UNSET


class CreateModelVersion(Acted, kw_only=True, omit_defaults=True):
    """POST model-versions/create."""

    name: str
    source: str
    run_id: str = ""
    tags: list[Tag] = msgspec.field(default_factory=list)
    run_link: str = ""
    description: str = ""
    model_id: str = ""


class ModelVersionRef(msgspec.Struct, kw_only=True):
    """A request that names a version."""

    name: str
    version: str


class UpdateModelVersion(ModelVersionRef, kw_only=True, omit_defaults=True):
    """PATCH model-versions/update: without a description it has none afterwards."""

    description: str = ""


class TransitionStage(Acted, kw_only=True, omit_defaults=True):
    """POST model-versions/transition-stage: `stage` in any case."""

    name: str
    version: str
    stage: str
    archive_existing_versions: bool = False


class SetModelVersionTag(ModelVersionRef, kw_only=True, omit_defaults=True):
    """POST model-versions/set-tag."""

    key: str
    value: str = ""


class DeleteModelVersionTag(ModelVersionRef, kw_only=True):
    """DELETE model-versions/delete-tag."""

    key: str


class SearchModelVersions(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET model-versions/search."""

    filter: str = ""
    max_results: int = 200_000
    order_by: list[str] = []
    page_token: str = ""


class GetModelVersionArtifact(ModelVersionRef, kw_only=True, omit_defaults=True):
    """GET /model-versions/get-artifact, and the list and the zip file of a folder."""

    path: str = ""


class ModelVersionAnswer(msgspec.Struct, kw_only=True):
    """The answer that is one version."""

    model_version: ModelVersion


class ModelVersionsAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Versions, perhaps one page of more."""

    model_versions: list[ModelVersion] = []
    next_page_token: str = ""


class DownloadUri(msgspec.Struct, kw_only=True):
    """Where the files of a version are."""

    artifact_uri: str


class VersionFile(msgspec.Struct, kw_only=True):
    """A file of a version when it was registered; `sha256` is absent where nobody read it."""

    path: str
    size: int
    sha256: str | msgspec.UnsetType = msgspec.UNSET


class VersionFilesAnswer(msgspec.Struct, kw_only=True):
    """The files of a version by path; `known` is false where the server had no way to them."""

    known: bool
    files: list[VersionFile] = []


def version_from_domain(version: domain.ModelVersion) -> ModelVersion:
    """The wire form of a version; tags by key."""
    return ModelVersion(
        name=version.name,
        version=str(version.version),
        creation_timestamp=version.creation_time,
        last_updated_timestamp=version.last_update_time,
        user_id=version.user_id or msgspec.UNSET,
        current_stage=version.stage.value,
        description=version.description,
        source=version.source,
        run_id=version.run_id,
        status=version.status.value,
        status_message=version.status_message or msgspec.UNSET,
        tags=tags_from_dict(version.tags) or msgspec.UNSET,
        run_link=version.run_link,
        aliases=list(version.aliases) or msgspec.UNSET,
        model_id=version.model_id or msgspec.UNSET,
    )


def version_to_domain(given: ModelVersion) -> domain.ModelVersion:
    """The version in its wire form, whose place the wire does not tell."""
    return domain.ModelVersion(
        name=given.name,
        version=domain.version_number(given.version),
        creation_time=given.creation_timestamp,
        last_update_time=given.last_updated_timestamp,
        source=given.source,
        location="",
        run_id=given.run_id,
        model_id=given.model_id or "",
        user_id=given.user_id or "",
        stage=domain.stage_named(given.current_stage),
        status=domain.VersionStatus(given.status),
        status_message=given.status_message or "",
        description=given.description,
        run_link=given.run_link,
        tags=tags_to_dict(given.tags or []),
        aliases=tuple(given.aliases or ()),
    )


def files_from_domain(files: list[domain.FileDigest] | None) -> VersionFilesAnswer:
    """The wire form of the files of a version."""
    return VersionFilesAnswer(
        known=files is not None,
        files=[VersionFile(path=one.path, size=one.size, sha256=one.sha256 or msgspec.UNSET) for one in files or ()],
    )


def files_to_domain(given: VersionFilesAnswer) -> list[domain.FileDigest] | None:
    """The files of a version in their wire form."""
    if not given.known:
        return None
    return [domain.FileDigest(path=one.path, size=one.size, sha256=one.sha256 or "") for one in given.files]
