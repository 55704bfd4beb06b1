import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "kiseki"

BUDGET = 150
"""Modules in `sys.modules` after `import kiseki`, the interpreter's own included."""

HEAVY = {
    "alembic",
    "click",
    "matplotlib",
    "numpy",
    "obstore",
    "pandas",
    "PIL",
    "pyarrow",
    "sklearn",
    "sqlalchemy",
    "starlette",
    "uvicorn",
}
"""What is imported when it is used, and not before."""

LIGHT_PACKAGES = (
    "base",
    "exceptions",
    "types",
    "domain",
    "entities",
    "capture",
    "wire",
    "journal",
    "artifact_store",
    "client",
    "data",
    "fluent",
    "artifacts",
    "tracking",
    "models",
)
IMPORTED_WHEN_USED = {
    "kiseki.client.local_registry",  # a part of it
    "kiseki.client.local",  # the client's one crossing to the server's code, which it runs in process
    "kiseki.domain.series",  # the arithmetic of charts
}
"""Modules of light packages that may be heavy, because no module of a light package imports them at its own import."""


def modules_after(statements: str) -> set[str]:
    """Runs the statements in a fresh interpreter and returns the names of the modules that it has then."""
    program = f"{statements}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert finished.returncode == 0, finished.stderr
    names: list[str] = json.loads(finished.stdout)
    return set(names)


def modules_of(package: str) -> list[str]:
    """Names every module of a package of kiseki, or the module itself where it is a file."""
    name = f"kiseki.{package}"
    if (SOURCE / f"{package}.py").exists():
        return [name]
    children = pkgutil.walk_packages([str(SOURCE / package)], prefix=f"{name}.")
    return [name, *(child.name for child in children if child.name not in IMPORTED_WHEN_USED)]


def test_import_kiseki_stays_within_the_budget() -> None:
    loaded = modules_after("import kiseki")
    assert len(loaded) <= BUDGET, sorted(loaded)


def test_import_kiseki_loads_nothing_heavy() -> None:
    assert modules_after("import kiseki") & HEAVY == set()


@pytest.mark.parametrize(
    "package", [name for name in LIGHT_PACKAGES if (SOURCE / name).exists() or (SOURCE / f"{name}.py").exists()]
)
def test_a_light_package_loads_nothing_heavy(package: str) -> None:
    statements = "\n".join(f"import {name}" for name in modules_of(package))
    assert modules_after(statements) & HEAVY == set()


def test_a_server_without_object_stores_loads_none_of_them(tmp_path: Path) -> None:
    settings = (
        f"ServerSettings(backend_store_uri='sqlite:///{tmp_path}/k.db', artifacts_destination='{tmp_path}/files')"
    )
    imports = "from kiseki.server.app import create_app\nfrom kiseki.server.settings import ServerSettings"
    assert "obstore" not in modules_after(f"{imports}\ncreate_app({settings})._context.close()")
