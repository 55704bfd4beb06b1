"""Descriptors of platforms, against what is known of their schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.cli import cli
from kiseki.models.image import PORT, write_context
from kiseki.serving.descriptors import descriptor
from kiseki.serving.ray_serve import Arguments, Prefixed
from tests.models import iris


def an(**properties: Any) -> dict[str, Any]:
    """An object that has these properties, all of them where they are required, and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name, schema in properties.items() if not schema.pop("optional", False)],
        "additionalProperties": False,
    }


QUANTITY = {"type": "string", "pattern": r"^\d+(\.\d+)?(m|[KMGT]i?)?$"}
RESOURCES = {"cpu": QUANTITY, "memory": QUANTITY}
CONTAINER = an(
    name={"type": "string", "minLength": 1},
    image={"type": "string"},
    ports={"type": "array", "items": an(containerPort={"type": "integer"}, protocol={"enum": ["TCP", "UDP", "SCTP"]})},
    readinessProbe=an(
        httpGet=an(path={"type": "string"}, port={"type": "integer"}),
        periodSeconds={"type": "integer", "minimum": 1},
        failureThreshold={"type": "integer", "minimum": 1},
    ),
    livenessProbe=an(
        httpGet=an(path={"type": "string"}, port={"type": "integer"}),
        failureThreshold={"type": "integer", "minimum": 1},
    ),
    resources=an(requests=an(**RESOURCES), limits=an(**RESOURCES)),
    securityContext=an(
        runAsNonRoot={"type": "boolean"},
        runAsUser={"type": "integer"},
        allowPrivilegeEscalation={"type": "boolean"},
        capabilities=an(drop={"type": "array", "items": {"type": "string"}}),
    ),
)
INFERENCE_SERVICE = an(
    apiVersion={"const": "serving.kserve.io/v1beta1"},
    kind={"const": "InferenceService"},
    metadata=an(name={"type": "string", "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63}),
    spec=an(
        predictor=an(
            minReplicas={"type": "integer", "minimum": 0},
            maxReplicas={"type": "integer"},
            containers={"type": "array", "items": CONTAINER, "minItems": 1, "maxItems": 1},
        )
    ),
)
"""The parts of KServe's custom resource that kiseki writes, with the names and types that its definition has."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(iris(tmp_path_factory.mktemp("models") / "iris"))


def test_a_service_of_kserve(model: str, tmp_path: Path) -> None:
    text = descriptor("kserve", model, "iris", image="registry/iris:1", replicas=2, file="iris.yaml")
    found = yaml.safe_load(text)
    jsonschema.validate(found, INFERENCE_SERVICE)
    predictor = found["spec"]["predictor"]
    assert (predictor["minReplicas"], predictor["maxReplicas"]) == (2, 8)
    (container,) = predictor["containers"]
    assert container["image"] == "registry/iris:1"
    # The image listens where the descriptor says, and runs as the user that it says.
    write_context(tmp_path / "image", model)
    dockerfile = (tmp_path / "image" / "Dockerfile").read_text()
    assert container["ports"][0]["containerPort"] == container["readinessProbe"]["httpGet"]["port"] == PORT
    assert f"EXPOSE {PORT}\n" in dockerfile
    assert f"USER {container['securityContext']['runAsUser']}:" in dockerfile
    assert "kubectl apply -f iris.yaml" in text


def test_an_application_of_ray_serve(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(model).parent)
    found = yaml.safe_load(descriptor("ray-serve", "iris", "flowers", replicas=3, tracking_uri="http://tracking:5000"))
    (application,) = found["applications"]
    assert (application["name"], application["args"]) == ("flowers", {"model_uri": model})
    assert application["import_path"] == "kiseki.serving.ray_serve:app"
    assert application["runtime_env"]["env_vars"] == {"KISEKI_TRACKING_URI": "http://tracking:5000"}
    assert any(line.startswith("scikit-learn==") for line in application["runtime_env"]["pip"])
    assert application["deployments"] == [{"name": "Model", "num_replicas": 3, "ray_actor_options": {"num_cpus": 1}}]
    assert found["http_options"]["host"] == "127.0.0.1"
    assert Arguments(**application["args"]).model_uri == model


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kind": "kserve"}, "KServe needs the name of one"),
        ({"kind": "kserve", "image": "two words"}, "image is 'two words'"),
        ({"kind": "ray-serve", "image": "x"}, "An image is for KServe"),
        ({"kind": "kserve", "image": "x", "name": "No_Name"}, "'No_Name' is no name of a service"),
        ({"kind": "ray-serve", "name": "x\n- name: y"}, "is no name of a service"),
        ({"kind": "ray-serve", "replicas": 0}, "0 replicas"),
        ({"kind": "nomad"}, "expected one of"),
    ],
)
def test_what_is_no_descriptor(model: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidParameter, match=words):
        descriptor(model_uri=model, **arguments)


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        descriptor("ray-serve", str(tmp_path / "nothing"))


def test_the_command(model: str, tmp_path: Path) -> None:
    common = ["models", "generate-descriptor", "-m", model, "-n", "iris"]
    done = CliRunner().invoke(cli, [*common, "--kind", "kserve", "--image", "r/iris"])
    jsonschema.validate(yaml.safe_load(done.output), INFERENCE_SERVICE)
    file = tmp_path / "serve.yaml"
    done = CliRunner().invoke(cli, [*common, "--kind", "ray-serve", "-o", str(file)])
    assert (done.exit_code, done.output) == (0, "")
    assert yaml.safe_load(file.read_text())["applications"][0]["name"] == "iris"
    assert f"serve deploy {file}" in file.read_text()
    failed = CliRunner().invoke(cli, [*common, "--kind", "kserve"])
    assert failed.exit_code == 1
    assert failed.output.startswith("Error: image is None; KServe needs the name of one that has the model: ")


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [("", "/ping", "/ping"), ("/iris", "/iris/ping", "/ping"), ("/iris", "/iris", "/"), ("/iris", "/ping", "/ping")],
)
def test_the_prefix_of_a_route_is_no_part_of_the_path(root: str, path: str, expected: str) -> None:
    import asyncio

    seen: list[str] = []

    async def inner(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope["path"])

    asyncio.run(Prefixed(inner)({"type": "http", "root_path": root, "path": path}, None, None))
    assert seen == [expected]
