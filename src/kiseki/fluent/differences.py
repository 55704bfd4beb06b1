"""What differs between two runs."""

from __future__ import annotations

from kiseki.base.errors import NotFound
from kiseki.capture.capture import FOLDER
from kiseki.capture.difference import compare
from kiseki.client.artifacts import read_bytes, store_of
from kiseki.client.client import KisekiClient
from kiseki.domain.differences import Difference
from kiseki.entities import Run


def diff(run: Run | str, other_run: Run | str, client: KisekiClient | None = None) -> Difference:
    """Tells what differs between two runs: code, packages, machine, variables, seeds, params and data, beside the metrics.

    What a capture has is compared; runs without one have `problems` that say so.

    Args:
        run: A run or its id: what is before.
        other_run: The other one: what is after.
        client: Where the runs are; where runs are logged to when None.

    Raises:
        NotFound: There is no such run.
    """
    backend = (client or KisekiClient()).backend

    def read(holder: str, name: str) -> bytes | None:
        try:
            return read_bytes(store_of(backend, holder), f"{FOLDER}/{name}")
        except NotFound:
            return None

    return compare(backend.get_run(run_id_of(run)), backend.get_run(run_id_of(other_run)), read)


def run_id_of(run: Run | str) -> str:
    """The id of a run that is given by itself or by its id."""
    return run if isinstance(run, str) else run.info.run_id
