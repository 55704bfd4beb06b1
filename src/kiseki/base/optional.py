"""Packages that are imported when a function needs them, and need not be installed otherwise."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kiseki.base.errors import MissingDependency


def optional(module: str, needed_for: str, package: str = "") -> Any:
    """The module.

    Args:
        module: Its name, with dots.
        needed_for: What the caller does with it, for the message.
        package: What to install, where it is not the first part of the module's name.

    Raises:
        MissingDependency: It is not installed; the message has the `pip install` line.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingDependency(package or module.partition(".")[0], needed_for) from error
