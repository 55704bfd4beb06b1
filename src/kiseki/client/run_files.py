"""A run's artifacts as they are read: where the run has none of a path, those of a logged model that it made.

MLflow's clients before version 3 kept a model among the artifacts of its run, and `runs:/<run id>/<name>` still means it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from kiseki.artifact_store.protocol import ArtifactStore, Download, FileInfo, SmallFile, StoredFile, Upload
from kiseki.base.errors import KisekiError, NotFound
from kiseki.client.artifacts import store_of, store_of_model
from kiseki.client.backend import Backend
from kiseki.domain.experiments import View
from kiseki.domain.logged_models import FORBIDDEN_IN_NAME, LoggedModel


def model_of_run(backend: Backend, run_id: str, name: str) -> LoggedModel | None:
    """The latest logged model of a name that a run made; None when there is none."""
    if not name or any(one in name for one in FORBIDDEN_IN_NAME):
        return None
    experiment_id = backend.get_run(run_id).experiment_id
    filter_string = f"name = '{name}' AND source_run_id = '{run_id}'"
    found = backend.search_logged_models([experiment_id], filter_string, View.ACTIVE_ONLY, [], 1, [], "").items
    return found[0] if found else None


class RunFiles:
    """An `ArtifactStore` of a run whose paths may begin with the name of a logged model that the run made."""

    def __init__(self, backend: Backend, run_id: str) -> None:
        self._backend = backend
        self._run_id = run_id
        self._own = store_of(backend, run_id)
        self._models: dict[str, ArtifactStore | None] = {}

    def open_upload(self, path: str) -> Upload:
        # A file is written where it would be read.
        name, rest = _split(path)
        model = self._model(name) if rest and self._own.stat(name) is None else None
        return self._own.open_upload(path) if model is None else model.open_upload(rest)

    def open_download(self, path: str) -> Download:
        try:
            return self._own.open_download(path)
        except NotFound:
            name, rest = _split(path)
            model = self._model(name) if rest else None
            if model is None:
                raise
            return model.open_download(rest)

    def store_files(self, files: Sequence[SmallFile]) -> Sequence[StoredFile | KisekiError]:
        return self._own.store_files(files)

    def read_files(self, paths: Sequence[str], max_bytes: int) -> Iterator[SmallFile | KisekiError]:
        found = dict(zip(paths, self._own.read_files(paths, max_bytes), strict=True))
        missing: dict[str, dict[str, str]] = {}
        for path, file in found.items():
            name, rest = _split(path)
            if rest and isinstance(file, NotFound):
                missing.setdefault(name, {})[rest] = path
        for name, of_name in missing.items():
            model = self._model(name)
            if model is not None:
                for rest, file in zip(of_name, model.read_files(list(of_name), max_bytes), strict=True):
                    path = of_name[rest]
                    found[path] = msgspec.structs.replace(file, path=path) if isinstance(file, SmallFile) else file
        return iter([found[path] for path in paths])

    def list(self, path: str) -> list[FileInfo]:
        found = self._own.list(path)
        name, rest = _split(path)
        model = self._model(name) if name and not found else None
        return found if model is None else [_below(name, info) for info in model.list(rest)]

    def stat(self, path: str) -> FileInfo | None:
        found = self._own.stat(path)
        name, rest = _split(path)
        model = self._model(name) if name and found is None else None
        if model is None:
            return found
        if not rest:
            return FileInfo(path=name, is_dir=True, file_size=None)
        inner = model.stat(rest)
        return None if inner is None else _below(name, inner)

    def walk(self, path: str) -> Iterator[FileInfo]:
        empty = True
        for info in self._own.walk(path):
            empty = False
            yield info
        name, rest = _split(path)
        model = self._model(name) if name and empty else None
        if model is not None:
            yield from (_below(name, info) for info in model.walk(rest))

    def delete(self, path: str) -> None:
        self._own.delete(path)

    def _model(self, name: str) -> ArtifactStore | None:
        if name not in self._models:
            model = model_of_run(self._backend, self._run_id, name)
            self._models[name] = None if model is None else store_of_model(self._backend, model.model_id)
        return self._models[name]


def _split(path: str) -> tuple[str, str]:
    name, _, rest = path.strip("/").partition("/")
    return name, rest


def _below(name: str, info: FileInfo) -> FileInfo:
    return msgspec.structs.replace(info, path=f"{name}/{info.path}")
