"""Buckets of object stores: which one a location names, and how this process reaches it.

Credentials and endpoints come from the environment, never from a location:

- `s3:`, `s3a:`: AWS_ACCESS_KEY_ID and its kin, AWS_PROFILE and the shared credentials file, a web identity, a container's
  or a machine's role; MLFLOW_S3_ENDPOINT_URL or AWS_ENDPOINT_URL for MinIO, Ceph, R2 and others.
- `gs:`: GOOGLE_APPLICATION_CREDENTIALS, gcloud's own, or a machine's; STORAGE_EMULATOR_HOST for an emulator.
- `abfs:`, `abfss:`, `wasb:`, `wasbs:`: AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_ACCESS_KEY, AZURE_STORAGE_SAS_TOKEN,
  AZURE_CLIENT_ID and its kin, the Azure CLI, or a managed identity.

The one module that makes objects of obstore, imported when a bucket is opened.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from kiseki.artifact_store.locations import AZURE_HOST, Location
from kiseki.artifact_store.paths import check_path
from kiseki.base.errors import InvalidParameter, NotImplementedByKiseki
from kiseki.base.optional import optional

S3_SCHEMES: Final = frozenset({"s3", "s3a"})
GOOGLE_SCHEMES: Final = frozenset({"gs"})
AZURE_SCHEMES: Final = frozenset({"abfs", "abfss", "wasb", "wasbs"})
OBJECT_SCHEMES: Final = S3_SCHEMES | GOOGLE_SCHEMES | AZURE_SCHEMES
"""The schemes of the object stores that kiseki reaches."""

_REQUEST_TIME: Final = timedelta(minutes=10)
"""For one request with its body: 16 MiB at 28 kB/s."""

_CONNECT_TIME: Final = timedelta(seconds=10)
_RETRIES: Final = 6
_RETRY_TIME: Final = timedelta(seconds=60)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{1,221}|\$web|\$root")


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """An S3 access key that does not change while the process runs."""

    access_key: str
    secret_key: str
    token: str = ""


class S3Access(msgspec.Struct, frozen=True, kw_only=True):
    """What signing a request to S3 by oneself needs."""

    keys: Keys
    region: str
    bucket_url: str
    """Without a slash at the end; the bucket is in its path or its host."""


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket that is open."""

    objects: Any
    """An `obstore.store.ObjectStore`."""
    name: str
    """Scheme and bucket in one spelling, `s3://bucket`: two locations are in one bucket when it is equal."""
    s3: S3Access | None = None
    """None where the bucket is not S3's, or its keys are not ones that last."""
    upload_headers: Mapping[str, str] = {}
    """What a signed upload of a whole object must be sent with."""
    lists_from_a_key: bool = True
    """Whether a list can begin in the middle; where it can not, obstore asks for all of it."""
    signs_plain_keys_only: bool = False
    """Whether signatures of keys that a URL has to encode are not accepted: obstore signs them encoded, Azure does not."""


def bucket_name(location: Location) -> str:
    """Scheme and bucket of a location in the spelling of `Bucket.name`.

    Raises:
        InvalidParameter: It names no bucket.
        NotImplementedByKiseki: Its scheme is of another kind.
    """
    scheme, authority = location.scheme, location.authority
    if scheme in AZURE_SCHEMES:
        container, account, suffix = _azure_parts(location)
        return f"azure://{container}@{account}.{suffix}"
    if scheme not in OBJECT_SCHEMES:
        raise NotImplementedByKiseki(
            f"kiseki has no artifact store for the scheme {scheme!r} yet (given: {location.uri[:200]!r}); use a local or "
            "mounted folder, s3://, gs://, abfss:// or wasbs://, or a server's 'mlflow-artifacts:/'."
        )
    if not _BUCKET.fullmatch(authority):
        raise _invalid(location, f"expected '{scheme}://bucket/folder'")
    return f"{'s3' if scheme in S3_SCHEMES else scheme}://{authority}"


def key_prefix(location: Location) -> str:
    """The folder of a location inside its bucket, "" for the whole bucket.

    Raises:
        InvalidParameter: It climbs, or is no path for another reason.
    """
    return check_path(location.path.lstrip("/"), folder=True)


