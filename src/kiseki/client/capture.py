"""The capture of a run among its artifacts."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiseki.artifact_store.archive import safe_extract
from kiseki.base.errors import NotFound
from kiseki.capture import capture
from kiseki.capture.capture import CAPTURE_TAG, FOLDER, Capture
from kiseki.capture.source import MAX_FILES, MAX_TOTAL_BYTES
from kiseki.client.artifacts import download, read_bytes, send_bytes, store_of

if TYPE_CHECKING:
    from kiseki.client.client import KisekiClient


def write_capture(client: KisekiClient, run_id: str, files: Mapping[str, bytes]) -> None:
    """Stores files of a capture one after another, since the interpreter may be at its end and then has no pools of threads."""
    store = store_of(client.backend, run_id)
    for name, data in files.items():
        send_bytes(store, data, f"{FOLDER}/{name}")


def read_capture(client: KisekiClient, run_id: str) -> Capture | None:
    """How a run came about; None where nothing was captured, or not yet.

    Raises:
        NotFound: There is no such run.
        InvalidParameter: What is there is no capture.
    """
    holder = client.get_run(run_id).data.tags.get(CAPTURE_TAG)
    if holder is None:
        return None
    try:
        return capture.decode(read_bytes(store_of(client.backend, holder), f"{FOLDER}/{capture.CAPTURE_FILE}"))
    except NotFound:
        return None


def read_patch(client: KisekiClient, found: Capture) -> bytes:
    """The changes since the commit, as `git apply` takes them in the root; empty without any.

    Raises:
        NotFound: They are gone.
    """
    if found.source.patch_sha256 is None:
        return b""
    return read_bytes(store_of(client.backend, found.run_id), f"{FOLDER}/{capture.PATCH_FILE}")


def extract_untracked(client: KisekiClient, found: Capture, folder: Path) -> list[Path]:
    """Puts the files that git did not know into a folder, under their paths from the root, and returns where they are.

    Raises:
        NotFound: They are gone.
        InvalidParameter: The archive has a path that leads out of the folder, or more than a capture can have.
    """
    if not any(file.sha256 for file in found.source.files):
        return []
    with tempfile.TemporaryDirectory(prefix="kiseki-") as place:
        store = store_of(client.backend, found.run_id)
        file = download(store, f"{FOLDER}/{capture.ARCHIVE_FILE}", Path(place))
        return safe_extract(file, folder, max_entries=MAX_FILES, max_bytes=MAX_TOTAL_BYTES)
