"""A folder of artifacts as a zip: written as a stream with constant memory, and unpacked with suspicion."""

from __future__ import annotations

import hashlib
import io
import os
import stat as stat_modes
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from kiseki.artifact_store.paths import check_path
from kiseki.artifact_store.protocol import ArtifactStore, Download, FileInfo
from kiseki.base.errors import IntegrityError, InvalidParameter, NotFound

COMPRESSED_SUFFIXES: Final = frozenset(
    {
        *(".7z", ".br", ".bz2", ".gz", ".lz4", ".rar", ".tgz", ".xz", ".zip", ".zst", ".jar", ".whl"),
        *(".avif", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".webp"),
        *(".aac", ".flac", ".m4a", ".mkv", ".mov", ".mp3", ".mp4", ".ogg", ".opus", ".webm"),
        *(".docx", ".odt", ".pptx", ".xlsx", ".keras", ".npz", ".orc", ".parquet", ".pt", ".pth", ".safetensors"),
    }
)
"""Files whose bytes do not get fewer by deflating, or too few for the time: formats packed already, and tensors."""

MAX_ENTRIES: Final = 100_000
MAX_BYTES: Final = 1 << 40
MAX_RATIO: Final = 200
"""How many bytes may come out of one, over the whole archive. Text and tables stay below 50, a bomb reaches 1,000."""

_RATIO_FREE_BYTES: Final = 16 << 20
_MAX_DIRECTORY_BYTES: Final = 64 << 20
_ENTRY_SIGNATURE: Final = b"PK\x01\x02"
_BLOCK_BYTES: Final = 1 << 20
_ENCRYPTED: Final = 0x1
# Python 3.13 gave the attribute its public name.
_LEVEL_ATTRIBUTE: Final = "compress_level" if sys.version_info >= (3, 13) else "_compresslevel"


Digests = Callable[[str, int, int], str | None]
"""From a file's path, size and time of change to the SHA-256 that was recorded of it, None where there is none."""


def zip_chunks(
    store: ArtifactStore, path: str, chunk_bytes: int = _BLOCK_BYTES, digests: Digests | None = None
) -> Iterator[bytes]:
    """The folder or file `path` as the bytes of a zip, in chunks of about `chunk_bytes`.

    Names are relative to the folder; a file is the one entry, under its own name. The order is that of
    `ArtifactStore.walk`, times are those of the files in UTC, so the same files give the same bytes. Files are deflated
    quickly, or stored when their suffix says that they are compressed already. ZIP64 is used where sizes need it.
    Memory does not grow with the files' sizes, only with their number (the directory at the end).

    Raises:
        NotFound: Nothing has that path; raised by the call, not by the first chunk.
        IntegrityError: While iterating, when a file ends before its size or is not what `digests` says. What was sent
            is no complete zip then.
    """
    checked = check_path(path, folder=True)
    start = store.stat(checked)
    if start is None:
        raise NotFound(f"No such artifact: {path!r}")
    return _zip(store, start, digests, chunk_bytes)


def safe_extract(
    zip_path: Path,
    destination: Path,
    *,
    max_entries: int = MAX_ENTRIES,
    max_bytes: int = MAX_BYTES,
    max_ratio: int = MAX_RATIO,
) -> list[Path]:
    """Unpacks a zip from anywhere into the folder `destination`, and returns the files.

    All entries are checked before the first byte is written. Existing files are replaced. Modes and owners in the
    archive are ignored, and empty folders are not made.

    Args:
        zip_path: The archive.
        destination: Made if missing.
        max_entries: More entries are refused before they are read into memory.
        max_bytes: More bytes in all, unpacked, are refused.
        max_ratio: An archive of more than 16 MiB unpacked is refused when it is more than so many times its packed size.

    Raises:
        InvalidParameter: It is no zip, or has an entry that is absolute, climbs by `..`, is a link or device, is
            encrypted or occurs twice; or it passes a limit; or the destination has a link in the way.
        IntegrityError: An entry's bytes do not match its checksum; that file is removed.
    """
    with _checked(zip_path, max_entries, max_bytes, max_ratio) as (archive, names):
        return [
            _extract_file(archive, entry, destination, name.split("/")) for entry, name in names if not entry.is_dir()
        ]


