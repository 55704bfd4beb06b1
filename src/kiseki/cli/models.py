"""`kiseki models`: serve a model, predict with it, put it into an image, and change what it requires."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import click

from kiseki.base.errors import InvalidParameter
from kiseki.cli.connection import key_values, tracking_uri_option
from kiseki.cli.listening import address_options, caller_options, telling_options, variables

F = TypeVar("F", bound=Callable[..., Any])

ENV_MANAGERS: Final = ("local", "uv", "virtualenv", "conda")
# The names that MLflow gives, since scripts rely on them.
IMAGE_NAME: Final = "mlflow-pyfunc-servable"
IMAGE_FOLDER: Final = "mlflow-dockerfile"


def model_option(*, required: bool = True) -> Callable[[F], F]:
    """Adds `--model-uri`."""
    return click.option(
        "-m",
        "--model-uri",
        required=required,
        metavar="URI",
        help="The model: models:/m-…, runs:/RUN_ID/PATH, a folder, or the URI of a folder in a store.",
    )


def environment_options(default: str) -> Callable[[F], F]:
    """Adds `--env-manager` and what MLflow's scripts give beside it."""

    def add(command: F) -> F:
        for option in (
            click.option(
                "--install-mlflow", is_flag=True, help="Accepted for MLflow's scripts: kiseki stands in for it."
            ),
            click.option(
                "--env-manager",
                type=click.Choice(ENV_MANAGERS),
                default=default,
                show_default=True,
                help="local: this environment; uv or virtualenv: one of the model's own, made with uv and kept.",
            ),
        ):
            command = option(command)
        return command

    return add


@click.group()
def models() -> None:
    """Serve models, predict with them, put them into images."""


@models.command("serve")
@model_option()
@address_options
@click.option(
    "-t",
    "--timeout",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    envvar=variables("SCORING_SERVER_REQUEST_TIMEOUT"),
    help="Seconds that a request may take; then it is answered with 504.",
)
@click.option(
    "-w",
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    envvar=variables("MODELS_WORKERS"),
    help="Server processes, each with the model in its memory.",
)
@environment_options("virtualenv")
@click.option("--no-conda", is_flag=True, help="The same as --env-manager local.")
@click.option(
    "--batching/--no-batching",
    default=True,
    show_default=True,
    envvar=variables("SCORING_SERVER_BATCHING"),
    help="Whether requests that wait are answered by one prediction, once the model has shown that it changes nothing.",
)
@click.option(
    "--max-body",
    default=64,
    show_default=True,
    type=click.IntRange(1),
    envvar=variables("SCORING_SERVER_MAX_BODY"),
    metavar="MIB",
    help="The longest body of a request, in MiB.",
)
@caller_options
@telling_options
@tracking_uri_option
def serve(
    model_uri: str,
    host: str,
    port: int,
    timeout: float,
    workers: int,
    env_manager: str,
    install_mlflow: bool,
    no_conda: bool,
    batching: bool,
    max_body: int,
    allowed_hosts: tuple[str, ...],
    cors_allowed_origins: tuple[str, ...],
    metrics: bool,
    log_format: str,
    log_level: str,
    tracking_uri: str | None,
) -> None:
    """Serve a model: POST /invocations predicts, / is a page to try it on, /openapi.json describes it.

    SERVING_MODEL_CONFIG, a JSON object, changes values of the configuration that the model was saved with. Ctrl-C or
    SIGTERM ends the server after the requests under way.
    """
    del install_mlflow
    _use(tracking_uri)
    from kiseki.cli.ports import check_port
    from kiseki.serving.run import run, run_isolated
    from kiseki.serving.settings import ServingSettings

    settings = ServingSettings(
        model=model_uri,
        host=host,
        port=check_port(host, port),
        timeout_seconds=timeout,
        workers=workers,
        batching=batching,
        max_body_bytes=max_body * 2**20,
        model_config=_model_config(),
        allowed_hosts=allowed_hosts,
        cors_allowed_origins=cors_allowed_origins,
        metrics=metrics,
        log_format=log_format,
        log_level=log_level,
    )
    if no_conda or env_manager == "local":
        run(settings)
    else:
        sys.exit(run_isolated(settings, env_manager))


