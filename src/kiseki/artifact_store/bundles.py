"""Many small files through a tracking server's artifact proxy at once, see `kiseki.wire.bundles`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlencode

from kiseki.artifact_store.paths import check_path
from kiseki.artifact_store.protocol import SmallFile, StoredFile
from kiseki.artifact_store.small_files import described
from kiseki.artifact_store.transport import HttpTransport
from kiseki.base.errors import IntegrityError, KisekiError, Unavailable
from kiseki.wire import bundles as wire
from kiseki.wire import codec
from kiseki.wire.routes import BY_NAME

CHUNK_BYTES: Final = 1 << 20

_PATH = BY_NAME["bundles.put"].paths[0]


class Bundles:
    """The way of small files to and from the folder `root` of a server's artifact proxy.

    A server that does not know bundles, such as MLflow's, is an error for every file (EndpointNotFound).
    """

    def __init__(self, http: HttpTransport, root: str) -> None:
        self._http = http
        self._root = root
        self._known = False

    def store_files(self, files: Sequence[SmallFile]) -> Sequence[StoredFile | KisekiError]:
        """See `ArtifactStore.store_files`. What the server has not is an error with the server's code."""
        looked_at = [described(file) for file in files]
        sound = [(file, one) for file, one in zip(files, looked_at, strict=True) if isinstance(one, StoredFile)]
        try:
            if not self._known:
                # Asked with nothing in it, since a server that does not know it may hang up before it has read all.
                self._send([])
                self._known = True
            refused = self._send(sound)
        except Unavailable:
            raise
        except ConnectionError as broken:
            error = Unavailable(f"The connection broke while the server said what it has stored: {broken}.")
            return [error for _ in files]
        except KisekiError as told:
            return [told for _ in files]
        return [refused.get(one.path) or one if isinstance(one, StoredFile) else one for one in looked_at]

    def read_files(self, paths: Sequence[str], max_bytes: int) -> Iterator[SmallFile | KisekiError]:
        """See `ArtifactStore.read_files`. After a cut it goes on with the file that did not come whole."""
        left = list(paths)
        while left:
            came = 0
            try:
                for file in self._read(left, max_bytes):
                    came += 1
                    yield file
                error: KisekiError = Unavailable(f"The server sent {came} of {len(left)} files.")
            except Unavailable:
                raise
            except ConnectionError as broken:
                error = Unavailable(f"The connection broke after {came} of {len(left)} files: {broken}.")
            except KisekiError as told:
                error = told
            left = left[came:]
            if not came:
                yield from [error] * len(left)
                return

    def _send(self, files: Sequence[tuple[SmallFile, StoredFile]]) -> dict[str, KisekiError]:
        """Stores files; the errors of those that are not stored."""
        members = [(wire.Member(path=one.path, size=one.size, sha256=one.sha256), file.content) for file, one in files]
        body = b"".join(wire.packed(member, content) for member, content in members)
        query = urlencode({"path": self._root})
        with self._http.request(
            "PUT", _PATH, query=query, headers={"Content-Type": wire.MEDIA_TYPE}, body=body
        ) as answer:
            told = codec.decode_body(answer.read(), wire.BundleAnswer)
        return {one.path: KisekiError(one.message, one.error_code) for one in told.refused}

    def _read(self, paths: Sequence[str], max_bytes: int) -> Iterator[SmallFile | KisekiError]:
        """Files in the order of their paths, perhaps not all."""
        request = codec.encode(wire.AskBundle(path=self._root, files=[check_path(path) for path in paths]))
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        with self._http.request("POST", _PATH, headers=headers, body=request) as answer:
            chunks = iter(lambda: answer.read(CHUNK_BYTES), b"")
            for path, (member, content) in zip(paths, wire.unpacked(chunks), strict=False):
                yield _arrived(path, member, content, max_bytes)


def _arrived(path: str, member: wire.Member, content: bytes, max_bytes: int) -> SmallFile | KisekiError:
    """What the server sent for the file `path`.

    Raises:
        IntegrityError: It sent another one.
    """
    if member.path != path:
        raise IntegrityError(f"The server sent the file {member.path[:200]!r} where {path!r} was asked for.")
    if member.error_code:
        return KisekiError(member.message, member.error_code)
    if len(content) > max_bytes or (member.sha256 and hashlib.sha256(content).hexdigest() != member.sha256):
        return IntegrityError(f"{path!r} did not come as it was announced: the way to it is damaged.")
    return SmallFile(path=path, content=content, sha256=member.sha256)