def open_bucket(location: Location) -> Bucket:
    """The bucket of a location; the same one for the same bucket and environment. Nothing is asked of it yet.

    Raises:
        InvalidParameter: The location names no bucket, or the environment is not usable.
        NotImplementedByKiseki: The scheme is of another kind.
        MissingDependency: The package obstore is not installed.
    """
    name = bucket_name(location)
    optional("obstore", f"artifacts at {location.scheme}://", "obstore")
    # Connections are kept by the bucket, so that two stores in it share them, but no child of a fork does.
    return _opened(name, location, os.getpid(), tuple(sorted(_environment().items())))


@lru_cache(maxsize=64)
def _opened(name: str, location: Location, process: int, environment: tuple[tuple[str, str], ...]) -> Bucket:
    given = dict(environment)
    try:
        if location.scheme in S3_SCHEMES:
            return _open_s3(name, location, given)
        if location.scheme in GOOGLE_SCHEMES:
            return _open_google(name, location, given)
        return _open_azure(name, location, given)
    except (ValueError, TypeError) as error:
        raise _invalid(location, f"the environment's settings for it can not be used: {error}") from error


def _environment() -> dict[str, str]:
    """The variables that say how a bucket is reached."""
    prefixes = ("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST", "MLFLOW_S3_")
    return {name: value for name, value in os.environ.items() if name.startswith(prefixes) and value}


def _open_s3(name: str, location: Location, environment: Mapping[str, str]) -> Bucket:
    from obstore.store import S3Store

    bucket = location.authority
    endpoint = next(
        (
            environment[variable]
            for variable in ("MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
            if variable in environment
        ),
        "",
    ).rstrip("/")
    profile = {} if "AWS_ACCESS_KEY_ID" in environment else _profile(environment)
    keys = _keys(environment, profile)
    region = (
        environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or profile.get("region", "us-east-1")
    )
    config: dict[str, Any] = {"region": region}
    if keys is not None:
        config |= {"access_key_id": keys.access_key, "secret_access_key": keys.secret_key}
        if keys.token:
            config["session_token"] = keys.token
    # A name with dots has no certificate below Amazon's domain.
    hosted = environment.get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "").lower() in {"1", "true"}
    if endpoint:
        config["endpoint"] = endpoint
        bucket_url = endpoint if hosted else f"{endpoint}/{bucket}"
    else:
        hosted = hosted or "." not in bucket
        config["virtual_hosted_style_request"] = hosted
        host = f"s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
        bucket_url = f"https://{bucket}.{host}" if hosted else f"https://{host}/{bucket}"
    options = _client_options(endpoint, environment.get("MLFLOW_S3_IGNORE_TLS", "").lower() == "true")
    objects = S3Store(bucket, config=config, client_options=options, retry_config=_retries())  # type: ignore[arg-type]
    access = None if keys is None else S3Access(keys=keys, region=region, bucket_url=bucket_url)
    return Bucket(objects=objects, name=name, s3=access)


def _keys(environment: Mapping[str, str], profile: Mapping[str, str]) -> Keys | None:
    access_key = environment.get("AWS_ACCESS_KEY_ID") or profile.get("aws_access_key_id", "")
    secret_key = environment.get("AWS_SECRET_ACCESS_KEY") or profile.get("aws_secret_access_key", "")
    token = environment.get("AWS_SESSION_TOKEN") or profile.get("aws_session_token", "")
    return Keys(access_key=access_key, secret_key=secret_key, token=token) if access_key and secret_key else None


def _profile(environment: Mapping[str, str]) -> dict[str, str]:
    """The keys and the region of a profile in AWS's shared files. obstore reads none of them."""
    name = environment.get("AWS_PROFILE", "default")
    home = Path("~/.aws").expanduser()
    credentials = Path(environment.get("AWS_SHARED_CREDENTIALS_FILE", home / "credentials")).expanduser()
    config = Path(environment.get("AWS_CONFIG_FILE", home / "config")).expanduser()
    found: dict[str, str] = {}
    for file, section in ((config, name if name == "default" else f"profile {name}"), (credentials, name)):
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeError) as error:
            raise InvalidParameter(f"AWS's settings file {file.name!r} can not be read: {error}.") from error
        if parser.has_section(section):
            found |= dict(parser.items(section))
    if "AWS_PROFILE" in environment and "aws_access_key_id" not in found:
        raise InvalidParameter(
            f"The AWS profile {name!r} has no access key in AWS's shared files. kiseki reads profiles with keys; for any "
            "other kind, put the keys into AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."
        )
    return found