@models.command("predict")
@model_option()
@click.option("-i", "--input-path", metavar="FILE", help="The file to predict for; the standard input by default.")
@click.option(
    "-o", "--output-path", metavar="FILE", help="Where the predictions go; to the standard output by default."
)
@click.option(
    "-t",
    "--content-type",
    type=click.Choice(["json", "csv", "parquet"]),
    help="What the input is: the JSON body of a request to the scoring server, or a table. parquet where the name of the "
    "input ends so, else json.",
)
@click.option(
    "--keep",
    metavar="A,B",
    help="Columns of a Parquet input that stand before the predictions, separated by commas; * for all.",
)
@click.option(
    "--batch-rows",
    default=16_384,
    show_default=True,
    type=click.IntRange(1),
    help="So many rows of a Parquet input are predicted for at a time.",
)
@environment_options("virtualenv")
@click.option(
    "-r",
    "--pip-requirements-override",
    metavar="A==1,B==2",
    help="Requirements in place of the model's for the same packages, and further ones, separated by commas.",
)
@click.option(
    "--env",
    "extra_envs",
    multiple=True,
    callback=key_values,
    metavar="KEY=VALUE",
    help="An environment variable of the process that predicts; may be given repeatedly.",
)
@tracking_uri_option
def predict(
    model_uri: str,
    input_path: str | None,
    output_path: str | None,
    content_type: str | None,
    keep: str | None,
    batch_rows: int,
    env_manager: str,
    install_mlflow: bool,
    pip_requirements_override: str | None,
    extra_envs: dict[str, str],
    tracking_uri: str | None,
) -> None:
    """Predict with a model, and write JSON; or Parquet, for Parquet of any size.

    A Parquet input is a file, a folder of files, or the URI of either in an object store, and the output is likewise. It is
    read, predicted for and written in batches.
    """
    _use(tracking_uri)
    if content_type is None:
        is_table = (input_path or "").partition("?")[0].rstrip("/").endswith(".parquet")
        content_type = "parquet" if is_table else "json"
    columns = [name for name in (keep or "").split(",") if name]
    from kiseki.models import predict as predict_

    override = [line for part in (pip_requirements_override or "").split(",") if (line := part.strip())]
    predict_(
        model_uri,
        input_data=None if input_path is not None else sys.stdin.read(),
        input_path=input_path,
        content_type=content_type,
        output_path=output_path,
        env_manager=env_manager,
        install_mlflow=install_mlflow,
        pip_requirements_override=override or None,
        extra_envs=extra_envs,
        keep="all" if keep == "*" else columns,
        batch_rows=batch_rows,
    )


@models.command("prepare-env")
@model_option()
@environment_options("virtualenv")
@tracking_uri_option
def prepare_env(model_uri: str, env_manager: str, install_mlflow: bool, tracking_uri: str | None) -> None:
    """Make the environment of a model ahead of time, and print its Python."""
    del install_mlflow
    _use(tracking_uri)
    from kiseki.models.load import local_model
    from kiseki.pyfunc.predicting import python_for

    click.echo(python_for(local_model(model_uri), env_manager))


@models.command("generate-dockerfile")
@model_option(required=False)
@click.option(
    "-d",
    "--output-directory",
    default=IMAGE_FOLDER,
    show_default=True,
    metavar="FOLDER",
    help="The folder to write, missing or empty.",
)
@click.option("--install-java", type=bool, default=False, metavar="BOOLEAN", help="Whether the image has Java.")
@click.option("--install-mlflow", is_flag=True, help="Accepted for MLflow's scripts: kiseki stands in for it.")
@tracking_uri_option
def generate_dockerfile(
    model_uri: str | None, output_directory: str, install_java: bool, install_mlflow: bool, tracking_uri: str | None
) -> None:
    """Write what an image is built from that serves a model at port 8080.

    Without a model the image serves the one that is mounted at /opt/ml/model.
    """
    del install_mlflow
    _use(tracking_uri)
    from kiseki.models.image import write_context

    folder = Path(output_directory)
    write_context(folder, model_uri, java=install_java)
    click.echo(f"Written to {folder}. Build it with: docker build -t {IMAGE_NAME} {folder}")


