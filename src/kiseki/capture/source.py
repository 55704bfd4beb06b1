"""The code that runs: a commit, what is changed since, and the files that git does not know."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import sys
import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from kiseki.artifact_store.paths import is_valid_path
from kiseki.base.errors import MissingDependency, Unavailable
from kiseki.base.git import Git, reason
from kiseki.capture.command import Command
from kiseki.capture.patch import path_of
from kiseki.capture.repository import find_repository
from kiseki.capture.secrets import recordable

MAX_PATCH_BYTES: Final = 10 << 20
MAX_FILE_BYTES: Final = 1 << 20
MAX_TOTAL_BYTES: Final = 10 << 20
MAX_FILES: Final = 1000
MAX_NAMES_BYTES: Final = 16 << 20
"""How much git may say of names: about 200,000 of them."""

_SECONDS: Final = 30.0
_DIFF: Final = (
    *(
        "diff",
        "--binary",
        "--full-index",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--no-relative",
    ),
    *("--unified=3", "--ignore-submodules=all"),
)
"""Whatever the user has configured, a patch that `git apply` takes."""

_SECRET_FILE: Final = re.compile(
    r"\.env(\..*)?|\.netrc|\.pypirc|\.pgpass|\.npmrc|.*\.(pem|key|p12|pfx|jks|kdbx)|id_(rsa|dsa|ecdsa|ed25519).*"
    r"|.*(credential|secret).*\.(json|ya?ml|toml|ini|cfg|txt|env)|service[-_]account.*\.json",
    re.IGNORECASE,
)
_LINK: Final = "160000 commit "
_NO_CODE: Final = ("kiseki.db*", "kiseki-artifacts/", "mlflow.db*", "mlartifacts/", "mlruns/", "__pycache__/")
"""Where trackers keep what they record, since a capture must not have the captures before it; and what Python makes of code,
which is another each time."""


class SourceFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that git does not know."""

    path: str
    """Relative to the root, with `/`."""
    bytes: int
    sha256: str | None = None
    """Of a file that is kept; None for one that is not."""
    left_out: str | None = None
    """Why it is not kept."""


class Submodule(msgspec.Struct, frozen=True, kw_only=True):
    """A submodule; what is changed in it is in the patch, under its path."""

    path: str
    commit: str
    """That the repository's commit names, and that the patch starts from."""
    checked_out: str | None
    """The commit that is there; None where there is none."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Code, as it lay on disk when the run started."""

    root: str
    """The top of the repository; without one, the folder of the script, or the current one. Absolute."""
    repository: str | None = None
    """The address of `origin`, without secrets."""
    commit: str | None = None
    """None where there is no repository with a commit."""
    branch: str | None = None
    patch_sha256: str | None = None
    """Of the changes since the commit; None without any, or where they could not be kept, which `problems` says."""
    files: tuple[SourceFile, ...] = ()
    """What git does not know, up to `MAX_FILES`; without a repository, the script and the modules beside it."""
    submodules: tuple[Submodule, ...] = ()


class TakenSource(msgspec.Struct, frozen=True, kw_only=True):
    """A source with what is kept of it."""

    source: Source
    patch: bytes
    """As `git apply` takes it in the root; empty without changes."""
    archive: bytes | None
    """A zip of the files that git does not know; None without any."""
    problems: tuple[str, ...]
    """What could not be recorded, and why."""


def take_source(command: Command, leave_out: Collection[Path] = ()) -> TakenSource:
    """Reads the code of this process.

    Links, files that look as if they had secrets in them, and those above a limit are named and not kept.

    Args:
        command: What runs.
        leave_out: Files and folders, absolute, that are not code: where kiseki itself writes.
    """
    script = Path(command.script) if command.script is not None and command.kind != "notebook" else None
    folders = [script.parent] if script is not None else []
    folders.append(Path(command.folder))
    found = next((one for folder in folders if (one := find_repository(str(folder))) is not None), None)
    root = folders[0].resolve() if found is None else Path(found.root)
    taking = _Taking(root, leave_out)
    if found is None:
        taking.problems += _why_no_repository(folders)
        taking.add_files(root, _loaded_files(root, script))
        return taking.result(Source(root=recordable(str(root))))
    submodules = taking.add_tree(root, found.commit, _loaded_files(root, script))
    return taking.result(
        Source(
            root=recordable(found.root),
            repository=found.address,
            commit=found.commit,
            branch=found.branch,
            submodules=tuple(submodules),
        )
    )


