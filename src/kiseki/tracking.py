"""Where runs are kept, and the client: what MLflow has under this name."""

from __future__ import annotations

from kiseki.client.client import KisekiClient, MlflowClient
from kiseki.client.resolve import (
    get_registry_uri,
    get_tracking_uri,
    is_tracking_uri_set,
    set_registry_uri,
    set_tracking_uri,
)

__all__ = [
    "KisekiClient",
    "MlflowClient",
    "get_registry_uri",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "set_registry_uri",
    "set_tracking_uri",
]
