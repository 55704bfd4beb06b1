"""Repositories of git that tests make."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class Repository:
    """A repository with a work tree.

    Args:
        folder: Where it is made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """What git answers; it must succeed."""
        identity = {"NAME": "A", "EMAIL": "a@example.com"}
        variables = {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in identity.items()}
        finished = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false", *arguments],
            cwd=self.folder,
            env={**os.environ, **variables, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout.strip()

    def commit(self, **files: str) -> str:
        """Writes files, whose names have __ for a dot, and commits everything; the commit."""
        for name, text in files.items():
            path = self.folder / name.replace("__", ".")
            path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")
        return self.git("rev-parse", "HEAD")
