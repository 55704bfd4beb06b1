"""Files and folders as datasets."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from kiseki.base.errors import InvalidParameter
from kiseki.data.dataset import Dataset
from kiseki.data.sources import LocalArtifactDatasetSource


class FilesDataset(Dataset):
    """A file, or all files below a folder, as a dataset; links are followed to files, not to folders."""

    def __init__(self, path: Path, name: str | None = None, digest: str | None = None) -> None:
        super().__init__(LocalArtifactDatasetSource(str(path)), path.name if name is None else name, digest)
        self._path = path

    @property
    def path(self) -> Path:
        """The file or folder, as it was given."""
        return self._path

    @cached_property
    def profile(self) -> dict[str, int]:
        """The numbers of files and of bytes."""
        sizes = [file.stat().st_size for _, file in self._files()]
        return {"num_files": len(sizes), "num_bytes": sum(sizes)}

    def _compute_digest(self) -> str:
        """32 hexadecimal digits of SHA-256: of a file's content; of a folder's names and contents, in the order of the names."""
        if self._path.is_file():
            return _sha256(self._path)[:32]
        whole = hashlib.sha256()
        for name, file in self._files():
            whole.update(f"{_sha256(file)} {name}\n".encode("utf-8", "surrogateescape"))
        return whole.hexdigest()[:32]

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "profile": json.dumps(self.profile)}

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Each file, with its path from the folder."""
        if self._path.is_file():
            yield "", self._path
            return
        for folder, folders, names in os.walk(self._path):
            folders.sort()
            for name in sorted(names):
                file = Path(folder, name)
                if file.is_file():
                    yield file.relative_to(self._path).as_posix(), file


def from_files(path: str | Path, name: str | None = None, digest: str | None = None) -> FilesDataset:
    """Makes a dataset of a file or a folder. All of it is read for the digest, about 1 GB in a second.

    Args:
        path: Of the file or folder.
        name: The last part of the path when None.
        digest: Computed from the content when None.

    Raises:
        InvalidParameter: There is none.
    """
    found = Path(path)
    if not found.exists():
        raise InvalidParameter(f"from_files() got {str(path)!r}, and there is no such file or folder here.")
    return FilesDataset(found, name, digest)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
