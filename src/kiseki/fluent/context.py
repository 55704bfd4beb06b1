"""What a new run says of where it came from: user, script or notebook, git commit, and what the environment adds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from kiseki.base.errors import InvalidParameter
from kiseki.base.settings import setting, variable
from kiseki.client.credentials import who
from kiseki.fluent.state import in_notebook

GIT_SECONDS = 5.0


def context_tags() -> dict[str, str]:
    """The tags of a run that is started here.

    Raises:
        InvalidParameter: KISEKI_RUN_CONTEXT is not a JSON object.
    """
    name, kind = _source()
    tags = {"mlflow.user": who(), "mlflow.source.name": name, "mlflow.source.type": kind}
    tags.update(git_tags(_folder(name, kind)))
    tags.update(_tags_of_environment())
    return tags


def source_tags() -> dict[str, str]:
    """The tags that say which code runs, without the user's own."""
    name, kind = _source()
    return {"mlflow.user": who(), "mlflow.source.name": name, "mlflow.source.type": kind}


def _source() -> tuple[str, str]:
    if not in_notebook():
        return (sys.argv[0] if sys.argv and sys.argv[0] else "python"), "LOCAL"
    shell = sys.modules["IPython"].get_ipython()
    named = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    return str(named or "notebook"), "NOTEBOOK"


def _folder(name: str, kind: str) -> str:
    parent = Path(name).parent
    return str(parent) if kind == "LOCAL" and Path(name).is_file() else str(Path.cwd())


@lru_cache(maxsize=16)
def git_tags(folder: str) -> dict[str, str]:
    """Commit, branch and address of the repository that a folder is in, as tags; none where it is in none."""
    found = _git(folder, "rev-parse", "HEAD", "--abbrev-ref", "HEAD").splitlines()
    if len(found) != 2:
        return {}
    tags = {"mlflow.source.git.commit": found[0]}
    # A detached head has no branch.
    if found[1] != "HEAD":
        tags["mlflow.source.git.branch"] = found[1]
    address = _git(folder, "config", "--get", "remote.origin.url").strip()
    if address:
        tags["mlflow.source.git.repoURL"] = _without_password(address)
    return tags


def _git(folder: str, *arguments: str) -> str:
    """What git prints, "" when there is no git, no repository or no answer in time."""
    try:
        finished = subprocess.run(  # noqa: S603 - a list of arguments, of our own making
            ["git", "-C", folder, *arguments],  # noqa: S607 - git is wherever the user has it
            capture_output=True,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=GIT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return finished.stdout


def _without_password(address: str) -> str:
    """An address of a repository without the user and token that some keep in it."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _tags_of_environment() -> dict[str, str]:
    given = setting("RUN_CONTEXT")
    if given is None:
        return {}
    try:
        tags = json.loads(given)
    except ValueError:
        tags = None
    if not isinstance(tags, dict):
        raise InvalidParameter(f"{variable('RUN_CONTEXT')} must hold a JSON object of tags, and holds {given[:100]!r}.")
    return {str(key): str(value) for key, value in tags.items()}
