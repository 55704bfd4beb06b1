"""All that is recorded of how a run came about, in one struct."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.learned import learned
from kiseki.capture.command import Command
from kiseki.capture.host import Host, this_host
from kiseki.capture.packages import Package, installed_packages, requirements_text
from kiseki.capture.seeds import Seed, current_seeds
from kiseki.capture.source import Source, take_source
from kiseki.capture.variables import recorded_variables

VERSION: Final = 1
"""Of the form. Fields may be added without a new one, since readers ignore what they do not know."""

FOLDER: Final = "kiseki"
"""The folder of artifacts that a capture is in."""

CAPTURE_TAG: Final = "kiseki.capture"
"""The id of the run that has the capture among its artifacts: the run itself, or the first run of the same process."""

CAPTURE_FILE: Final = "capture.json"
PATCH_FILE: Final = "changes.patch"
ARCHIVE_FILE: Final = "untracked.zip"
REQUIREMENTS_FILE: Final = "requirements.txt"


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """How a run came about."""

    version: int = VERSION
    run_id: str
    """The run that it is kept with: the first of its process."""
    command: Command
    source: Source
    packages: tuple[Package, ...]
    host: Host
    variables: dict[str, str]
    """Of the environment, by an allow-list; `***` for secrets."""
    seeds: dict[str, Seed]
    """By library, when the run ended; when it started, where it did not end."""
    problems: tuple[str, ...] = ()
    """What could not be recorded, in sentences that say why."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A capture with the files that belong to it."""

    capture: Capture
    files: dict[str, bytes]
    """By name, `capture.json` among them."""


def take(run_id: str, command: Command, *, leave_out: Collection[Path] = (), variables: Iterable[str] = ()) -> Taken:
    """Captures this process; takes from a tenth of a second on, most of it in git.

    Args:
        run_id: The run that it is for.
        command: What runs.
        leave_out: Files and folders, absolute, in which kiseki itself writes.
        variables: Patterns of names of variables to record besides the usual ones.
    """
    taken = take_source(command, leave_out)
    capture = Capture(
        run_id=run_id,
        command=command,
        source=taken.source,
        packages=installed_packages(),
        host=this_host(),
        variables=recorded_variables(os.environ, variables),
        seeds=current_seeds(os.environ),
        problems=taken.problems,
    )
    files = {CAPTURE_FILE: encode(capture), REQUIREMENTS_FILE: requirements_text(capture.packages).encode()}
    if taken.patch:
        files[PATCH_FILE] = taken.patch
    if taken.archive is not None:
        files[ARCHIVE_FILE] = taken.archive
    return Taken(capture=capture, files=files)


def encode(capture: Capture) -> bytes:
    """A capture as JSON."""
    return msgspec.json.format(msgspec.json.encode(capture), indent=1)


def decode(data: bytes) -> Capture:
    """The capture of which that is the JSON.

    Raises:
        InvalidParameter: It is none, or of a form that came later.
    """
    try:
        found = msgspec.json.decode(data, type=learned(Capture))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidParameter(f"{CAPTURE_FILE} is not what a capture is: {error}.") from None
    if found.version > VERSION:
        raise InvalidParameter(
            f"{CAPTURE_FILE} has the form {found.version}, and this kiseki knows {VERSION}: pip install --upgrade kiseki"
        )
    return found
