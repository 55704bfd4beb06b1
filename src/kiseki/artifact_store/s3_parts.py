"""Uploads to S3 in parts that clients send by themselves: signed requests for the parts, made with AWS Signature Version 4.

obstore uploads in parts as well, but only the bytes that pass through it; it does not sign a single part for others.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from kiseki.artifact_store.buckets import S3Access
from kiseki.artifact_store.paths import check_path
from kiseki.artifact_store.protocol import SignedRequest
from kiseki.base.errors import InvalidParameter, KisekiError, NotFound, PermissionDenied, Unavailable

OWN_SECONDS: Final = 900
"""How long the requests that this process sends itself are valid."""

_TIMEOUT_SECONDS: Final = 120.0
_RETRIES: Final = 5
_ETAG = re.compile(r"[\x21-\x7e]{1,200}")
_UPLOAD_ID = re.compile(r"[A-Za-z0-9._~+/=\-]{1,1024}")


class S3Parts:
    """`PartUploads` of a bucket.

    Args:
        access: The bucket and the keys to sign with.
        key: From a checked path to the object's key.
    """

    def __init__(self, access: S3Access, key: Callable[[str], str]) -> None:
        self._access = access
        self._key = key

    def create(self, path: str) -> str:
        body = self._send("POST", path, {"uploads": ""}, b"")
        found = _text(body, "UploadId")
        if not found:
            raise Unavailable(f"The object store started no upload of the artifact {path!r}.")
        return found

    def sign_part(self, path: str, upload_id: str, number: int, seconds: int) -> SignedRequest:
        query = {"partNumber": str(number), "uploadId": upload_id}
        return SignedRequest(method="PUT", url=self._signed("PUT", path, query, seconds))

    def complete(self, path: str, upload_id: str, etags: Mapping[int, str]) -> None:
        _check_id(upload_id)
        parts = []
        for number in sorted(etags):
            if not _ETAG.fullmatch(etags[number]):
                raise InvalidParameter(
                    f"The ETag of part {number} is {etags[number][:80]!r}; send the one of its answer."
                )
            etag = escape(etags[number].strip('"'))
            parts.append(f"<Part><PartNumber>{number}</PartNumber><ETag>&quot;{etag}&quot;</ETag></Part>")
        body = f"<CompleteMultipartUpload>{''.join(parts)}</CompleteMultipartUpload>".encode()
        answer = self._send("POST", path, {"uploadId": upload_id}, body)
        # S3 may find out that it failed after it has answered 200.
        if (code := _text(answer, "Code")) and not _text(answer, "ETag"):
            raise _error(code, 200, path)

    def abort(self, path: str, upload_id: str) -> None:
        _check_id(upload_id)
        try:
            self._send("DELETE", path, {"uploadId": upload_id}, b"")
        except NotFound:
            return

    def _send(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> bytes:
        from urllib3 import Retry
        from urllib3.exceptions import HTTPError

        url = self._signed(method, path, query, OWN_SECONDS)
        retries = Retry(
            total=_RETRIES,
            backoff_factor=0.2,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=None,
            raise_on_status=False,
            redirect=0,
        )
        try:
            answer = _connections(os.getpid()).request(
                method, url, body=body, retries=retries, timeout=_TIMEOUT_SECONDS, headers={"Content-Type": ""}
            )
        except HTTPError as error:
            raise Unavailable(f"The object store does not answer for the artifact {path!r}.") from error
        data: bytes = answer.data
        if answer.status >= 300:
            raise _error(_text(data, "Code"), answer.status, path)
        return data

    def _signed(self, method: str, path: str, query: Mapping[str, str], seconds: int) -> str:
        key = self._key(check_path(path))
        return signed_url(self._access, method, key, query, seconds, datetime.now(UTC))


def signed_url(access: S3Access, method: str, key: str, query: Mapping[str, str], seconds: int, now: datetime) -> str:
    """The URL of a request for an object, signed for `seconds` from `now` on whatever its body is.

    Source of the method: AWS Signature Version 4, authenticating requests by query parameters.
    """
    parts = urlsplit(access.bucket_url)
    resource = f"{parts.path}/{quote(key, safe='/~')}"
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{access.region}/s3/aws4_request"
    given = {
        **query,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{access.keys.access_key}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    if access.keys.token:
        given["X-Amz-Security-Token"] = access.keys.token
    encoded = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(given.items()))
    request = "\n".join([method, resource, encoded, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"])
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()])
    signing = f"AWS4{access.keys.secret_key}".encode()
    for step in (moment[:8], access.region, "s3", "aws4_request", text):
        signing = hmac.digest(signing, step.encode(), "sha256")
    return f"{parts.scheme}://{parts.netloc}{resource}?{encoded}&X-Amz-Signature={signing.hex()}"


@lru_cache(maxsize=1)
def _connections(process: int) -> Any:
    from urllib3 import PoolManager

    return PoolManager(maxsize=8)


def _check_id(upload_id: str) -> None:
    if not _UPLOAD_ID.fullmatch(upload_id):
        raise NotFound(f"No upload in parts has the id {upload_id[:64]!r}.")


def _text(body: bytes, name: str) -> str:
    """The text of the first element of that name, whatever its namespace; "" for none."""
    # The store is trusted with the files themselves; still, nothing that it sends is expanded.
    if b"<!" in body:
        return ""
    try:
        root = ET.fromstring(body)  # noqa: S314 - without a DTD nothing can be expanded
    except ET.ParseError:
        return ""
    return next((element.text or "" for element in root.iter() if element.tag.rpartition("}")[2] == name), "")


def _error(code: str, status: int, path: str) -> KisekiError:
    if code in {"NoSuchUpload", "NoSuchKey"}:
        return NotFound(
            f"No such upload in parts of the artifact {path!r}: it was completed, aborted or never started."
        )
    if code in {"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML"}:
        return InvalidParameter(
            f"The parts of the artifact {path!r} do not make a file ({code}): each was to be uploaded, with the ETag of "
            "its answer, and to have at least 5 MiB, the last one aside."
        )
    if status in {401, 403}:
        return PermissionDenied(f"The object store refuses this server's access to the artifact {path!r} ({code}).")
    return Unavailable(f"The object store failed at the artifact {path!r} (status {status}, {code or 'no code'}).")
