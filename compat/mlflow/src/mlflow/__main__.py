"""`python -m mlflow` is the command `kiseki`."""

from __future__ import annotations

from kiseki.cli import main

main()
