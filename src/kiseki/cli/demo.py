"""`kiseki demo`."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kiseki.base.errors import KisekiError, Unavailable
from kiseki.base.uris import without_user
from kiseki.cli.ports import free_port
from kiseki.cli.table import safe

if TYPE_CHECKING:
    from kiseki.cli.training import Finished

NEEDED: Final = {
    "sklearn": "scikit-learn",
    "skops": "skops",
    "matplotlib": "matplotlib",
    "pandas": "pandas",
    "PIL": "pillow",
}
"""Module -> the package that has it: the extra `demo` of kiseki."""

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0


@click.command("demo", short_help="Train on real data with a server of its own.")
@click.option("-h", "--host", default="127.0.0.1", show_default=True, help="Address of the server.")
@click.option(
    "-p",
    "--port",
    default=5000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port of the server; another one is taken where this one is in use.",
)
@click.option(
    "--folder",
    default="kiseki-demo",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where database and artifacts are kept; runs are added to those that it has.",
)
@click.option(
    "--backend-store-uri",
    default="",
    help="Database instead of a SQLite file in the folder; runs are added to those that it has.",
)
@click.option("--exit", "ends", is_flag=True, help="End after the training instead of serving on.")
def demo(host: str, port: int, folder: Path, backend_store_uri: str, ends: bool) -> None:
    """Start a server, train on real data and show what was recorded.

    Digits, diabetes and wine, which come with scikit-learn: several models, metrics in each epoch, figures, tables, logged
    models and a nested search, in about half a minute. Then the server runs until Ctrl-C.
    """
    _check_packages()
    # The server is on this machine, whatever proxy the shell names for the rest of the world.
    os.environ["NO_PROXY"] = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost", host]))
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    places = _places(folder, backend_store_uri)
    with _terminable():
        free = free_port(host, port)
        if port not in {free, 0}:
            click.echo(f"Port {port} is in use; taking {free}.")
        with _server(host, free, folder, places) as process:
            address = f"http://{_name_of(host)}:{free}"
            _wait_until_ready(process, address, folder)
            click.echo(f"The server answers at {address}. Training:")
            finished = _train(address)
            _print_guide(address, folder, without_user(places[1]), finished, ends)
            if not ends:
                click.echo("\nServing until Ctrl-C.")
                _serve(process, folder)
    if backend_store_uri:
        click.echo(f"\nThe server has ended. The artifacts are in {safe(str(folder))}.")
        return
    click.echo(f"\nThe server has ended. The data are in {safe(str(folder))}; to serve them again:\n")
    click.echo(f"  {_serve_again(host, free, places)}")


def _check_packages() -> None:
    missing = [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise KisekiError(
            f"kiseki demo trains with packages that are not installed: {', '.join(missing)}. Install them with: "
            f"{shlex.quote(sys.executable)} -m pip install {' '.join(missing)}"
        )


def _train(address: str) -> list[Finished]:
    import kiseki

    kiseki.set_tracking_uri(address)
    # The runs' names are printed here, in columns.
    os.environ["KISEKI_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
    from kiseki.cli.training import train_all

    def tell(run: Finished) -> None:
        click.echo(f"  {run.experiment:<16}{run.name:<28}{run.metric:<20}{run.value:8.4f}")

    return train_all(tell)


@contextmanager
def _server(host: str, port: int, folder: Path, places: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A server of its own process, which ends with the block."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - a list of arguments, to no shell
            [
                *(sys.executable, "-m", "kiseki", "server"),
                *("--host", host, "--port", str(port)),
                *places,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            # Ctrl-C must reach the training first, which still has to tell the server how its run ended.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, folder: Path) -> None:
    from urllib.error import URLError
    from urllib.request import urlopen

    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise _ended(process, folder)
        try:
            with urlopen(f"{address}/health", timeout=2) as answer:  # noqa: S310 - our own address
                if answer.read() == b"OK":
                    return
        except (URLError, OSError):
            time.sleep(0.05)
    raise Unavailable(f"The server did not answer within {START_SECONDS:g} seconds. {_log_tail(folder)}")


def _serve(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Waits for Ctrl-C, or for the end of the server, which nobody wants."""
    try:
        process.wait()
    except KeyboardInterrupt:
        click.echo()
        return
    raise _ended(process, folder)


def _ended(process: subprocess.Popen[bytes], folder: Path) -> Unavailable:
    return Unavailable(f"The server ended with code {process.returncode}. {_log_tail(folder)}")


def _log_tail(folder: Path) -> str:
    log = folder / "server.log"
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"It wrote: {lines[-1] if lines else 'nothing'} (all of it is in {log})"


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM and the end of the terminal end the demo as Ctrl-C does, so that the server is not left behind."""

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # Under nohup the end of the terminal is to be ignored.
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _name_of(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _places(folder: Path, database: str) -> list[str]:
    return [
        *("--backend-store-uri", database or f"sqlite:///{folder / 'kiseki.db'}"),
        *("--artifacts-destination", str(folder / "artifacts")),
    ]


def _serve_again(host: str, port: int, places: Sequence[str]) -> str:
    return f"{_command()} {shlex.join(['server', '--host', host, '--port', str(port), *places])}"


def _command() -> str:
    """How this user calls kiseki: by name where the shell finds it, else by its path."""
    own = Path(sys.executable).with_name("kiseki")
    found = shutil.which("kiseki")
    if found is not None and Path(found).resolve() == own.resolve():
        return "kiseki"
    if not own.exists():
        return f"{shlex.quote(sys.executable)} -m kiseki"
    return shlex.quote(str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own))


def _print_guide(address: str, folder: Path, database: str, finished: Sequence[Finished], ends: bool) -> None:
    call = _command()
    of_digits = [run for run in finished if run.experiment == "demo: digits"]
    best, second = sorted(of_digits, key=lambda run: run.value, reverse=True)[:2]
    experiments = len({run.experiment for run in finished})
    click.echo(
        f"""
{len(finished)} runs of {experiments} experiments are recorded.

  Address           {address}
  REST API          {address}/api/2.0/mlflow/... (as MLflow's), described by {address}/api/kiseki/v1/openapi.json
  Database          {safe(database)}
  Artifacts         {safe(str(folder / "artifacts"))}
  How it was done   {safe(str(Path(__file__).with_name("training.py")))}

To look at them, {"when they are served again" if ends else "in another terminal"}:

  export KISEKI_TRACKING_URI={address}
  {call} experiments list
  {call} runs list -n "demo: digits" --order-by "metrics.validation_accuracy DESC"
  {call} runs list --filter "metrics.validation_loss.min < 0.2 AND tags.model = 'mlp'"
  {call} runs describe -r {best.run_id}
  {call} runs history -r {best.run_id} -m validation_loss
  {call} runs compare {best.run_id} {second.run_id}
  {call} artifacts list -r {best.run_id} -R
  {call} artifacts download -r {best.run_id} -d downloaded
  {call} models serve -m models:/{best.model_id} -p 5001 --env-manager local

In Python, with kiseki or with the package mlflow:

  import kiseki
  kiseki.set_tracking_uri("{address}")
  kiseki.search_runs(experiment_names=["demo: digits"])
  kiseki.pyfunc.load_model("models:/{best.model_id}")

Over HTTP:

  curl "{address}/api/2.0/mlflow/runs/get?run_id={best.run_id}\""""
    )
