"""Checks that the database and the artifacts agree, and that neither is damaged. Nothing is changed."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import Final, Protocol

import msgspec

from kiseki.artifact_store import ArtifactStore, FileInfo, SignsRequests
from kiseki.base.errors import InvalidParameter, KisekiError, NotFound
from kiseki.domain.artifacts import FOLDER, owner_of
from kiseki.service.artifacts import Place, Roots, locate
from kiseki.service.locations import Locations
from kiseki.store import Session, Store
from kiseki.store.care import KnownFile, PointsSeen

_FILES: Final = 500
_CHUNK_BYTES: Final = 2**20

ORPHAN: Final = "orphan"
"""A file that no run and no logged model has and nobody recorded, or in a folder of their kind without them."""
PURGED_RUN: Final = "purged_run"
"""The artifact folder of a run that is not in the database any more."""
PURGED_MODEL: Final = "purged_model"
"""The artifact folder of a logged model that is not in the database any more."""
MISSING: Final = "missing"
"""A file that was recorded and is not there."""
SIZE: Final = "size"
"""A file of another size than was stored."""
DIGEST: Final = "digest"
"""A file of other bytes than were stored."""
POINTS: Final = "points"
"""Points of a metric that do not match their checksum."""
INTERRUPTED: Final = "interrupted"
"""A run or logged model whose permanent deletion was begun and not finished."""
UNREACHED: Final = "unreached"
"""A folder or file that could not be looked at."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong: its kind, what it is about, and what was found."""

    kind: str
    subject: str
    found: str


class Report(msgspec.Struct, kw_only=True):
    """What was looked at, and what is wrong."""

    files: int = 0
    """Files in the artifact folders."""
    bytes: int = 0
    """Their bytes."""
    unrecorded: int = 0
    """Those of runs and logged models, of which no digest was recorded; somebody put them there without kiseki."""
    records: int = 0
    """Records of files in the database."""
    elsewhere: int = 0
    """Those whose file lies where this machine does not come."""
    blocks: int = 0
    """Stored blocks of points."""
    digests: bool = False
    """Whether the bytes of all files were read."""
    beyond: list[str] = []
    """Locations of experiments where this machine does not come: folders that it has not, buckets that let it not in."""
    findings: list[Finding] = []


class Watcher(Protocol):
    """Who is told how far the audit is."""

    def advance(self, done: int) -> None:
        """So many files or blocks more were looked at."""
        ...


def examine(store: Store, roots: Roots, *, digests: bool, watcher: Watcher) -> Report:
    """Looks at everything, with the rights of somebody at this machine.

    What a server changes meanwhile is looked at twice before it counts as wrong. Experiments may have locations beyond the
    roots; there only the folders of runs are looked at, since what lies beside them is not kiseki's.

    Args:
        store: The database.
        roots: The folders of artifacts, in which everything is kiseki's.
        digests: Whether the bytes of all recorded files are read and compared.
        watcher: Told how far the work is.
    """
    audit = _Audit(store, roots, Report(digests=digests), watcher)
    audit.stored_files()
    audit.recorded_files()
    audit.points()
    audit.interrupted()
    return audit.report


