"""Measures kiseki beside its peers and writes the tables to bench/results."""

import argparse
import contextlib
import dataclasses
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from bench import environments, machine, report
from bench.databases import SERVERS
from bench.figures import SUBJECT, Figure
from bench.peers import DEFAULT_PEERS, PEERS, Peer
from bench.report import Report
from bench.scenarios import SCENARIOS
from bench.session import Session
from bench.settings import FULL, QUICK, Settings

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".bench"
_SYNCED = {
    "postgresql": "PostgreSQL with its defaults: every commit is synced",
    "mariadb": "MariaDB with its defaults: every commit is synced",
}
_DRIVERS = {"postgresql": "psycopg2-binary", "mariadb": "pymysql"}
RESULTS = Path(__file__).resolve().parent / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; 1 if kiseki failed a check or not all could be measured, 0 otherwise, targets missed or not."""
    options = _parser().parse_args(arguments)
    unknown = set(options.only.split(",") if options.only else ()) - set(SCENARIOS)
    if unknown:
        raise SystemExit(f"no scenario is called {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_REAL, 60 * options.minutes)
    settings = _settings(options)
    CACHE.mkdir(exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n")
    facts = machine.observe(CACHE)
    peers, problems = _peers(options.peers.split(","), options.database)
    figures: list[Figure] = []
    notes = ["quick: the sizes are small, and the targets are meant for the full ones"] if settings.quick else []
    # These two need servers of their own, which takes longer than the rest of a quick session; --only asks for them.
    usual = [
        name for name in SCENARIOS if name != "two_servers" and not (options.quick and name in {"disk", "durability"})
    ]
    # The others fill the database as a file, or are about files.
    usual = ["log_batch", "log_metric", "lifecycle", "two_servers"] if options.database else usual
    chosen = options.only.split(",") if options.only else usual
    whole = True
    with (
        SERVERS[options.database]() if options.database else contextlib.nullcontext() as databases,
        Session(settings, peers, problems, CACHE, databases) as session,
    ):
        for name in chosen:
            session.say(f"scenario {name}")
            try:
                figures += SCENARIOS[name](session)
            except KeyboardInterrupt as interruption:
                notes.append(f"{str(interruption) or 'interrupted'} in {name}; what was measured before is shown")
                whole = False
                break
        signal.setitimer(signal.ITIMER_REAL, 0)
    result = Report(
        name=options.name
        or options.database
        or ("quick" if options.quick else options.only or "full").replace(",", "+"),
        date=time.strftime("%Y-%m-%d %H:%M"),
        commit=commit(),
        settings=dataclasses.asdict(settings),
        machine=dataclasses.asdict(facts),
        versions={name: peer.version for name, peer in peers.items()},
        durability={
            name: _SYNCED[options.database] if options.database else peer.durability for name, peer in peers.items()
        },
        notes=tuple(notes),
        figures=tuple(figures),
    )
    publish(result, dry=options.dry or not figures)
    ours = [figure.measurements.get(SUBJECT) for figure in figures]
    wrong = SUBJECT in options.peers.split(",") and any(each is None or each.problem for each in ours)
    return int(wrong or not whole)


def publish(result: Report, *, dry: bool) -> None:
    """Prints a table, and writes it to bench/results unless it is a dry run."""
    print(report.console(result))
    if not dry:
        print(f"written to {report.write(result, RESULTS).relative_to(ROOT)} and {RESULTS.name}/latest.md")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", help=f"scenarios, separated by commas: {', '.join(SCENARIOS)}", metavar="A,B")
    parser.add_argument(
        "--peers", default=",".join(DEFAULT_PEERS), help=f"which of {', '.join(PEERS)}; default: %(default)s"
    )
    parser.add_argument(
        "--database",
        default="",
        choices=["", *SERVERS],
        help="a real database server for all, instead of a SQLite file",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, one round: for a look in two minutes")
    parser.add_argument("--clients", type=int, help="client processes in the ingest scenarios")
    parser.add_argument("--rounds", type=int, help="rounds in which the servers take turns; medians are shown")
    parser.add_argument("--seconds", type=float, help="duration of one turn in the ingest scenarios")
    parser.add_argument("--runs", type=int, help="runs in the search scenario", dest="search_runs")
    parser.add_argument("--mlflow-runs", type=int, help="the same for mlflow", dest="mlflow_search_runs")
    parser.add_argument("--fasttrackml-runs", type=int, help="and for fasttrackml", dest="fasttrackml_search_runs")
    parser.add_argument("--minutes", type=float, default=90.0, help="end after so many, with what there is")
    parser.add_argument("--name", help="part of the name of the result; default: full, quick or the scenarios")
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing to bench/results")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    settings = QUICK if options.quick else FULL
    names = ("clients", "rounds", "seconds", "search_runs", "mlflow_search_runs", "fasttrackml_search_runs")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    return dataclasses.replace(settings, **given, database=options.database)


def _peers(names: Sequence[str], database: str) -> tuple[dict[str, Peer], dict[str, str]]:
    """Returns the peers that are there, and why others are not; a peer that is missing does not end the session."""
    peers: dict[str, Peer] = {}
    problems: dict[str, str] = {}
    for name in names:
        if name not in PEERS:
            raise SystemExit(f"no peer is called {name!r}; there are {', '.join(PEERS)}")
        try:
            peer = PEERS[name](CACHE)
            if database and database not in peer.on_database:
                problems[name] = f"does not know {database}"
                continue
            if database and name == "mlflow":
                environments.add(peer.python, _DRIVERS[database])
            peers[name] = peer
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            problems[name] = f"not installed: {error}"
            print(f"{name}: {problems[name]}", file=sys.stderr)
    return peers, problems


def commit() -> str:
    """The commit that is measured, and whether the sources differ from it."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
        ).stdout.strip()

    head = git("rev-parse", "--short", "HEAD")
    return (head or "unknown") + (" with changes" if git("status", "--porcelain", "--", "src") else "")


def _terminate(number: int, frame: FrameType | None) -> None:
    del frame
    # Servers are ended on the way out, as they are by Ctrl-C.
    raise SystemExit(128 + number)


def _out_of_time(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt("time was over")
