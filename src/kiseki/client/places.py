"""Where an artifact URI leads from this process."""

from __future__ import annotations

from pathlib import Path

from kiseki.artifact_store.disk import DiskStore
from kiseki.artifact_store.locations import Location
from kiseki.base.errors import InvalidParameter, KisekiError, NotImplementedByKiseki
from kiseki.client.recorded import Digests, RecordedStore


def local_store(location: Location, digests: Digests) -> RecordedStore:
    """The folder that a location names on this machine, its files' digests kept by `digests`.

    Raises:
        InvalidParameter: The path is relative, so it would lie somewhere else for every process.
    """
    path = Path(location.path)
    if not path.is_absolute():
        raise InvalidParameter(
            f"The artifact location {location.uri!r} is relative, so it means another folder for every process. "
            "Give the experiment an absolute artifact location."
        )
    return RecordedStore(DiskStore(path), path, digests)


def unreachable(location: Location) -> KisekiError:
    """The error for a location that kiseki's client does not reach."""
    if location.scheme in {"runs", "models", "prompts"}:
        return InvalidParameter(f"{location.uri!r} refers to something, it is not a place where artifacts lie.")
    return NotImplementedByKiseki(
        f"Artifacts at {location.uri!r} cannot be reached: kiseki's client does not know {location.scheme}:// yet. It "
        "knows mlflow-artifacts:/ (through the tracking server) and folders that this machine can open."
    )
