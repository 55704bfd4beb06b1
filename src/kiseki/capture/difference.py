"""Two runs, compared: how they came about, and what they gave."""

from __future__ import annotations

import io
import math
import shlex
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from kiseki.base.errors import KisekiError
from kiseki.capture.capture import ARCHIVE_FILE, CAPTURE_FILE, CAPTURE_TAG, PATCH_FILE, Capture, decode
from kiseki.capture.host import Host
from kiseki.capture.packages import Package
from kiseki.capture.patch import FilePatch, compare_patched, read_patch, unified
from kiseki.capture.seeds import Seed
from kiseki.capture.source import MAX_FILE_BYTES
from kiseki.domain.differences import Change, CodeDifference, Difference, FileChange, MetricDifference
from kiseki.domain.metrics import json_number
from kiseki.domain.runs import DATA_CONTEXT_TAG, Run

MAX_DIFF_CHARS: Final = 100_000

_SYSTEM: Final = "system/"
_NOT_COMPARED: Final = frozenset({"VIRTUAL_ENV", "CONDA_DEFAULT_ENV", "PYTHONUNBUFFERED"})
"""Variables that say where packages are, which are compared themselves, and what no result depends on."""

Read = Callable[[str, str], bytes | None]
"""From the id of the run that holds a capture, and the name of one of its files, to its content; None where it is not there."""


class _Code(msgspec.Struct, kw_only=True):
    """What ran, as far as no commit has it."""

    patch: dict[str, FilePatch]
    untracked: dict[str, str]
    """Path -> digest, or size where it was not kept."""
    read_text: Callable[[str], list[str] | None]
    """From the path of a file that git does not know to its lines; None where they are not shown."""


def compare(before: Run, after: Run, read: Read) -> Difference:
    """What differs between two runs.

    Args:
        before: One run.
        after: The other.
        read: Gives files of captures; asked for those that are needed.
    """
    problems: list[str] = []
    captures = [_capture_of(run, read, problems) for run in (before, after)]
    first, second = captures
    params = changes(before.params, after.params)
    data = changes(_data(before), _data(after))
    difference = Difference(
        run_id=before.run_id,
        other_run_id=after.run_id,
        code=CodeDifference(),
        params=params,
        data=data,
        metrics=_metrics(before, after),
        problems=tuple(problems),
    )
    if first is None or second is None:
        return difference
    return msgspec.structs.replace(
        difference,
        code=_code_difference(first, second, read, problems),
        packages=changes(_versions(first), _versions(second)),
        host=changes(_host(first.host), _host(second.host)),
        variables=tuple(one for one in changes(first.variables, second.variables) if one.name not in _NOT_COMPARED),
        seeds=changes(_seeds(first.seeds), _seeds(second.seeds)),
        problems=tuple(problems),
    )


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """What is not the same in two mappings, by name."""
    return tuple(
        Change(name=name, before=before.get(name), after=after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _capture_of(run: Run, read: Read, problems: list[str]) -> Capture | None:
    holder = run.tags.get(CAPTURE_TAG)
    reason = "was not captured" if holder is None else f"has its capture with run {holder[:100]}, where it is not"
    try:
        data = None if holder is None else read(holder, CAPTURE_FILE)
        if data is not None:
            return decode(data)
    except KisekiError as error:
        reason = f"has a capture that cannot be read: {error}"
    problems.append(f"Run {run.run_id} {reason}. So code, packages, machine, variables and seeds are not compared.")
    return None


def _code_difference(before: Capture, after: Capture, read: Read, problems: list[str]) -> CodeDifference:
    facts = changes(_facts(before), _facts(after))
    if before.run_id == after.run_id:
        return CodeDifference(facts=facts)
    first, second = (_code_of(one, read, problems) for one in (before, after))
    same_commit = before.source.commit == after.source.commit
    files: list[FileChange] = []
    text: list[str] = []
    room, is_whole = MAX_DIFF_CHARS, True
    for path in sorted({*first.patch, *first.untracked, *second.patch, *second.untracked}):
        change = _file_change(path, first, second)
        if change is None:
            continue
        files.append(change)
        lines = _lines(path, first, second, same_commit=same_commit) if room > 0 else None
        room -= sum(len(line) + 1 for line in lines or ())
        if not lines or room < 0:
            is_whole = False
        else:
            text += lines
    return CodeDifference(
        facts=facts, files=tuple(files), diff="".join(f"{line}\n" for line in text), diff_is_whole=is_whole
    )


def _file_change(path: str, before: _Code, after: _Code) -> FileChange | None:
    first, second = _version(path, before, after), _version(path, after, before)
    if first == second:
        return None
    return FileChange(path=path, status="added" if first is None else "removed" if second is None else "changed")


def _version(path: str, code: _Code, other: _Code) -> str | None:
    """What is the same for the same content; None where there is no such file."""
    if path in code.untracked:
        return f"file {code.untracked[path]}"
    there = code.patch.get(path)
    from_commit = other.patch.get(path)
    name = there.new if there is not None else "" if from_commit is None else from_commit.old
    return name if name.strip("0") else None


def _lines(path: str, before: _Code, after: _Code, *, same_commit: bool) -> list[str] | None:
    """The diff of a file; None where it is not known or not shown."""
    if path in before.untracked or path in after.untracked:
        texts = [code.read_text(path) if path in code.untracked else [] for code in (before, after)]
        if texts[0] is None or texts[1] is None or path in before.patch or path in after.patch:
            return None
        return unified(path, texts[0], texts[1])
    patches = before.patch.get(path), after.patch.get(path)
    if not same_commit and None in patches:
        return None
    return compare_patched(path, *patches)


def _code_of(found: Capture, read: Read, problems: list[str]) -> _Code:
    def kept(name: str) -> bytes | None:
        reason = "It is not there."
        try:
            data = read(found.run_id, name)
            if data is not None:
                return data
        except KisekiError as error:
            reason = str(error)
        problems.append(f"The file {name} of the capture of run {found.run_id} cannot be read. {reason}")
        return None

    patch = kept(PATCH_FILE) if found.source.patch_sha256 else None
    archive: list[bytes | None] = []

    def read_text(path: str) -> list[str] | None:
        if not archive:
            archive.append(kept(ARCHIVE_FILE))
        return _text_in(archive[0], path)

    return _Code(
        patch=read_patch(patch or b""),
        untracked={file.path: file.sha256 or f"{file.bytes} bytes" for file in found.source.files},
        read_text=read_text,
    )


def _text_in(archive: bytes | None, path: str) -> list[str] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(archive or b"")) as opened, opened.open(path) as file:
            data = file.read(MAX_FILE_BYTES + 1)
        text = data.decode()
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, EOFError, RuntimeError, zlib.error):
        return None
    lines = text.removesuffix("\n").split("\n")
    return lines if "\0" not in text and len(data) <= MAX_FILE_BYTES else None


