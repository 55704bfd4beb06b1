"""The calls of the client that are about versions of registered models."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from typing import Any, Final

from kiseki.base.errors import AlreadyExists, InvalidParameter, KisekiError, NotFound
from kiseki.client.registry import RegistryBackend
from kiseki.client.values import integer, strings, tags_of, text, text_value
from kiseki.domain import model_versions as domain
from kiseki.domain.model_uris import ModelUri, is_model_uri, parse_model_uri
from kiseki.domain.model_versions import NewModelVersion, Stage, VersionStatus, stage_named, version_number
from kiseki.entities import PagedList
from kiseki.entities.model_versions import ModelVersion, model_version_from_domain

AWAIT_SECONDS: Final = 300
_LOOK_SECONDS: Final = 1.0
_log = logging.getLogger("kiseki")


def find_version(registry: RegistryBackend, named: ModelUri) -> domain.ModelVersion:
    """The version of a registered model that a URI names.

    Raises:
        NotFound: There is none.
        InvalidParameter: The model has no such alias.
    """
    if named.alias or named.latest:
        return registry.version_by_alias(named.name, named.alias or "latest")
    if named.stage is None:
        return registry.get_model_version(named.name, named.version)
    found = registry.latest_versions(named.name, [named.stage.value])
    if not found:
        raise NotFound(f"No versions of model with name {named.name!r} and stage {named.stage.value!r} found")
    return found[0]


class ModelVersionCalls(ABC):
    """What `KisekiClient` can do with versions of registered models."""

    @property
    @abstractmethod
    def registry(self) -> RegistryBackend:
        """The place where models are registered."""

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: dict[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        await_creation_for: int | None = AWAIT_SECONDS,
        model_id: str | None = None,
    ) -> ModelVersion:
        """Registers a version of a registered model.

        Args:
            name: Of a registered model that exists.
            source: `models:/<id of a logged model>`, `models:/<name>/<version>`, `runs:/<run id>/<path>`, or where the
                files are: an artifact of the run or the logged model, or a place in a bucket.
            run_id: The run that made it; needed where the source is one of its artifacts.
            tags: Values that are not text become text.
            run_link: The address of the run, where it is on another server.
            description: What to say of it.
            await_creation_for: Seconds to wait until it is READY; 0 or None does not. On kiseki's servers it is at once.
            model_id: The logged model that it is; needed where the source is one.

        Raises:
            NotFound: There is no such registered model, run or logged model.
            InvalidParameter: The source may not be named so.
        """
        made = self.registry.create_model_version(
            NewModelVersion(
                name=text("name", name),
                source=text("source", source),
                run_id=run_id or "",
                model_id=model_id or "",
                run_link=run_link or "",
                description=description or "",
                tags=tags_of(tags),
            )
        )
        return model_version_from_domain(self._ready(made, await_creation_for or 0))

    def _ready(self, version: domain.ModelVersion, seconds: float) -> domain.ModelVersion:
        """The version when it is there, or when so many seconds have gone by."""
        end = time.monotonic() + seconds
        while version.status is VersionStatus.PENDING and time.monotonic() < end:
            time.sleep(_LOOK_SECONDS)
            version = self.registry.get_model_version(version.name, version.version)
        if version.status is VersionStatus.FAILED or (version.status is VersionStatus.PENDING and seconds):
            raise KisekiError(
                f"Version {version.version} of {version.name!r} is {version.status} {version.status_message}".strip()
            )
        return version

    def copy_model_version(self, src_model_uri: str, dst_name: str) -> ModelVersion:
        """Registers a version under another name too, which is added when it is not there. The files are not copied.

        Args:
            src_model_uri: `models:/<name>/<version>`, or with an alias, a stage or `latest`.
            dst_name: Of the registered model that the copy is a version of.

        Raises:
            InvalidParameter: The URI names no version of a registered model.
        """
        uri = str(src_model_uri)
        if not is_model_uri(uri):
            raise InvalidParameter(
                f"Unsupported source model URI: {uri!r}. The `copy_model_version` API only copies models stored in the "
                "'models:/' scheme."
            )
        named = parse_model_uri(uri)
        if named.model_id or named.path:
            raise InvalidParameter(
                f"{uri!r} is no version of a registered model. Register a logged model with register_model()."
            )
        found = find_version(self.registry, named)
        name = text("dst_name", dst_name)
        try:
            self.registry.create_registered_model(name, {}, "")
            _log.info("Successfully registered model '%s'.", name)
        except AlreadyExists:
            _log.info("Registered model '%s' already exists. Creating a new version of this model...", name)
        return self.create_model_version(
            name,
            f"models:/{found.name}/{found.version}",
            run_id=found.run_id or None,
            tags=found.tags,
            run_link=found.run_link,
            description=found.description,
            model_id=found.model_id or None,
        )

    def get_model_version(self, name: str, version: str | int) -> ModelVersion:
        """Returns a version with its tags and aliases.

        Raises:
            NotFound: There is none of that number.
        """
        return model_version_from_domain(self.registry.get_model_version(text("name", name), version_number(version)))

    def update_model_version(self, name: str, version: str | int, description: str | None = None) -> ModelVersion:
        """Changes the description of a version; without one it has none afterwards."""
        told = text("description", description or "")
        found = self.registry.describe_model_version(text("name", name), version_number(version), told)
        return model_version_from_domain(found)

    def delete_model_version(self, name: str, version: str | int) -> None:
        """Deletes a version for good; its files stay, and its number is not given again.

        Raises:
            Conflict: An alias points to it.
        """
        self.registry.delete_model_version(text("name", name), version_number(version))

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Returns one page of the versions that a filter finds, the latest changed first.

        Args:
            filter_string: Such as `name = 'churn' AND version_number > 3`.
            max_results: 1 to 200,000.
            order_by: `name`, `version_number`, `creation_timestamp` or `last_updated_timestamp`, perhaps with ` DESC`.
            page_token: Of the page before.

        Raises:
            FilterError: The filter or the order does not parse.
        """
        page = self.registry.search_model_versions(
            filter_string or "",
            integer("max_results", max_results),
            strings("order_by", order_by),
            page_token or "",
        )
        return PagedList([model_version_from_domain(one) for one in page.items], page.next_page_token or None)

    def transition_model_version_stage(
        self, name: str, version: str | int, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        """Brings a version to a stage, and returns it as it is then.

        Args:
            name: Of the registered model.
            version: Its number.
            stage: "None", "Staging", "Production" or "Archived", in any case.
            archive_existing_versions: Whether to archive the other versions of the stage.

        Raises:
            Conflict: The model asks for approval or for a check that does not hold. `ask_stage` says more.
        """
        found = self.registry.set_stage(
            text("name", name), version_number(version), stage_named(text("stage", stage)), archive_existing_versions
        )
        return model_version_from_domain(found)

    def get_model_version_download_uri(self, name: str, version: str | int) -> str:
        """Returns where the files of a version are."""
        return self.registry.download_uri(text("name", name), version_number(version))

    def get_model_version_stages(self, name: str, version: str | int) -> list[str]:
        """Returns the stages that there are."""
        return [stage.value for stage in Stage]

    def set_model_version_tag(
        self,
        name: str,
        version: str | int | None = None,
        key: str | None = None,
        value: Any = None,
        stage: str | None = None,
    ) -> None:
        """Sets a tag of a version, or of the latest one of a stage; a value that is not text becomes text."""
        number = self._version_of(name, version, stage)
        self.registry.set_model_version_tag(name, number, text("key", key), text_value("value", value))

    def delete_model_version_tag(
        self, name: str, version: str | int | None = None, key: str | None = None, stage: str | None = None
    ) -> None:
        """Deletes a tag of a version, or of the latest one of a stage, if it has it."""
        number = self._version_of(name, version, stage)
        self.registry.delete_model_version_tag(name, number, text("key", key))

    def _version_of(self, name: str, version: str | int | None, stage: str | None) -> int:
        if version is not None and stage is not None:
            raise InvalidParameter("version and stage cannot be set together")
        if version is not None:
            return version_number(version)
        if stage is None:
            raise InvalidParameter("version or stage must be set")
        return find_version(self.registry, ModelUri(name=text("name", name), stage=stage_named(stage))).version
