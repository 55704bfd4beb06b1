"""Writing, listing and fetching a run's artifacts, wherever they lie."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, BinaryIO, Final, Protocol, TypeVar, runtime_checkable

from kiseki.artifact_store.locations import join_uri
from kiseki.artifact_store.paths import check_path, file_name
from kiseki.artifact_store.protocol import ArtifactStore, SmallFile
from kiseki.base.errors import IntegrityError, InvalidParameter, KisekiError, NotFound
from kiseki.base.optional import optional
from kiseki.client.backend import Backend
from kiseki.domain.artifacts import Owner
from kiseki.entities import FileInfo
from kiseki.wire.bundles import MAX_FILE_BYTES

A = TypeVar("A")
B = TypeVar("B")

CHUNK_BYTES: Final = 1 << 20
THREADS: Final = 8
"""How many files of a folder travel at once."""

SMALL_BYTES: Final = MAX_FILE_BYTES
"""A file up to this size travels together with others."""

BUNDLE_FILES: Final = 200
BUNDLE_BYTES: Final = 4 << 20
BUNDLES_AT_ONCE: Final = 3
"""While one is on its way, the next is read and the one before it is waited for."""

MAX_ROOTS: Final = 1024
_roots: dict[tuple[str, str], str] = {}


@runtime_checkable
class SendsFiles(Protocol):
    """A store that takes an open file as it is."""

    def send_file(self, path: str, file: BinaryIO, size: int) -> None:
        """Stores the rest of an open file, `size` bytes."""
        ...


def artifact_uri(backend: Backend, run_id: str) -> str:
    """The URI of a run's artifact root."""
    return _root(backend, Owner(run_id=run_id))


def store_of(backend: Backend, run_id: str) -> ArtifactStore:
    """The store whose root is a run's artifact root."""
    owner = Owner(run_id=run_id)
    return backend.artifact_store(_root(backend, owner), owner)


def store_of_model(backend: Backend, model_id: str) -> ArtifactStore:
    """The store whose root is a logged model's artifact root.

    Raises:
        NotFound: There is no such model.
    """
    owner = Owner(model_id=model_id)
    return backend.artifact_store(_root(backend, owner), owner)


def _root(backend: Backend, owner: Owner) -> str:
    # It never changes, and is needed for every file.
    known = _roots.get((backend.uri, owner.id))
    if known is None:
        if len(_roots) >= MAX_ROOTS:
            _roots.clear()
        found = backend.get_logged_model(owner.id) if owner.model_id else backend.get_run(owner.id)
        known = _roots[backend.uri, owner.id] = found.artifact_uri
    return known


def uri_below(root: str, path: str | None) -> str:
    """The URI of an artifact below a root; the root itself without a path."""
    return join_uri(root, path) if path else root


def log_file(store: ArtifactStore, local: Path, artifact_path: str | None) -> None:
    """Stores a local file in the folder `artifact_path`, under its own name; a folder with all that is in it.

    Raises:
        InvalidParameter: There is no such file, or its name cannot be that of an artifact.
    """
    if local.is_dir():
        name = local.resolve().name
        log_folder(store, local, str(PurePosixPath(artifact_path or "") / name))
        return
    if not local.is_file():
        raise InvalidParameter(f"No such file: {str(local)!r}. Give the path of a file or folder that exists.")
    send(store, local, check_path(str(PurePosixPath(artifact_path or "") / local.name)))


def log_folder(store: ArtifactStore, local: Path, artifact_path: str | None) -> None:
    """Stores all files below a local folder in the folder `artifact_path`, several at once.

    Raises:
        InvalidParameter: There is no such folder, or a name in it cannot be that of an artifact. Nothing is stored then.
    """
    if not local.is_dir():
        raise InvalidParameter(f"No such folder: {str(local)!r}. Give the path of a folder that exists.")
    prefix = PurePosixPath(artifact_path or "").as_posix()
    found = [(file, check_path(f"{prefix}/{below}"), size) for file, below, size in _files_below(local)]
    small = [(file, path, size) for file, path, size in found if size <= SMALL_BYTES]
    alone = [(file, path) for file, path, size in found if size > SMALL_BYTES]
    # What does not go with others goes by itself, and then meets its own error.
    for left in _each(lambda bundle: _send_together(store, bundle), _bundles(small), BUNDLES_AT_ONCE):
        alone += left
    _each(lambda item: send(store, *item), alone, THREADS)


