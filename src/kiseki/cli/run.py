"""`kiseki run`: a project, from wherever it is, in its environment, recorded."""

from __future__ import annotations

import signal
from types import FrameType

import click

from kiseki.cli.connection import key_values, tracking_uri_option
from kiseki.cli.models import ENV_MANAGERS


@click.command("run")
@click.argument("uri")
@click.option(
    "-e",
    "--entry-point",
    metavar="NAME",
    default="main",
    show_default=True,
    help="One of the file MLproject, or a script of the project, such as train.py.",
)
@click.option("-v", "--version", metavar="VERSION", help="A branch, a tag or a commit, of a git repository.")
@click.option(
    "-P",
    "--param-list",
    "parameters",
    multiple=True,
    callback=key_values,
    metavar="NAME=VALUE",
    help="A parameter; may be given repeatedly. One that is not declared follows the command as --NAME VALUE.",
)
@click.option(
    "-A",
    "--docker-args",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="An argument of `docker run`, such as gpus=all, for a project that runs in a container.",
)
@click.option("--experiment-name", metavar="NAME", help="The experiment, created when missing.")
@click.option("--experiment-id", metavar="ID", help="The experiment, by id.")
@click.option("--run-name", metavar="NAME", help="What the run is called; made up by default.")
@click.option("--run-id", metavar="ID", help="Record it as this run, which exists.")
@click.option(
    "-b",
    "--backend",
    metavar="NAME",
    default="local",
    show_default=True,
    help="Who executes it: local, slurm, ray, kubernetes, or a plugin's.",
)
@click.option("-c", "--backend-config", metavar="FILE", help="For the backend: JSON, or a file that ends in .json.")
@click.option(
    "--env-manager",
    type=click.Choice(ENV_MANAGERS),
    help="uv or virtualenv: an environment made with uv and kept; conda; local: this one. By default what the project asks for.",
)
@click.option(
    "--storage-dir",
    metavar="FOLDER",
    help="Where what parameters of type path name by URIs is fetched to; a temporary folder by default.",
)
@click.option(
    "--build-image", is_flag=True, help="For a project that runs in a container: build an image with the project in it."
)
@tracking_uri_option
def run(
    uri: str,
    entry_point: str,
    version: str | None,
    parameters: dict[str, str],
    docker_args: tuple[str, ...],
    experiment_name: str | None,
    experiment_id: str | None,
    run_name: str | None,
    run_id: str | None,
    backend: str,
    backend_config: str | None,
    env_manager: str | None,
    storage_dir: str | None,
    build_image: bool,
    tracking_uri: str | None,
) -> None:
    """Run a project from a folder, script, zip or git.

    URI#FOLDER is a folder inside of one.

    Its file MLproject says how it starts and what it needs. Values of parameters reach the command as arguments, whatever
    characters they have. The run is recorded with its code's commit, its parameters and its environment. Ctrl-C or SIGTERM
    ends the command and all that it started.
    """
    if tracking_uri is not None:
        from kiseki import set_tracking_uri

        set_tracking_uri(tracking_uri)
    from kiseki import projects

    signal.signal(signal.SIGTERM, _interrupt)
    submitted = projects.run(
        uri,
        entry_point,
        version=version,
        parameters=parameters,
        docker_args={
            name: value if equals else None for name, equals, value in (one.partition("=") for one in docker_args)
        },
        experiment_name=experiment_name,
        experiment_id=experiment_id,
        backend=backend,
        backend_config=backend_config,
        storage_dir=storage_dir,
        run_id=run_id,
        run_name=run_name,
        env_manager=env_manager,
        build_image=build_image,
    )
    click.echo(f"Run {submitted.run_id} finished.", err=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A signal that ends this process ends the command, too."""
    raise KeyboardInterrupt
