"""The distributions that are installed here: versions, modules, and what they declare to need.

What was read is kept until one of the folders that they are in changes, as it does when something is installed.
"""

from __future__ import annotations

import re
import sys
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

NO_DISTRIBUTION: Final = frozenset({*sys.stdlib_module_names, *sys.builtin_module_names, "kiseki", "mlflow"})
"""Modules that need nothing to be installed for a model."""

_FOR_DEVELOPERS = re.compile(r"extra == \W(test|doc|dev|lint|typ|bench|example|build|maint)")
_PLATFORM = re.compile(r"sys_platform|platform_|os_name|implementation_")

Stamp = tuple[tuple[str, int], ...]


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """One that is installed."""

    name: str
    version: str
    modules: frozenset[str]
    """The modules and packages that it has at the top."""
    needs: frozenset[str]
    """Names, in normal form, of what it needs on every platform, without its extras."""
    uses: frozenset[str]
    """Names, in normal form, of what it needs or can use on any platform, without what its developers need."""

    @property
    def pin(self) -> str:
        """The line that asks for it as it is installed, such as `scikit-learn==1.7.0`."""
        # A local build such as 2.6.0+cu124 is in no index.
        return f"{self.name}=={self.version.partition('+')[0]}"


def find_distribution(name: str) -> Distribution | None:
    """The distribution of a name; None where it is not installed."""
    return _find(canonicalize_name(name), name, _stamp())


def standing_for(name: str) -> Distribution | None:
    """The distribution of a name, or one that comes in its place; None where neither is installed.

    Some libraries come under further names, such as `xgboost-cpu` and `tensorflow-cpu`: what brings a module of the
    distribution's name stands for it.
    """
    found = find_distribution(name)
    if found is not None:
        return found
    return next(iter(distributions_of(canonicalize_name(name).replace("-", "_"))), None)


def distributions_of(top: str) -> tuple[Distribution, ...]:
    """The distributions that have a module or package at the top; none for those of Python, kiseki and MLflow."""
    if top in NO_DISTRIBUTION:
        return ()
    # Most distributions are named as their module is, and looking through all of them takes a fifth of a second.
    named = find_distribution(top)
    if named is not None and top in named.modules:
        return (named,)
    names = dict.fromkeys(_by_module(_stamp()).get(top, ()))
    return tuple(found for name in names if (found := find_distribution(name)) is not None)


def _stamp() -> Stamp:
    return tuple((place, Path(place).stat().st_mtime_ns) for place in sys.path if _has_distributions(place))


@cache
def _has_distributions(place: str) -> bool:
    # The folder of a script changes whenever the script writes a file.
    return Path(place).is_dir() and any(Path(place or ".").glob("*.*-info"))


@lru_cache(maxsize=4096)
def _find(_key: str, name: str, _stamp: Stamp) -> Distribution | None:
    try:
        found = metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):
        return None
    asked = [one for line in found.requires or () if (one := _parsed(line)) is not None]
    return Distribution(
        name=found.name,
        version=found.version,
        modules=_modules_of(found),
        needs=frozenset(canonicalize_name(one.name) for one in asked if _is_needed(one)),
        uses=frozenset(
            canonicalize_name(one.name) for one in asked if not _FOR_DEVELOPERS.search(str(one.marker or ""))
        ),
    )


@lru_cache(maxsize=1)
def _by_module(_stamp: Stamp) -> Any:
    return metadata.packages_distributions()


def _modules_of(found: metadata.Distribution) -> frozenset[str]:
    guess = canonicalize_name(found.name).replace("-", "_")
    if Path(str(found.locate_file(guess))).is_dir():
        return frozenset({guess})
    listed = found.read_text("top_level.txt")
    if listed is not None:
        return frozenset(listed.split())
    files = (file for file in found.files or () if file.suffix in {".py", ".so", ".pyd"})
    return frozenset(file.parts[0].partition(".")[0] for file in files)


def _parsed(line: str) -> Requirement | None:
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None


def _is_needed(asked: Requirement) -> bool:
    marker = str(asked.marker or "")
    # What one platform needs is left to the distribution that says so: the model may run on another.
    if "extra" in marker or _PLATFORM.search(marker):
        return False
    return asked.marker is None or asked.marker.evaluate()
