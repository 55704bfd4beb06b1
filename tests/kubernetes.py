"""A Kubernetes of one machine without containers: the part of its API that Jobs need, and a Docker that builds folders.

What an image has is a folder; the command of a Job's container is run there as a process, with the variables of the container
alone, and after the replacements that Kubernetes makes: https://kubernetes.io/docs/reference/kubernetes-api/.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import yaml

_DOCKER: Final = """\
#!{python}
import hashlib, json, pathlib, shutil, sys
images, (verb, *given) = pathlib.Path({images!r}), sys.argv[1:]
name = given[-1] if given else ""
digest = name.rpartition(":")[0] + "@sha256:" + hashlib.sha256(name.encode()).hexdigest()
if verb == "build":
    (tag,) = [one.partition("=")[2] for one in given if one.startswith("--tag=")]
    shutil.copytree(name, images / hashlib.sha256(tag.encode()).hexdigest())
elif verb == "push" and "refused" in name:
    sys.exit("denied")
elif verb == "image":
    print(json.dumps(["another@sha256:0", digest]))
"""
_REFERENCE: Final = re.compile(r"\$\$|\$\(([-._a-zA-Z0-9]+)\)")


class Cluster:
    """The cluster, its API at `uri`, and what it was asked for.

    Args:
        folder: For images and logs.
    """

    def __init__(self, folder: Path) -> None:
        self.images = folder / "images"
        self.logs = folder / "logs"
        self.jobs: dict[str, Job] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.is_full = False
        self.uri = ""


class Job:
    """A Job, and the process that is its container."""

    def __init__(self, cluster: Cluster, manifest: dict[str, Any]) -> None:
        self.manifest = manifest
        self.log = cluster.logs / manifest["metadata"]["name"]
        self.log.touch()
        self.process: subprocess.Popen[bytes] | None = None
        container = manifest["spec"]["template"]["spec"]["containers"][0]
        # The image has this Python.
        variables = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        for one in container["env"]:
            if "value" in one:
                variables[one["name"]] = replaced(one["value"], variables)
        if not cluster.is_full:
            with self.log.open("wb") as log:
                self.process = subprocess.Popen(
                    [replaced(one, variables) for one in container["command"]],
                    cwd=cluster.images / container["image"].rpartition(":")[2] / "project",
                    env=variables,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    @property
    def code(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def job(self) -> dict[str, Any]:
        kind = {None: [], 0: ["Complete"]}.get(self.code, ["Failed"])
        return {**self.manifest, "status": {"conditions": [{"type": one, "status": "True"} for one in kind]}}

    def pod(self) -> dict[str, Any]:
        metadata = self.manifest["metadata"]
        phase = {None: "Running", 0: "Succeeded"}.get(self.code, "Failed")
        status: dict[str, Any] = {"phase": phase if self.process else "Pending"}
        container = self.manifest["spec"]["template"]["spec"]["containers"][0]
        if self.process is None:
            waiting = {"reason": "ImagePullBackOff", "message": "no such image"}
            status["containerStatuses"] = [
                {
                    "name": container["name"],
                    "image": container["image"],
                    "imageID": "",
                    "ready": False,
                    "restartCount": 0,
                    "state": {"waiting": waiting},
                }
            ]
        named = {"name": f"{metadata['name']}-x", "namespace": metadata["namespace"]}
        return {
            "metadata": {**named, "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": self.manifest["spec"]["template"]["spec"],
            "status": status,
        }

    def end(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def replaced(text: str, variables: dict[str, str]) -> str:
    """What Kubernetes makes of a text of a command or of a variable."""
    return _REFERENCE.sub(lambda found: variables.get(found[1], found[0]) if found[1] else "$", text)


@contextlib.contextmanager
def kubernetes(folder: Path) -> Iterator[Cluster]:
    """Starts the cluster, and writes what its users need.

    Args:
        folder: An empty one. In it are then `bin/docker`, `kubeconfig` with the context `here`, and `template.yaml`.
    """
    cluster = Cluster(folder)
    for name in ("images", "logs", "bin"):
        (folder / name).mkdir()
    docker = folder / "bin" / "docker"
    docker.write_text(_DOCKER.format(python=sys.executable, images=str(cluster.images)))
    docker.chmod(0o755)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"cluster": cluster}))
    cluster.uri = f"http://127.0.0.1:{server.server_port}"
    (folder / "kubeconfig").write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "",
                "clusters": [{"name": "c", "cluster": {"server": cluster.uri}}],
                "users": [{"name": "u", "user": {"token": "secret"}}],
                "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
            }
        )
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield cluster
    finally:
        for job in list(cluster.jobs.values()):
            job.end()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    cluster: Cluster
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        manifest = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._note(manifest)
        if manifest["metadata"]["namespace"] == "forbidden":
            return self._answer(403, {"message": "jobs.batch is forbidden"}, reason="Forbidden")
        job = self.cluster.jobs[manifest["metadata"]["name"]] = Job(self.cluster, manifest)
        return self._answer(201, job.job())

    def do_GET(self) -> None:
        self._note(None)
        path, query = self._parts()
        if path[-1] == "pods":
            job = self.cluster.jobs.get(query["labelSelector"].removeprefix("job-name="))
            return self._answer(200, {"items": [job.pod()] if job else []})
        if path[-1] == "log":
            return self._log(self.cluster.jobs[path[-2].removesuffix("-x")], query.get("follow", "").lower() == "true")
        job = self.cluster.jobs.get(path[-1])
        return self._answer(200, job.job()) if job else self._answer(404, {"message": "not found"})

    def do_DELETE(self) -> None:
        self._note(None)
        self.cluster.jobs.pop(self._parts()[0][-1]).end()
        self._answer(200, {})

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size

    def _note(self, body: Any) -> None:
        assert self.headers["Authorization"] == "Bearer secret"
        self.cluster.requests.append((self.command, self.path, body))

    def _parts(self) -> tuple[list[str], dict[str, str]]:
        found = urlsplit(self.path)
        return found.path.split("/"), {name: values[0] for name, values in parse_qs(found.query).items()}

    def _answer(self, status: int, body: Any, reason: str | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status, reason)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _log(self, job: Job, follow: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with job.log.open("rb") as file, contextlib.suppress(ConnectionError):
            while True:
                is_last = not follow or job.code is not None
                if block := file.read():
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
                    if follow:
                        # As servers do that have waited for long enough.
                        break
                if is_last:
                    break
                time.sleep(0.05)
            self.wfile.write(b"0\r\n\r\n")


def image_of(name: str) -> str:
    """What an image is called in its registry that was pushed under that name."""
    return f"{name.rpartition(':')[0]}@sha256:{hashlib.sha256(name.encode()).hexdigest()}"
