"""From a project's URI to a run that a backend executes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from kiseki.artifacts import download_artifacts
from kiseki.base.errors import ExecutionFailed, InvalidParameter, KisekiError
from kiseki.base.settings import PREFIXES
from kiseki.client.client import KisekiClient
from kiseki.client.resolve import absolute_uri
from kiseki.domain.runs import RunStatus
from kiseki.fluent.experiments import active_experiment_id, experiment_id_of
from kiseki.models.requirements import name_of
from kiseki.projects.backend import Submission, own_backend, plugin, read_config
from kiseki.projects.command import shell_line
from kiseki.projects.environment import Environment, UvEnvironment, environment_of
from kiseki.projects.launch import options
from kiseki.projects.mlproject import MAIN, read_mlproject
from kiseki.projects.parameters import values_of
from kiseki.projects.recorded_run import NewRun, record_end, record_start
from kiseki.projects.source import fetch_source
from kiseki.projects.submitted_run import SubmittedRun

LOCAL: Final = "local"
_MLFLOW: Final = frozenset({"mlflow", "mlflow-skinny"})


def run(
    uri: str | Path,
    entry_point: str = MAIN,
    version: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    docker_args: Mapping[str, Any] | None = None,
    experiment_name: str | None = None,
    experiment_id: str | None = None,
    backend: str = LOCAL,
    backend_config: Mapping[str, Any] | str | None = None,
    storage_dir: str | Path | None = None,
    synchronous: bool = True,
    run_id: str | None = None,
    run_name: str | None = None,
    env_manager: str | None = None,
    build_image: bool = False,
    docker_auth: Any = None,
) -> SubmittedRun:
    """Runs an entry point of a project, and records the run.

    The command finds its run by the environment: the first `start_run()` in it goes on with that run.

    Args:
        uri: A folder, a script, a zip, or the address of a git repository; `#folder` behind it names one inside.
        entry_point: One of the file MLproject, or a script of the project.
        version: A branch, a tag or a commit, of a git repository.
        parameters: By name. Those that the entry point does not declare follow its command as `--name value`.
        docker_args: Arguments of `docker run` for a project that runs in a container; None or True for an option alone.
        experiment_name: The experiment, created when missing; the active one when neither is given.
        experiment_id: The experiment by id.
        backend: "local", "slurm", "ray", "kubernetes", or the name of one that another package brings.
        backend_config: For the backend: a mapping, JSON, or the path of a file that ends in .json.
        storage_dir: The folder into which what parameters of type `path` name by URIs is fetched; a temporary one when
            None.
        synchronous: False returns at once. This process still ends after the run, or ends it when Ctrl-C ends it.
        run_id: Records it as this run, which exists.
        run_name: The run's name; made up when None.
        env_manager: "uv" or "virtualenv", "conda", "local"; what the project's files ask for when None.
        build_image: For a project that runs in a container: builds an image with the project in it.
        docker_auth: Accepted for MLflow's sake; Docker knows its registries by `docker login`.

    Returns:
        The run. When `synchronous`, it has ended.

    Raises:
        ExecutionFailed: The project cannot be run as it was asked for, or, when `synchronous`, its command failed.
        InvalidParameter: A file of the project is not what it should be.
        Unavailable: The project cannot be fetched, or its environment cannot be made.
        MissingDependency: git, uv or a shell is not installed.
    """
    if experiment_name is not None and experiment_id is not None:
        raise InvalidParameter("Specify only one of 'experiment_name' and 'experiment_id'.")
    given = {str(key): str(value) for key, value in (parameters or {}).items()}
    config = read_config(backend_config)
    client = KisekiClient()
    tracking_uri = absolute_uri(client.tracking_uri)
    if experiment_name is not None:
        experiment = experiment_id_of(client, experiment_name)
    else:
        experiment = active_experiment_id(client) if experiment_id is None else str(experiment_id)
    executor = own_backend(backend, config)
    if executor is None:
        # Under MLflow's names.
        further = {
            "DOCKER_ARGS": docker_args,
            "ENV_MANAGER": env_manager,
            "STORAGE_DIR": storage_dir,
            "SYNCHRONOUS": synchronous,
            "build_image": build_image,
            "docker_auth": docker_auth,
        }
        found: SubmittedRun = plugin(backend).run(
            str(uri), entry_point, given, version, {**further, **config}, tracking_uri, experiment
        )
        return _waited(found) if synchronous else found
    workspace = Path(tempfile.mkdtemp(prefix="kiseki-project-", dir=executor.folder))
    release = partial(shutil.rmtree, workspace, ignore_errors=True)
    started: str | None = None
    try:
        source = fetch_source(str(uri), version, workspace / "project")
        project = read_mlproject(source.folder)
        entry = project.entry_point(source.script if source.script and entry_point == MAIN else entry_point)
        storage = workspace / "params" if storage_dir is None else Path(storage_dir).absolute()
        values = values_of(entry.parameters, given, lambda address, number: _fetched(address, number, storage))
        line = shell_line(entry.command, values.declared, values.extra)
        environment = environment_of(
            project,
            entry.name if entry.name not in project.entry_points else None,
            env_manager,
            docker_args=options(docker_args or {}, "Docker"),
            build_image=build_image,
            commit=source.checkout.commit if source.checkout else None,
            workspace=workspace / "environments" if source.is_fetched else None,
        )
        executor.check(environment, tracking_uri)
        _check_logs(environment, tracking_uri)
        new = NewRun(
            source=source,
            entry_point=entry_point,
            environment=environment,
            backend=backend,
            # As they were given: where a path is on this machine is no part of the experiment.
            params={**{one.name: one.default or "" for one in entry.parameters.values()}, **given},
        )
        recorded = record_start(client, experiment, new, run_id=run_id, run_name=run_name)
        started = recorded.info.run_id
        submitted = executor.submit(
            Submission(
                client=client,
                run_id=started,
                folder=source.folder,
                line=line.text,
                environment=environment,
                variables={**line.variables, **run_variables(tracking_uri, started, recorded.info.experiment_id)},
                release=release,
            )
        )
    except BaseException:
        if started is not None:
            record_end(client, started, RunStatus.FAILED)
        release()
        raise
    return _waited(submitted) if synchronous else submitted


def run_variables(tracking_uri: str, run_id: str, experiment_id: str) -> dict[str, str]:
    """The variables by which a command finds its run, with kiseki or with MLflow."""
    found = {"TRACKING_URI": tracking_uri, "RUN_ID": run_id, "EXPERIMENT_ID": experiment_id}
    return {prefix + name: value for prefix in PREFIXES for name, value in found.items()}


def _check_logs(environment: Environment, tracking_uri: str) -> None:
    """Refuses a project that would log with MLflow to a database that MLflow does not know.

    Raises:
        ExecutionFailed: It would; the message says what to do.
    """
    if not isinstance(environment, UvEnvironment) or not tracking_uri.startswith("sqlite"):
        return
    recipe = environment.recipe
    if recipe.kiseki is None and any(name_of(line) in _MLFLOW for line in recipe.lines):
        raise ExecutionFailed(
            f"The project logs with MLflow, which does not know kiseki's database {tracking_uri}. Start a server, kiseki server, "
            "and name it: --tracking-uri http://127.0.0.1:5000"
        )


def _waited(submitted: SubmittedRun) -> SubmittedRun:
    try:
        succeeded = submitted.wait()
    except KeyboardInterrupt:
        submitted.cancel()
        raise
    if not succeeded:
        raise ExecutionFailed(f"Run (ID '{submitted.run_id}') failed: what its command wrote says why.")
    return submitted


def _fetched(address: str, number: int, storage: Path) -> Path:
    """What a URI names, on this machine."""
    folder = storage / f"param_{number}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return Path(download_artifacts(address, dst_path=str(folder)))
    except KisekiError as error:
        raise ExecutionFailed(f"The parameter {address[:200]!r} cannot be fetched: {error}") from error
