"""What a model needs installed: lines of requirements, read from files and lists, or found out."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from kiseki.base.errors import InvalidParameter
from kiseki.models.imports import USER, Observed
from kiseki.models.installed import NO_DISTRIBUTION, Distribution, distributions_of, find_distribution, standing_for

TRACKERS: Final = frozenset({"kiseki", "kiseki-mlflow", "mlflow", "mlflow-skinny", "mlflow-tracing"})
"""What reads models is not a requirement of the model: kiseki and MLflow stand in for each other."""

INDEX_OPTIONS: Final = frozenset(
    {"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-index", "--trusted-host"}
)
"""Where packages come from."""

_OTHER_OPTIONS: Final = frozenset(
    {"--pre", "--prefer-binary", "--require-hashes", "--only-binary", "--no-binary", "-e", "--editable"}
)
_INCLUDES: Final = {"-r": "r", "--requirement": "r", "-c": "c", "--constraint": "c"}
_MAX_FILES: Final = 50
_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"(--?[A-Za-z][A-Za-z-]*)(?:[=\s]\s*|(?<=^-.)(?=\S))?(.*)")
_LOCAL = re.compile(r"(\.{1,2}|~)?/|[A-Za-z0-9_.\-/\\]+\.(whl|zip|tar\.gz)$|file:|[a-z]+\+[a-z]+://|https?://")


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    """Lines as pip and uv read them."""

    lines: tuple[str, ...] = ()
    """One requirement or option each, without comments."""
    constraints: tuple[str, ...] = ()
    """Versions for what is installed without being named in `lines`."""


def read_requirements(given: Any, role: str, folder: Path = Path()) -> Requirements:
    """Reads requirements that a caller or a model gives.

    Args:
        given: The path of a file, or a list of lines; None for none. `-r file` and `-c file` are followed; paths in a file are relative to it.
        role: The name of the argument or file, for messages.
        folder: What the paths of files are relative to that a list of lines includes.

    Raises:
        InvalidParameter: A line is neither a requirement nor an option that belongs into such a file; or a file is missing.
    """
    if given is None:
        return Requirements()
    lines: list[str]
    if isinstance(given, str | Path):
        lines, folder = _file_lines(Path(given), role), Path(given).parent
    else:
        lines = [*given] if isinstance(given, Iterable) else [given]
        if not all(isinstance(line, str) for line in lines):
            raise InvalidParameter(
                f"{role} is {given!r}; expected the path of a requirements file, or a list of lines such as "
                "['scikit-learn==1.7.0']."
            )
    found: list[str] = []
    constraints: list[str] = []
    _read(lines, folder, role, found, constraints, files=0)
    return Requirements(lines=tuple(dict.fromkeys(found)), constraints=tuple(dict.fromkeys(constraints)))


def check_line(line: str, role: str) -> None:
    """Checks that a line is a requirement, a place of a package, or an option that a file of requirements may have.

    Raises:
        InvalidParameter: It is not.
    """
    if any(ord(character) < 32 for character in line):
        raise InvalidParameter(f"{role} has the line {line[:200]!r}, which has control characters.")
    if line.startswith("-"):
        option = _option(line)[0]
        if option not in INDEX_OPTIONS | _OTHER_OPTIONS | _INCLUDES.keys():
            raise InvalidParameter(
                f"{role} has the line {line[:200]!r}; {option!r} is no option of a file of requirements."
            )
        return
    try:
        Requirement(line)
    except InvalidRequirement as error:
        if _LOCAL.match(line) and not re.search(r"[\s;|&$`<>]", line):
            return
        raise InvalidParameter(
            f"{role} has the line {line[:200]!r}, which is no requirement such as 'numpy==2.1.0': {error}"
        ) from None


def name_of(line: str) -> str | None:
    """The name of the distribution that a line asks for, in its normal form; None where the line does not say."""
    try:
        return canonicalize_name(Requirement(line).name)
    except InvalidRequirement:
        return None


def without_trackers(lines: Iterable[str]) -> tuple[str, ...]:
    """The lines that do not ask for kiseki or MLflow."""
    return tuple(line for line in lines if name_of(line) not in TRACKERS)


def merged(lines: Sequence[str], extra: Sequence[str]) -> tuple[str, ...]:
    """Lines and further lines: of two for one distribution the first stays when the other allows its version."""
    asked = {name: Requirement(line) for line in extra if (name := name_of(line)) is not None}
    kept = [line for line in lines if _agrees(line, asked.get(name_of(line) or ""))]
    named = {name_of(pin) for pin in kept}
    return *kept, *(line for line in extra if name_of(line) is None or name_of(line) not in named)


def pin(distribution: str) -> str:
    """The line that asks for a distribution as it is installed, such as `scikit-learn==1.7.0`; its name where it is not."""
    found = standing_for(distribution)
    return distribution if found is None else found.pin


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a model needs, as far as the names of its modules tell."""

    lines: tuple[str, ...]
    """One pin a distribution, sorted."""
    local: frozenset[str]
    """Modules of no distribution: scripts, notebooks, files of the user's project. What they import is not known."""


