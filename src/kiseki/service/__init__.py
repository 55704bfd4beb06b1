"""What can be done, per noun: validation, life cycle and limits, over the Protocols of `kiseki.store`.

Each function takes a `Session` first: one transaction, run by `Store.read` or `Store.write`.
"""

from __future__ import annotations

from kiseki.store import Reads, Session, Store

__all__ = ["Reads", "Session", "Store"]