def _why_no_repository(folders: Iterable[Path]) -> list[str]:
    """What git says of a repository that is there and cannot be read, as one of another user cannot."""
    places = (place for folder in folders for place in (folder, *folder.parents))
    there = next((place for place in places if (place / ".git").exists()), None)
    if there is None:
        return []
    try:
        told = reason(Git(there, purpose="The source of a run", seconds=_SECONDS).ask("rev-parse", "--verify", "HEAD"))
    except (MissingDependency, Unavailable) as error:
        told = str(error).rstrip(".")
    return [f"The repository {recordable(str(there))} does not tell its commit: {told}."]


def _loaded_files(root: Path, script: Path | None) -> list[str]:
    """The script and the modules of Python below a folder that this process has loaded, relative; none of an environment."""
    loaded = (_file_of(module) for module in [*sys.modules.values()])
    environments = tuple(os.path.join(os.path.realpath(place), "") for place in {sys.prefix, sys.base_prefix})  # noqa: PTH118
    found = {*filter(None, (script, *(Path(file) for file in loaded if file is not None)))}
    own = (file for file in found if "site-packages" not in file.parts and not str(file).startswith(environments))
    placed = (file.parent.resolve() / file.name for file in own)
    return sorted(str(file.relative_to(root)) for file in placed if file.is_relative_to(root))


def _file_of(module: object) -> str | None:
    """The file of Python that a module is in."""
    try:
        # Without asking for the attribute itself, which can load more.
        file = getattr(module, "__dict__", {}).get("__file__")
    except Exception:  # noqa: BLE001 - programs put anything among the modules
        return None
    return file if isinstance(file, str) and file.endswith(".py") and "\0" not in file else None


