"""`kiseki artifacts`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kiseki.base.errors import InvalidParameter
from kiseki.cli.connection import connect, json_option, run_id_option, tracking_uri_option
from kiseki.cli.table import Column, cell, print_json, print_table, quoted, safe, size

if TYPE_CHECKING:
    from kiseki.client import KisekiClient
    from kiseki.entities import FileInfo


@click.group()
def artifacts() -> None:
    """List, store and download the files of runs."""


@artifacts.command("list")
@run_id_option
@click.option("-a", "--artifact-path", metavar="PATH", help="A folder of the run's artifacts; the topmost by default.")
@click.option("-R", "--recursive", is_flag=True, help="List the files of all folders below too.")
@json_option
@tracking_uri_option
def list_(run_id: str, artifact_path: str | None, recursive: bool, as_json: bool, tracking_uri: str | None) -> None:
    """List artifacts of a run."""
    client = connect(tracking_uri)
    found = _listed(client, run_id, artifact_path, recursive)
    if as_json:
        print_json([one.to_dictionary() for one in found])
    elif found:
        columns = [Column(title="SIZE", right=True), Column(title="PATH", whole=True)]
        print_table(columns, ([size(one.file_size), f"{one.path}/" if one.is_dir else one.path] for one in found))
    else:
        where = f" in {quoted(artifact_path)}" if artifact_path else ""
        click.echo(f"Run {cell(run_id)} has no artifacts{where}.", err=True)


@artifacts.command("log-artifact")
@click.option("-l", "--local-file", required=True, metavar="FILE", help="The file to store; a folder is stored whole.")
@run_id_option
@click.option("-a", "--artifact-path", metavar="PATH", help="The folder of the run's artifacts to put it into.")
@json_option
@tracking_uri_option
def log_artifact(
    local_file: str, run_id: str, artifact_path: str | None, as_json: bool, tracking_uri: str | None
) -> None:
    """Store a local file as an artifact of a run."""
    client = connect(tracking_uri)
    from kiseki.cli.progress import Progress, watched
    from kiseki.client.artifacts import log_file, store_of

    local = Path(local_file)
    sizes = _sizes(local)
    with Progress("Uploading", sum(sizes)) as bar:
        log_file(watched(store_of(client.backend, run_id), bar), local, artifact_path)
    _tell_of_upload(local, sizes, run_id, as_json)


@artifacts.command("log-artifacts")
@click.option("-l", "--local-dir", required=True, metavar="FOLDER", help="The folder whose files are stored.")
@run_id_option
@click.option("-a", "--artifact-path", metavar="PATH", help="The folder of the run's artifacts to put them into.")
@json_option
@tracking_uri_option
def log_artifacts(
    local_dir: str, run_id: str, artifact_path: str | None, as_json: bool, tracking_uri: str | None
) -> None:
    """Store everything in a local folder as artifacts of a run."""
    client = connect(tracking_uri)
    from kiseki.cli.progress import Progress, watched
    from kiseki.client.artifacts import log_folder, store_of

    local = Path(local_dir)
    sizes = _sizes(local)
    with Progress("Uploading", sum(sizes)) as bar:
        log_folder(watched(store_of(client.backend, run_id), bar), local, artifact_path)
    _tell_of_upload(local, sizes, run_id, as_json)


@artifacts.command("download")
@click.option("-r", "--run-id", metavar="ID", help="The run, by id.")
@click.option("-a", "--artifact-path", metavar="PATH", help="A file or folder of the run's artifacts; all by default.")
@click.option(
    "-u", "--artifact-uri", metavar="URI", help="What to fetch, in place of the two: runs:/ID/PATH or another URI."
)
@click.option(
    "-d", "--dst-path", metavar="FOLDER", help="Where to put it; made when missing. By default a new temporary folder."
)
@json_option
@tracking_uri_option
def download(
    run_id: str | None,
    artifact_path: str | None,
    artifact_uri: str | None,
    dst_path: str | None,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Fetch artifacts and print where they are.

    What comes is checked against the digest that was recorded when it was stored.
    """
    if (run_id is None) == (artifact_uri is None):
        raise click.UsageError("Say what to fetch, either by --run-id or by --artifact-uri.")
    if artifact_uri is not None and artifact_path is not None:
        raise click.UsageError("--artifact-path goes with --run-id; --artifact-uri has a path of its own.")
    client = connect(tracking_uri)
    if artifact_uri is not None and artifact_uri.startswith("runs:/"):
        run_id, _, path = artifact_uri.removeprefix("runs:/").lstrip("/").partition("/")
        if not run_id:
            raise InvalidParameter(f"{quoted(artifact_uri)} names no run. Write runs:/ID/PATH.")
        artifact_path = path or None
    place = (
        _of_run(client, run_id, artifact_path or "", dst_path)
        if run_id is not None
        else _of_uri(client, artifact_uri, dst_path)
    )
    if as_json:
        print_json({"path": place})
    else:
        click.echo(safe(place))


def _of_run(client: KisekiClient, run_id: str, path: str, dst_path: str | None) -> str:
    from kiseki.artifacts import download_artifacts
    from kiseki.cli.progress import Progress, watched
    from kiseki.client.artifacts import download, store_of
    from kiseki.client.recorded import RecordedStore
    from kiseki.client.run_files import RunFiles

    if dst_path is None and isinstance(store_of(client.backend, run_id), RecordedStore):
        # It is on this machine already.
        return download_artifacts(run_id=run_id, artifact_path=path or None, tracking_uri=client.tracking_uri)
    with Progress("Downloading", 0) as bar:
        return str(
            download(watched(RunFiles(client.backend, run_id), bar), path, None if dst_path is None else Path(dst_path))
        )


def _of_uri(client: KisekiClient, artifact_uri: str | None, dst_path: str | None) -> str:
    from kiseki.artifacts import download_artifacts

    return download_artifacts(artifact_uri=artifact_uri, dst_path=dst_path, tracking_uri=client.tracking_uri)


def _listed(client: KisekiClient, run_id: str, path: str | None, recursive: bool) -> list[FileInfo]:
    found = []
    for one in client.list_artifacts(run_id, path):
        if recursive and one.is_dir:
            found += _listed(client, run_id, one.path, recursive)
        else:
            found.append(one)
    return found


def _sizes(local: Path) -> list[int]:
    files = [path for path in local.rglob("*") if path.is_file()] if local.is_dir() else [local]
    return [path.stat().st_size for path in files if path.exists()]


def _tell_of_upload(local: Path, sizes: list[int], run_id: str, as_json: bool) -> None:
    if as_json:
        print_json({"run_id": run_id, "files": len(sizes), "bytes": sum(sizes)})
        return
    files = "1 file" if len(sizes) == 1 else f"{len(sizes)} files"
    click.echo(f"Stored {files} of {quoted(local)} ({size(sum(sizes))}) with run {cell(run_id)}")
