"""Runs of projects as jobs of a Ray cluster, submitted to its dashboard: https://docs.ray.io/en/latest/cluster/running-applications/job-submission/.

The project's folder is the job's working directory, which Ray uploads. Its Python is the cluster's; requirements of the project
are installed by Ray, in an environment of the job's own, on the machines that need it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from packaging.specifiers import SpecifierSet

from kiseki.base.errors import ExecutionFailed, NotFound, Unavailable
from kiseki.base.optional import optional
from kiseki.domain.runs import RunStatus
from kiseki.models.isolation import copy_kiseki
from kiseki.projects.backend import Submission
from kiseki.projects.docker import LEFT_OUT, folder_of_store, is_credential
from kiseki.projects.environment import Environment, LocalEnvironment, UvEnvironment
from kiseki.projects.launch import inherited
from kiseki.projects.recipe import Recipe, requirements_of
from kiseki.projects.remote_run import Job, RemoteRun
from kiseki.projects.submitted_run import SubmittedRun, lines_of

_RESOURCES: Final = ("entrypoint_num_cpus", "entrypoint_num_gpus", "entrypoint_memory", "entrypoint_resources")
_KEYS: Final = ("address", "headers", "runtime_env", *_RESOURCES)
_OURS: Final = ("working_dir", "py_modules", "pip")

_NEEDED_FOR: Final = "The backend 'ray'"
_MINORS: Final = 40
"""Python 3 has fewer versions of two parts."""

_STATUS: Final = {
    "PENDING": RunStatus.SCHEDULED,
    "RUNNING": RunStatus.RUNNING,
    "SUCCEEDED": RunStatus.FINISHED,
    "FAILED": RunStatus.FAILED,
    "STOPPED": RunStatus.KILLED,
}

_START: Final = """\
import json, os, sys
minors, python, variables = json.loads({given!r})
if minors and list(sys.version_info[:2]) not in minors:
    sys.exit("The project asks for Python " + python + ", and this cluster has " + sys.version.split()[0])