def _open_google(name: str, location: Location, environment: Mapping[str, str]) -> Bucket:
    from obstore.store import GCSStore

    config: dict[str, Any] = {}
    further: dict[str, Any] = {}
    emulator = environment.get("STORAGE_EMULATOR_HOST", "").rstrip("/")
    if emulator:
        emulator = emulator if "://" in emulator else f"http://{emulator}"
        account = {"gcs_base_url": emulator, "disable_oauth": True, "client_email": "", "private_key": ""}
        account["private_key_id"] = ""
        config["service_account_key"] = msgspec.json.encode(account).decode()
        # An emulator looks at no token, but some stumble over an empty one.
        further["credential_provider"] = lambda: {"token": "emulator", "expires_at": None}
    options = _client_options(emulator, ignore_tls=False)
    objects = GCSStore(
        location.authority,
        config=config,  # type: ignore[arg-type]
        client_options=options,  # type: ignore[arg-type]
        retry_config=_retries(),
        **further,
    )
    return Bucket(objects=objects, name=name)


def _open_azure(name: str, location: Location, environment: Mapping[str, str]) -> Bucket:
    from obstore.store import AzureStore

    container, account, suffix = _azure_parts(location)
    config: dict[str, Any] = {"account_name": account, "endpoint": f"https://{account}.blob.{suffix}"}
    if "AZURE_STORAGE_ENDPOINT" in environment:
        config["endpoint"] = environment["AZURE_STORAGE_ENDPOINT"].rstrip("/")
    string = environment.get("AZURE_STORAGE_CONNECTION_STRING", "")
    parts = dict(part.partition("=")[::2] for part in string.split(";") if part)
    if parts.get("AccountName") == account:
        config |= {
            wanted: parts[given].rstrip("/") if wanted == "endpoint" else parts[given]
            for wanted, given in (
                ("account_key", "AccountKey"),
                ("sas_key", "SharedAccessSignature"),
                ("endpoint", "BlobEndpoint"),
            )
            if given in parts
        }
    objects = AzureStore(
        container,
        config=config,  # type: ignore[arg-type]
        client_options=_client_options(config["endpoint"], ignore_tls=False),  # type: ignore[arg-type]
        retry_config=_retries(),
    )
    return Bucket(
        objects=objects,
        name=name,
        upload_headers={"x-ms-blob-type": "BlockBlob"},
        lists_from_a_key=False,
        signs_plain_keys_only=True,
    )


def _azure_parts(location: Location) -> tuple[str, str, str]:
    """Container, account and the domain of the account's cloud."""
    container, _, host = location.authority.partition("@")
    match = AZURE_HOST.fullmatch(host.lower())
    if not _BUCKET.fullmatch(container) or match is None:
        raise _invalid(
            location,
            f"expected '{location.scheme}://container@account.blob.core.windows.net/folder' or "
            "'abfss://container@account.dfs.core.windows.net/folder'",
        )
    return container, match[1], match[2]


def _client_options(endpoint: str, ignore_tls: bool) -> dict[str, Any]:
    options: dict[str, Any] = {
        "timeout": _REQUEST_TIME,
        "connect_timeout": _CONNECT_TIME,
        # Plain HTTP is for an endpoint whose operator said so.
        "allow_http": endpoint.startswith("http://"),
    }
    if ignore_tls:
        options["allow_invalid_certificates"] = True
    return options


def _retries() -> Any:
    return {"max_retries": _RETRIES, "retry_timeout": _RETRY_TIME}


def _invalid(location: Location, reason: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid artifact location {location.uri[:200]!r}: {reason}.")
