"""What a server is told when it starts."""

from __future__ import annotations

from pathlib import Path

import msgspec

from kiseki.artifact_store import parse_location
from kiseki.base.errors import InvalidParameter
from kiseki.base.uris import without_user


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one server; `kiseki server --help` explains each."""

    host: str = "127.0.0.1"
    port: int = 5000
    backend_store_uri: str = "sqlite:///kiseki.db"
    default_artifact_root: str = ""
    artifacts_destination: str = "./kiseki-artifacts"
    serve_artifacts: bool = True
    allowed_artifact_locations: tuple[str, ...] = ()
    direct_transfers: bool = True
    workers: int = 1
    static_prefix: str = ""
    allowed_hosts: tuple[str, ...] = ()
    cors_allowed_origins: tuple[str, ...] = ()
    x_frame_options: str = "SAMEORIGIN"
    security: bool = True
    webhook_allowed_hosts: tuple[str, ...] = ()
    metrics: bool = True
    log_format: str = "text"
    log_level: str = "info"
    counts_folder: str = ""
    """Where the workers of one server leave their counts for each other; `run` makes it."""

    @property
    def artifact_root(self) -> str:
        """Where a new experiment's artifacts go: the given root, the proxy, or the destination itself."""
        if self.default_artifact_root:
            location = parse_location(self.default_artifact_root)
            return str(Path(location.path).absolute()) if location.is_local else self.default_artifact_root
        return "mlflow-artifacts:/" if self.serve_artifacts else self.destination

    @property
    def destination(self) -> str:
        """The folder behind the artifact proxy, absolute."""
        location = parse_location(self.artifacts_destination)
        return str(Path(location.path).absolute()) if location.is_local else self.artifacts_destination

    @property
    def address(self) -> str:
        """Where people find this server, as far as it knows."""
        anywhere = self.host in ("127.0.0.1", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
        name = "localhost" if anywhere else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{name}:{self.port}{self.static_prefix}"

    def places(self) -> dict[str, str]:
        """What is open where, for the log: no password is in it."""
        return {
            "address": self.address,
            "database": without_user(self.backend_store_uri),
            "artifacts": without_user(self.destination if self.serve_artifacts else self.artifact_root),
        }


def check_apart(settings: ServerSettings) -> None:
    """Raises InvalidParameter if a SQLite database lies below the folder whose files clients may read and replace."""
    scheme, _, path = settings.backend_store_uri.partition(":///")
    if not (scheme.startswith("sqlite") and settings.serve_artifacts and settings.destination.startswith("/")):
        return
    if Path(path).absolute().resolve().is_relative_to(Path(settings.destination).resolve()):
        raise InvalidParameter(
            f"The database {path!r} lies below the artifacts destination {settings.artifacts_destination!r}, where "
            "clients could read and replace it. Give --artifacts-destination a folder of its own."
        )


def check_prefix(prefix: str) -> str:
    """Returns a path prefix in the form `/a/b`, "" for none.

    Raises:
        InvalidParameter: It does not start with a slash, or ends in one.
    """
    if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
        raise InvalidParameter(f"--static-prefix must start with '/' and not end with it, and is {prefix!r}.")
    return prefix
