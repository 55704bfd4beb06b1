"""What a scoring server is told when it starts."""

from __future__ import annotations

from typing import Any, Final

import msgspec

DEFAULT_SECONDS: Final = 60.0
DEFAULT_BODY_BYTES: Final = 64 * 2**20


class ServingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one scoring server; `kiseki models serve --help` explains each."""

    model: str
    """The URI of the model, or its folder."""
    folder: str = ""
    """The model on this machine; `run` finds it."""
    host: str = "127.0.0.1"
    port: int = 5000
    timeout_seconds: float = DEFAULT_SECONDS
    workers: int = 1
    batching: bool = True
    max_body_bytes: int = DEFAULT_BODY_BYTES
    model_config: dict[str, Any] | None = None
    """In place of values of the configuration that the model was saved with."""
    allowed_hosts: tuple[str, ...] = ()
    cors_allowed_origins: tuple[str, ...] = ()
    metrics: bool = True
    log_format: str = "text"
    log_level: str = "info"
    counts_folder: str = ""
    """Where the workers of one server leave their counts for each other; `run` makes it."""
