"""`kiseki server`, also called `kiseki ui`."""

from __future__ import annotations

import click


def _list(context: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...]:
    """A comma-separated option as its parts."""
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def _variable(name: str) -> list[str]:
    """The environment variables of an option: kiseki's, then MLflow's."""
    return [f"KISEKI_{name}", f"MLFLOW_{name}"]


@click.command("server")
@click.option(
    "-h",
    "--host",
    default="127.0.0.1",
    show_default=True,
    envvar=_variable("HOST"),
    help="Address to listen on; 0.0.0.0 for all networks of this machine.",
)
@click.option(
    "-p",
    "--port",
    default=5000,
    show_default=True,
    type=click.IntRange(0, 65535),
    envvar=_variable("PORT"),
    help="Port to listen on.",
)
@click.option(
    "--backend-store-uri",
    default="sqlite:///kiseki.db",
    show_default=True,
    envvar=_variable("BACKEND_STORE_URI"),
    help="Database of experiments, runs and metrics.",
)
@click.option(
    "--default-artifact-root",
    default="",
    envvar=_variable("DEFAULT_ARTIFACT_ROOT"),
    help="Where artifacts of new experiments go; by default the server keeps them (mlflow-artifacts:/).",
)
@click.option(
    "--artifacts-destination",
    default="./kiseki-artifacts",
    show_default=True,
    envvar=_variable("ARTIFACTS_DESTINATION"),
    help="Folder in which the server keeps artifacts, or part of a bucket: s3://, gs://, abfss://, wasbs://.",
)
@click.option(
    "--serve-artifacts/--no-serve-artifacts",
    default=True,
    show_default=True,
    envvar=_variable("SERVE_ARTIFACTS"),
    help="Whether clients read and write artifacts through the server.",
)
@click.option(
    "--allowed-artifact-locations",
    callback=_list,
    envvar=_variable("ALLOWED_ARTIFACT_LOCATIONS"),
    help="Further folders and parts of buckets that the server opens for clients, separated by commas.",
)
@click.option(
    "--direct-transfers/--no-direct-transfers",
    default=True,
    show_default=True,
    envvar=_variable("DIRECT_TRANSFERS"),
    help="Whether large files go between clients and the object store by signed requests, past the server.",
)
@click.option(
    "-w",
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    envvar=_variable("WORKERS"),
    help="Server processes.",
)
@click.option(
    "--static-prefix",
    default="",
    envvar=_variable("STATIC_PREFIX"),
    help="Path under which the server answers, such as /kiseki, for use behind a proxy.",
)
@click.option(
    "--allowed-hosts",
    callback=_list,
    envvar=_variable("SERVER_ALLOWED_HOSTS"),
    help="Further host names by which clients may call this server, separated by commas; * for any.",
)
@click.option(
    "--cors-allowed-origins",
    callback=_list,
    envvar=_variable("SERVER_CORS_ALLOWED_ORIGINS"),
    help="Origins whose pages may call this server, separated by commas; * for any.",
)
@click.option(
    "--x-frame-options",
    default="SAMEORIGIN",
    show_default=True,
    type=click.Choice(["SAMEORIGIN", "DENY", "NONE"], case_sensitive=False),
    envvar=_variable("SERVER_X_FRAME_OPTIONS"),
    help="Whether other pages may frame this server's.",
)
@click.option(
    "--disable-security-middleware",
    is_flag=True,
    envvar=_variable("SERVER_DISABLE_SECURITY_MIDDLEWARE"),
    help="Do not check Host and Origin headers. Only where a proxy in front does.",
)
@click.option(
    "--metrics/--no-metrics",
    default=True,
    show_default=True,
    envvar=_variable("SERVER_METRICS"),
    help="Whether /metrics tells Prometheus what the server counts of its work.",
)
@click.option(
    "--log-format",
    default="text",
    show_default=True,
    type=click.Choice(["text", "json"]),
    envvar=_variable("SERVER_LOG_FORMAT"),
    help="How the server writes its log on stderr; json has one line for each request.",
)
@click.option(
    "--log-level",
    default="info",
    show_default=True,
    type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
    envvar=_variable("SERVER_LOG_LEVEL"),
    help="What is less than this is not written.",
)
def server(
    host: str,
    port: int,
    backend_store_uri: str,
    default_artifact_root: str,
    artifacts_destination: str,
    serve_artifacts: bool,
    allowed_artifact_locations: tuple[str, ...],
    direct_transfers: bool,
    workers: int,
    static_prefix: str,
    allowed_hosts: tuple[str, ...],
    cors_allowed_origins: tuple[str, ...],
    x_frame_options: str,
    disable_security_middleware: bool,
    metrics: bool,
    log_format: str,
    log_level: str,
) -> None:
    """Start the tracking server.

    Everything is kept in the current folder unless told otherwise. Ctrl-C or SIGTERM ends the server after the requests
    under way.
    """
    from kiseki.cli.ports import check_port
    from kiseki.server.run import run
    from kiseki.server.settings import ServerSettings

    port = check_port(host, port)
    run(
        ServerSettings(
            host=host,
            port=port,
            backend_store_uri=backend_store_uri,
            default_artifact_root=default_artifact_root,
            artifacts_destination=artifacts_destination,
            serve_artifacts=serve_artifacts,
            allowed_artifact_locations=allowed_artifact_locations,
            direct_transfers=direct_transfers,
            workers=workers,
            static_prefix=static_prefix,
            allowed_hosts=allowed_hosts,
            cors_allowed_origins=cors_allowed_origins,
            x_frame_options=x_frame_options,
            security=not disable_security_middleware,
            metrics=metrics,
            log_format=log_format,
            log_level=log_level,
        )
    )
