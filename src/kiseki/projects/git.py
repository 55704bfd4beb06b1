"""Repositories of git: a version of one, fetched; and what a folder's own says.

git speaks only the protocols that projects come by.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

import msgspec

from kiseki.base.errors import ExecutionFailed, Unavailable
from kiseki.base.git import Git, reason
from kiseki.base.uris import without_user

_NETWORK: Final = "http:https:ssh:git"
_SECONDS: Final = 600.0
_COMMIT: Final = re.compile(r"[0-9a-f]{4,64}")
_SHOWN: Final = 20


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """A version that was fetched."""

    commit: str
    branch: str | None = None
    """The branch that was asked for; None when it was a commit or a tag."""


def is_repository(folder: Path) -> bool:
    """Whether a folder is the top of a work tree, or a bare repository."""
    return (folder / ".git").exists() or is_bare(folder)


def is_bare(folder: Path) -> bool:
    """Whether a folder is a repository without a work tree."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def fetch_version(address: str, version: str | None, folder: Path) -> Checkout:
    """Fetches a version of a repository, with its submodules, without the history where the repository allows that.

    Args:
        address: Of the repository; a `file:` URI for one on this machine.
        version: A branch, a tag or a commit; the repository's own branch when None.
        folder: Where it goes; made.

    Raises:
        ExecutionFailed: The repository has no such version, or a submodule that cannot be fetched.
        Unavailable: The repository does not answer, or there is none.
        MissingDependency: git is not installed.
    """
    shown = without_user(address)
    if address.startswith("-") or (version is not None and (version.startswith("-") or ":" in version)):
        raise ExecutionFailed(f"{shown!r} with version {version!r} is no repository and version of git.")
    git = _git(folder, local=address.startswith("file:"))
    folder.mkdir(parents=True)
    git.run("init", "--quiet")
    git.run("remote", "add", "origin", address)
    listed = git.ask("ls-remote", "origin")
    if listed.returncode != 0:
        raise Unavailable(
            f"The repository {shown} cannot be read: {reason(listed)}. Check its address, and that git may read it: "
            f"git ls-remote {shown}"
        )
    refs = {line.partition("\t")[2] for line in listed.stdout.splitlines()} - {""}
    checkout = _fetched(git, refs, version, shown)
    git.run("checkout", "--quiet", "--detach", checkout.commit)
    if (folder / ".gitmodules").is_file():
        updated = git.ask("submodule", "update", "--init", "--recursive", "--quiet")
        if updated.returncode != 0:
            raise ExecutionFailed(
                f"A submodule of {shown} cannot be fetched at the commit that {checkout.commit[:12]} names: "
                f"{reason(updated)}. Push that commit to the submodule's repository, or commit another one."
            )
    return checkout


def check_submodules(folder: Path) -> None:
    """Checks that the submodules of a folder's repository are what its commit says, so that the commit names the code.

    Raises:
        ExecutionFailed: One is not checked out, is at another commit, or has changes; the message says what to do.
    """
    if shutil.which("git") is None:
        return
    git = _git(folder, local=True)
    top = git.ask("rev-parse", "--show-toplevel")
    if top.returncode != 0 or not (Path(top.stdout.strip()) / ".gitmodules").is_file():
        return
    listed = git.ask("submodule", "status", "--recursive", "--", ".")
    for line in listed.stdout.splitlines():
        state, name = line[0], line[1:].split(" ")[1]
        if state == "-":
            raise ExecutionFailed(
                f"The submodule {name!r} of the project is not checked out: git submodule update --init --recursive"
            )
        if state == "+":
            raise ExecutionFailed(
                f"The submodule {name!r} of the project is at another commit than the project says. Commit that in the "
                "project, or go back: git submodule update"
            )
        if state == "U":
            raise ExecutionFailed(f"The submodule {name!r} of the project has conflicts. Resolve and commit them.")
    changed = git.ask("status", "--porcelain=v2", "--ignore-submodules=none", "--untracked-files=no", "--", ".")
    for line in changed.stdout.splitlines():
        fields = line.split(" ", 8)
        # The third field tells of a submodule: S, then c for a commit, m for changes, u for files that git does not know.
        if len(fields) == 9 and fields[2].startswith("S") and "M" in fields[2]:
            raise ExecutionFailed(
                f"The submodule {fields[8]!r} of the project has changes that are not committed, so no commit names what "
                f"would run. Commit them in the submodule and in the project, or put them away: git -C {fields[8]} stash"
            )


def _git(folder: Path, *, local: bool) -> Git:
    protocols = f"{_NETWORK}:file" if local else _NETWORK
    return Git(folder, purpose="A project of a git repository", protocols=protocols, seconds=_SECONDS)


def _fetched(git: Git, refs: set[str], version: str | None, shown: str) -> Checkout:
    if not refs:
        raise ExecutionFailed(f"The repository {shown} is empty.")
    wanted = "HEAD" if version is None else version
    branch = f"refs/heads/{wanted}" if f"refs/heads/{wanted}" in refs else None
    ref = branch or next((one for one in (f"refs/tags/{wanted}", wanted) if one in refs), None)
    if ref is not None:
        if git.ask("fetch", "--quiet", "--no-tags", "--depth=1", "origin", ref).returncode != 0:
            # Servers that know nothing of git have the whole history or none of it.
            git.run("fetch", "--quiet", "--no-tags", "origin", ref)
        commit = git.run("rev-parse", "FETCH_HEAD^{commit}").strip()
        return Checkout(commit=commit, branch=wanted if branch else None)
    if version is not None and _COMMIT.fullmatch(version.lower()):
        # By itself where the server allows that for a whole name; else among all that the branches and tags have.
        alone = git.ask("fetch", "--quiet", "--no-tags", "--depth=1", "origin", version.lower())
        if alone.returncode != 0:
            git.run("fetch", "--quiet", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*")
        found = git.ask("rev-parse", "--verify", "--quiet", f"{version.lower()}^{{commit}}")
        if found.returncode == 0:
            return Checkout(commit=found.stdout.strip())
    names = [name.removeprefix("refs/heads/") for name in sorted(refs) if name.startswith("refs/heads/")]
    tags = [one.removeprefix("refs/tags/") for one in sorted(refs) if one.startswith("refs/tags/") and "^" not in one]
    kind = "no commit, branch or tag" if _COMMIT.fullmatch(wanted.lower()) else "no branch or tag"
    raise ExecutionFailed(
        f"The repository {shown} has {kind} {wanted[:200]!r}. A commit that no branch and no tag reaches any more is gone "
        f"there. Branches: {_some(names)}; tags: {_some(tags)}."
    )


def _some(names: list[str]) -> str:
    return (", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")) or "none"
