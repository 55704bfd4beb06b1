"""The call of the client that asks for lineage, which only kiseki's servers know."""

from __future__ import annotations

from abc import ABC, abstractmethod

from kiseki.client.registry import RegistryBackend
from kiseki.domain.model_versions import version_number
from kiseki.entities.lineage import Lineage, lineage_from_domain


class LineageCalls(ABC):
    """What `KisekiClient` knows of where things come from."""

    @property
    @abstractmethod
    def registry(self) -> RegistryBackend:
        """The place where models are registered."""

    def get_lineage(
        self,
        *,
        name: str | None = None,
        version: str | int | None = None,
        alias: str | None = None,
        run_id: str | None = None,
        model_id: str | None = None,
        dataset: tuple[str, str, str] | None = None,
    ) -> Lineage:
        """Returns what one thing comes from and what came of it: data sets, runs, logged models, versions, aliases.

        Args:
            name: Of a registered model, with `version` or `alias`.
            version: Which version of it.
            alias: Which alias of it.
            run_id: Of a run.
            model_id: Of a logged model.
            dataset: Of a data set: the id of the experiment, its name and its digest.

        Raises:
            NotFound: There is no such thing.
            InvalidParameter: None or several are named.
        """
        found = self.registry.lineage(
            name or "",
            None if version is None else version_number(version),
            alias or "",
            run_id or "",
            model_id or "",
            ("", "", "") if dataset is None else (str(dataset[0]), dataset[1], dataset[2]),
        )
        return lineage_from_domain(found)