os.environ.update(variables)
os.execvp("bash", ["bash", "-c", sys.argv[1]])
"""
"""What a job starts with: Ray expands variables in the values of variables, so that some come in another way."""

_PROGRAM: Final = "PROJECT_START"
_ENTRY: Final = f"import base64, os, sys; sys.path.pop(0); exec(base64.b64decode(os.environ.pop({_PROGRAM!r})))"
"""One line, since Ray writes it into the log."""

T = TypeVar("T")


class RayBackend:
    """Executes runs as jobs of a Ray cluster.

    Args:
        config: `address`, that of the dashboard, such as http://head:8265; RAY_ADDRESS, or the cluster of this machine, when
            missing. `headers` of requests. `runtime_env`, Ray's, without what this sets. `entrypoint_num_cpus`,
            `entrypoint_num_gpus`, `entrypoint_memory` (bytes) and `entrypoint_resources`, which the command itself needs.

    Raises:
        ExecutionFailed: It has another key.
        MissingDependency: Ray is not installed.
    """

    folder = None

    def __init__(self, config: Mapping[str, Any]) -> None:
        if unknown := sorted(config.keys() - set(_KEYS)):
            raise ExecutionFailed(f"The backend 'ray' was given {', '.join(unknown)}; it has: {', '.join(_KEYS)}.")
        self._runtime_env = config.get("runtime_env") or {}
        if not isinstance(self._runtime_env, Mapping):
            raise ExecutionFailed(
                f"The backend 'ray' was given runtime_env = {self._runtime_env!r}; expected a mapping."
            )
        if ours := [name for name in _OURS if name in self._runtime_env]:
            raise ExecutionFailed(
                f"The backend 'ray' was given runtime_env with {', '.join(ours)}, which the project decides: its folder and "
                "its requirements."
            )
        self._config = config
        self._ray = optional("ray.job_submission", _NEEDED_FOR, "ray[default]")

    def check(self, environment: Environment, tracking_uri: str) -> None:
        if folder_of_store(tracking_uri) is not None:
            raise ExecutionFailed(
                f"Runs are kept at {tracking_uri}, which the machines of a Ray cluster do not have. Start a server, and name it "
                "with --tracking-uri."
            )
        if isinstance(environment, UvEnvironment):
            _installable(environment.recipe)
        elif not isinstance(environment, LocalEnvironment):
            raise ExecutionFailed(
                f"The project runs in {environment.kind}, which a job of Ray does not have. Use --env-manager local for the "
                "Python of the cluster, or give the project a python_env.yaml."
            )

    def submit(self, submission: Submission) -> SubmittedRun:
        return RemoteRun(submission, lambda: self._submitted(submission))

    def _submitted(self, submission: Submission) -> Job:
        recipe = submission.environment.recipe if isinstance(submission.environment, UvEnvironment) else None
        credentials = {name: value for name, value in inherited().items() if is_credential(name)}
        variables = {"PYTHONUNBUFFERED": "1", **credentials, **submission.variables}
        given = json.dumps(
            [
                _minors(recipe.python) if recipe else [],
                recipe.python if recipe else "",
                {name: value for name, value in variables.items() if "$" in value},
            ]
        )
        runtime_env = {
            **self._runtime_env,
            "working_dir": str(submission.folder),
            "excludes": [*self._runtime_env.get("excludes", ()), *LEFT_OUT],
            "env_vars": {
                **self._runtime_env.get("env_vars", {}),
                **{name: value for name, value in variables.items() if "$" not in value},
                _PROGRAM: base64.b64encode(_START.format(given=given).encode()).decode(),
            },
        }
        with tempfile.TemporaryDirectory(prefix="kiseki-ray-") as temporary:
            if recipe is not None:
                runtime_env["pip"] = requirements_of(recipe)
                if recipe.kiseki is not None:
                    place = Path(temporary) / "kiseki"
                    copy_kiseki(place, database=True)
                    runtime_env["py_modules"] = [str(place)]
            try:
                return _answer(
                    f"The Ray cluster at {self._config.get('address') or 'RAY_ADDRESS'}",
                    partial(self._job, submission, runtime_env),
                )
            except Unavailable as error:
                if "exceed" not in str(error):
                    raise
                raise ExecutionFailed(
                    f"{error} The project is more than the dashboard takes. Name what is not needed in the configuration, as "
                    '{"runtime_env": {"excludes": ["*.parquet"]}}, or in a file .rayignore.'
                ) from None

    def _job(self, submission: Submission, runtime_env: Mapping[str, Any]) -> Job:
        client = self._ray.JobSubmissionClient(self._config.get("address"), headers=self._config.get("headers"))
        number = client.submit_job(
            entrypoint=shlex.join(["python", "-c", _ENTRY, submission.line]),
            submission_id=f"kiseki-{submission.run_id}",
            runtime_env=runtime_env,
            metadata={"kiseki.run_id": submission.run_id},
            **{name: self._config[name] for name in _RESOURCES if name in self._config},
        )
        return RayJob(client, number)


class RayJob:
    """A job of a Ray cluster.

    Args:
        client: Of the cluster's dashboard.
        number: Ray's id of it.
    """

    def __init__(self, client: Any, number: str) -> None:
        self.name = f"ray {number}"
        self._client = client
        self._number = number

    def status(self) -> RunStatus | None:
        try:
            return _STATUS[str(_answer(self.name, lambda: self._client.get_job_status(self._number)))]
        except NotFound:
            return None

    def stop(self) -> None:
        with suppress(NotFound):
            _answer(self.name, lambda: self._client.stop_job(self._number))

    def lines(self, goes_on: Callable[[], bool]) -> Iterator[str]:
        return lines_of(self._blocks() if goes_on() else self._block())

    def _block(self) -> Iterator[bytes]:
        yield _answer(self.name, lambda: self._client.get_job_logs(self._number)).encode()

    def _blocks(self) -> Iterator[bytes]:
        """What it writes until it ends; the loop is of a thread of its own, since a notebook's thread has one already."""
        blocks = self._client.tail_job_logs(self._number)

        async def block() -> str | None:
            return await anext(blocks, None)

        async def close() -> None:
            await blocks.aclose()

        runner = asyncio.Runner()
        with ThreadPoolExecutor(1) as thread:
            try:
                while (found := _answer(self.name, thread.submit(runner.run, block()).result)) is not None:
                    yield found.encode()
            finally:
                thread.submit(runner.run, close()).result()
                thread.submit(runner.close).result()


def _answer(who: str, ask: Callable[[], T]) -> T:
    """What Ray answers.

    Raises:
        NotFound: It knows no such job.
        Unavailable: It does not answer, or refuses.
    """
    try:
        return ask()
    except (OSError, RuntimeError, ValueError, optional("aiohttp", _NEEDED_FOR).ClientError) as error:
        if "status code 404" in str(error):
            raise NotFound(f"{who} is not known: {error}") from None
        raise Unavailable(f"{who} does not answer, or refuses: {error}") from error


def _installable(recipe: Recipe) -> None:
    """Refuses an environment of which Ray does not make the same."""
    reason = ""
    if recipe.locked:
        reason = "that of uv.lock, which Ray does not read"
    elif recipe.files or recipe.is_bound:
        reason = "made of files and folders of this machine"
    elif recipe.constraints:
        reason = "one with constraints, which Ray does not know"
    if reason:
        raise ExecutionFailed(
            f"The project's environment is {reason}. Give the project a python_env.yaml with requirements alone, or use "
            "--env-manager local for the Python of the cluster, which has to have what the project needs."
        )


def _minors(python: str) -> list[tuple[int, int]]:
    """The versions of Python, of two parts, that a version or a specifier means."""
    if python[:1].isdigit():
        major, minor, *_ = (*map(int, python.split(".")), 0)
        return [(major, minor)]
    asked = SpecifierSet(python)
    return [(3, minor) for minor in range(_MINORS) if any(asked.contains(f"3.{minor}.{patch}") for patch in (0, 99))]
