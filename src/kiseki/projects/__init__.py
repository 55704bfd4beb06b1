"""Projects: code that is run again anywhere, with its parameters, in its environment, and recorded."""

from __future__ import annotations

from kiseki.projects.backend import AbstractBackend
from kiseki.projects.submission import run
from kiseki.projects.submitted_run import SubmittedRun

__all__ = ["AbstractBackend", "SubmittedRun", "run"]
