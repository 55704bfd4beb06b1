"""`kiseki doctor`."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import click
import msgspec

from kiseki.__about__ import __version__
from kiseki.base.errors import InvalidParameter, KisekiError
from kiseki.base.uris import without_user
from kiseki.cli.connection import database_file, json_option, tracking_uri_option
from kiseki.cli.table import one_line, print_json, safe, size

PACKAGES: Final = (
    "msgspec",
    "starlette",
    "uvicorn",
    "httptools",
    "uvloop",
    "sqlalchemy",
    "alembic",
    "numpy",
    "backports.zstd",
    "urllib3",
    "click",
)
OPTIONAL_PACKAGES: Final = ("pandas", "matplotlib", "pillow", "pyarrow", "scikit-learn", "mlflow")
"""What further functions need, or what people have beside kiseki."""

LOW_SPACE_BYTES: Final = 1 << 30
SERVER_SECONDS: Final = 5.0
_SECRET = re.compile(r"PASSWORD|PASSPHRASE|TOKEN|SECRET|CREDENTIAL|PRIVATE|AUTH|(^|_)KEY", re.IGNORECASE)

State = Literal["ok", "warning", "problem"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    state: State
    found: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that the doctor found."""

    kiseki: str
    python: str
    executable: str
    platform: str
    packages: dict[str, str | None]
    tracking_uri: str
    environment: dict[str, str]
    checks: list[Check]


@click.command("doctor", short_help="Show versions, settings and problems.")
@click.option(
    "--backend-store-uri",
    envvar=["KISEKI_BACKEND_STORE_URI", "MLFLOW_BACKEND_STORE_URI"],
    show_envvar=True,
    metavar="URI",
    help="Look at this database too; for the machine of the server.",
)
@click.option("--mask-envs", is_flag=True, help="Hide the values of all environment variables, not just of secrets.")
@json_option
@tracking_uri_option
def doctor(backend_store_uri: str | None, mask_envs: bool, as_json: bool, tracking_uri: str | None) -> None:
    """Show versions, settings and what is wrong with them; ends with code 1 when something is.

    Nothing is changed and no database is made. The output can be put into a bug report: secrets are not in it.
    """
    report = examine(tracking_uri, backend_store_uri, mask_envs)
    if as_json:
        print_json(msgspec.to_builtins(report))
    else:
        _print(report)
    if any(check.state == "problem" for check in report.checks):
        sys.exit(1)


def examine(tracking_uri: str | None, backend_store_uri: str | None, mask_all: bool = False) -> Report:
    """Looks at everything.

    Args:
        tracking_uri: Of the command line or the environment; None for the default.
        backend_store_uri: A database to look at beside that of the tracking URI.
        mask_all: Whether the values of all environment variables are hidden.
    """
    from kiseki.client.resolve import get_tracking_uri

    uri = tracking_uri or get_tracking_uri()
    checks = list(_checks_of_place(uri))
    if backend_store_uri:
        checks += _checks_of_database(backend_store_uri, needed=True)
    return Report(
        kiseki=__version__,
        python=platform.python_version(),
        executable=sys.executable,
        platform=platform.platform(),
        packages={name: _version(name) for name in (*PACKAGES, *OPTIONAL_PACKAGES)},
        tracking_uri=without_user(uri),
        environment=environment(os.environ, mask_all),
        checks=[msgspec.structs.replace(check, found=without_user(check.found)) for check in checks],
    )


def environment(variables: Mapping[str, str], mask_all: bool = False) -> dict[str, str]:
    """The variables that kiseki may read, with what is secret, or everything, as ***."""
    return {
        name: "***" if mask_all or _SECRET.search(name) else without_user(value)
        for name, value in sorted(variables.items())
        if name.startswith(("KISEKI_", "MLFLOW_"))
    }


def _checks_of_place(uri: str) -> Iterator[Check]:
    from kiseki.client.resolve import DEFAULT_DATABASE, absolute_uri

    try:
        place = absolute_uri(uri)
    except InvalidParameter as error:
        yield Check(name="tracking URI", state="problem", found=one_line(str(error)))
        return
    if place.startswith(("http://", "https://")):
        yield from _checks_of_server(place)
        return
    file = database_file(place, DEFAULT_DATABASE)
    yield from _checks_of_database(f"sqlite:///{file}" if file is not None else place, needed=False)


def _checks_of_server(place: str) -> Iterator[Check]:
    from kiseki.client.deadline import within
    from kiseki.client.http import HttpClient

    with within(SERVER_SECONDS):
        http = HttpClient(place)
        try:
            with http.request("GET", "/health") as answer:
                answer.read(100)
        except KisekiError as error:
            yield Check(name="server", state="problem", found=one_line(str(error)))
            return
        yield Check(name="server", state="ok", found=f"{place} answers")
        yield _server_version(http)
        http.close()


