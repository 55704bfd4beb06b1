"""The files of deploy/ fit each other, the command line and the documentation. No container is started."""

from __future__ import annotations

import itertools
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from kiseki.cli.export import export
from kiseki.cli.server import server
from kiseki.server.exposition import text
from kiseki.server.monitor import Monitor
from kiseki.wire.routes import ENDPOINTS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
UNIT = (DEPLOY / "kiseki.service").read_text(encoding="utf-8")
MANIFESTS = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(KUBERNETES.glob("*.yaml"))}
FORMS = {path.name: path.read_text(encoding="utf-8") for path in DEPLOY.rglob("*") if path.is_file()}

VARIABLES = {
    variable
    for parameter in server.params
    for variable in ([parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or [])
}
PATHS = {path for endpoint in ENDPOINTS for path in endpoint.paths}
# What the stores of artifacts and databases read themselves.
FOREIGN = re.compile(r"(AWS|POSTGRES|MINIO|MC|PIP|S3)_\w+|PATH|PYTHONDONTWRITEBYTECODE|SOURCE_DATE_EPOCH")


def check_call(command: click.Command, arguments: list[str]) -> None:
    """The command line takes the arguments, which are not run."""
    with command.make_context(command.name, arguments):
        pass


def variables_of(name: str) -> Iterator[str]:
    """All variables of the environment that a file sets."""
    text = FORMS[name]
    if name.endswith(".env"):
        yield from re.findall(r"^(\w+)=", text, flags=re.MULTILINE)
    elif name == "Dockerfile":
        yield from re.findall(r"(?:ENV |^    )([A-Z_]+)=", text, flags=re.MULTILINE)
    elif name == "compose.yaml":
        for service in COMPOSE["services"].values():
            yield from service["environment"]
    else:
        manifest = MANIFESTS[name]
        yield from {**manifest.get("data", {}), **manifest.get("stringData", {})}


@pytest.mark.parametrize(
    "name", ["Dockerfile", "compose.yaml", "example.env", "kiseki.env", "config.yaml", "secret.example.yaml"]
)
def test_every_setting_exists(name: str) -> None:
    found = set(variables_of(name))
    assert found
    assert {one for one in found - VARIABLES if not FOREIGN.fullmatch(one)} == set()


@pytest.mark.parametrize("name", FORMS)
def test_no_file_has_a_password(name: str) -> None:
    given = re.findall(r"^ *\w*(?:PASSWORD|SECRET)\w*[:=] *(.*)$", FORMS[name], flags=re.MULTILINE)
    given += re.findall(r"://\w+:([^@/]*)@", FORMS[name])
    for value in given:
        assert re.fullmatch(r"(\$\{\w+:\?see deploy/example.env\}|PASSWORD|SECRET|)", value), value


# --- the image --------------------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with what follows them, lines that go on joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    found = re.findall(r"^([A-Z]+) +(.*)$", text, flags=re.MULTILINE)
    return [(name, re.sub(r" +", " ", rest)) for name, rest in found]


def test_the_image_runs_the_server_as_a_user_of_its_own() -> None:
    stages = [list(group) for _, group in itertools.groupby(instructions(), key=lambda one: one[0] == "FROM")]
    last = dict(stages[-1])
    assert last["USER"] == "10001:10001"
    assert f"--uid {last['USER'].partition(':')[0]} " in last["RUN"]
    assert last["EXPOSE"] == "5000"
    assert "KISEKI_PORT=5000 " in last["ENV"]
    program, *arguments = yaml.safe_load(last["ENTRYPOINT"]) + yaml.safe_load(last["CMD"])
    assert program == "kiseki"
    assert arguments.pop(0) == "server"
    check_call(server, arguments)
    assert "/ready" in last["HEALTHCHECK"]
    compile(yaml.safe_load(re.sub(r".* CMD ", "", last["HEALTHCHECK"]))[2], "HEALTHCHECK", "exec")


def test_what_the_image_copies_is_there_and_let_in() -> None:
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [
        word.rstrip("/")
        for name, rest in instructions()
        if name == "COPY" and not rest.startswith("--from")
        for word in rest.split()[:-1]
    ]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in let_in
    for name in re.findall(r"requirements/[\w.]+", DOCKERFILE):
        assert (ROOT / name).exists()


def test_the_extras_of_the_image_exist_and_are_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (extras,) = re.findall(r"^ARG EXTRAS=(.*)$", DOCKERFILE, flags=re.MULTILINE)
    pinned = (ROOT / "requirements" / "test.txt").read_text(encoding="utf-8")
    for extra in extras.split(","):
        for requirement in project["optional-dependencies"][extra]:
            name = re.split(r"[\[<>=;~ ]", requirement)[0]
            assert re.search(rf"^{re.escape(name)}(\[.*\])?==", pinned, flags=re.MULTILINE), name
    (python,) = re.findall(r"^ARG PYTHON=([\d.]+)", DOCKERFILE, flags=re.MULTILINE)
    assert f"Programming Language :: Python :: {python}" in project["classifiers"]


# --- Compose ----------------------------------------------------------------------------------------------------------


def test_compose_is_whole() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"kiseki", "database", "store", "bucket"}
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for wanted, given in service.get("depends_on", {}).items():
            if given["condition"] == "service_healthy":
                assert "healthcheck" in services[wanted]
        named = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert named <= set(COMPOSE["volumes"])
        # A tag of its own: what is called latest is another one tomorrow.
        assert service["image"] == "kiseki:latest" or re.search(r":[\w.-]*\d", service["image"])
    build = services["kiseki"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == (DEPLOY / "Dockerfile").resolve()


def test_compose_shows_the_server_to_this_machine_alone() -> None:
    assert COMPOSE["services"]["kiseki"]["ports"] == ["127.0.0.1:5000:5000"]
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["kiseki"]


def test_the_environment_that_compose_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", FORMS["compose.yaml"]))
    assert asked == set(variables_of("example.env"))


# --- Kubernetes -------------------------------------------------------------------------------------------------------


def test_the_manifests_are_those_that_are_listed() -> None:
    listed = set(MANIFESTS["kustomization.yaml"]["resources"])
    there = {name.replace(".example", "") for name in MANIFESTS} - {"kustomization.yaml"}
    assert listed == there
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/deploy/.env", "/deploy/kubernetes/secret.yaml"} <= set(ignored)


def test_names_labels_and_ports_fit() -> None:
    pod = MANIFESTS["deployment.yaml"]["spec"]["template"]
    labels = pod["metadata"]["labels"]
    for selector in (
        MANIFESTS["deployment.yaml"]["spec"]["selector"]["matchLabels"],
        MANIFESTS["service.yaml"]["spec"]["selector"],
        MANIFESTS["disruption.yaml"]["spec"]["selector"]["matchLabels"],
        MANIFESTS["network.yaml"]["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    (container,) = pod["spec"]["containers"]
    (port,) = container["ports"]
    assert str(port["containerPort"]) == MANIFESTS["config.yaml"]["data"]["KISEKI_PORT"]
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] == port["name"]
        assert container[probe]["httpGet"]["path"] in PATHS
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health"
    assert pod["metadata"]["annotations"]["prometheus.io/path"] in PATHS
    (service_port,) = MANIFESTS["service.yaml"]["spec"]["ports"]
    assert service_port["targetPort"] == port["name"]
    (rule,) = MANIFESTS["ingress.yaml"]["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {
        "name": MANIFESTS["service.yaml"]["metadata"]["name"],
        "port": {"name": service_port["name"]},
    }
    assert rule["host"] in MANIFESTS["config.yaml"]["data"]["KISEKI_SERVER_ALLOWED_HOSTS"].split(",")
    assert rule["host"] in MANIFESTS["ingress.yaml"]["spec"]["tls"][0]["hosts"]
    assert MANIFESTS["disruption.yaml"]["spec"]["minAvailable"] < MANIFESTS["deployment.yaml"]["spec"]["replicas"]


def containers() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each pod's specification, with each of its containers."""
    for spec in (
        MANIFESTS["deployment.yaml"]["spec"]["template"]["spec"],
        MANIFESTS["export.yaml"]["spec"]["jobTemplate"]["spec"]["template"]["spec"],
    ):
        for container in spec["containers"]:
            yield spec, container


def test_containers_may_do_little_and_their_arguments_exist() -> None:
    images = {image["name"] for image in MANIFESTS["kustomization.yaml"]["images"]}
    commands = {"server": server, "export": export}
    for spec, container in containers():
        assert container["image"] in images
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["automountServiceAccountToken"] is False
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in spec["volumes"]}
        name, *arguments = container["args"]
        check_call(commands[name], arguments)
        for source in container["envFrom"]:
            (reference,) = source.values()
            assert reference["name"] == "kiseki"


def test_kustomize_builds_it(tmp_path: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    copy = tmp_path / "kubernetes"
    shutil.copytree(KUBERNETES, copy)
    (copy / "secret.example.yaml").rename(copy / "secret.yaml")
    built = subprocess.run(["kubectl", "kustomize", copy], capture_output=True, text=True, check=True, timeout=60)
    found = list(yaml.safe_load_all(built.stdout))
    assert len(found) == len(MANIFESTS["kustomization.yaml"]["resources"])
    assert {one["metadata"].get("namespace") for one in found if one["kind"] != "Namespace"} == {"kiseki"}


# --- systemd ----------------------------------------------------------------------------------------------------------


def unit() -> dict[str, str]:
    """The settings of the unit; of repeated ones the last."""
    joined = UNIT.replace("\\\n", " ")
    return dict(re.findall(r"^(\w+)=(.*)$", joined, flags=re.MULTILINE))


def test_the_unit_starts_the_server() -> None:
    program, name, *arguments = shlex.split(unit()["ExecStart"])
    assert (Path(program).name, name) == ("kiseki", "server")
    check_call(server, arguments)
    assert Path(unit()["EnvironmentFile"].removeprefix("-")).name in FORMS
    folder = f"/var/lib/{unit()['StateDirectory']}/"
    assert f"sqlite:///{folder}" in FORMS["kiseki.env"]


def test_systemd_knows_every_setting_of_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / "kiseki.service"
    # The program is not installed there on a machine that tests.
    copy.write_text(UNIT.replace("/opt/kiseki/bin/kiseki", shutil.which("true") or "/bin/true"), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False, timeout=60
    )
    # Of units that this machine has, such as one with an older setting, nothing is said here.
    assert [line for line in verified.stderr.splitlines() if "kiseki.service" in line] == []
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=25", copy],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert rated.returncode == 0, rated.stdout[-2000:] + rated.stderr


# --- Prometheus -------------------------------------------------------------------------------------------------------


def told() -> set[str]:
    """The names of all samples that a server tells."""
    monitor = Monitor()
    monitor.request("POST", "/a", 200, 0.1, 1, 1)
    return set(re.findall(r"^(\w+)[{ ]", text(monitor.all()).decode(), flags=re.MULTILINE))


def asked(queries: str) -> set[str]:
    """The names of what queries ask for, of a server's own."""
    return set(re.findall(r"\b((?:kiseki|process)_[a-z_]+)\b", queries))


def test_alerts_ask_for_what_is_told() -> None:
    rules = yaml.safe_load(FORMS["alerts.yaml"])["groups"][0]["rules"]
    names = [rule["alert"] for rule in rules]
    assert len(set(names)) == len(names) >= 5
    for rule in rules:
        assert asked(rule["expr"]) <= told()
        assert set(re.findall(r'route="([^"]+)"', rule["expr"])) <= PATHS
        assert rule["annotations"]["summary"]


@pytest.mark.parametrize("language", ["", ".ja"])
def test_the_documentation_asks_for_what_is_told_and_has_every_alert(language: str) -> None:
    page = (ROOT / "docs" / f"deploy{language}.md").read_text(encoding="utf-8")
    shown = [" ".join(one.split()) for one in re.findall(r"^\| `([^`]+)`", page, flags=re.MULTILINE)]
    queries = [one for one in shown if asked(one)]
    assert len(queries) > 8
    assert asked(" ".join(queries)) <= told()
    for rule in yaml.safe_load(FORMS["alerts.yaml"])["groups"][0]["rules"]:
        # The rules name the job too.
        assert re.sub(r'job="kiseki",?|\s', "", rule["expr"]).replace("{}", "") in {
            re.sub(r'job="kiseki",?|\s', "", one).replace("{}", "") for one in shown
        }, rule["alert"]


def test_every_file_is_told_of() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    manifests = set(MANIFESTS) - {"config.yaml", "ingress.yaml", "kustomization.yaml", "secret.example.yaml"}
    assert {name for name in FORMS if name not in page} == manifests
