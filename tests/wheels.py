"""Wheels of what is installed here, so that environments are made without a network."""

from __future__ import annotations

import zipfile
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


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
