"""Runs of projects as Jobs of Kubernetes, configured as for MLflow: https://kubernetes.io/docs/concepts/workloads/controllers/job/.

An image with the project in it is built and pushed, and a Job made of a template runs that very image.
"""

from __future__ import annotations

import copy
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from kiseki.base.errors import ExecutionFailed, NotFound, Unavailable
from kiseki.base.optional import optional
from kiseki.base.yaml import read_yaml
from kiseki.domain.runs import RunStatus
from kiseki.models.image import push_image
from kiseki.projects.backend import Submission
from kiseki.projects.docker import DockerEnvironment, build_image, folder_of_store
from kiseki.projects.environment import Environment
from kiseki.projects.job import PROGRAM
from kiseki.projects.remote_run import Job, RemoteRun
from kiseki.projects.submitted_run import SubmittedRun, lines_of

CONTEXT: Final = "kube-context"
REPOSITORY: Final = "repository-uri"
TEMPLATE: Final = "kube-job-template-path"

IMAGE_TAG: Final = "mlflow.docker.image.uri"
_NEEDED_FOR: Final = "The backend 'kubernetes'"
_SHELL: Final = 'command -v python >/dev/null && exec python -c "$1" bash -c "$0"; exec bash -c "$0"'
"""Runs a line in an image that has Python, and perhaps kiseki, or not."""

_NAME_CHARACTERS: Final = 50
"""Of 63, since a name has something random behind it."""
_LOG_SECONDS: Final = 1.0
_USUAL: Final = ("ContainerCreating", "PodInitializing")
_log = logging.getLogger("kiseki")

T = TypeVar("T")


class KubernetesBackend:
    """Executes runs as Jobs of a Kubernetes cluster.

    Args:
        config: `repository-uri`, to which the image is pushed; `kube-job-template-path`, a YAML file with a Job;
            `kube-context`, one of the kubeconfig, the current one when missing.

    Raises:
        ExecutionFailed: A key is missing or unknown, or the template is no Job.
        MissingDependency: The package kubernetes is not installed.
    """

    folder = None

    def __init__(self, config: Mapping[str, Any]) -> None:
        known = (CONTEXT, REPOSITORY, TEMPLATE)
        missing = [key for key in known[1:] if not config.get(key)]
        if missing or (missing := sorted(config.keys() - set(known))):
            raise ExecutionFailed(
                f"The configuration of the backend 'kubernetes' has the keys {', '.join(config) or 'none'}; it needs "
                f"{REPOSITORY} and {TEMPLATE}, and may have {CONTEXT}. Look at: {', '.join(missing)}."
            )
        self._context = config.get(CONTEXT) or None
        self._repository = str(config[REPOSITORY])
        self._template = read_template(Path(config[TEMPLATE]))
        self._kubernetes = optional("kubernetes", _NEEDED_FOR)

    def check(self, environment: Environment, tracking_uri: str) -> None:
        if folder_of_store(tracking_uri) is not None:
            raise ExecutionFailed(
                f"Runs are kept at {tracking_uri}, which a container of Kubernetes does not have. Start a server, and name it "
                "with --tracking-uri."
            )
        if not isinstance(environment, DockerEnvironment):
            raise ExecutionFailed("Kubernetes runs containers: give the project a docker_env, which names an image.")
        if environment.env.volumes or environment.arguments:
            raise ExecutionFailed(
                "The project has volumes, or arguments of Docker, which a Job of Kubernetes does not have. Say in the template "
                f"({TEMPLATE}) what it mounts and needs."
            )
        absent = [name for name, value in environment.env.environment if value is None and name not in os.environ]
        if absent:
            raise ExecutionFailed(
                f"The project's docker_env takes {', '.join(absent)} from here, which is not set here."
            )

    def submit(self, submission: Submission) -> SubmittedRun:
        return RemoteRun(submission, lambda: self._submitted(submission))

    def _submitted(self, submission: Submission) -> Job:
        environment = submission.environment
        assert isinstance(environment, DockerEnvironment)
        cluster = Cluster(self._kubernetes, self._context)
        name = f"{self._repository}:{submission.run_id}"
        build_image(environment.env.image, submission.folder, name)
        image = push_image(name)
        submission.client.set_tag(submission.run_id, IMAGE_TAG, image, synchronous=True)
        own = {name: os.environ[name] if value is None else value for name, value in environment.env.environment}
        manifest = job_manifest(
            self._template,
            project=environment.name,
            image=image,
            line=submission.line,
            variables={"PYTHONUNBUFFERED": "1", **own, **submission.variables},
            run_id=submission.run_id,
        )
        namespace = manifest["metadata"]["namespace"]
        try:
            cluster.ask(cluster.batch.create_namespaced_job, namespace, manifest, field_validation="Strict")
        except ValueError as error:
            raise ExecutionFailed(f"The template is no Job: {error}") from None
        container = manifest["spec"]["template"]["spec"]["containers"][0]["name"]
        return KubernetesJob(cluster, namespace, manifest["metadata"]["name"], container)


