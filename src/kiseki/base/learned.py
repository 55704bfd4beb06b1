"""Structs that may be decoded in several threads from the first time on.

msgspec learns the fields of a struct when it first decodes one, and another thread finds what is not complete yet: where
two decode the same struct for the first time at once, or structs that have it, the process ends with a segmentation fault.
"""

from __future__ import annotations

import os
import threading
from typing import Any, TypeVar

import msgspec

K = TypeVar("K")

_lock = threading.RLock()
_known: set[Any] = set()


def learned(kind: type[K]) -> type[K]:
    """The kind, once all that is in it is learned, by one thread at a time: to be given to msgspec as `type`."""
    if kind not in _known:
        with _lock:
            msgspec.json.Decoder(kind)
            _known.add(kind)
    return kind


def _renew() -> None:
    """A forked child does not wait for threads of its parent."""
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_renew)
