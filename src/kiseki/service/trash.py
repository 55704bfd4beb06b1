"""The trash: what is in it, and its permanent deletion."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import msgspec

from kiseki.artifact_store import parse_location
from kiseki.base.errors import Conflict, InvalidParameter, KisekiError, PermissionDenied
from kiseki.base.ids import ExperimentId, is_model_id, is_run_id
from kiseki.domain.artifacts import FOLDER, MODELS, Owner
from kiseki.domain.experiments import Experiment, LifecycleStage, check_id
from kiseki.domain.metrics import INT64_MAX, INT64_MIN
from kiseki.domain.model_versions import ModelVersion
from kiseki.domain.runs import Page
from kiseki.domain.trash import EVER, Kept, Purged, TrashedExperiment, TrashedModel, TrashedRun
from kiseki.query import MODEL_VERSIONS, parse_filter
from kiseki.service.artifacts import Place, Roots, folders_above, locate, written_base
from kiseki.service.experiments import check_max_results
from kiseki.service.locations import open_own_folder
from kiseki.store import Session, Store
from kiseki.store.care import Doomed, Refusal

_Trashed: TypeAlias = TrashedRun | TrashedModel
T = TypeVar("T", TrashedRun, TrashedModel)

MAX_RESULTS: Final = 1_000
MAX_RUNS: Final = 1_000
"""The most runs, and the most logged models, in one call."""
MAX_EXPERIMENTS: Final = 100
_FILES: Final = 1_000
_RUNS: Final = 100
_VERSIONS: Final = 1_000

_REASONS: Final = {
    Refusal.ABSENT: "there is none of that id",
    Refusal.ACTIVE: "it is not in the trash; delete it first",
    Refusal.RECENT: "it came to the trash later than was asked for",
    Refusal.HAS_RUNS: "it has runs that are not in the trash, that came there later, or that were kept",
    Refusal.HAS_MODELS: "it has logged models that are not in the trash, that came there later, or that were kept",
    Refusal.ALWAYS_THERE: "the experiment Default is always there; only what is in it is deleted permanently",
}


def runs(
    session: Session,
    roots: Roots,
    max_results: int,
    page_token: str = "",
    experiment_id: str = "",
    before: int = EVER,
    *,
    own_rights: bool = False,
) -> Page[TrashedRun]:
    """One page of the runs that came to the trash at `before` or earlier, of one experiment or of all, the oldest first.

    `own_rights` is as in `purge`.

    Raises:
        InvalidParameter: `max_results` is not between 1 and 1,000, or the token is of something else.
    """
    given = (max_results, page_token, experiment_id, before)
    return _page(session, roots, "runs", session.trash.runs, given, own_rights=own_rights)


def logged_models(
    session: Session,
    roots: Roots,
    max_results: int,
    page_token: str = "",
    experiment_id: str = "",
    before: int = EVER,
    *,
    own_rights: bool = False,
) -> Page[TrashedModel]:
    """One page of the logged models that came to the trash at `before` or earlier, as `runs` has those of runs.

    Raises:
        InvalidParameter: `max_results` is not between 1 and 1,000, or the token is of something else.
    """
    given = (max_results, page_token, experiment_id, before)
    return _page(session, roots, "logged models", session.trash.logged_models, given, own_rights=own_rights)


def experiments(
    session: Session, max_results: int, page_token: str = "", before: int = EVER
) -> Page[TrashedExperiment]:
    """One page of the experiments that came to the trash at `before` or earlier, the oldest first.

    Raises:
        InvalidParameter: `max_results` is not between 1 and 1,000, or the token is of something else.
    """
    check_max_results(max_results, MAX_RESULTS)
    after = _after(session, "experiments", page_token) if page_token else -1
    _check_before(before)
    found = session.trash.experiments(after, max_results + 1, before)
    more = len(found) > max_results
    items = found[:max_results]
    token = session.sign(["trash", "experiments", int(items[-1].experiment_id)]) if more else ""
    return Page(items=items, next_page_token=token)


def purge(
    store: Store,
    roots: Roots,
    run_ids: Sequence[str],
    experiment_ids: Sequence[str] = (),
    before: int = EVER,
    *,
    model_ids: Sequence[str] = (),
    seconds: float | None = None,
    own_rights: bool = False,
    leave_unreachable: bool = False,
    done: Callable[[], None] = lambda: None,
) -> Purged:
    """Deletes runs, logged models, and experiments with all that is in them, permanently: rows and artifacts.

    Only what came to the trash at `before` or earlier is deleted; the rest is kept, with the reason. Many short
    transactions are made, between which others write. Killed at any point, it goes on where it was when called again: a
    run or model is marked first, then its artifacts go, then its rows, its own as the last.

    Args:
        store: The database.
        roots: The folders that may be opened.
        run_ids: Runs.
        experiment_ids: Experiments, whose runs and models go first.
        before: Milliseconds since the epoch.
        model_ids: Logged models.
        seconds: After so long nothing further is begun; None for as long as it takes.
        own_rights: Whether folders and buckets beyond the roots are opened too, which is for somebody at this machine.
        leave_unreachable: Whether runs and models go whose artifacts lie where this process does not come, and these are
            left.
        done: Called after each run, model and experiment.

    Raises:
        InvalidParameter: An id is none.
    """
    for run_id in run_ids:
        if not is_run_id(run_id):
            raise InvalidParameter(f"Invalid value {run_id[:64]!r} for parameter 'run_ids' supplied: it is no run id.")
    for model_id in model_ids:
        if not is_model_id(model_id):
            raise InvalidParameter(
                f"Invalid value {model_id[:64]!r} for parameter 'model_ids' supplied: it is no id of a logged model."
            )
    for experiment_id in experiment_ids:
        check_id(experiment_id)
    _check_before(before)
    work = _Purge(store, roots, before, own_rights=own_rights, leave_unreachable=leave_unreachable)
    end = None if seconds is None else time.monotonic() + seconds
    owners = [*(Owner(run_id=one) for one in run_ids), *(Owner(model_id=one) for one in model_ids)]
    for owner in dict.fromkeys(owners):
        if end is not None and time.monotonic() > end:
            (work.purged.left_model_ids if owner.model_id else work.purged.left_run_ids).append(owner.id)
            continue
        work.owner(owner)
        done()
    for experiment_id in dict.fromkeys(experiment_ids):
        if work.experiment(ExperimentId(experiment_id), end):
            done()
        else:
            work.purged.left_experiment_ids.append(experiment_id)
    return work.purged


class _Purge:
    """One call of `purge`."""

    def __init__(self, store: Store, roots: Roots, before: int, *, own_rights: bool, leave_unreachable: bool) -> None:
        self._store = store
        self._roots = roots
        self._before = before
        self._own_rights = own_rights
        self._leave_unreachable = leave_unreachable
        locations, unusual = store.read(lambda session: session.trash.places())
        self._unusual = {_folder(roots, uri, follow=own_rights) for uri in unusual}
        self._occupied = sorted({_folder(roots, uri, follow=own_rights) for uri in locations} | self._unusual)
        self.purged = Purged()

    def experiment(self, experiment_id: ExperimentId, end: float | None) -> bool:
        """Deletes an experiment with its runs; False when there was no time for all."""
        experiment = self._store.read(lambda session: session.experiments.get(experiment_id))
        refusal = _refusal(experiment, self._before)
        if refusal is not None:
            self._keep("experiment", experiment_id, _REASONS[refusal])
            return True
        assert experiment is not None
        for owner in self._owners_of(experiment_id):
            if end is not None and time.monotonic() > end:
                return False
            self.owner(owner)
        # Before the row: an empty folder is nobody's loss, and without the row nobody would find it.
        self._remove_empty(experiment.artifact_location, experiment_id)
        answer = self._store.write(lambda session: session.trash.finish_experiment(experiment_id, self._before))
        if isinstance(answer, Refusal):
            self._keep("experiment", experiment_id, _REASONS[answer])
        else:
            self.purged.experiment_ids.append(experiment_id)
            self.purged.rows += answer
        return True

    def owner(self, owner: Owner) -> None:
        """Deletes a run or a logged model."""
        try:
            # What stays must not be marked, so the folder is looked at before.
            place = self._store.read(lambda session: self._place_of(session, owner))
            doomed = self._store.write(lambda session: self._begin(session, owner, place))
            if isinstance(doomed, Refusal):
                self._keep(owner.kind, owner.id, _REASONS[doomed])
                return
            rows = self._store.read(lambda session: session.trash.rows(doomed))
            folders = [place.uri, place.file] if place is not None else [doomed.artifact_uri]
            while True:
                if place is not None:
                    self._remove_files(place)
                rows += self._remove_rows(doomed, folders)
                # False when a file came meanwhile from an upload that was under way.
                if self._store.write(lambda session: session.trash.finish(doomed, folders)):
                    break
        except KisekiError as error:
            self._keep(owner.kind, owner.id, str(error))
            return
        (self.purged.model_ids if owner.model_id else self.purged.run_ids).append(owner.id)
        self.purged.rows += rows

    def _begin(self, session: Session, owner: Owner, place: Place | None) -> Doomed | Refusal:
        """Marks an owner, unless a registered version has its files; who registers one holds the owner meanwhile.

        Raises:
            Conflict: A version has them; the transaction goes back.
        """
        doomed = session.trash.begin(owner, self._before)
        if place is None or isinstance(doomed, Refusal):
            return doomed
        versions = _versions_of(session, [owner])
        for version in _with_files_in(place.file, versions, self._roots, follow=self._own_rights):
            raise Conflict(
                f"version {version.version} of the registered model {version.name!r} has its files there; delete the "
                "version first"
            )
        return doomed

    def _owners_of(self, experiment_id: ExperimentId) -> Iterator[Owner]:
        for some in (_some_runs, _some_models):
            after = 0
            while found := self._store.read(partial(some, after, self._before, experiment_id)):
                yield from (one.owner for one in found)
                after = found[-1].number

    def _remove_rows(self, doomed: Doomed, folders: Sequence[str]) -> int:
        forgotten, count = 0, _FILES
        while count == _FILES:
            count = self._store.write(lambda session: session.trash.forget_files(folders, _FILES))
            forgotten += count
        while self._store.write(lambda session: session.trash.remove_some(doomed)):
            pass
        return forgotten

    def _remove_files(self, place: Place) -> None:
        for file in place.store.walk(place.path):
            self.purged.files += 1
            self.purged.bytes += file.file_size or 0
        place.store.delete(place.path)
        above = place.path.rpartition("/")[0]
        if above and not place.store.list(above):
            place.store.delete(above)

    def _place_of(self, session: Session, owner: Owner) -> Place | None:
        """Where an owner's own artifacts are; None when there are none that this process reaches, or none at all.

        Raises:
            KisekiError: They are not the owner's alone, or not reached.
        """
        key = locate(session, owner)
        if key is None:
            return None
        try:
            place = self._open(key.artifact_uri)
        except KisekiError:
            if self._leave_unreachable:
                return None
            raise
        if place.path.split("/")[-2:] != [owner.id, FOLDER]:
            if place.path and place.store.stat(place.path) is None:
                return None
            raise PermissionDenied(
                f"its artifacts at {key.artifact_uri[:300]!r} are not in a folder of its own, so they are not deleted"
            )
        other = self._other_in(place.file)
        if other:
            raise PermissionDenied(f"something else keeps its artifacts in the same folder, at {other[:300]!r}")
        found = place.store.stat(place.path)
        if found is not None and not found.is_dir:
            raise PermissionDenied(f"its artifact folder {key.artifact_uri[:300]!r} is a file")
        return place

    def _open(self, uri: str) -> Place:
        try:
            return self._roots.place(uri)
        except PermissionDenied:
            if not self._own_rights:
                raise
            place = open_own_folder(uri)
            # What this machine does not reach shows here, before anything is marked.
            place.store.stat(place.path)
            return place

    def _other_in(self, folder: str) -> str:
        """What else lies in a folder, or has it in its own; "" when nothing does."""
        for wanted in (folder, f"{folder}/"):
            i = bisect_left(self._occupied, wanted)
            for other in self._occupied[i : i + 1]:
                if other == folder or other.startswith(f"{folder}/"):
                    return other
        return next((above for above in (*folders_above(folder), "/") if above in self._unusual), "")

    def _remove_empty(self, location: str, experiment_id: ExperimentId) -> None:
        """Removes the folder that was made for an experiment, when nothing is in it."""
        try:
            place = self._roots.place(location)
        except KisekiError:
            return
        if place.path.rpartition("/")[2] != experiment_id:
            return
        for path in (f"{place.path}/{MODELS}", place.path):
            if place.store.stat(path) is not None and not place.store.list(path):
                place.store.delete(path)

    def _keep(self, kind: str, name: str, reason: str) -> None:
        self.purged.kept.append(Kept(kind=kind, id=name, reason=reason))


def _page(
    session: Session,
    roots: Roots,
    kind: str,
    find: Callable[[int, int, int, ExperimentId | None], list[T]],
    given: tuple[int, str, str, int],
    *,
    own_rights: bool,
) -> Page[T]:
    max_results, page_token, experiment_id, before = given
    check_max_results(max_results, MAX_RESULTS)
    experiment = ExperimentId(str(check_id(experiment_id))) if experiment_id else None
    _check_before(before)
    found = find(_after(session, kind, page_token), max_results + 1, before, experiment)
    more = len(found) > max_results
    found = found[:max_results]
    held = _held(session, roots, [one.owner for one in found], follow=own_rights)
    items = [msgspec.structs.replace(one, versions=held.get(one.owner.id, [])) for one in found]
    return Page(items=items, next_page_token=session.sign(["trash", kind, items[-1].number]) if more else "")


def _some_runs(after: int, before: int, experiment_id: ExperimentId, session: Session) -> Sequence[_Trashed]:
    return session.trash.runs(after, _RUNS, before, experiment_id)


def _some_models(after: int, before: int, experiment_id: ExperimentId, session: Session) -> Sequence[_Trashed]:
    return session.trash.logged_models(after, _RUNS, before, experiment_id)


def _held(session: Session, roots: Roots, owners: Sequence[Owner], *, follow: bool) -> dict[str, list[str]]:
    """The versions, as `NAME/VERSION`, for which owners of one kind are kept, by the owners' ids."""
    found: dict[str, list[ModelVersion]] = {}
    for version in _versions_of(session, owners):
        found.setdefault(version.model_id if owners[0].model_id else version.run_id, []).append(version)
    held: dict[str, list[str]] = {}
    for owner in owners:
        key = locate(session, owner) if owner.id in found else None
        if key is not None and (folder := _folder(roots, key.artifact_uri, follow=follow)):
            versions = _with_files_in(folder, found[owner.id], roots, follow=follow)
            held[owner.id] = [f"{version.name}/{version.version}" for version in versions]
    return held