def read_template(file: Path) -> dict[str, Any]:
    """Reads the file of which Jobs are made.

    Raises:
        ExecutionFailed: It is missing, or no Job of one container at least.
        InvalidParameter: It is no YAML, or no safe YAML.
    """
    if not file.is_file():
        raise ExecutionFailed(f"{TEMPLATE} is {str(file)!r}, which is no file.")
    found = read_yaml(file, file.name)
    try:
        kind = found["kind"], found["apiVersion"]
        containers = found["spec"]["template"]["spec"]["containers"]
        is_job = kind == ("Job", "batch/v1") and isinstance(containers[0], dict)
    except (TypeError, KeyError, IndexError):
        is_job = False
    if not is_job:
        raise ExecutionFailed(
            f"{file} is no template of a Job; expected apiVersion: batch/v1, kind: Job, and a container in "
            "spec.template.spec.containers."
        )
    return dict(found)


def job_manifest(
    template: Mapping[str, Any], *, project: str, image: str, line: str, variables: Mapping[str, str], run_id: str
) -> dict[str, Any]:
    """The Job of a run: the template, with a name, and with the image, the command and the variables in its first container.

    What the template says of the command's variables stays; of a name that both have, the run's value counts.

    Args:
        template: What `read_template` read; it stays as it is.
        project: The project's name, in the form of names of Kubernetes.
        image: What runs.
        line: The command, for a shell.
        variables: Of the command.
        run_id: The run, which is a label of the Job.
    """
    found: dict[str, Any] = copy.deepcopy(dict(template))
    metadata = found["metadata"] = dict(found.get("metadata") or {})
    metadata["name"] = f"{project[:_NAME_CHARACTERS].strip('-')}-{secrets.token_hex(4)}"
    metadata.setdefault("namespace", "default")
    metadata["labels"] = {**(metadata.get("labels") or {}), "kiseki-run-id": run_id}
    # A second attempt would go on with a run that has ended.
    found["spec"].setdefault("backoffLimit", 0)
    pod = found["spec"]["template"]["spec"]
    pod.setdefault("restartPolicy", "Never")
    container = pod["containers"][0]
    container["name"] = project[:_NAME_CHARACTERS].strip("-")
    container["image"] = image
    container["command"] = ["bash", "-c", *map(_literal, (_SHELL, line, PROGRAM))]
    container.pop("args", None)
    # MLflow's templates say in a text what comes there.
    given = [one for one in container.get("env") or [] if isinstance(one, dict) and one.get("name") not in variables]
    container["env"] = [*given, *({"name": name, "value": _literal(value)} for name, value in variables.items())]
    return found


def _literal(text: str) -> str:
    """What Kubernetes makes that text of: it replaces `$(NAME)` in commands and variables, and `$$` by `$`."""
    return text.replace("$", "$$")