def pins(distributions: Iterable[str], modules: Iterable[str] = ()) -> Found:
    """Finds the distributions that a model needs, as they are installed.

    Args:
        distributions: Names of what the model's library is known to need.
        modules: Names of modules that the model refers to, such as `sklearn.svm`.

    Returns:
        Pins for these, for the distributions of the modules, and for what all of them declare to need on any platform
        and this process has imported.
    """
    asked = {name: standing_for(name) for name in distributions}
    found: dict[str, Distribution] = {canonicalize_name(one.name): one for one in asked.values() if one is not None}
    known = {top for one in found.values() for top in one.modules}
    local = set()
    for top in {module.partition(".")[0] for module in modules} - known - NO_DISTRIBUTION:
        homes = distributions_of(top)
        found |= {canonicalize_name(one.name): one for one in homes}
        if not homes:
            local.add(top)
    todo = list(found.values())
    while todo:
        for name in todo.pop().needs - found.keys():
            one = find_distribution(name)
            if one is not None and not one.modules.isdisjoint(sys.modules):
                found[name] = one
                todo.append(one)
    lines: dict[str, str] = {canonicalize_name(name): name for name, one in asked.items() if one is None}
    lines |= {name: one.pin for name, one in found.items()}
    kept = tuple(line for name, line in sorted(lines.items()) if name not in TRACKERS)
    return Found(lines=kept, local=frozenset(local))


def reached(modules: Iterable[str], observed: Observed) -> set[str]:
    """The modules at the top that a model needs: those that it refers to, and what its code and they import.

    Its code is whatever is of no distribution: `__main__`, a notebook, a module of the user's project. What a distribution
    imports counts only if it declares that it may need it: many try to import what happens to be there.
    """
    own = {who for who, _ in observed.imports if who not in NO_DISTRIBUTION and not distributions_of(who)}
    seen = {USER, *own, *({module.partition(".")[0] for module in modules} - NO_DISTRIBUTION)}
    todo = [*seen]
    while todo:
        importer = todo.pop()
        found = observed.imported_by(importer) - seen - NO_DISTRIBUTION
        homes = distributions_of(importer)
        if homes:
            allowed = {name for one in homes for name in one.uses}
            found = {top for top in found if allowed & {canonicalize_name(one.name) for one in distributions_of(top)}}
        seen |= found
        todo += found
    return seen - {USER}


def _agrees(line: str, asked: Requirement | None) -> bool:
    if asked is None:
        return True
    pinned = Requirement(line)
    if asked.url or asked.extras or asked.marker:
        return False
    version = next((specifier.version for specifier in pinned.specifier), None)
    return version is not None and asked.specifier.contains(version, prereleases=True)


def _read(
    lines: Sequence[str], folder: Path, role: str, found: list[str], constraints: list[str], *, files: int
) -> None:
    if files > _MAX_FILES:
        raise InvalidParameter(f"{role} includes more than {_MAX_FILES} files, or itself.")
    for raw in _joined(lines):
        line = _COMMENT.sub("", raw).strip()
        if not line:
            continue
        check_line(line, role)
        option, value = _option(line) if line.startswith("-") else ("", "")
        if option in _INCLUDES:
            path = folder / value
            into = found if _INCLUDES[option] == "r" else constraints
            _read(_file_lines(path, role), path.parent, role, into, constraints, files=files + 1)
        else:
            found.append(line)


def _joined(lines: Iterable[str]) -> Iterable[str]:
    """Lines, those that end in a backslash with the next."""
    whole = ""
    for line in lines:
        whole += line.rstrip("\r\n")
        if whole.endswith("\\"):
            whole = whole[:-1]
            continue
        yield whole
        whole = ""
    if whole:
        yield whole


def _option(line: str) -> tuple[str, str]:
    match = _OPTION.fullmatch(line)
    return (match[1], match[2].strip()) if match else (line, "")


def _file_lines(path: Path, role: str) -> list[str]:
    if not path.is_file():
        raise InvalidParameter(f"{role} names the file {str(path)!r}, which does not exist.")
    return path.read_text(encoding="utf-8").splitlines()