def _server_version(http: object) -> Check:
    from kiseki.client.http import HttpClient
    from kiseki.wire.routes import BY_NAME
    from kiseki.wire.server import ServerInfo

    assert isinstance(http, HttpClient)
    told, info = "", ServerInfo()
    try:
        with http.request("GET", BY_NAME["server.version"].paths[0]) as answer:
            told = answer.read(100).decode("utf-8", "replace").strip()
        with http.request("GET", BY_NAME["server.info"].paths[0]) as answer:
            info = msgspec.json.decode(answer.read(65_536), type=ServerInfo)
    except (KisekiError, ConnectionError, msgspec.DecodeError):
        # MLflow has no server-info before 3.4; its version is enough.
        pass
    if info.kiseki_version:
        state: State = "ok" if info.kiseki_version == __version__ else "warning"
        differs = "" if state == "ok" else f", and this is kiseki {__version__}"
        found = f"kiseki {info.kiseki_version}{differs}, with the API of MLflow {told}"
        return Check(name="server version", state=state, found=safe(found))
    if re.fullmatch(r"[0-9][0-9A-Za-z.+]*", told):
        return Check(name="server version", state="ok", found=f"MLflow {told}")
    return Check(
        name="server version",
        state="problem",
        found="What answers there is no tracking server: /version is not a version. Check the tracking URI.",
    )


def _checks_of_database(uri: str, needed: bool) -> Iterator[Check]:
    from kiseki.store.inspection import inspect_store

    try:
        seen = inspect_store(uri)
    except (KisekiError, OSError) as error:
        yield Check(name="database", state="problem", found=one_line(str(error)))
        return
    shown = safe(seen.place)
    if not seen.exists:
        found = f"{shown} is not there; the first run that is logged makes it"
        yield Check(name="database", state="problem" if needed else "warning", found=found)
    elif seen.error:
        yield Check(name="database", state="problem", found=f"{shown}: {one_line(seen.error)}")
    else:
        yield Check(name="database", state="ok", found=f"{shown}, {size(seen.bytes)}")
        yield _schema(seen.schema, seen.newest_schema)
    if seen.path is None or seen.free_bytes is None:
        return
    low = seen.free_bytes < LOW_SPACE_BYTES
    yield Check(name="disk space", state="warning" if low else "ok", found=f"{size(seen.free_bytes)} free")
    yield Check(
        name="file system",
        state="warning" if seen.on_network else "ok",
        found=(
            "a network drive: SQLite is slow there and its locks may fail. Put the database on a local disk; artifacts "
            "may stay"
            if seen.on_network
            else "local"
        ),
    )
    if seen.exists and not os.access(seen.path, os.W_OK):
        yield Check(name="permissions", state="problem", found=f"{shown} cannot be written to by this user")


def _schema(found: str, newest: str) -> Check:
    if found == newest:
        return Check(name="schema", state="ok", found=f"{found}, the newest")
    return Check(
        name="schema",
        state="warning",
        found=f"{safe(found)}; this version has {newest}, to which the next start brings it where it knows how",
    )


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _print(report: Report) -> None:
    missing = [name for name in OPTIONAL_PACKAGES if report.packages[name] is None]
    lines = [
        ("kiseki", report.kiseki),
        ("Python", f"{report.python} ({report.executable})"),
        ("platform", report.platform),
        ("packages", ", ".join(f"{name} {version}" for name, version in report.packages.items() if version)),
        *([("not installed", ", ".join(missing))] if missing else []),
        ("tracking URI", report.tracking_uri),
    ]
    for name, value in lines:
        _print_wrapped(name, value)
    for check in report.checks:
        mark = {"ok": "", "warning": "WARNING: ", "problem": "PROBLEM: "}[check.state]
        _print_wrapped(check.name, mark + check.found)
    click.echo(
        "environment" if report.environment else "environment     nothing set that begins with KISEKI_ or MLFLOW_"
    )
    for name, value in report.environment.items():
        click.echo(f"  {safe(name)}={safe(value)}")


def _print_wrapped(name: str, value: str) -> None:
    wide = 16
    room = max(shutil.get_terminal_size().columns - wide, 40) if sys.stdout.isatty() else 100_000
    line = ""
    first = True
    for word in safe(value).split(" "):
        if line and len(line) + 1 + len(word) > room:
            click.echo(f"{name if first else '':<{wide}}{line}")
            first, line = False, word
        else:
            line = f"{line} {word}" if line else word
    click.echo(f"{name if first else '':<{wide}}{line}")
