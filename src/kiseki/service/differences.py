"""What differs between two runs, from what the server has of them."""

from __future__ import annotations

from typing import Final

from kiseki.base.errors import NotFound
from kiseki.domain.artifacts import Owner
from kiseki.domain.differences import Difference
from kiseki.service import runs
from kiseki.service.artifacts import Roots, place_of
from kiseki.store import Store

MAX_BYTES: Final = 32 << 20
"""No file of a capture is larger; an artifact of that name may be."""


def diff(store: Store, roots: Roots, run_id: str, other_run_id: str) -> Difference:
    """What differs between two runs, active or deleted; reads their captures, outside of transactions.

    Raises:
        NotFound: There is no such run.
    """
    # What few requests need is not loaded when a server starts.
    from kiseki.capture.capture import FOLDER
    from kiseki.capture.difference import compare

    before, after = store.read(lambda session: (runs.get(session, run_id), runs.get(session, other_run_id)))

    def read(holder: str, name: str) -> bytes | None:
        try:
            place = store.read(lambda session: place_of(session, roots, Owner(run_id=holder), f"{FOLDER}/{name}"))
            with place.store.open_download(place.path) as file:
                return file.read() if file.size <= MAX_BYTES else None
        except NotFound:
            return None

    return compare(before, after, read)
