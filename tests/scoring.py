"""A scoring server under test as a process of its own: kiseki's, or the real MLflow's."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from tests.faults.server import Target
from tests.wire.server import Response

BIN = Path(sys.executable).parent


class ScoringServer(Target):
    """`kiseki models serve` on a free port of the loopback, or `mlflow models serve`.

    Args:
        folder: Where the log goes.
        model: The model's folder.
        reference: Whether to start MLflow's server instead of kiseki's.
        options: Further options of the command.
        environment: Environment variables of the process.
    """

    def __init__(
        self,
        folder: Path,
        model: Path,
        *,
        reference: bool = False,
        options: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
    ) -> None:
        super().__init__(folder, reference=BIN / "mlflow" if reference else None)
        program = [str(BIN / "mlflow")] if reference else [sys.executable, "-m", "kiseki"]
        self._command = [
            *program,
            *("models", "serve", "--model-uri", str(model), "--env-manager", "local"),
            *("--host", "127.0.0.1", "--port", str(self.port)),
            *options,
        ]
        # MLflow starts uvicorn by its name.
        path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
        self._environment = {**self._environment, "PATH": path, **(environment or {})}

    def score(self, body: Any, content_type: str = "application/json", **headers: str) -> Response:
        """POST /invocations; a body that is neither bytes nor text is sent as JSON."""
        if not isinstance(body, bytes | str):
            return self.request("POST", "/invocations", json=body, headers=headers)
        return self.request("POST", "/invocations", body=body, headers={"Content-Type": content_type, **headers})
