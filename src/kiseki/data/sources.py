"""Where a dataset comes from: a file, an address, an object store, or the code that made it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from kiseki.base.errors import InvalidParameter, NotImplementedByKiseki

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):")


class DatasetSource:
    """Where a dataset comes from. `to_dict` and `from_dict` have what is recorded of it."""

    source_type: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """What is recorded of the source."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, source_dict: Mapping[str, Any]) -> Self:
        """The source of which that was recorded."""
        raise NotImplementedError

    def to_json(self) -> str:
        """What is recorded of the source, as JSON."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, source_json: str) -> Self:
        """The source of which that JSON was recorded."""
        return cls.from_dict(json.loads(source_json))

    def load(self, dst_path: str | None = None) -> str:
        """Fetches the dataset's files and returns where they are.

        Raises:
            NotImplementedByKiseki: kiseki does not reach sources of this kind yet.
        """
        raise NotImplementedByKiseki(
            f"A dataset's source of the kind {self.source_type!r} cannot be loaded by kiseki yet. What is recorded of it "
            f"is {self.to_json()[:500]}."
        )

    def _get_source_type(self) -> str:
        """The kind, as MLflow's callers ask for it."""
        return self.source_type

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, DatasetSource)
            and self.source_type == other.source_type
            and (self.to_dict() == other.to_dict())
        )

    def __hash__(self) -> int:
        return hash((self.source_type, self.to_json()))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.to_json()}>"


class ArtifactDatasetSource(DatasetSource):
    """A file or folder with a URI: `s3://`, `gs://`, `hdfs://` and others; the kind is the URI's scheme."""

    def __init__(self, uri: str) -> None:
        self.uri = str(uri)

    @property
    def source_type(self) -> str:  # type: ignore[override] # of the class where it is the same for all
        match = _SCHEME.match(self.uri)
        return match[1].lower() if match else "local"

    def to_dict(self) -> dict[str, Any]:
        return {"uri": self.uri}

    @classmethod
    def from_dict(cls, source_dict: Mapping[str, Any]) -> Self:
        return cls(source_dict["uri"])


class LocalArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder on this machine."""

    @property
    def source_type(self) -> str:  # type: ignore[override] # a property in its base too
        return "local"

    def load(self, dst_path: str | None = None) -> str:
        """Returns the path itself, or that of a copy in the folder `dst_path`.

        Raises:
            InvalidParameter: There is no such file any more.
        """
        from kiseki.artifact_store.locations import parse_location

        path = Path(parse_location(self.uri).path)
        if not path.exists():
            raise InvalidParameter(f"The dataset's source {self.uri!r} does not exist on this machine.")
        if dst_path is None:
            return str(path)
        import shutil

        target = Path(dst_path) / path.name
        if path.is_dir():
            shutil.copytree(path, target, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        return str(target)


class HTTPDatasetSource(DatasetSource):
    """A file behind an address."""

    source_type = "http"

    def __init__(self, url: str) -> None:
        self.url = str(url)

    def to_dict(self) -> dict[str, Any]:
        return {"url": self.url}

    @classmethod
    def from_dict(cls, source_dict: Mapping[str, Any]) -> Self:
        return cls(source_dict["url"])


class CodeDatasetSource(DatasetSource):
    """The code that made the dataset, as the tags of a run name it."""

    source_type = "code"

    def __init__(self, tags: Mapping[str, str]) -> None:
        self.tags = dict(tags)

    def to_dict(self) -> dict[str, Any]:
        return {"tags": self.tags}

    @classmethod
    def from_dict(cls, source_dict: Mapping[str, Any]) -> Self:
        return cls(source_dict["tags"])


class HuggingFaceDatasetSource(DatasetSource):
    """A dataset of a hub, as MLflow records it; kept as it is."""

    source_type = "hugging_face"

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = dict(facts)

    def to_dict(self) -> dict[str, Any]:
        return dict(self.facts)

    @classmethod
    def from_dict(cls, source_dict: Mapping[str, Any]) -> Self:
        return cls(source_dict)


_RECORDED: Final[dict[str, type[DatasetSource]]] = {
    "local": LocalArtifactDatasetSource,
    "http": HTTPDatasetSource,
    "code": CodeDatasetSource,
    "hugging_face": HuggingFaceDatasetSource,
}


def resolve_source(given: Any) -> DatasetSource:
    """The source that a caller names: a source, a path, an address or a URI; None is the code that runs.

    Raises:
        InvalidParameter: It is none of these.
    """
    if isinstance(given, DatasetSource):
        return given
    if given is None:
        return CodeDatasetSource(_code_tags())
    if isinstance(given, Path):
        return LocalArtifactDatasetSource(str(given))
    if not isinstance(given, str) or not given:
        raise InvalidParameter(
            f"Could not find a source information resolver for the specified dataset source: {repr(given)[:100]}. "
            "Give a path, an http(s) address or a URI such as s3://bucket/key."
        )
    match = _SCHEME.match(given)
    if match is None or match[1].lower() == "file" or re.match(r"[A-Za-z]:[\\/]", given):
        return LocalArtifactDatasetSource(given)
    if match[1].lower() in {"http", "https"}:
        return HTTPDatasetSource(given)
    return ArtifactDatasetSource(given)


def source_of_record(source_type: str, source: str) -> DatasetSource:
    """The source of which a kind and JSON were recorded.

    Raises:
        InvalidParameter: The JSON is not what a source of that kind records.
    """
    try:
        return _RECORDED.get(source_type, ArtifactDatasetSource).from_json(source)
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidParameter(
            f"The recorded source {source[:200]!r} is not that of a dataset of the kind {source_type!r}: {error!r}."
        ) from error


def _code_tags() -> dict[str, str]:
    import getpass

    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = "unknown"
    name = sys.argv[0] if sys.argv and sys.argv[0] else "python"
    return {"mlflow.user": user, "mlflow.source.name": name, "mlflow.source.type": "LOCAL"}
