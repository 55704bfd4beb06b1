"""Large files between this process and the server's object store, past the server, by requests that the server signs.

No credentials are sent along: the request is signed for one file and a limited time. Where the server does not offer it,
or this process does not reach the object store, the file goes through the server.
"""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import BinaryIO, Final, Protocol, cast
from urllib.parse import urlsplit

from kiseki.artifact_store.proxied import Link
from kiseki.base.errors import Conflict, EndpointNotFound, KisekiError, Unavailable
from kiseki.client.http import HttpClient
from kiseki.domain.artifacts import Owner
from kiseki.wire import artifacts as wire

PARTS_AT_ONCE: Final = 4
REACH_SECONDS: Final = 3.0
HASH_BYTES: Final = 1 << 20

_log = logging.getLogger("kiseki")


class Signer(Protocol):
    """The server that signs."""

    def offer_upload(self, owner: Owner, path: str, size: int) -> wire.OfferAnswer: ...
    def complete_upload(self, request: wire.CompleteUpload) -> None: ...
    def abort_upload(self, owner: Owner, path: str, upload_id: str) -> None: ...
    def link_download(self, owner: Owner, path: str) -> wire.LinkAnswer: ...


class ObjectHosts:
    """Connections to the object stores that a server has named, and whether there are any to try.

    Safe for use by several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[str, HttpClient] = {}
        self.closed_off = False
        """Whether the server offers nothing, or its object store can not be reached from here."""

    def client_for(self, url: str) -> HttpClient:
        """What sends requests to the host of a URL, without saying who we are.

        Raises:
            Unavailable: It is no URL of HTTP, or its host does not answer.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc or "@" in parts.netloc:
            raise Unavailable(f"The server signed a request that is none of HTTP: {url[:100]!r}.")
        base = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if base not in self._clients:
                _check_reached(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
                self._clients[base] = HttpClient(base, credentials=False)
            return self._clients[base]

    def close(self) -> None:
        """Drops all connections."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()


class OwnTransfers:
    """The direct way to the artifacts of one run or logged model.

    Args:
        server: Signs the requests.
        hosts: Shared by all owners of a server.
        owner: The run or the logged model.
    """

    def __init__(self, server: Signer, hosts: ObjectHosts, owner: Owner) -> None:
        self._server = server
        self._hosts = hosts
        self._owner = owner

    def send(self, path: str, file: BinaryIO, size: int) -> bool:
        """Stores the rest of an open file; False, with the file where it was, when it has to go through the server."""
        if self._hosts.closed_off or not _has_descriptor(file):
            return False
        try:
            offer = self._server.offer_upload(self._owner, path, size)
        except EndpointNotFound:
            self._hosts.closed_off = True
            return False
        if not offer.parts:
            return False
        start = file.tell()
        try:
            etags, digest = self._send_parts(offer, file, start)
        except KisekiError as error:
            self._give_up(path, offer.upload_id, error)
            file.seek(start)
            return False
        parts = [wire.MultipartPart(part_number=number, etag=etag) for number, etag in sorted(etags.items())]
        self._server.complete_upload(
            wire.CompleteUpload(
                run_id=self._owner.run_id,
                model_id=self._owner.model_id,
                path=path,
                upload_id=offer.upload_id,
                size=size,
                sha256=digest,
                parts=parts,
            )
        )
        return True

    def link(self, path: str) -> Link | None:
        """Where a file is read; None when it has to come through the server."""
        if self._hosts.closed_off:
            return None
        try:
            answer = self._server.link_download(self._owner, path)
        except KisekiError:
            return None
        if not answer.url:
            return None
        try:
            client = self._hosts.client_for(answer.url)
        except Unavailable as error:
            self._give_up(path, "", error)
            return None
        parts = urlsplit(answer.url)
        return Link(client, parts.path, parts.query, answer.size, answer.sha256 or "")

    def _send_parts(self, offer: wire.OfferAnswer, file: BinaryIO, start: int) -> tuple[dict[int, str], str]:
        """Sends all parts, several at once, and hashes the file meanwhile."""
        descriptor = file.fileno()
        digest = hashlib.sha256()
        with ThreadPoolExecutor(PARTS_AT_ONCE, thread_name_prefix="kiseki-parts") as pool:
            sent = {part.number: pool.submit(self._send_part, part, descriptor, start) for part in offer.parts}
            try:
                for part in offer.parts:
                    for chunk in _pieces(descriptor, start + part.offset, part.size):
                        digest.update(chunk)
                etags = {}
                for part in offer.parts:
                    etags[part.number] = sent[part.number].result()
                    # Whoever counts what is read of the file sees that it goes on.
                    file.seek(start + part.offset + part.size)
                return etags, digest.hexdigest()
            finally:
                pool.shutdown(cancel_futures=True)

    def _send_part(self, part: wire.SignedPart, descriptor: int, start: int) -> str:
        parts = urlsplit(part.url)
        body = cast("BinaryIO", _Slice(descriptor, start + part.offset, part.size))
        headers = {**part.headers, "Content-Length": str(part.size)}
        client = self._hosts.client_for(part.url)
        with client.request(part.method, parts.path, query=parts.query, headers=headers, body=body) as answer:
            answer.read()
            return answer.headers.get("etag", "")

    def _give_up(self, path: str, upload_id: str, error: KisekiError) -> None:
        # What could not be used once is not tried with every file.
        self._hosts.closed_off = True
        _log.warning("%r goes through the tracking server: its object store can not be used from here.", path)
        _log.debug("What the object store said: %s", error)
        if not upload_id:
            return
        with suppress(KisekiError):
            self._server.abort_upload(self._owner, path, upload_id)


def _check_reached(host: str, port: int) -> None:
    # Where packets to the object store are dropped, retries would take minutes until the file goes through the server.
    try:
        socket.create_connection((host, port), timeout=REACH_SECONDS).close()
    except OSError as error:
        raise Unavailable(f"The object store at {host}:{port} does not answer ({error}).") from error


class _Slice:
    """A part of an open file, as a file of its own that does not move the other's position."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self._descriptor = descriptor
        self._start = start
        self._size = size
        self._position = 0

    def read(self, size: int = -1) -> bytes:
        left = self._size - self._position
        wanted = left if size < 0 else min(size, left)
        data = os.pread(self._descriptor, wanted, self._start + self._position) if wanted else b""
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = {0: 0, 1: self._position, 2: self._size}[whence] + offset
        return self._position

    def tell(self) -> int:
        return self._position


def _pieces(descriptor: int, start: int, size: int) -> Iterator[bytes]:
    done = 0
    while done < size:
        chunk = os.pread(descriptor, min(HASH_BYTES, size - done), start + done)
        if not chunk:
            raise Conflict("The file became shorter while it was sent. Send it again.")
        done += len(chunk)
        yield chunk


def _has_descriptor(file: BinaryIO) -> bool:
    """Whether parts of a file can be read side by side."""
    try:
        return hasattr(os, "pread") and file.fileno() >= 0
    except (OSError, AttributeError):
        return False