class Cluster:
    """A cluster of Kubernetes, by its API.

    Args:
        kubernetes: The package.
        context: One of the kubeconfig; the current one when None, or, without a kubeconfig, the cluster around this process.

    Raises:
        ExecutionFailed: There is no such context.
    """

    def __init__(self, kubernetes: Any, context: str | None) -> None:
        config = optional("kubernetes.config", _NEEDED_FOR)
        try:
            try:
                # The package looks at the variable when it is imported.
                client = config.new_client_from_config(os.environ.get("KUBECONFIG") or None, context)
            except config.ConfigException:
                if context is not None:
                    raise
                config.load_incluster_config()
                client = None
        except config.ConfigException as error:
            raise ExecutionFailed(
                f"No cluster of Kubernetes is configured here: {error}. Set KUBECONFIG, or name one of its contexts as {CONTEXT}."
            ) from None
        self.batch = kubernetes.client.BatchV1Api(client)
        self.core = kubernetes.client.CoreV1Api(client)
        self._refusal = kubernetes.client.ApiException
        self._errors = (OSError, optional("urllib3.exceptions", _NEEDED_FOR).HTTPError)

    def ask(self, request: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """What the cluster answers.

        Raises:
            NotFound: It has no such thing.
            Unavailable: It does not answer, or refuses.
        """
        try:
            return request(*arguments, **named)
        except self._refusal as error:
            said = f"Kubernetes says {error.status} {error.reason}: {str(error.body)[:1000]}"
            if error.status == 404:
                raise NotFound(said) from None
            raise Unavailable(said) from None
        except self._errors as error:
            raise Unavailable(f"Kubernetes does not answer: {error}") from error


class KubernetesJob:
    """A Job.

    Args:
        cluster: Where it is.
        namespace: In which it is.
        job: Its name.
        container: That of its containers that runs the command.
    """

    def __init__(self, cluster: Cluster, namespace: str, job: str, container: str) -> None:
        self.name = f"kubernetes {namespace}/{job}"
        self._cluster = cluster
        self._namespace = namespace
        self._job = job
        self._container = container
        self._told: set[str] = set()

    def status(self) -> RunStatus | None:
        try:
            found = self._cluster.ask(self._cluster.batch.read_namespaced_job, self._job, self._namespace).status
        except NotFound:
            return None
        conditions = {one.type for one in (found and found.conditions) or () if one.status == "True"}
        if "Complete" in conditions:
            return RunStatus.FINISHED
        if "Failed" in conditions:
            return RunStatus.FAILED
        pods = self._pods()
        self._tell(pods)
        is_started = any(pod.status.phase != "Pending" for pod in pods)
        return RunStatus.RUNNING if is_started else RunStatus.SCHEDULED

    def stop(self) -> None:
        request = self._cluster.batch.delete_namespaced_job
        try:
            # It is there until its containers are gone.
            self._cluster.ask(request, self._job, self._namespace, propagation_policy="Foreground")
        except NotFound:
            return

    def lines(self, goes_on: Callable[[], bool]) -> Iterator[str]:
        return lines_of(self._blocks(goes_on))

    def _blocks(self, goes_on: Callable[[], bool]) -> Iterator[bytes]:
        # A server may end a stream before its container ends.
        positions: dict[str, int] = {}
        whole: set[str] = set()
        while True:
            is_last = not goes_on()
            for pod in self._pods():
                name, phase = pod.metadata.name, pod.status.phase
                if name in whole or phase == "Pending":
                    continue
                seen = 0
                for block in self._log(name, follow=not is_last):
                    fresh = block[max(0, positions.get(name, 0) - seen) :]
                    seen += len(block)
                    yield fresh
                positions[name] = max(seen, positions.get(name, 0))
                if phase in {"Succeeded", "Failed"}:
                    whole.add(name)
            if is_last:
                return
            time.sleep(_LOG_SECONDS)

    def _tell(self, pods: list[Any]) -> None:
        """Says why a container does not start, such as ImagePullBackOff, since it may never."""
        for container in (one for pod in pods for one in pod.status.container_statuses or ()):
            waiting = container.state and container.state.waiting
            if waiting and waiting.reason not in {*_USUAL, *self._told}:
                self._told.add(waiting.reason)
                _log.warning("%s waits: %s: %s", self.name, waiting.reason, waiting.message)

    def _pods(self) -> list[Any]:
        request = self._cluster.core.list_namespaced_pod
        found = self._cluster.ask(request, self._namespace, label_selector=f"job-name={self._job}").items
        return sorted(found, key=lambda pod: str(pod.metadata.creation_timestamp))

    def _log(self, pod: str, *, follow: bool) -> Iterator[bytes]:
        request = self._cluster.core.read_namespaced_pod_log
        answer = self._cluster.ask(
            request, pod, self._namespace, container=self._container, follow=follow, _preload_content=False
        )
        try:
            blocks = answer.stream()
            while (block := self._cluster.ask(next, blocks, None)) is not None:
                yield block
        finally:
            answer.close()