def _with_files_in(
    folder: str, versions: Iterable[ModelVersion], roots: Roots, *, follow: bool
) -> Iterator[ModelVersion]:
    for version in versions:
        if f"{_folder(roots, version.location, follow=follow)}/".startswith(f"{folder}/"):
            yield version


def _versions_of(session: Session, owners: Sequence[Owner]) -> Iterator[ModelVersion]:
    """The versions that come from owners of one kind."""
    if not owners:
        return
    ids = ", ".join(f"'{owner.id}'" for owner in owners)
    where = parse_filter(f"{'model_id' if owners[0].model_id else 'run_id'} IN ({ids})", MODEL_VERSIONS)
    token = ""
    while True:
        page = session.model_versions.search(where, False, [], _VERSIONS, token)
        yield from page.items
        token = page.next_page_token
        if not token:
            return


def _refusal(experiment: Experiment | None, before: int) -> Refusal | None:
    """Why an experiment is not begun with, None when it is."""
    if experiment is None:
        return Refusal.ABSENT
    if experiment.lifecycle_stage is LifecycleStage.ACTIVE:
        return Refusal.ACTIVE
    return Refusal.RECENT if experiment.last_update_time > before else None


def _folder(roots: Roots, uri: str, *, follow: bool) -> str:
    """An artifact URI as a path, or as bucket and key, that is the same however it was written; "" for other kinds.

    A server must not follow links in a path that a client named.
    """
    try:
        return roots.place(uri).file
    except KisekiError:
        try:
            location = parse_location(uri)
            if not location.is_local:
                return written_base(location) or ""
        except KisekiError:
            return ""
        path = Path(location.path)
        return (path.resolve() if follow else path).as_posix()


def _after(session: Session, kind: str, token: str) -> int:
    if not token:
        return 0
    told = session.verify(token)
    if told[:2] != ["trash", kind]:
        raise InvalidParameter("Invalid page token: it is of another list. Leave page_token out to start again.")
    return int(told[2])


def _check_before(before: int) -> None:
    if not INT64_MIN <= before <= INT64_MAX:
        raise InvalidParameter(
            f"Invalid value for parameter 'deleted_before' supplied: it is beyond 64 bits ({str(before)[:40]}). Give "
            "milliseconds since the epoch."
        )
