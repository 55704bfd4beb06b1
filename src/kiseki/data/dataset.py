"""What every dataset has: a name, a digest of its content, where it comes from."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Any

from kiseki.data.sources import DatasetSource
from kiseki.entities import Dataset as DatasetEntity

DEFAULT_NAME = "dataset"


class Dataset:
    """A dataset that a run can record. The digest is computed when it is first asked for, and then kept."""

    def __init__(self, source: DatasetSource, name: str | None = None, digest: str | None = None) -> None:
        self._source = source
        self._name = name
        self._digest = digest

    @property
    def name(self) -> str:
        """The name that was given, else "dataset"."""
        return DEFAULT_NAME if self._name is None else self._name

    @cached_property
    def digest(self) -> str:
        """Up to 36 characters that tell datasets of one name apart: 8 hexadecimal digits of the content's MD5."""
        return self._compute_digest() if self._digest is None else self._digest

    @property
    def source(self) -> DatasetSource:
        """Where the dataset comes from."""
        return self._source

    @property
    def profile(self) -> Any | None:
        """Numbers about the dataset, None when there are none."""
        return None

    @property
    def schema(self) -> Any | None:
        """The columns or arrays, None when they are not known."""
        return None

    def _compute_digest(self) -> str:
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """What is recorded of the dataset; `source`, `schema` and `profile` are JSON in text."""
        return {
            "name": self.name,
            "digest": self.digest,
            "source": self.source.to_json(),
            "source_type": self.source.source_type,
        }

    def to_json(self) -> str:
        """What is recorded of the dataset, as JSON."""
        return json.dumps(self.to_dict())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: name={self.name!r}, digest={self.digest!r}, source={self.source!r}>"


class MetaDataset(Dataset):
    """A dataset of which only the source is known: nothing of it is read.

    Args:
        source: Where it comes from.
        name: "dataset" when None.
        digest: Computed from name, source and schema when None.
        schema: Its columns or arrays, with `to_dict()`.
    """

    def __init__(
        self, source: DatasetSource, name: str | None = None, digest: str | None = None, schema: Any | None = None
    ) -> None:
        super().__init__(source, name, digest)
        self._schema = schema

    @property
    def schema(self) -> Any | None:
        return self._schema

    def _compute_digest(self) -> str:
        facts = [self.name, self.source.source_type, self.source.to_dict(), _schema_dict(self._schema)]
        return short_digest(json.dumps(facts, sort_keys=True, default=str).encode())

    def to_dict(self) -> dict[str, Any]:
        facts = super().to_dict()
        if self._schema is not None:
            facts["schema"] = json.dumps(_schema_dict(self._schema))
        return facts


def short_digest(*parts: bytes) -> str:
    """The first 8 hexadecimal digits of the MD5 of some bytes: a name for content, not a proof against forgery."""
    digest = hashlib.md5(usedforsecurity=False)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:8]


def as_entity(dataset: Dataset | DatasetEntity) -> DatasetEntity:
    """A dataset as it is recorded."""
    if isinstance(dataset, DatasetEntity):
        return dataset
    facts = dataset.to_dict()
    return DatasetEntity(
        facts["name"],
        facts["digest"],
        facts["source_type"],
        facts["source"],
        facts.get("schema"),
        facts.get("profile"),
    )


def _schema_dict(schema: Any) -> Any:
    return schema.to_dict() if hasattr(schema, "to_dict") else schema
