"""Where artifacts lie: the URIs of artifact roots, their parts, and what a client may store as one.

Nothing here opens anything. `mlflow-artifacts:` and `file:` URIs are URL-decoded once, as MLflow's client does; plain
paths and the keys of object stores are taken literally.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

import msgspec

from kiseki.artifact_store.paths import check_path
from kiseki.base.errors import InvalidParameter

MAX_LOCATION_CHARACTERS: Final = 2048

CLOUD_SCHEMES: Final = frozenset(
    {"s3", "s3a", "r2", "b2", "gs", "wasb", "wasbs", "abfs", "abfss", "adl", "oss", "dbfs", "hdfs", "viewfs"}
)
"""Object stores and distributed file systems that MLflow or its plugins know."""

HOST_SCHEMES: Final = frozenset({"http", "https", "ftp", "sftp", "hdfs", "viewfs", "r2", "b2", "abfss"})
"""Schemes whose URI names the host to connect to; MLflow 3.17 lets no client store them unless the operator does."""

AZURE_HOST: Final = re.compile(
    r"([a-z0-9]{3,24})\.(?:blob|dfs)\.(core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn))"
)
"""An account of Azure's own clouds, the only hosts that an `abfss:` or `wasbs:` location may name."""

_REFERENCE_SCHEMES: Final = frozenset({"runs", "models", "prompts"})
_NON_STORAGE_SCHEMES: Final = frozenset(
    {
        *("about", "blob", "chrome", "cid", "data", "dict", "expect", "filesystem", "finger", "gopher", "imap", "irc"),
        *(
            "jar",
            "javascript",
            "ldap",
            "ldaps",
            "livescript",
            "mailto",
            "mocha",
            "netdoc",
            "news",
            "nntp",
            "phar",
            "php",
        ),
        *("pop3", "resource", "rtsp", "sms", "smtp", "ssh", "tel", "telnet", "tftp", "vbscript", "view-source", "ws"),
        *("wss", "xmpp"),
    }
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """An artifact root or an artifact, taken apart."""

    uri: str
    """As it was given."""
    scheme: str
    """In lower case; "file" for a plain path too."""
    authority: str = ""
    """`host:port`, bucket or container; empty when the URI has none."""
    path: str
    """A file system path for "file", relative and checked for "mlflow-artifacts", as in the URI for the rest."""

    @property
    def is_local(self) -> bool:
        """Whether it is a folder that this machine may reach by itself."""
        return self.scheme == "file"


def parse_location(uri: str) -> Location:
    """Takes a location apart without looking at what is there.

    Accepts a plain path, `file:` in every spelling, `mlflow-artifacts:`, `http:`, `runs:`, `models:` and the schemes of
    object stores; any other scheme is passed through when the URI names an authority (`scheme://name/...`).

    Raises:
        InvalidParameter: The location has control characters, is a `file:` URI of another host, leaves the root of
            `mlflow-artifacts:`, or has a scheme that is not of a storage.
    """
    if not uri:
        raise InvalidParameter("The location is empty; expected a path or a URI such as 's3://bucket/folder'.")
    if _CONTROL.search(uri):
        raise _invalid(uri, "control characters are not allowed")
    match = _SCHEME.match(uri)
    if match is None or _DRIVE.match(uri):
        return Location(uri=uri, scheme="file", path=uri)
    scheme, rest = match[1].lower(), uri[match.end() :]
    authority, path = _split_authority(rest)
    if scheme == "file":
        return _parse_file(uri, authority, path)
    if scheme in _NON_STORAGE_SCHEMES:
        raise _invalid(uri, f"{scheme!r} is not the scheme of a storage")
    if scheme == "mlflow-artifacts":
        _check_authority(uri, authority)
        _refuse_query(uri, path)
        return Location(uri=uri, scheme=scheme, authority=authority, path=_decode_proxied(uri, path))
    if scheme in {"http", "https"}:
        if not authority:
            raise _invalid(uri, f"expected '{scheme}://host/path'")
        _check_authority(uri, authority)
    elif scheme not in _REFERENCE_SCHEMES | CLOUD_SCHEMES and not authority:
        raise _invalid(uri, f"{scheme!r} is not the scheme of a known storage; others need the form '{scheme}://name/'")
    return Location(uri=uri, scheme=scheme, authority=authority, path=path)


def check_artifact_location(uri: str, *, allowed_schemes: Collection[str] = ()) -> str:
    """Checks what a client wants to store as the artifact location of an experiment and returns it unchanged.

    The server opens a location only when it lies under its own roots, so a path or bucket that it does not know is fine.
    `abfss:` names its host, and is fine with one of Azure's own.

    Args:
        uri: Not empty; an absent location is the caller's to replace by the default.
        allowed_schemes: Those of `HOST_SCHEMES` that the operator allows, and "mlflow-artifacts" for one with a host.

    Raises:
        InvalidParameter: It is longer than 2,048 characters, has control characters, `..` plain or encoded, a query,
            fragment or parameters, credentials, or a scheme that is not of a storage or not allowed.
    """
    if len(uri) > MAX_LOCATION_CHARACTERS:
        raise InvalidParameter(
            f"Invalid artifact location: it has {len(uri)} characters, the limit is {MAX_LOCATION_CHARACTERS}."
        )
    location = parse_location(uri)
    scheme = location.scheme
    if scheme in _REFERENCE_SCHEMES:
        raise InvalidParameter(f"Artifact location cannot be a {scheme}:/ URI. Given: {uri[:200]!r}")
    own_cloud = scheme == "abfss" and AZURE_HOST.fullmatch(location.authority.rpartition("@")[2].lower())
    if (
        not own_cloud
        and (scheme in HOST_SCHEMES or (scheme == "mlflow-artifacts" and location.authority))
        and scheme not in allowed_schemes
    ):
        raise InvalidParameter(
            f"'artifact_location' cannot use the {scheme!r} scheme with a host: the server's operator has not allowed it. "
            f"Given: {uri[:200]!r}"
        )
    if any(mark in uri for mark in ";?#"):
        raise InvalidParameter(
            f"'artifact_location' URL can't include queries, fragments or params. Given: {uri[:200]!r}"
        )
    if "@" in location.authority and ":" in location.authority.rpartition("@")[0]:
        raise InvalidParameter("'artifact_location' must not hold a password; give it to the client's environment.")
    _refuse_climbing(uri)
    return uri


def absolute_location(uri: str) -> str:
    """`uri` with a relative path made absolute from the current folder; what is not a relative path comes back as it is.

    For the process that will write there. A server must not do this with a client's path.
    """
    location = parse_location(uri)
    if not location.is_local or _DRIVE.match(location.path) or location.path.startswith("/"):
        return uri
    path = Path(location.path).absolute()
    return path.as_uri() if location.uri != location.path else str(path)


def join_uri(root: str, path: str) -> str:
    """The URI of the artifact `path` below `root`, such that `parse_location` gives the joined path back.

    Args:
        root: A location without query or fragment.
        path: Relative; "" gives the root itself.

    Raises:
        InvalidParameter: `path` is not an artifact path.
    """
    checked = check_path(path, folder=True)
    if not checked:
        return root
    scheme = parse_location(root).scheme
    if scheme == "file" and _SCHEME.match(root) and not _DRIVE.match(root):
        checked = quote(checked)
    elif scheme in {"mlflow-artifacts", "http", "https"}:
        # Only what would change the meaning is encoded, so that names stay readable, as in MLflow's URIs.
        checked = checked.replace("%", "%25").replace("#", "%23").replace("?", "%3F")
    return f"{root.rstrip('/')}/{checked}"


def _split_authority(rest: str) -> tuple[str, str]:
    if not rest.startswith("//"):
        return "", rest
    authority, slash, path = rest[2:].partition("/")
    return authority, slash + path


def _parse_file(uri: str, authority: str, path: str) -> Location:
    if authority.lower() not in {"", "localhost"}:
        raise _invalid(uri, f"the file lies on another host, {authority!r}; give a path on this machine")
    _refuse_query(uri, path)
    try:
        decoded = unquote(path, errors="strict")
    except UnicodeError:
        raise _invalid(uri, "it is not UTF-8 after URL-decoding") from None
    if _CONTROL.search(decoded) or not decoded:
        raise _invalid(uri, "it has no path, or one with control characters")
    if _DRIVE.match(decoded.removeprefix("/")):
        decoded = decoded.removeprefix("/")
    # A second slash at the front would be a network share on some systems, and the root on others.
    decoded = re.sub(r"^/{2,}", "/", decoded)
    return Location(uri=uri, scheme="file", path=decoded)


def _decode_proxied(uri: str, path: str) -> str:
    try:
        return check_path(unquote(path, errors="strict").lstrip("/"), folder=True)
    except (UnicodeError, InvalidParameter) as error:
        raise _invalid(uri, str(error)) from error


def _check_authority(uri: str, authority: str) -> None:
    if any(mark in authority for mark in "@\\?#;% "):
        raise _invalid(uri, "expected 'host' or 'host:port' after '//'")


def _refuse_query(uri: str, path: str) -> None:
    if "?" in path or "#" in path:
        raise _invalid(uri, "queries and fragments are not allowed; write '?' as '%3F' and '#' as '%23' in a name")


def _refuse_climbing(uri: str) -> None:
    form = uri
    for _ in range(8):
        folded = form.replace("\\", "/")
        if _CONTROL.search(form) or ("\\" in form and not _DRIVE.match(uri)):
            raise _invalid(uri, "control characters and backslashes are not allowed, nor encoded ones")
        if any(segment.strip() == ".." for segment in re.split(r"[/:]", folded)):
            raise _invalid(uri, "'..' is not allowed, nor an encoded one")
        try:
            decoded = unquote(form, errors="strict")
        except UnicodeError:
            raise _invalid(uri, "it is not UTF-8 after URL-decoding") from None
        if decoded == form:
            return
        form = decoded
    raise _invalid(uri, "it is URL-encoded too many times")


def _invalid(uri: str, reason: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid artifact location {uri[:200]!r}: {reason}.")
