"""What an export has: the file `manifest.json`, whose replacement makes the next state of it the valid one."""

from __future__ import annotations

import re
import secrets
from typing import Final

import msgspec

from kiseki.__about__ import __version__
from kiseki.base.errors import InvalidParameter
from kiseki.base.learned import learned
from kiseki.data.place import Place
from kiseki.export.tables import EXPERIMENT_TABLES, KINDS, MODEL_TABLES, RUN_TABLES

FORMAT: Final = 2
NAME: Final = "manifest.json"
_OURS = re.compile(
    rf"({'|'.join((*EXPERIMENT_TABLES, *RUN_TABLES, *MODEL_TABLES))})/(experiment_id=-?\d+/)?\.?part-[0-9a-f]+\.parquet(\.tmp)?"
)
_TEMPORARY: Final = f".{NAME}.tmp"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some runs, or logged models, of one experiment: a file of the same name in each table of these."""

    name: str
    experiment_id: str
    kind: str
    """One of `tables.KINDS`."""
    digests: dict[str, str]
    """By the id of each."""
    points: int

    def files(self) -> dict[str, str]:
        """Table to path."""
        return {
            table: f"{table}/experiment_id={self.experiment_id}/{self.name}.parquet"
            for table in KINDS[self.kind].tables
        }


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One state of an export.

    `files` has the paths of each table, for readers that want exactly this state while a next one is being written.
    """

    format: int = FORMAT
    kiseki: str = __version__
    generation: str = ""
    exported_at: int = 0
    """Milliseconds since 1970-01-01 UTC."""
    files: dict[str, list[str]] = {}
    experiments_part: str = ""
    experiments: dict[str, str] = {}
    """Experiment id to digest."""
    parts: list[Part] = []


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the manifests of all versions have."""

    format: int = FORMAT
    generation: str = ""


def new_name() -> str:
    """The name of a new part."""
    return f"part-{secrets.token_hex(8)}"


def experiment_files(part: str) -> dict[str, str]:
    """Table to path, for the tables of experiments; none without a part."""
    return {table: f"{table}/{part}.parquet" for table in EXPERIMENT_TABLES} if part else {}


def files_of(experiments_part: str, parts: list[Part]) -> dict[str, list[str]]:
    """Table to paths, for all tables."""
    found = {table: [path] for table, path in experiment_files(experiments_part).items()}
    found |= {table: [] for kind in KINDS.values() for table in kind.tables}
    for part in sorted(parts, key=lambda part: part.files()[KINDS[part.kind].tables[0]]):
        for table, path in part.files().items():
            found[table].append(path)
    return found


def read_manifest(place: Place) -> Manifest:
    """The state of the export at a place; an empty one where there is none yet, or one of another format.

    Raises:
        InvalidParameter: What is there is no export.
    """
    data = place.read(NAME)
    if data is None:
        foreign = [name for name in place.names() if not _OURS.fullmatch(name) and name != _TEMPORARY]
        if foreign:
            raise InvalidParameter(
                f"The target has files but no {NAME}, {foreign[0]!r} for example: it is no export of kiseki. Give an "
                "empty or new folder, or that of an earlier export."
            )
        return Manifest()
    try:
        head = msgspec.json.decode(data, type=learned(_Head))
        # What another version laid out otherwise is written anew.
        return (
            msgspec.json.decode(data, type=learned(Manifest))
            if head.format == FORMAT
            else Manifest(generation=head.generation)
        )
    except msgspec.DecodeError as error:
        raise InvalidParameter(
            f"The {NAME} of the target cannot be read: {error}. Give an empty or new folder, or remove what is there."
        ) from error


def write_manifest(place: Place, manifest: Manifest) -> None:
    """Makes a state the valid one, and removes the files of the one before and of exports that were cut off."""
    with place.create(NAME) as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    place.publish(NAME)
    valid = {path for paths in manifest.files.values() for path in paths}
    for name in place.names():
        if _OURS.fullmatch(name) and name not in valid:
            place.remove(name)
