"""What an online platform is told to serve a model with: KServe, or Ray Serve."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import yaml

from kiseki.artifact_store.locations import parse_location
from kiseki.base.errors import InvalidParameter
from kiseki.models.environment import read_environment
from kiseki.models.image import PORT
from kiseki.models.load import local_model
from kiseki.serving.ray_serve import DEPLOYMENT

Kind = Literal["kserve", "ray-serve"]

KINDS: Final = ("kserve", "ray-serve")

_NAME: Final = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""A name of Kubernetes, which becomes a part of a host's name."""

_PROBE: Final = {"path": "/ping", "port": PORT}

_KSERVE_HEAD: Final = """\
# An InferenceService of KServe: kubectl apply -f {file}
# The image has the model: kiseki models build-docker -m {model} -n {image}, pushed to where the cluster pulls from.
# POST /invocations predicts, at the host that `kubectl get inferenceservice {name}` tells.
"""
_RAY_HEAD: Final = """\
# An application of Ray Serve: serve run {file}, or serve deploy {file}. POST {prefix}invocations predicts.
# Each replica loads the model by its URI, so that every node has to reach it: the tracking server, a store, a shared folder.
# It listens on this machine alone; where others may ask, http_options.host is 0.0.0.0. There is no access control.
# The nodes need kiseki; runtime_env installs what the model needs beside it.
"""


def descriptor(
    kind: Kind,
    model_uri: str,
    name: str = "model",
    *,
    image: str | None = None,
    replicas: int = 1,
    file: str = "FILE",
    tracking_uri: str | None = None,
) -> str:
    """A descriptor as YAML.

    Args:
        kind: "kserve" for an InferenceService around the image of `kiseki models build-docker`; "ray-serve" for a
            configuration of `serve deploy`.
        model_uri: The model.
        name: What the service or application is called.
        image: The image, for KServe.
        replicas: How many there are; KServe's may become more, up to four times as many.
        file: What the text is called in the commands that its first lines say.
        tracking_uri: Where `models:/` and `runs:/` are looked up by Ray's replicas.

    Raises:
        InvalidParameter: The name is none of Kubernetes, an image is missing or given for Ray Serve, or there are no
            replicas.
        NotFound: There is no such model.
    """
    if not _NAME.fullmatch(name):
        raise InvalidParameter(
            f"The name {name!r} is no name of a service: small letters, digits and hyphens, a letter first, at most 63."
        )
    if replicas < 1:
        raise InvalidParameter(f"There are {replicas} replicas; expected at least 1.")
    if kind not in KINDS:
        raise InvalidParameter(f"kind is {kind!r}; expected one of {list(KINDS)}.")
    folder = local_model(model_uri)
    if kind == "kserve":
        if not image or image != "".join(image.split()):
            raise InvalidParameter(
                f"image is {image!r}; KServe needs the name of one that has the model: kiseki models build-docker -m MODEL -n "
                "IMAGE makes it."
            )
        head = _KSERVE_HEAD.format(file=file, model=model_uri, image=image, name=name)
        return head + _yaml(_kserve(name, image, replicas))
    if image is not None:
        raise InvalidParameter("An image is for KServe; Ray Serve loads the model by its URI.")
    if parse_location(model_uri).is_local:
        # Replicas have other current folders.
        model_uri = str(folder.absolute())
    variables = {} if tracking_uri is None else {"KISEKI_TRACKING_URI": tracking_uri}
    requirements = [line for line in read_environment(folder).requirements.lines if not line.startswith("-")]
    return _RAY_HEAD.format(file=file, prefix="/") + _yaml(_ray(name, model_uri, replicas, requirements, variables))


def _kserve(name: str, image: str, replicas: int) -> dict[str, Any]:
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name},
        "spec": {
            "predictor": {
                "minReplicas": replicas,
                "maxReplicas": replicas * 4,
                "containers": [
                    {
                        "name": "kserve-container",
                        "image": image,
                        "ports": [{"containerPort": PORT, "protocol": "TCP"}],
                        "readinessProbe": {"httpGet": dict(_PROBE), "periodSeconds": 5, "failureThreshold": 24},
                        "livenessProbe": {"httpGet": dict(_PROBE), "failureThreshold": 3},
                        "resources": {
                            "requests": {"cpu": "1", "memory": "1Gi"},
                            "limits": {"cpu": "1", "memory": "2Gi"},
                        },
                        "securityContext": {
                            "runAsNonRoot": True,
                            "runAsUser": 10001,
                            "allowPrivilegeEscalation": False,
                            "capabilities": {"drop": ["ALL"]},
                        },
                    }
                ],
            }
        },
    }


def _ray(
    name: str, model_uri: str, replicas: int, requirements: list[str], variables: dict[str, str]
) -> dict[str, Any]:
    environment: dict[str, Any] = {"pip": requirements} if requirements else {}
    if variables:
        environment["env_vars"] = variables
    return {
        "proxy_location": "EveryNode",
        "http_options": {"host": "127.0.0.1", "port": 8000},
        "applications": [
            {
                "name": name,
                "route_prefix": "/",
                "import_path": "kiseki.serving.ray_serve:app",
                "runtime_env": environment,
                "args": {"model_uri": model_uri},
                "deployments": [
                    {"name": DEPLOYMENT, "num_replicas": replicas, "ray_actor_options": {"num_cpus": 1}},
                ],
            }
        ],
    }


def _yaml(content: dict[str, Any]) -> str:
    found: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    return found
