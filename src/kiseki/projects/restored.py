"""The code of a run in a folder of its own, as it was: its commit, the changes since, and the files that git did not know."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kiseki.artifact_store.locations import parse_location
from kiseki.base.errors import ExecutionFailed, InvalidParameter, KisekiError, MissingDependency, NotFound, Unavailable
from kiseki.base.git import Git, reason
from kiseki.base.uris import without_user
from kiseki.capture.capture import Capture
from kiseki.capture.source import Source
from kiseki.capture.verdict import Cause, CauseKind
from kiseki.client.capture import extract_untracked, read_patch
from kiseki.client.client import KisekiClient
from kiseki.data.files_dataset import from_files
from kiseki.data.sources import source_of_record
from kiseki.domain.datasets import DatasetInput
from kiseki.projects import git

MAX_COPIED_BYTES: Final = 1 << 30
"""A file that no capture has is copied from where it was up to this size."""

_SECONDS: Final = 60.0
_NUMBER_OF_FILES: Final = '"num_files"'
"""In the profile of data whose digest is that of a file or folder."""


class NotRunnable(ExecutionFailed):
    """Something is missing; the message says what, and what to do.

    Args:
        kind: Of what it is.
    """

    def __init__(self, kind: CauseKind, message: str) -> None:
        super().__init__(message)
        self.kind: CauseKind = kind


def restore(client: KisekiClient, found: Capture, folder: Path, version: str | None) -> list[str]:
    """Puts the code of a run into a folder, and returns what is to be said of it.

    Args:
        client: Where the run is.
        found: How the run came about.
        folder: Made; it may not exist.
        version: A branch, tag or commit, for its code alone in place of the run's.

    Raises:
        NotRunnable: The code is not there any more, or is not what was captured.
    """
    source = found.source
    notes = []
    if source.commit is not None:
        notes += _check_out(source, version or source.commit, folder)
        if version is None:
            _name_as_before(source, folder)
    elif version is not None:
        raise NotRunnable(
            "code", f"The code of the run was in no repository of git, so there is no version {version!r}."
        )
    else:
        folder.mkdir(parents=True)
    if version is None:
        _apply_patch(client, found, folder)
        _add_files(client, found, folder)
        notes += _copy_left_out(source, folder)
    return notes


def bring_data(inputs: Iterable[DatasetInput], found: Capture, folder: Path) -> list[Cause]:
    """Has the files and folders that a run read where it looks for them: what was beside the code by links.

    Returns those that are not what they were, of which the digest is that of files.

    Raises:
        NotRunnable: Some are gone.
    """
    changed = []
    for one in inputs:
        dataset = one.dataset
        place = _local_place(dataset.source_type, dataset.source, Path(found.command.folder))
        if place is None:
            continue
        here = relocated(place, found, folder)
        if here is None or not here.exists():
            if not place.exists():
                raise NotRunnable(
                    "data", f"The data {dataset.name!r} is gone: there is no {str(place)!r}. Put it back, as it was."
                )
            if here is not None:
                here.parent.mkdir(parents=True, exist_ok=True)
                here.symlink_to(place)
        digest = from_files(here or place).digest if _NUMBER_OF_FILES in dataset.profile else dataset.digest
        if digest != dataset.digest:
            text = f"The data {dataset.name!r} is not what it was: its digest was {dataset.digest} and is {digest}."
            changed.append(Cause(kind="data", text=text))
    return changed


def relocated(place: Path, found: Capture, folder: Path) -> Path | None:
    """Where what was in the folder of the code is now, by whichever link it was named; None for what was elsewhere."""
    for one in (place, Path(os.path.realpath(place))):
        below = Path(os.path.relpath(one, found.source.root))
        if os.pardir not in below.parts:
            return folder / below
    return None


def _check_out(source: Source, version: str, folder: Path) -> list[str]:
    tried = []
    for address in _addresses(source):
        try:
            checkout = git.fetch_version(address, version, folder)
            if version == source.commit != checkout.commit:
                # A branch or tag may have the name of a commit.
                raise ExecutionFailed(f"{without_user(address)} has {checkout.commit} under the name {version[:64]!r}.")
        except MissingDependency as error:
            raise NotRunnable("code", str(error)) from None
        except (ExecutionFailed, Unavailable) as error:
            shutil.rmtree(folder, ignore_errors=True)
            tried.append(str(error))
            continue
        if tried:
            return [f"The code came from the folder in which it ran, {source.root}; elsewhere it is not: {tried[0]}"]
        return []
    told = " ".join(tried) or f"It has no remote, and the folder {source.root!r} has no repository any more."
    raise NotRunnable(
        "code",
        f"The version {version[:40]} of the code cannot be had. {told} Push it to where others can fetch it; or see what the "
        "code of today gives: kiseki reproduce --version BRANCH",
    )


def _name_as_before(source: Source, folder: Path) -> None:
    """Has the branch and the remote of a checkout named as they were, for programs that ask."""
    repository = Git(folder, purpose="The code of a run", seconds=_SECONDS)
    if source.branch is not None and not source.branch.startswith("-"):
        repository.ask("checkout", "--quiet", "-B", source.branch)
    if source.repository is None:
        repository.ask("remote", "remove", "origin")
    else:
        repository.ask("config", "remote.origin.url", source.repository)


def _addresses(source: Source) -> list[str]:
    """Where the repository may be: its remote, then the folder in which the code ran."""
    found = []
    root = Path(source.root)
    if source.repository is not None:
        place = root / source.repository
        found.append(place.resolve().as_uri() if place.exists() else source.repository)
    if git.is_repository(root):
        found.append(root.as_uri())
    return found


def _apply_patch(client: KisekiClient, found: Capture, folder: Path) -> None:
    try:
        patch = read_patch(client, found)
    except NotFound:
        raise NotRunnable("code", "The uncommitted changes of the run are gone from its artifacts.") from None
    if not patch:
        return
    if hashlib.sha256(patch).hexdigest() != found.source.patch_sha256:
        raise NotRunnable(
            "code",
            "The uncommitted changes among the run's artifacts are not those that were captured: somebody changed them.",
        )
    with tempfile.NamedTemporaryFile(prefix="kiseki-", suffix=".patch") as file:
        file.write(patch)
        file.flush()
        # git refuses paths that lead out of the folder, and those behind links.
        applied = Git(folder, purpose="The code of a run", seconds=_SECONDS).ask(
            "apply", "--whitespace=nowarn", file.name
        )
    if applied.returncode != 0:
        raise NotRunnable("code", f"The uncommitted changes of the run do not fit its commit: {reason(applied)}.")


def _add_files(client: KisekiClient, found: Capture, folder: Path) -> None:
    try:
        extract_untracked(client, found, folder)
    except (NotFound, InvalidParameter) as error:
        raise NotRunnable("code", f"The files that git did not know cannot be put back: {error}") from None
    for file in found.source.files:
        place = folder / file.path
        if file.sha256 is None:
            continue
        if not place.is_file() or hashlib.sha256(place.read_bytes()).hexdigest() != file.sha256:
            raise NotRunnable(
                "code", f"The file {file.path!r} among the run's artifacts is not the one that was captured."
            )


def _copy_left_out(source: Source, folder: Path) -> list[str]:
    """Copies what a capture does not keep from where it still is; it may be data, or what an earlier run wrote."""
    missing = []
    for file in source.files:
        if file.left_out is None:
            continue
        place, here = Path(source.root) / file.path, folder / file.path
        inside = here.resolve().is_relative_to(folder.resolve())
        try:
            status = place.lstat()
            is_same = stat.S_ISREG(status.st_mode) and status.st_size == file.bytes
            if inside and is_same and file.bytes <= MAX_COPIED_BYTES and not here.exists():
                here.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(place, here)
                continue
        except OSError:
            pass
        missing.append(file.path)
    return [f"Files that were there and are not kept: {', '.join(missing[:5])}."] if missing else []


def _local_place(source_type: str, source: str, folder: Path) -> Path | None:
    """The file or folder that a data set comes from; None where that is not on this machine."""
    if source_type != "local":
        return None
    try:
        uri = source_of_record(source_type, source).to_dict()["uri"]
        location = parse_location(str(uri))
    except KisekiError:
        return None
    return folder / Path(location.path).expanduser() if location.is_local else None
