"""The calls of the client that are about registered models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from kiseki.client.registry import RegistryBackend
from kiseki.client.values import integer, strings, tags_of, text, text_value
from kiseki.domain.model_versions import version_number
from kiseki.domain.registered_models import check_name
from kiseki.entities import PagedList
from kiseki.entities.model_versions import ModelVersion, model_version_from_domain
from kiseki.entities.registered_models import RegisteredModel, registered_model_from_domain


class RegisteredModelCalls(ABC):
    """What `KisekiClient` can do with registered models."""

    @property
    @abstractmethod
    def registry(self) -> RegistryBackend:
        """The place where models are registered."""

    def create_registered_model(
        self,
        name: str,
        tags: dict[str, Any] | None = None,
        description: str | None = None,
        deployment_job_id: str | None = None,
    ) -> RegisteredModel:
        """Adds a registered model.

        Args:
            name: 1 to 256 characters, none of them `/`, `:` or `@`.
            tags: Values that are not text become text.
            description: What to say of it.
            deployment_job_id: Accepted for MLflow's sake.

        Raises:
            AlreadyExists: One has that name.
        """
        made = self.registry.create_registered_model(
            check_name(text("name", name)), tags_of(tags), text("description", description or "")
        )
        return registered_model_from_domain(made)

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Gives a registered model and all its versions another name.

        Raises:
            AlreadyExists: Another model has that name.
        """
        new = check_name(text("new_name", new_name), "new_name")
        return registered_model_from_domain(self.registry.rename_registered_model(text("name", name), new))

    def update_registered_model(
        self, name: str, description: str | None = None, deployment_job_id: str | None = None
    ) -> RegisteredModel:
        """Changes the description of a registered model; without one it has none afterwards."""
        told = text("description", description or "")
        return registered_model_from_domain(self.registry.describe_registered_model(text("name", name), told))

    def delete_registered_model(self, name: str) -> None:
        """Deletes a registered model with all its versions, for good. Their files stay.

        Raises:
            Conflict: A protected alias of it points to a version.
        """
        self.registry.delete_registered_model(text("name", name))

    def get_registered_model(self, name: str) -> RegisteredModel:
        """Returns a registered model with its tags, aliases and the latest version of each stage.

        Raises:
            NotFound: There is none of that name.
        """
        return registered_model_from_domain(self.registry.get_registered_model(text("name", name)))

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Returns one page of the registered models that a filter finds, by name.

        Args:
            filter_string: Such as `name LIKE 'churn%' AND tags.team = 'crm'`.
            max_results: 1 to 1,000.
            order_by: `name`, `creation_timestamp` or `last_updated_timestamp`, perhaps with ` DESC` behind.
            page_token: Of the page before.

        Raises:
            FilterError: The filter or the order does not parse.
        """
        page = self.registry.search_registered_models(
            filter_string or "",
            integer("max_results", max_results),
            strings("order_by", order_by),
            page_token or "",
        )
        return PagedList([registered_model_from_domain(one) for one in page.items], page.next_page_token or None)

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> list[ModelVersion]:
        """Returns the latest version of each of some stages, of all stages when None."""
        found = self.registry.latest_versions(text("name", name), strings("stages", stages))
        return [model_version_from_domain(one) for one in found]

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        """Sets a tag of a registered model; a value that is not text becomes text."""
        self.registry.set_registered_model_tag(text("name", name), text("key", key), text_value("value", value))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Deletes a tag of a registered model, if it has it."""
        self.registry.delete_registered_model_tag(text("name", name), text("key", key))

    def set_registered_model_alias(self, name: str, alias: str, version: str | int) -> None:
        """Lets an alias point to a version.

        Raises:
            NotFound: There is no such version.
            Conflict: The model asks for approval or for a check that does not hold. `ask_alias` says more.
        """
        self.registry.set_alias(text("name", name), text("alias", alias), version_number(version))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Deletes an alias, if there is one."""
        self.registry.delete_alias(text("name", name), text("alias", alias))

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Returns the version to which an alias points; for `latest` the one of the greatest number.

        Raises:
            InvalidParameter: The model has no such alias.
        """
        return model_version_from_domain(self.registry.version_by_alias(text("name", name), text("alias", alias)))
