"""Files among a run's artifacts, as callers see them."""

from __future__ import annotations

from dataclasses import dataclass

from kiseki.entities.entity import Entity


@dataclass(frozen=True, repr=False)
class FileInfo(Entity):
    """A file or folder; `path` is relative to the artifact root, `file_size` in bytes and None for a folder."""

    path: str
    is_dir: bool
    file_size: int | None
