"""Artifacts on the wire."""

from __future__ import annotations

import msgspec

from kiseki.domain.artifacts import Owner, owner_named
from kiseki.wire.logged_models import LoggedModelRef
from kiseki.wire.runs import RunRef


class FileInfo(msgspec.Struct, kw_only=True):
    """A file or folder; `file_size` in bytes, absent for a folder."""

    path: str
    is_dir: bool
    file_size: int | msgspec.UnsetType = msgspec.UNSET


class ListArtifacts(RunRef, kw_only=True, omit_defaults=True):
    """GET artifacts/list. Paths are relative to the run's artifact root."""

    path: str = ""
    page_token: str = ""


class GetArtifact(RunRef, kw_only=True, omit_defaults=True):
    """GET /get-artifact, and the query of upload-artifact."""

    path: str = ""


class FilesRef(RunRef, kw_only=True, omit_defaults=True):
    """A request that names a file or folder of a run, or of a logged model by `model_id`."""

    model_id: str = ""
    path: str = ""


class ListLoggedModelArtifacts(LoggedModelRef, kw_only=True, omit_defaults=True):
    """GET logged-models/{model_id}/artifacts/directories. Paths are relative to the model's artifact root."""

    artifact_directory_path: str = ""


class GetLoggedModelArtifact(LoggedModelRef, kw_only=True, omit_defaults=True):
    """GET logged-models/{model_id}/artifacts/files."""

    artifact_file_path: str = ""


class FileDigest(msgspec.Struct, kw_only=True):
    """A file that the client wrote itself, by its absolute path."""

    file: str
    size: int
    sha256: str
    modified_ns: int


class RecordDigests(msgspec.Struct, kw_only=True):
    """POST artifacts/digests: files that the client wrote itself."""

    files: list[FileDigest]


class AskDigest(msgspec.Struct, kw_only=True):
    """GET artifacts/digests: what was recorded of a file that the client reads itself."""

    file: str
    size: int
    modified_ns: int


class DigestAnswer(msgspec.Struct, kw_only=True):
    """The digest that was recorded; absent when there is none, or the file was changed since by somebody else."""

    sha256: str | msgspec.UnsetType = msgspec.UNSET


class MultipartPart(msgspec.Struct, kw_only=True):
    """A part that was uploaded."""

    part_number: int
    etag: str = ""
    url: str = ""


class OfferUpload(FilesRef, kw_only=True, omit_defaults=True):
    """POST artifacts/transfers/upload: a file of `size` bytes is to go to the object store past the server."""

    size: int = 0


class SignedPart(msgspec.Struct, kw_only=True):
    """A signed request that stores a part of the file; it is sent with `headers`, and its answer's ETag is kept."""

    number: int
    offset: int
    size: int
    method: str
    url: str
    headers: dict[str, str] = {}


class OfferAnswer(msgspec.Struct, kw_only=True):
    """The requests that store the file; without parts it is to be sent through the server."""

    upload_id: str = ""
    parts: list[SignedPart] = []


class CompleteUpload(FilesRef, kw_only=True, omit_defaults=True):
    """POST artifacts/transfers/complete: all parts were sent."""

    upload_id: str = ""
    size: int = 0
    sha256: str = ""
    parts: list[MultipartPart] = msgspec.field(default_factory=list)


class AbortUpload(FilesRef, kw_only=True, omit_defaults=True):
    """POST artifacts/transfers/abort: the parts are not wanted any more."""

    upload_id: str = ""


class LinkAnswer(msgspec.Struct, kw_only=True):
    """GET artifacts/transfers/download: a signed request for the file; without a URL it is to be read through the server.

    `sha256` is the digest that was recorded of it, absent when there is none.
    """

    url: str = ""
    headers: dict[str, str] = {}
    size: int = 0
    sha256: str | msgspec.UnsetType = msgspec.UNSET


class ListProxied(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET mlflow-artifacts/artifacts?path=…: the content of one folder."""

    path: str = ""


class ArtifactsAnswer(msgspec.Struct, kw_only=True):
    """The content of a folder below an artifact root."""

    root_uri: str
    files: list[FileInfo] | msgspec.UnsetType = msgspec.UNSET


class ProxiedAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The content of a folder of the proxy, as names without their folder."""

    files: list[FileInfo] = []


class MultipartCreate(msgspec.Struct, kw_only=True):
    """POST mlflow-artifacts/mpu/create: starts an upload in parts."""

    path: str
    num_parts: int = 1


class MultipartComplete(msgspec.Struct, kw_only=True):
    """POST mlflow-artifacts/mpu/complete."""

    path: str
    upload_id: str
    parts: list[MultipartPart] = msgspec.field(default_factory=list)


class MultipartAbort(msgspec.Struct, kw_only=True):
    """POST mlflow-artifacts/mpu/abort."""

    path: str
    upload_id: str


class MultipartCredential(msgspec.Struct, kw_only=True):
    """Where one part is sent by PUT; the answer's ETag header is what `complete` wants."""

    url: str
    part_number: int
    headers: dict[str, str] = {}


class MultipartAnswer(msgspec.Struct, kw_only=True):
    """An upload in parts that was started."""

    upload_id: str
    credentials: list[MultipartCredential]


def owner_of_request(request: FilesRef) -> Owner:
    """Whose files a request means.

    Raises:
        InvalidParameter: It names both a run and a logged model, or none.
    """
    return owner_named(request.run_id or request.run_uuid, request.model_id)
