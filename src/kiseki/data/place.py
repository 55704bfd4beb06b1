"""Where tables are: a folder, or a bucket of an object store that pyarrow reaches."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional


class Place:
    """Files below one folder, named by paths relative to it.

    A file of a folder is written under a hidden name, which no reader takes for a part, until it is published. An object
    store shows a file when all of it is there, and not under another name first.

    Args:
        target: A folder, or a URI such as `s3://bucket/prefix`. Credentials come from the usual environment.

    Raises:
        InvalidParameter: It is no folder, and no URI of a kind that pyarrow reaches.
        MissingDependency: pyarrow is not installed.
    """

    def __init__(self, target: str) -> None:
        fs, pa = (optional(module, "Tables in files", "kiseki[arrow]") for module in ("pyarrow.fs", "pyarrow"))
        self._fs: Any
        if "://" in target:
            try:
                self._fs, root = fs.FileSystem.from_uri(target)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise InvalidParameter(
                    f"Cannot reach {target!r}: {error}. Give a folder, or a URI such as s3://bucket/prefix."
                ) from error
        else:
            self._fs, root = fs.LocalFileSystem(), str(Path(target).absolute())
        self._root = root.rstrip("/")
        self._is_local = self._fs.type_name == "local"
        self._files = (fs.FileType.File, fs.FileSelector)

    @classmethod
    def of_file(cls, target: str) -> tuple[Place, str]:
        """The folder in which a file is, or would be, and its name there; "" where the target is a bucket."""
        found = cls(target)
        folder, slash, name = found._root.rpartition("/")
        found._root = folder
        return found, name if slash else ""

    def is_file(self, name: str) -> bool:
        """Whether there is a file of this name."""
        file, _ = self._files
        return name != "" and bool(self._fs.get_file_info(self._path(name)).type == file)

    def is_within(self, other: Place) -> bool:
        """Whether it is the other place, or a folder of it."""
        same = self._fs.equals(other._fs)
        return bool(same) and f"{self._root}/".startswith(f"{other._root}/")

    def names(self) -> list[str]:
        """All files below, hidden ones too."""
        file, selector = self._files
        found = self._fs.get_file_info(selector(self._root, allow_not_found=True, recursive=True))
        return sorted(info.path[len(self._root) + 1 :] for info in found if info.type == file)

    def read(self, name: str) -> bytes | None:
        """All of a small file; None when there is none."""
        try:
            with self._fs.open_input_stream(self._path(name)) as stream:
                data: bytes = stream.read()
                return data
        except FileNotFoundError:
            return None

    def open(self, name: str) -> Any:
        """A file for random reading."""
        return self._fs.open_input_file(self._path(name))

    def create(self, name: str) -> Any:
        """A stream to a new file; who reads the place finds it when it is published."""
        path = self._path(self._unpublished(name))
        if self._is_local:
            self._fs.create_dir(path.rpartition("/")[0], recursive=True)
        return self._fs.open_output_stream(path)

    def publish(self, name: str) -> None:
        """Shows a file that was created and closed, in place of the one that has its name; durable on return."""
        if not self._is_local:
            return
        path, final = Path(self._path(self._unpublished(name))), Path(self._path(name))
        _sync(path)
        path.replace(final)
        _sync(final.parent)

    def discard(self, name: str) -> None:
        """Removes what was created and is not to be published; in an object store that is what has the name."""
        self._fs.delete_file(self._path(self._unpublished(name)))

    def remove(self, name: str) -> None:
        """Removes a file, published or not, and the folder that it leaves empty; one that is gone is no error."""
        for one in {name, self._unpublished(name)}:
            try:
                self._fs.delete_file(self._path(one))
            except FileNotFoundError:
                continue
        folder = Path(self._path(name)).parent
        if self._is_local and folder != Path(self._root) and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _unpublished(self, name: str) -> str:
        """Where a file lies until it is published."""
        folder, slash, file = name.rpartition("/")
        return f"{folder}{slash}.{file}.tmp" if self._is_local and not file.startswith(".") else name


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
