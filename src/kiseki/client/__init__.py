"""The client: `KisekiClient` over a `Backend` that is a server or a database in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kiseki.client.client import KisekiClient
    from kiseki.client.client import KisekiClient as MlflowClient

__all__ = ["KisekiClient", "MlflowClient"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from kiseki.client.client import KisekiClient

        return KisekiClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
