"""`kiseki server`, also called `kiseki ui`."""

from __future__ import annotations

import click

from kiseki.cli.listening import address_options, caller_options, parts, telling_options, variables


@click.command("server")
@address_options
@click.option(
    "--backend-store-uri",
    default="sqlite:///kiseki.db",
    show_default=True,
    envvar=variables("BACKEND_STORE_URI"),
    help="Database of experiments, runs and metrics.",
)
@click.option(
    "--default-artifact-root",
    default="",
    envvar=variables("DEFAULT_ARTIFACT_ROOT"),
    help="Where artifacts of new experiments go; by default the server keeps them (mlflow-artifacts:/).",
)
@click.option(
    "--artifacts-destination",
    default="./kiseki-artifacts",
    show_default=True,
    envvar=variables("ARTIFACTS_DESTINATION"),
    help="Folder in which the server keeps artifacts, or part of a bucket: s3://, gs://, abfss://, wasbs://.",
)
@click.option(
    "--serve-artifacts/--no-serve-artifacts",
    default=True,
    show_default=True,
    envvar=variables("SERVE_ARTIFACTS"),
    help="Whether clients read and write artifacts through the server.",
)
@click.option(
    "--allowed-artifact-locations",
    callback=parts,
    envvar=variables("ALLOWED_ARTIFACT_LOCATIONS"),
    help="Further folders and parts of buckets that the server opens for clients, separated by commas.",
)
@click.option(
    "--direct-transfers/--no-direct-transfers",
    default=True,
    show_default=True,
    envvar=variables("DIRECT_TRANSFERS"),
    help="Whether large files go between clients and the object store by signed requests, past the server.",
)
@click.option(
    "-w",
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    envvar=variables("WORKERS"),
    help="Server processes.",
)
@click.option(
    "--static-prefix",
    default="",
    envvar=variables("STATIC_PREFIX"),
    help="Path under which the server answers, such as /kiseki, for use behind a proxy.",
)
@caller_options
@click.option(
    "--x-frame-options",
    default="SAMEORIGIN",
    show_default=True,
    type=click.Choice(["SAMEORIGIN", "DENY", "NONE"], case_sensitive=False),
    envvar=variables("SERVER_X_FRAME_OPTIONS"),
    help="Whether other pages may frame this server's.",
)
@click.option(
    "--disable-security-middleware",
    is_flag=True,
    envvar=variables("SERVER_DISABLE_SECURITY_MIDDLEWARE"),
    help="Do not check Host and Origin headers. Only where a proxy in front does.",
)
@click.option(
    "--webhook-allowed-hosts",
    callback=parts,
    envvar=variables("WEBHOOK_ALLOWED_HOSTS"),
    help="Hosts of your own network that webhooks may name, separated by commas: host, host:port, http://host:port.",
)
@telling_options
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
    webhook_allowed_hosts: tuple[str, ...],
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
            webhook_allowed_hosts=webhook_allowed_hosts,
            metrics=metrics,
            log_format=log_format,
            log_level=log_level,
        )
    )
