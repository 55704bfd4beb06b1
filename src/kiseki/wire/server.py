"""The server itself on the wire: errors and what it can do."""

from __future__ import annotations

import msgspec


class Error(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The one shape of an error. `position` is the offset of a mistake in a filter."""

    error_code: str
    message: str
    position: int | None = None


class ServerInfo(msgspec.Struct, kw_only=True):
    """GET server-info, as MLflow's client reads it, and kiseki's version."""

    store_type: str = "SqlStore"
    workspaces_enabled: bool = False
    trace_archival_enabled: bool = False
    multipart_uploads_enabled: bool = True
    multipart_downloads_enabled: bool = False
    presigned_upload_run_id_supported: bool = False
    presigned_upload_model_id_supported: bool = False
    features_enabled: dict[str, bool] = {}
    kiseki_version: str = ""
