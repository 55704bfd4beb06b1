"""What a model imports and reads, found by loading it, and predicting with its example, in a process of its own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from kiseki.base.errors import Unavailable
from kiseki.base.settings import flag, number

SECONDS: Final = 120.0
"""How long the process may take; KISEKI_REQUIREMENTS_INFERENCE_TIMEOUT changes it."""

USER: Final = "__main__"
"""Who imports, where it is no module of a distribution: the model's own code."""

_PROGRAM: Final = "from kiseki.pyfunc.importing import main; main()"
_log = logging.getLogger("kiseki")


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What a model did when it was loaded and predicted for its example."""

    imports: frozenset[tuple[str, str]] = frozenset()
    """Who imported whom, by the names of modules at the top."""
    variables: tuple[str, ...] = ()
    """Environment variables with secrets, by their names, that were set and were read."""

    def imported_by(self, importer: str) -> set[str]:
        """What a module, or any module below it, imports."""
        return {imported for who, imported in self.imports if who == importer}


def observe(folder: Path, seconds: float | None = None, variables: Mapping[str, str] | None = None) -> Observed:
    """Loads the model in a folder, predicts for its example, and tells what happened; a warning when loading fails.

    The process has the same module search path as this one, so modules of the user's project are found as they are here.

    Args:
        folder: The model's.
        seconds: How long it may take.
        variables: Environment variables of the process besides those of this one.

    Raises:
        Unavailable: It failed or took too long, and KISEKI_REQUIREMENTS_INFERENCE_RAISE_ERRORS is set.
    """
    try:
        return _run(folder, seconds or number("REQUIREMENTS_INFERENCE_TIMEOUT", SECONDS, low=1), variables or {})
    except Unavailable as error:
        if flag("REQUIREMENTS_INFERENCE_RAISE_ERRORS", False):
            raise
        _log.warning(
            "%s The requirements are those of the model's library; give others in extra_pip_requirements.", error
        )
        return Observed()


def _run(folder: Path, seconds: float, variables: Mapping[str, str]) -> Observed:
    search_path = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    with tempfile.TemporaryDirectory(prefix="kiseki-imports-") as temporary:
        result = Path(temporary) / "observed.json"
        log = Path(temporary) / "log"
        with log.open("wb") as output:
            try:
                finished = subprocess.run(  # noqa: S603 - this Python, on a file that this process wrote
                    [sys.executable, "-c", _PROGRAM, str(folder), str(result)],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **variables, "PYTHONPATH": search_path},
                    timeout=seconds,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise Unavailable(
                    f"What the model imports was not found out within {seconds:g} seconds "
                    "(KISEKI_REQUIREMENTS_INFERENCE_TIMEOUT)."
                ) from None
        if finished.returncode != 0 or not result.is_file():
            last = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
            raise Unavailable(
                f"What the model imports was not found out: loading it in another process failed: {last[:500]}."
            )
        return msgspec.json.decode(result.read_bytes(), type=Observed)
