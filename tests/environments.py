"""Interpreters that do not have all that the tests have."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def without_mlflow(folder: Path, *places: Path) -> Path:
    """An interpreter with everything that this one has, except for mlflow and kiseki.

    The packages of this environment are seen through a folder of links that leaves these two out, so that nothing is
    installed and no network is needed.

    Args:
        folder: Where it is made.
        *places: Folders whose modules it has, too.
    """
    venv.create(folder / "env", with_pip=False, symlinks=True)
    links = folder / "packages"
    links.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if (
            not package.name.lower().startswith(("mlflow", "__editable__", "_kiseki", "kiseki"))
            and package.suffix != ".pth"
        ):
            (links / package.name).symlink_to(package)
    found = folder / "env" / "bin" / "python"
    site = subprocess.run(
        [found, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    lines = [*map(str, places), str(links)]
    (Path(site) / "places.pth").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return found


def clean_environment(**variables: str) -> dict[str, str]:
    """The environment variables of this process without those of kiseki, MLflow and Python."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("KISEKI_", "MLFLOW_", "PYTHON"))}
    return {**kept, **variables}
