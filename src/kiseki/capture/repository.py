"""The repository of git that a folder is in, as its head is now."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from kiseki.base.errors import MissingDependency, Unavailable
from kiseki.base.git import Git
from kiseki.capture.secrets import recordable_address

_SECONDS: Final = 5.0


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """A work tree with at least one commit."""

    root: str
    """Its top, absolute."""
    commit: str
    branch: str | None
    """None for a detached head."""
    address: str | None
    """Of the remote `origin`, without what is secret in it."""


@lru_cache(maxsize=16)
def find_repository(folder: str) -> Repository | None:
    """The repository that a folder is in; None where it is in none, git is not installed, or does not answer in time.

    Asked once for each folder in a process: what is loaded is of the commit that was there at the start.
    """
    try:
        git = Git(Path(folder), purpose="The commit of a run", seconds=_SECONDS)
        found = git.ask("rev-parse", "--show-toplevel", "HEAD", "--abbrev-ref", "HEAD").stdout.splitlines()
        if len(found) != 3:
            return None
        address = git.ask("config", "--get", "remote.origin.url").stdout.strip()
    except (MissingDependency, Unavailable, OSError):
        return None
    root, commit, branch = found
    return Repository(
        root=root,
        commit=commit,
        branch=None if branch == "HEAD" else branch,
        address=recordable_address(address) or None,
    )
