"""Wheels of what is installed here, and of packages that are not there elsewhere, so that environments need no network."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kiseki.models.isolation import copy_kiseki


def pack(names: list[str], folder: Path) -> None:
    """Packs distributions of this environment, and all that they need, into wheels in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    todo = list(names)
    done: set[str] = set()
    while todo:
        name = canonicalize_name(todo.pop())
        if name in done:
            continue
        done.add(name)
        found = metadata.distribution(name)
        todo += [
            one.name for one in map(Requirement, found.requires or ()) if one.marker is None or one.marker.evaluate()
        ]
        _pack(found, folder)


def _pack(found: metadata.Distribution, folder: Path) -> None:
    lines = (found.read_text("WHEEL") or "").splitlines()
    several = [line.partition(":")[2].strip().split("-") for line in lines if line.startswith("Tag:")]
    tags = "-".join(".".join(dict.fromkeys(parts)) for parts in zip(*several, strict=True))
    target = folder / f"{found.name.replace('-', '_')}-{found.version}-{tags}.whl"
    left_out = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        record = ""
        for file in found.files or ():
            if ".." in file.parts or file.suffix == ".pyc" or file.name in left_out:
                continue
            archive.write(str(found.locate_file(file)), file.as_posix())
            record += f"{file.as_posix()},,\n"
        info = next(file.parent for file in found.files or () if file.name == "METADATA")
        archive.writestr(f"{info.as_posix()}/RECORD", f"{record}{info.as_posix()}/RECORD,,\n")


def write_wheel(folder: Path, name: str, version: str, text: str, requires: Sequence[str] = ()) -> Path:
    """Writes the wheel of a package of one module into a folder, over the one that may be there.

    Args:
        folder: The folder.
        name: Of the package and of the module.
        version: Of the package.
        text: The module.
        requires: Lines of requirements.
    """
    needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
    described = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
    return _write(folder, name, version, described, {f"{name}.py": text.encode()})


def write_kiseki(folder: Path) -> Path:
    """Writes the wheel of this kiseki, which is installed from its sources, without the web UI."""
    found = metadata.distribution("kiseki")
    with tempfile.TemporaryDirectory() as temporary:
        copy_kiseki(Path(temporary, "kiseki"), database=True)
        files = {
            file.relative_to(temporary).as_posix(): file.read_bytes()
            for file in sorted(Path(temporary).rglob("*"))
            if file.is_file()
        }
    return _write(folder, "kiseki", found.version, found.read_text("METADATA") or "", files)


def _write(folder: Path, name: str, version: str, described: str, content: Mapping[str, bytes]) -> Path:
    info = f"{name}-{version}.dist-info"
    files = {
        **content,
        f"{info}/METADATA": described.encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"]).encode()
    target = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for file, data in files.items():
            archive.writestr(file, data)
    return target
