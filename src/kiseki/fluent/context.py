"""What a new run says of where it came from: user, script or notebook, git commit, and what the environment adds."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from kiseki.base.errors import InvalidParameter
from kiseki.base.settings import setting, variable
from kiseki.capture.repository import find_repository
from kiseki.client.credentials import who
from kiseki.fluent.state import in_notebook


def context_tags() -> dict[str, str]:
    """The tags of a run that is started here.

    Raises:
        InvalidParameter: KISEKI_RUN_CONTEXT is not a JSON object.
    """
    tags = source_tags()
    tags.update(git_tags(_folder(tags["mlflow.source.name"], tags["mlflow.source.type"])))
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


def git_tags(folder: str) -> dict[str, str]:
    """Commit, branch and address of the repository that a folder is in, as tags; none where it is in none."""
    found = find_repository(folder)
    if found is None:
        return {}
    tags = {
        "mlflow.source.git.commit": found.commit,
        "mlflow.source.git.branch": found.branch,
        "mlflow.source.git.repoURL": found.address,
    }
    return {key: value for key, value in tags.items() if value is not None}


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
