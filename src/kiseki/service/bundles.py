"""Many small files of the artifact proxy at once, each under the rules that it has by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from kiseki.artifact_store import SmallFile, StoredFile, check_path
from kiseki.base.errors import IntegrityError, InvalidParameter, KisekiError
from kiseki.service.artifacts import Place, below, known_digest, record_all
from kiseki.store import Session
from kiseki.store.protocol import FileRecord

READ_TOGETHER: Final = 64
"""So many files are looked up in the database at once."""

__all__ = ["Outcome", "SmallFile", "read", "record", "store"]

Outcome = tuple[Place, StoredFile] | KisekiError
"""Where a file was stored, and what was; or the error that it met."""

Found = dict[str, FileRecord]
Ask = Callable[[Callable[[Session], Found]], Found]


def store(folder: Place, files: Sequence[SmallFile]) -> list[Outcome]:
    """Stores files below a folder, each whole and durable or not at all; `record` is to follow."""
    places = [_place_for(folder, file) for file in files]
    sound = [
        replace(file, path=place.path) for file, place in zip(files, places, strict=True) if isinstance(place, Place)
    ]
    stored = iter(folder.store.store_files(sound))
    return [_outcome(place, next(stored)) if isinstance(place, Place) else place for place in places]


def record(session: Session, folder: Place, outcomes: Sequence[Outcome]) -> list[KisekiError | None]:
    """Records the digests of what was stored, as `artifacts.record` does; the errors of all files, in their order."""
    recorded = iter(record_all(session, folder.store, [one for one in outcomes if not isinstance(one, KisekiError)]))
    return [one if isinstance(one, KisekiError) else next(recorded) for one in outcomes]


def read(folder: Place, paths: Sequence[str], max_bytes: int, ask: Ask) -> Iterator[SmallFile | KisekiError]:
    """Files below a folder, or their errors, in the order of their paths, each compared with its digest.

    `ask` runs work in a session of its own: whoever takes the files may take long.
    """
    for start in range(0, len(paths), READ_TOGETHER):
        yield from _read_some(folder, paths[start : start + READ_TOGETHER], max_bytes, ask)


def _place_for(folder: Place, file: SmallFile) -> Place | KisekiError:
    place = _place(folder, file.path)
    if isinstance(place, Place) and file.sha256 and sha256(file.content).hexdigest() != file.sha256:
        return IntegrityError(
            f"The file {file.path!r} does not match its digest: it was damaged on its way. Send it again."
        )
    return place


def _place(folder: Place, path: str) -> Place | InvalidParameter:
    try:
        place = below(folder, check_path(path))
        check_path(place.path)
    except InvalidParameter as error:
        return error
    return place


def _outcome(place: Place, stored: StoredFile | KisekiError) -> Outcome:
    return stored if isinstance(stored, KisekiError) else (place, stored)


def _read_some(folder: Place, paths: Sequence[str], max_bytes: int, ask: Ask) -> Iterator[SmallFile | KisekiError]:
    places = [_place(folder, path) for path in paths]
    sound = [place for place in places if isinstance(place, Place)]
    # The database first: a file that is replaced in between has another time than its record, and no digest.
    names = [name for place in sound for name in (place.uri, place.file)]
    found = ask(lambda session: session.files.find(names))
    came = iter(folder.store.read_files([place.path for place in sound], max_bytes))
    for path, place in zip(paths, places, strict=True):
        if not isinstance(place, Place):
            yield place
            continue
        file = next(came)
        yield file if isinstance(file, KisekiError) else _checked(path, place, file, found)


def _checked(path: str, place: Place, file: SmallFile, found: Found) -> SmallFile | IntegrityError:
    try:
        known = known_digest(found, (place.uri, place.file), len(file.content), file.modified_ns)
    except IntegrityError as error:
        return error
    if known is not None and sha256(file.content).hexdigest() != known:
        return IntegrityError(
            f"The artifact {path!r} does not match the digest that was recorded when it was stored: its bytes have "
            "changed where they are kept. Restore it from a backup."
        )
    return replace(file, path=path, sha256=known or "")
