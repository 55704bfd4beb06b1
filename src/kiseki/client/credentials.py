"""Who the client says it is: the credentials of the environment and of MLflow's credentials file."""

from __future__ import annotations

import base64
import getpass
from functools import lru_cache
from pathlib import Path

from kiseki.base.settings import setting


def authorization() -> str | None:
    """The value of the header `Authorization`, None without credentials.

    A user with a password comes first, as Basic; then a token, as Bearer; then `~/.mlflow/credentials`.
    """
    user, password = setting("TRACKING_USERNAME"), setting("TRACKING_PASSWORD")
    token = setting("TRACKING_TOKEN")
    if (user is None or password is None) and token is None:
        user_of_file, password_of_file = _of_file(Path.home() / ".mlflow" / "credentials")
        user, password = user or user_of_file, password or password_of_file
    if user is not None and password is not None:
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return None if token is None else f"Bearer {token}"


def user_name() -> str | None:
    """The user that the environment names for the server, None when it names none."""
    return setting("TRACKING_USERNAME")


def who() -> str:
    """Who uses this process: the user that the environment names for the server, else that of the machine."""
    named = user_name()
    if named is not None:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        # A container may run under a user id that has no name.
        return "unknown"


@lru_cache(maxsize=1)
def _of_file(path: Path) -> tuple[str | None, str | None]:
    if not path.is_file():
        return None, None
    import configparser

    # A password may hold a percent sign.
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(path, encoding="utf-8")
    section = parser["mlflow"] if parser.has_section("mlflow") else {}
    return section.get("mlflow_tracking_username"), section.get("mlflow_tracking_password")