def check_zip(
    zip_path: Path, *, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES, max_ratio: int = MAX_RATIO
) -> list[str]:
    """Checks a zip from anywhere that another program is to read, and returns the names of its files.

    Args:
        zip_path: The archive.
        max_entries: As for `safe_extract`.
        max_bytes: As for `safe_extract`.
        max_ratio: As for `safe_extract`.

    Raises:
        InvalidParameter: `safe_extract` would not unpack it.
    """
    with _checked(zip_path, max_entries, max_bytes, max_ratio) as (_, names):
        return [name for entry, name in names if not entry.is_dir()]


@contextmanager
def _checked(
    zip_path: Path, max_entries: int, max_bytes: int, max_ratio: int
) -> Iterator[tuple[zipfile.ZipFile, list[tuple[zipfile.ZipInfo, str]]]]:
    with _DirectoryGuard(zip_path, max_entries) as source:
        try:
            archive = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, NotImplementedError, OverflowError, UnicodeError) as error:
            raise InvalidParameter(f"{zip_path.name!r} is not a zip archive that can be read: {error}") from error
        with archive:
            source.opening = False
            yield archive, _check_entries(archive, max_entries, max_bytes, max_ratio)


class _Outgoing(io.RawIOBase):
    """Where the zip is written: no position, no way back, and what was written is taken out at once."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self.waiting_bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        part = bytes(memoryview(data))  # type: ignore[arg-type]  # typeshed's Buffer is not importable in 3.11
        self._parts.append(part)
        self.waiting_bytes += len(part)
        return len(part)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        self.waiting_bytes = 0
        return taken


def _zip(store: ArtifactStore, start: FileInfo, digests: Digests | None, chunk_bytes: int) -> Iterator[bytes]:
    prefix = len(start.path) + 1 if start.is_dir and start.path else 0
    if not start.is_dir:
        prefix = start.path.rfind("/") + 1
    outgoing = _Outgoing()
    with zipfile.ZipFile(outgoing, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for info in store.walk(start.path):
            try:
                download = store.open_download(info.path)
            except NotFound:
                continue
            # Closed before the archive is, when the caller stops early: it holds the archive's writing handle.
            digest = digests(info.path, download.size, download.modified_ns) if digests else None
            with download, closing(_zip_file(archive, download, info.path[prefix:], digest)) as blocks:
                for _ in blocks:
                    if outgoing.waiting_bytes >= chunk_bytes:
                        yield outgoing.take()
    yield outgoing.take()


def _zip_file(
    archive: zipfile.ZipFile, download: Download, name: str, digest: str | None
) -> Generator[None, None, None]:
    moment = time.gmtime(download.modified_ns // 1_000_000_000)
    # The format counts years from 1980 to 2107.
    in_range = 1980 <= moment.tm_year <= 2107
    entry = zipfile.ZipInfo(name, moment[:6] if in_range else (1980, 1, 1, 0, 0, 0))
    entry.external_attr = (stat_modes.S_IFREG | 0o600) << 16
    packed_already = PurePosixPath(name).suffix.lower() in COMPRESSED_SUFFIXES
    entry.compress_type = zipfile.ZIP_STORED if packed_already else zipfile.ZIP_DEFLATED
    setattr(entry, _LEVEL_ATTRIBUTE, 1)
    # Deflating may add a little to what does not compress.
    large = download.size * 1.01 + 1024 > zipfile.ZIP64_LIMIT
    remaining = download.size
    hasher = hashlib.sha256()
    with archive.open(entry, "w", force_zip64=large) as target:
        while remaining:
            block = download.read(min(_BLOCK_BYTES, remaining))
            if not block:
                raise IntegrityError(f"The artifact {name!r} ended {remaining} bytes before its size.")
            target.write(block)
            if digest is not None:
                hasher.update(block)
            remaining -= len(block)
            yield
    if digest is not None and hasher.hexdigest() != digest:
        raise IntegrityError(f"The artifact {name!r} does not match its digest: its bytes have changed on disk.")


class _DirectoryGuard(io.FileIO):
    """A zip that refuses to give out a central directory with too many entries.

    zipfile makes an object of every entry before anybody can look at their number, whatever the archive says that the
    number is. Every entry starts with the signature, so there are at most as many as signatures.
    """

    def __init__(self, path: Path, max_entries: int) -> None:
        super().__init__(path, "rb")
        self._max_entries = max_entries
        self.opening = True

    def read(self, size: int | None = -1, /) -> bytes:
        if not self.opening:
            return super().read(size) or b""
        if size is not None and size > _MAX_DIRECTORY_BYTES:
            raise InvalidParameter(f"The archive's directory has {size} bytes, the limit is {_MAX_DIRECTORY_BYTES}.")
        data = super().read(_MAX_DIRECTORY_BYTES if size is None or size < 0 else size) or b""
        if data.count(_ENTRY_SIGNATURE) > self._max_entries:
            raise InvalidParameter(f"The archive has more than {self._max_entries} entries.")
        return data


def _check_entries(
    archive: zipfile.ZipFile, max_entries: int, max_bytes: int, max_ratio: int
) -> list[tuple[zipfile.ZipInfo, str]]:
    entries = archive.infolist()
    if len(entries) > max_entries:
        raise InvalidParameter(f"The archive has {len(entries)} entries, the limit is {max_entries}.")
    checked = [(entry, _check_entry(entry)) for entry in entries]
    files = [name for entry, name in checked if not entry.is_dir()]
    taken = set(files)
    if len(taken) != len(files):
        raise InvalidParameter("The archive has two files of one name.")
    for _, name in checked:
        above = name.split("/")[:-1]
        if any("/".join(above[:depth]) in taken for depth in range(1, len(above) + 1)):
            raise InvalidParameter(f"The archive has {name!r} below something that is a file.")
    if any(entry.is_dir() and name in taken for entry, name in checked):
        raise InvalidParameter("The archive has a file and a folder of one name.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > max_bytes:
        raise InvalidParameter(f"The archive unpacks to {unpacked} bytes, the limit is {max_bytes}.")
    # What is claimed for the entries may overlap; the file itself can not hold less than it has.
    packed = max(1, os.fstat(archive.fp.fileno()).st_size if archive.fp else 0)
    if unpacked > _RATIO_FREE_BYTES and unpacked > packed * max_ratio:
        raise InvalidParameter(
            f"The archive unpacks to {unpacked // packed} times its size, the limit is {max_ratio}; it looks like a bomb."
        )
    return checked


def _check_entry(entry: zipfile.ZipInfo) -> str:
    # zipfile cuts a name at NUL; what stands behind is a disguise.
    if "\0" in entry.orig_filename:
        raise InvalidParameter(f"Invalid path {entry.orig_filename[:200]!r}: control characters are not allowed.")
    name = check_path(entry.orig_filename, folder=entry.is_dir())
    if os.name == "nt" and ":" in name:
        raise InvalidParameter(f"Invalid path {entry.orig_filename[:200]!r}: a colon names a stream here.")
    kind = stat_modes.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat_modes.S_IFREG, stat_modes.S_IFDIR}:
        raise InvalidParameter(
            f"The archive's entry {name!r} is a link or a device; only files and folders are unpacked."
        )
    if entry.flag_bits & _ENCRYPTED:
        raise InvalidParameter(f"The archive's entry {name!r} is encrypted.")
    return name


def _extract_file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, destination: Path, segments: list[str]) -> Path:
    folder = destination
    folder.mkdir(parents=True, exist_ok=True)
    for segment in segments[:-1]:
        folder /= segment
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise InvalidParameter(
                f"{folder} is in the way: it is a link or a file, and a folder is to be unpacked there."
            )
        folder.mkdir(exist_ok=True)
    target = folder / segments[-1]
    if target.is_dir() and not target.is_symlink():
        raise InvalidParameter(f"{target} is in the way: it is a folder, and a file is to be unpacked there.")
    target.unlink(missing_ok=True)
    # "x" makes the file anew, so a link that appears meanwhile is not written through.
    with target.open("xb") as output:
        try:
            _copy_entry(archive, entry, output)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    return target


def _copy_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, output: io.BufferedWriter) -> None:
    try:
        with archive.open(entry) as source:
            while block := source.read(_BLOCK_BYTES):
                output.write(block)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise IntegrityError(f"The archive's entry {entry.filename!r} is damaged: {error}") from error
    except NotImplementedError as error:
        raise InvalidParameter(f"The archive's entry {entry.filename!r} can not be unpacked: {error}") from error
    if output.tell() != entry.file_size:
        raise IntegrityError(f"The archive's entry {entry.filename!r} ended before its size.")