def _files_below(local: Path) -> Iterator[tuple[Path, str, int]]:
    """Each file below a folder, with its path from there and its bytes. Links to files are files, those to folders nothing."""
    for folder, folders, names in os.walk(local):
        folders.sort()
        below = PurePath(folder).relative_to(local).as_posix()
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_file():
                yield file, f"{below}/{name}", file.stat().st_size


def _bundles(files: Iterable[tuple[A, B, int]]) -> Iterator[list[tuple[A, B]]]:
    """Files, given with their bytes, in groups that go together, in their order."""
    bundle: list[tuple[A, B]] = []
    total = 0
    for one, other, size in files:
        if bundle and (len(bundle) >= BUNDLE_FILES or total + size > BUNDLE_BYTES):
            yield bundle
            bundle, total = [], 0
        bundle.append((one, other))
        total += size
    if bundle:
        yield bundle


def _send_together(store: ArtifactStore, files: Sequence[tuple[Path, str]]) -> list[tuple[Path, str]]:
    """Stores local files at once, and returns those that are not stored."""
    if len(files) < 2:
        return list(files)
    read = [(item, _read_small(item[0])) for item in files]
    small = [(item, SmallFile(path=item[1], content=content)) for item, content in read if content is not None]
    results = store.store_files([file for _, file in small])
    left = [item for item, content in read if content is None]
    return left + [item for (item, _), one in zip(small, results, strict=True) if isinstance(one, KisekiError)]


def _read_small(local: Path) -> bytes | None:
    """The content of a local file; None when it has grown since it was looked at."""
    with local.open("rb") as file:
        content = file.read(SMALL_BYTES + 1)
    return content if len(content) <= SMALL_BYTES else None


def send(store: ArtifactStore, local: Path, path: str) -> None:
    """Stores one local file as the artifact `path`."""
    with local.open("rb") as file:
        if isinstance(store, SendsFiles):
            store.send_file(path, file, os.fstat(file.fileno()).st_size)
        else:
            send_stream(store, file, path)


def send_stream(store: ArtifactStore, stream: Any, path: str) -> None:
    """Stores what can be read from a binary stream as the artifact `path`, with constant memory.

    Raises:
        InvalidParameter: The stream gives text.
    """
    read = getattr(stream, "read", None)
    if not callable(read):
        raise InvalidParameter(f"Expected a binary stream with a method read(), got {type(stream).__name__}.")
    with store.open_upload(check_path(path)) as upload:
        while chunk := read(CHUNK_BYTES):
            if not isinstance(chunk, bytes | bytearray | memoryview):
                raise InvalidParameter(
                    f"The stream gives {type(chunk).__name__}, not bytes. Open it in binary mode, or use log_text."
                )
            upload.write(memoryview(chunk))
        upload.commit()


def send_bytes(store: ArtifactStore, data: bytes, path: str) -> None:
    """Stores bytes as the artifact `path`."""
    with store.open_upload(check_path(path)) as upload:
        upload.write(data)
        upload.commit()


def read_bytes(store: ArtifactStore, path: str) -> bytes:
    """The content of an artifact.

    Raises:
        NotFound: There is none of that path.
        IntegrityError: It is damaged.
    """
    with store.open_download(check_path(path)) as file:
        return file.read()


def text_bytes(text: Any) -> bytes:
    """Text as UTF-8.

    Raises:
        InvalidParameter: It is no text, or has half a character.
    """
    if not isinstance(text, str):
        raise InvalidParameter(f"The text is of type {type(text).__name__}; expected a string. Convert it with str().")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidParameter(f"The text cannot be written as UTF-8: {error}.") from None