class _Audit:
    """One call of `examine`."""

    def __init__(self, store: Store, roots: Roots, report: Report, watcher: Watcher) -> None:
        self._store = store
        self._roots = roots
        self.report = report
        self._watcher = watcher
        uris, unusual = store.read(lambda session: session.trash.places())
        self._locations = Locations(roots, uris)
        report.beyond = self._locations.beyond
        # The artifact folders that are named otherwise than a server names them.
        self._unusual = {place.file for uri in unusual if (place := self._locations.place(uri)) is not None}
        self._owned: tuple[str, bool] = ("", False)
        self._away: set[int] = set()
        """Object stores that do not answer at all, by identity: that is told once, and not of each file."""

    def stored_files(self) -> None:
        """Looks for files that no run and no logged model has."""
        for uri, reason in self._locations.unread.items():
            self._tell(UNREACHED, uri, reason)
        orphans: dict[str, list[FileInfo]] = {}
        for root, folder in [*((root, "") for root in self._roots.all()), *self._locations.folders]:
            try:
                for info in root.store.walk(folder):
                    self._watcher.advance(1)
                    self.report.files += 1
                    self.report.bytes += info.file_size or 0
                    self._stored_file(root, info, orphans)
            except KisekiError as error:
                self._tell(UNREACHED, f"{root.file}/{folder}".rstrip("/"), str(error))
                self._note_away(root.store)
        for folder, found in orphans.items():
            size = sum(info.file_size or 0 for info in found)
            owner = owner_of(f"{folder}/x")
            kind = ORPHAN if owner is None else PURGED_MODEL if owner.model_id else PURGED_RUN
            self._tell(kind, folder, f"{len(found)} file{'s' if len(found) > 1 else ''}, {size} bytes")

    def _stored_file(self, root: Place, info: FileInfo, orphans: dict[str, list[FileInfo]]) -> None:
        file = f"{root.file.rstrip('/')}/{info.path}"
        uri = f"{root.uri.rstrip('/')}/{info.path}" if root.uri else file
        known = bool(self._store.read(lambda session: session.files.find([uri, file])))
        folder = _own_folder(file)
        if folder is not None:
            if self._has_owner(folder):
                self.report.unrecorded += not known
                return
        elif known:
            # Stored through the proxy by somebody, for nothing that is tracked.
            return
        elif any(file.startswith(f"{one}/") for one in self._unusual):
            self.report.unrecorded += 1
            return
        # Once more, since its owner may be purged while the folder is walked.
        if root.store.stat(info.path) is not None:
            orphans.setdefault(folder or file, []).append(info)

    def recorded_files(self) -> None:
        """Looks for recorded files that are not there, or not as they were stored."""
        after = ""
        while found := self._store.read(partial(_some_files, after)):
            after = found[-1].key
            for record in found:
                self._watcher.advance(1)
                self.report.records += 1
                self._recorded_file(record)

    def _recorded_file(self, record: KnownFile) -> None:
        # A record may have the absolute path of its file in place of a URI.
        place = self._locations.place(record.uri)
        if place is None:
            self.report.elsewhere += 1
            return
        if id(place.store) in self._away:
            return
        problem = self._problem_of(place.store, place.path, record)
        if problem is None:
            return
        # Once more, since it may have been replaced or removed between the record and the look at it.
        now = self._store.read(lambda session: session.files.find([record.uri])).get(record.uri)
        if now is None:
            return
        again = KnownFile(key=record.key, uri=now.uri, size=now.size, sha256=now.sha256, modified_ns=now.modified_ns)
        problem = self._problem_of(place.store, place.path, again)
        if problem is not None:
            self._tell(problem[0], record.uri, problem[1])

    def _problem_of(self, store: ArtifactStore, path: str, record: KnownFile) -> tuple[str, str] | None:
        """The kind of what is wrong with a file and how it is, None when it is as it was stored."""
        try:
            with store.open_download(path) as file:
                changed = "" if file.modified_ns == record.modified_ns else "; somebody changed it without kiseki"
                if file.size != record.size:
                    return SIZE, f"{file.size} bytes where {record.size} were stored{changed}"
                if not self.report.digests:
                    return None
                hasher = sha256()
                while chunk := file.read(_CHUNK_BYTES):
                    hasher.update(chunk)
                if hasher.hexdigest() != record.sha256:
                    return DIGEST, f"SHA-256 {hasher.hexdigest()} where {record.sha256} was stored{changed}"
        except (NotFound, InvalidParameter):
            return MISSING, f"the file of {record.size} bytes is not there"
        except KisekiError as error:
            self._note_away(store)
            return UNREACHED, str(error)
        return None

    def _note_away(self, store: ArtifactStore) -> None:
        """Sees whether an object store answers at all, since one that does not is waited for each time."""
        if isinstance(store, SignsRequests):
            try:
                store.list("x")
            except KisekiError:
                self._away.add(id(store))

    def points(self) -> None:
        """Reads all stored points and compares their checksums."""
        after: tuple[int, int, int] | None = (0, 0, 0)
        while after is not None:
            seen = self._store.read(partial(_some_points, after))
            after = seen.after
            self.report.blocks += seen.blocks
            self._watcher.advance(seen.blocks)
            for damage in seen.damaged:
                metric = f"metric {damage.key!r}" if damage.key else "metrics"
                self._tell(POINTS, f"{damage.owner}, {metric}", damage.problem)

    def interrupted(self) -> None:
        """Looks for what was begun to be deleted permanently, and not finished."""
        for owner in self._store.read(lambda session: session.audit.purging()):
            self._tell(INTERRUPTED, str(owner), "its permanent deletion was begun and not finished")

    def _has_owner(self, folder: str) -> bool:
        """Whether an artifact folder has the run or model that its name says. Files of one folder come one after the other."""
        if self._owned[0] != folder:
            owner = owner_of(f"{folder}/x")
            assert owner is not None
            key = self._store.read(lambda session: locate(session, owner))
            place = self._locations.place(key.artifact_uri) if key else None
            self._owned = (folder, place is not None and place.file == folder)
        return self._owned[1]

    def _tell(self, kind: str, subject: str, found: str) -> None:
        self.report.findings.append(Finding(kind=kind, subject=subject, found=found))


def _own_folder(file: str) -> str | None:
    """The artifact folder of a run or logged model in which a file lies, as far as its path tells."""
    owner = owner_of(file)
    return f"{file.partition(f'/{owner.id}/{FOLDER}/')[0]}/{owner.id}/{FOLDER}" if owner else None


def _some_files(after: str, session: Session) -> list[KnownFile]:
    return session.audit.files(after, _FILES)


def _some_points(after: tuple[int, int, int], session: Session) -> PointsSeen:
    return session.audit.points(after)