def _facts(found: Capture) -> dict[str, str]:
    source, place = found.source, found.command.script_place
    given = [*found.command.argv]
    if place is not None and found.command.script is not None:
        given[place] = found.command.script
    # Where the code lies and which interpreter runs it is no part of it.
    arguments = [argument.removeprefix(f"{source.root}/") for argument in given[1:]]
    facts = {
        "command": shlex.join(arguments),
        "repository": source.repository,
        "commit": source.commit,
        "branch": source.branch,
        **{f"submodule {one.path}": one.checked_out or one.commit for one in source.submodules},
    }
    return {name: value for name, value in facts.items() if value is not None}


def _versions(capture: Capture) -> dict[str, str]:
    return {one.name: _version_of(one, capture.source.root) for one in capture.packages}


def _version_of(package: Package, root: str) -> str:
    # kiseki is the running one wherever a run is made again.
    if package.url is None or package.name == "kiseki":
        return package.version
    # A package of the code is what the code is, wherever that lies.
    place = package.place_in(root)
    return f"{package.version} ({package.url if place is None else place})"


def _host(host: Host) -> dict[str, str]:
    gpus = ", ".join(f"{gpu.name} ({gpu.memory}, driver {gpu.driver})" for gpu in host.gpus)
    return {
        "python": host.python,
        "implementation": host.implementation,
        "system": host.system,
        "machine": host.machine,
        "processor": host.processor,
        "cpus": str(host.cpus),
        **({} if host.memory_bytes is None else {"memory": f"{host.memory_bytes / 2**30:.1f} GiB"}),
        **({"gpus": gpus} if gpus else {}),
    }


def _seeds(seeds: Mapping[str, Seed]) -> dict[str, str]:
    return {library: _seed_text(seed) for library, seed in seeds.items()}


def _seed_text(seed: Seed) -> str:
    if seed.seeded is False:
        return "not seeded"
    if seed.value is not None:
        return str(seed.value)
    state = f", state {seed.state}" if seed.state else ""
    return ("seeded" if seed.seeded else "unknown") + state


def _data(run: Run) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for one in run.dataset_inputs:
        context = one.tags.get(DATA_CONTEXT_TAG)
        found.setdefault(f"{one.dataset.name} ({context})" if context else one.dataset.name, []).append(
            one.dataset.digest
        )
    return {name: ", ".join(sorted(digests)) for name, digests in found.items()}


def _metrics(before: Run, after: Run) -> tuple[MetricDifference, ...]:
    first, second = ({one.key: one.value for one in run.metrics} for run in (before, after))
    return tuple(
        _metric(key, first.get(key), second.get(key))
        for key in sorted({*first, *second})
        if not key.startswith(_SYSTEM)
    )


def _metric(key: str, before: float | None, after: float | None) -> MetricDifference:
    difference = None if before is None or after is None else after - before
    return MetricDifference(
        key=key,
        before=None if before is None else json_number(before),
        after=None if after is None else json_number(after),
        difference=difference if difference is not None and math.isfinite(difference) else None,
    )