def dict_bytes(dictionary: Any, path: str) -> bytes:
    """A dictionary as the content of the file `path`: YAML for `.yaml` and `.yml`, JSON otherwise.

    Raises:
        InvalidParameter: Something in it is of a type that JSON does not have.
        MissingDependency: YAML is wanted and PyYAML is not installed.
    """
    if PurePosixPath(path).suffix.lower() in {".yaml", ".yml"}:
        yaml = optional("yaml", "log_dict() to a .yaml file", "pyyaml")
        text: str = yaml.safe_dump(dictionary, sort_keys=False, allow_unicode=True, default_flow_style=False)
        return text.encode()
    try:
        return json.dumps(dictionary, indent=2, default=_json_value, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidParameter(f"The dictionary cannot be written as JSON: {error}.") from None


def list_files(store: ArtifactStore, path: str | None) -> list[FileInfo]:
    """What is in a folder of a store, with paths relative to its root; nothing when it is a file."""
    return [FileInfo(info.path, info.is_dir, info.file_size) for info in store.list(path or "")]


def download(store: ArtifactStore, path: str, target: Path | None) -> Path:
    """Fetches a file, or a folder with all that is in it, into the folder `target` and returns where it is.

    What comes is written under temporary names and renamed when it is complete and its digest right.

    Args:
        store: Where from.
        path: "" fetches everything below the store's root.
        target: The folder to put it into, made when missing; a new temporary one when None.

    Raises:
        NotFound: There is nothing of that path.
        IntegrityError: What came is not what was stored.
        InvalidParameter: The store lists a name that would lead out of `target`.
    """
    wanted = check_path(path, folder=True) if path else ""
    target = Path(tempfile.mkdtemp(prefix="kiseki-")) if target is None else target
    info = None if not wanted else store.stat(wanted)
    if wanted and info is None:
        raise NotFound(f"No such artifact: {path!r}. List what there is with list_artifacts().")
    target.mkdir(parents=True, exist_ok=True)
    if info is not None and not info.is_dir:
        place = target / file_name(wanted)
        _fetch(store, wanted, place)
        return place.absolute()
    # Keeps the folder's own name, as in `cp -r`; everything has none.
    root = target / PurePosixPath(wanted).name if wanted else target
    root.mkdir(parents=True, exist_ok=True)
    # All names are looked at before the first file is written.
    todo = [(info.path, _place(root, info.path, wanted), info.file_size or 0) for info in store.walk(wanted)]
    if not todo and not wanted and not store.list(""):
        raise NotFound("The run has no artifacts. Log some before downloading them.")
    small = [(path, place, size) for path, place, size in todo if size <= SMALL_BYTES]
    alone = [(path, place) for path, place, size in todo if size > SMALL_BYTES]
    for left in _each(lambda bundle: _fetch_together(store, bundle), _bundles(small), BUNDLES_AT_ONCE):
        alone += left
    _each(lambda item: _fetch(store, *item), alone, THREADS)
    return root.absolute()


def _place(root: Path, path: str, folder: str) -> Path:
    """Where an artifact goes; the store's word is not taken for what its path is."""
    checked = check_path(path)
    prefix = f"{folder}/" if folder else ""
    if checked != path or not path.startswith(prefix):
        raise InvalidParameter(
            f"The artifact store lists {path[:200]!r} in the folder {folder!r}. Nothing was fetched."
        )
    return root.joinpath(*checked[len(prefix) :].split("/"))


def _fetch_together(store: ArtifactStore, files: Sequence[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Fetches files at once, and returns those that did not come."""
    if len(files) < 2:
        return list(files)
    left = []
    results = store.read_files([path for path, _ in files], SMALL_BYTES)
    for (path, place), one in zip(files, results, strict=True):
        if isinstance(one, KisekiError):
            left.append((path, place))
            continue
        with _arriving(place) as target:
            target.write(one.content)
    return left


def _fetch(store: ArtifactStore, path: str, place: Path) -> None:
    with store.open_download(path) as source, _arriving(place) as target:
        size = 0
        while chunk := source.read(CHUNK_BYTES):
            size += target.write(chunk)
        if size != source.size:
            raise IntegrityError(f"{path!r} came with {size} bytes; it has {source.size}.")


@contextmanager
def _arriving(place: Path) -> Iterator[BinaryIO]:
    """A file under a temporary name that gets its own at the end; it goes when the block raises."""
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with temporary.open("xb") as target:
            yield target
        temporary.replace(place)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _each(call: Callable[[A], B], items: Iterable[A], at_once: int) -> list[B]:
    """The results of a function for some items, in threads; the first error is raised when all are done."""
    todo = list(items)
    if len(todo) < 2:
        return [call(item) for item in todo]
    with ThreadPoolExecutor(min(at_once, len(todo)), thread_name_prefix="kiseki-files") as pool:
        return [future.result() for future in [pool.submit(call, item) for item in todo]]


def _json_value(value: Any) -> Any:
    """NumPy's numbers and arrays, dates and paths, as what JSON has."""
    for name in ("tolist", "item", "isoformat"):
        convert = getattr(value, name, None)
        if callable(convert):
            return convert()
    if isinstance(value, os.PathLike | set | frozenset):
        return sorted(value) if isinstance(value, set | frozenset) else os.fspath(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