class _Taking:
    """Source that is being read."""

    def __init__(self, root: Path, leave_out: Collection[Path]) -> None:
        self.root = root
        self.problems: list[str] = []
        self._leave_out = _exclusions(root, leave_out)
        self._patches: list[bytes] = []
        self._files: dict[str, SourceFile] = {}
        self._buffer = io.BytesIO()
        self._archive = zipfile.ZipFile(self._buffer, "w", zipfile.ZIP_DEFLATED)
        self._total = 0

    def result(self, source: Source) -> TakenSource:
        """What was read."""
        self._archive.close()
        patch = b"".join(self._patches)
        kept = any(file.sha256 is not None for file in self._files.values())
        return TakenSource(
            source=msgspec.structs.replace(
                source,
                patch_sha256=hashlib.sha256(patch).hexdigest() if patch else None,
                files=tuple(self._files.values()),
            ),
            patch=patch,
            archive=self._buffer.getvalue() if kept else None,
            problems=tuple(self.problems),
        )

    def add_tree(self, folder: Path, commit: str, loaded: Iterable[str] = ()) -> list[Submodule]:
        """Adds what a work tree has beside a commit, and what its submodules have; returns those.

        Args:
            folder: The top of a work tree.
            commit: What its changes start from.
            loaded: Files that are kept though git ignores them.
        """
        git = Git(folder, purpose="The source of a run", seconds=_SECONDS)
        inside = self._inside(folder)
        room = MAX_PATCH_BYTES - sum(map(len, self._patches))
        with self._noting(f"The changes in {inside or 'the repository'}"):
            prefixes = (f"--src-prefix=a/{inside}", f"--dst-prefix=b/{inside}")
            patch = git.read(*_DIFF, *prefixes, commit, "--", max_bytes=room)
            if patch is None:
                self.problems.append(
                    f"The changes in {inside or 'the repository'} are larger than {MAX_PATCH_BYTES >> 20} MiB and not kept. "
                    "Commit them, and the commit names them."
                )
            else:
                self._patches.append(self._without_secrets(patch))
        others = ("ls-files", "-z", "--others", "--exclude-standard", *self._leave_out)
        with self._noting(f"The files that git does not know in {inside or 'the repository'}"):
            # Code first, where there are more than are kept.
            names = sorted(self._names(git, *others), key=lambda name: not name.endswith(".py"))
            self.add_files(folder, names)
            if wanted := [f":(literal){name}" for name in loaded]:
                self.add_files(folder, self._names(git, *others, "--ignored", "--", *wanted))
        if not (folder / ".gitmodules").is_file():
            return []
        found: list[Submodule] = []
        with self._noting(f"The submodules of {inside or 'the repository'}"):
            for entry in self._names(git, "ls-tree", "-r", "-z", commit):
                facts, _, path = entry.partition("\t")
                if facts.startswith(_LINK):
                    found += self._add_submodule(folder / path, facts.split(" ")[2])
        return found

    def _without_secrets(self, patch: bytes) -> bytes:
        """The patch without the files that may hold secrets, such as a `.env` of which git was told."""
        head, *sections = re.split(rb"^(?=diff --git )", patch, flags=re.MULTILINE)
        kept = [head]
        for section in sections:
            path = path_of(os.fsdecode(section.partition(b"\n")[0].removeprefix(b"diff --git ")))
            if _SECRET_FILE.fullmatch(path.rpartition("/")[2]):
                file = self.root / path
                size = file.lstat().st_size if os.path.lexists(file) else 0
                name = recordable(path)
                self._files[name] = SourceFile(path=name, bytes=size, left_out="It may hold secrets.")
            else:
                kept.append(section)
        return b"".join(kept)

    def _add_submodule(self, folder: Path, commit: str) -> list[Submodule]:
        here = find_repository(str(folder)) if (folder / ".git").exists() else None
        path = recordable(self._inside(folder).rstrip("/"))
        if here is None:
            return [Submodule(path=path, commit=commit, checked_out=None)]
        return [Submodule(path=path, commit=commit, checked_out=here.commit), *self.add_tree(folder, commit)]

    def add_files(self, folder: Path, names: Iterable[str]) -> None:
        """Adds files, relative to a folder."""
        inside = self._inside(folder)
        for name in names:
            file = folder / name
            if name.endswith("/"):
                # A repository inside of this one is no part of it.
                continue
            if len(self._files) >= MAX_FILES:
                self.problems.append(
                    f"Git does not know more than {MAX_FILES} files; only the first are recorded. Have .gitignore name "
                    "what is no code."
                )
                return
            path = recordable(f"{inside}{name}")
            self._files[path] = self._add_file(file, path, sound=path == f"{inside}{name}" and is_valid_path(path))

    def _add_file(self, file: Path, path: str, *, sound: bool) -> SourceFile:
        try:
            status = file.lstat()
        except OSError:
            return SourceFile(path=path, bytes=0, left_out="It is gone.")
        why = _why_not(status, file.name, self._total) if sound else "Its name cannot be that of an artifact."
        if why is None:
            try:
                data = _content(file)
            except OSError as error:
                why = f"It cannot be read: {error.strerror}."
            else:
                if len(data) <= MAX_FILE_BYTES:
                    self._total += len(data)
                    # The same files give the same bytes.
                    self._archive.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
                    return SourceFile(path=path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
                why = "It is being written."
        return SourceFile(path=path, bytes=status.st_size, left_out=why)

    def _names(self, git: Git, *arguments: str) -> Iterator[str]:
        data = git.read(*arguments, max_bytes=MAX_NAMES_BYTES)
        if data is None:
            raise Unavailable("They are too many to be named.")
        return (os.fsdecode(name) for name in data.split(b"\0") if name)

    def _inside(self, folder: Path) -> str:
        """The path of a folder from the root with a slash behind it; "" for the root."""
        below = folder.relative_to(self.root).as_posix()
        return "" if below == "." else f"{below}/"

    @contextmanager
    def _noting(self, subject: str) -> Iterator[None]:
        """Has what git cannot do in the block among the problems."""
        try:
            yield
        except Unavailable as error:
            self.problems.append(f"{subject} could not be read: {error}")


def _exclusions(root: Path, leave_out: Collection[Path]) -> tuple[str, ...]:
    """Options of `git ls-files` that leave out files and folders; a database has files beside it, with `-` behind its name."""
    patterns = [*_NO_CODE]
    for path in leave_out:
        below = os.path.relpath(os.path.realpath(path), root)
        if not below.startswith(os.pardir):
            plain = re.sub(r"([\\*?\[\]])", r"\\\1", Path(below).as_posix())
            patterns += [f"/{plain}", f"/{plain}-*"]
    return tuple(f"--exclude={pattern}" for pattern in patterns)


def _why_not(status: os.stat_result, name: str, total: int) -> str | None:
    """Why a file is not kept; None where it is."""
    if stat.S_ISLNK(status.st_mode):
        return "It is a link."
    if not stat.S_ISREG(status.st_mode):
        return "It is no regular file."
    if _SECRET_FILE.fullmatch(name):
        return "It may hold secrets."
    if status.st_size > MAX_FILE_BYTES:
        return f"It is larger than {MAX_FILE_BYTES >> 20} MiB."
    if total + status.st_size > MAX_TOTAL_BYTES:
        return f"The files are larger than {MAX_TOTAL_BYTES >> 20} MiB in all."
    return None


def _content(file: Path) -> bytes:
    number = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(number, "rb") as stream:
        return stream.read(MAX_FILE_BYTES + 1)