@models.command("build-docker")
@model_option(required=False)
@click.option("-n", "--name", default=IMAGE_NAME, show_default=True, metavar="NAME", help="What the image is called.")
@click.option("--install-java", type=bool, default=False, metavar="BOOLEAN", help="Whether the image has Java.")
@click.option("--install-mlflow", is_flag=True, help="Accepted for MLflow's scripts: kiseki stands in for it.")
@tracking_uri_option
def build_docker(
    model_uri: str | None, name: str, install_java: bool, install_mlflow: bool, tracking_uri: str | None
) -> None:
    """Build an image that serves a model at port 8080; needs a Docker engine.

    Without a model the image serves the one that is mounted at /opt/ml/model.
    """
    _use(tracking_uri)
    from kiseki.models import build_docker as build

    build(model_uri, name, install_java=install_java, install_mlflow=install_mlflow)
    click.echo(f"Built {name}. Run it with: docker run -p 5001:8080 {name}")


@models.command("generate-descriptor")
@model_option()
@click.option("--kind", type=click.Choice(["kserve", "ray-serve"]), required=True, help="The platform.")
@click.option("-n", "--name", default="model", show_default=True, metavar="NAME", help="What the service is called.")
@click.option("--image", metavar="IMAGE", help="For KServe: the image that `kiseki models build-docker` makes.")
@click.option("--replicas", default=1, show_default=True, type=click.IntRange(1), help="How many servers there are.")
@click.option("-o", "--output-path", metavar="FILE", help="The file to write; the standard output by default.")
@tracking_uri_option
def generate_descriptor(
    model_uri: str,
    kind: Literal["kserve", "ray-serve"],
    name: str,
    image: str | None,
    replicas: int,
    output_path: str | None,
    tracking_uri: str | None,
) -> None:
    """Write what KServe or Ray Serve is told to serve a model with.

    For KServe it is an InferenceService around the image of the model, for Ray Serve a configuration for `serve deploy`.
    Both answer as `kiseki models serve` does.
    """
    _use(tracking_uri)
    from kiseki.serving.descriptors import descriptor

    text = descriptor(
        kind,
        model_uri,
        name,
        image=image,
        replicas=replicas,
        file=output_path or "FILE",
        tracking_uri=tracking_uri,
    )
    if output_path is None:
        click.echo(text, nl=False)
    else:
        Path(output_path).write_text(text, encoding="utf-8")


def _update(
    model_uri: str, operation: Literal["add", "remove"], requirements: tuple[str, ...], tracking_uri: str | None
) -> None:
    """Add to a model's requirements.txt and conda.yaml, or remove from them.

    Those that are added take the place of those for the same packages; versions do not matter when they are removed.
    """
    _use(tracking_uri)
    from kiseki.models import update_model_requirements

    update_model_requirements(model_uri, operation, list(requirements))


for _name in ("update-pip-requirements", "update-requirements"):
    _command = tracking_uri_option(_update)
    _command = click.argument("requirements", nargs=-1, required=True, metavar="REQUIREMENT...")(_command)
    _command = click.argument("operation", type=click.Choice(["add", "remove"]))(_command)
    models.command(_name)(model_option()(_command))


def _use(tracking_uri: str | None) -> None:
    """Has the URIs of models looked up at a tracking server."""
    if tracking_uri is not None:
        from kiseki import set_tracking_uri

        set_tracking_uri(tracking_uri)


def _model_config() -> dict[str, Any] | None:
    text = os.environ.get("SERVING_MODEL_CONFIG")
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidParameter(f"SERVING_MODEL_CONFIG is no JSON: {error}. Give a JSON object.") from None
    if not isinstance(found, dict):
        raise InvalidParameter(f"SERVING_MODEL_CONFIG is {type(found).__name__}; expected a JSON object.")
    return found
