"""Where an artifact URI leads from this process."""

from __future__ import annotations

from pathlib import Path

from kiseki.artifact_store.buckets import OBJECT_SCHEMES, bucket_name, key_prefix, open_bucket
from kiseki.artifact_store.disk import DiskStore
from kiseki.artifact_store.locations import Location
from kiseki.artifact_store.object_store import ObjectStore
from kiseki.base.errors import InvalidParameter, KisekiError, NotImplementedByKiseki
from kiseki.client.recorded import Digests, RecordedStore


def own_store(location: Location, digests: Digests) -> RecordedStore:
    """The folder or the part of a bucket that this process opens itself, its files' digests kept by `digests`.

    Raises:
        InvalidParameter: The path is relative, so it would lie somewhere else for every process; or the location names
            no bucket.
        NotImplementedByKiseki: The location is of a kind that kiseki does not reach.
        MissingDependency: It is in an object store, and the package obstore is not installed.
    """
    if location.scheme in OBJECT_SCHEMES:
        prefix = key_prefix(location)
        root = f"{bucket_name(location)}/{prefix}"
        return RecordedStore(ObjectStore(open_bucket(location), prefix), root, digests)
    if not location.is_local:
        raise _unreachable(location)
    path = Path(location.path)
    if not path.is_absolute():
        raise InvalidParameter(
            f"The artifact location {location.uri!r} is relative, so it means another folder for every process. "
            "Give the experiment an absolute artifact location."
        )
    return RecordedStore(DiskStore(path), path.resolve().as_posix(), digests)


def _unreachable(location: Location) -> KisekiError:
    if location.scheme in {"runs", "models", "prompts"}:
        return InvalidParameter(f"{location.uri!r} refers to something, it is not a place where artifacts lie.")
    return NotImplementedByKiseki(
        f"Artifacts at {location.uri!r} cannot be reached: kiseki's client does not know {location.scheme}:// yet. It "
        "knows mlflow-artifacts:/ (through the tracking server), s3://, gs://, abfss://, wasbs:// and folders that this "
        "machine can open."
    )
