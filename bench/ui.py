"""Measures the web UI in a real browser beside MLflow's and prints the budgets beside: ``python -m bench.ui``.

Every page is opened in a fresh profile. kiseki's data are written through its store and MLflow's into its database;
both have the same runs, MLflow fewer where its server takes too long to answer.
"""

import argparse
import contextlib
import dataclasses
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench import machine, rest, sql
from bench.catalogue import Catalogue
from bench.command import CACHE, commit, publish
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.peers import HOST, PEERS, Server
from bench.report import Report
from bench.settings import FULL
from bench.ui_browser import launch
from bench.ui_data import Curves, fill_curves, fill_runs
from bench.ui_measure import Arrival, arrive, click, fresh_page, scroll
from kiseki.store import open_store

RUNS = "ten thousand runs"
MANY = "a hundred thousand runs"
CURVES = "long histories"

_MANY_RUNS = 100_000
_SOME_RUNS = 10_000
_CURVES = Curves()
_MLFLOW_CURVES = Curves(points=10_000)

_ROWS = "document.querySelectorAll('[role=grid] [role=row] a[href]').length > 10"
_COLOURED = """(() => {
    const coloured = (canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 0; i < data.length; i += 4) {
            const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
            if (data[i + 3] > 200 && Math.max(r, g, b) - Math.min(r, g, b) > 24) return true;
        }
        return false;
    };
    const drawn = [...document.querySelectorAll("[data-drawn]")];
    return drawn.length >= 4 && drawn.every((one) => [...one.querySelectorAll("canvas")].some(coloured));
})()"""
_MLFLOW_ROWS = """document.querySelectorAll("[role=row] a[href*='/runs/'], .ag-row a[href*='/runs/']").length > 10"""
_MLFLOW_CURVES_DRAWN = (
    "document.querySelectorAll('.js-plotly-plot .scatterlayer .trace path, .js-plotly-plot canvas').length >= 4"
)

Say = Callable[[str], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; 1 if something of kiseki's could not be measured."""
    options = _parser().parse_args(arguments)
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {text}", flush=True)

    CACHE.mkdir(exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n")
    facts = machine.observe(CACHE)
    measured: dict[str, dict[str, Measurement]] = {}
    versions: dict[str, str] = {}
    with sync_playwright() as playwright:
        browser = launch(playwright)
        browser_version = browser.version
        for name in options.peers.split(","):
            peer = PEERS[name](CACHE)
            versions[name] = peer.version
            with _place(peer.name) as folder:
                server = Server(peer, folder)
                say(f"{name}: filling")
                try:
                    if name == SUBJECT:
                        ids = _fill_kiseki(server, options, say)
                        measured[name] = _kiseki(browser, server, ids, options.rounds, say)
                    else:
                        ids = _fill_mlflow(server, options, say)
                        measured[name] = _mlflow(browser, server, ids, options.rounds, say)
                finally:
                    server.stop()
        browser.close()
    result = Report(
        name=options.name,
        date=time.strftime("%Y-%m-%d %H:%M"),
        commit=commit(),
        settings=dataclasses.asdict(dataclasses.replace(FULL, clients=1, rounds=options.rounds, seconds=0.0)),
        machine=dataclasses.asdict(facts),
        versions=versions,
        durability=dict.fromkeys(versions, "its web UI"),
        notes=(
            f"Chromium {browser_version} without a window and without a GPU, each page in a fresh profile; medians",
            *(["the sizes are small, and the budgets are meant for the full ones"] if options.quick else []),
        ),
        figures=tuple(_figures(measured)),
    )
    publish(result, dry=options.dry)
    ours = [figure.measurements.get(SUBJECT) for figure in result.figures]
    return int(SUBJECT in measured and any(one is None or one.value is None for one in ours))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.ui", description=__doc__)
    parser.add_argument("--peers", default="kiseki,mlflow", help="which of kiseki, mlflow; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is opened; medians are shown")
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs and points")
    parser.add_argument("--name", default="ui", help="part of the name of the result")
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing to bench/results")
    return parser


@contextlib.contextmanager
def _place(name: str) -> Iterator[Path]:
    folder = CACHE / f"ui-{name}-{time.time_ns()}"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(folder.name + ".log").unlink(missing_ok=True)


def _share(options: argparse.Namespace) -> int:
    return 10 if options.quick else 1


def _fill_kiseki(server: Server, options: argparse.Namespace, say: Say) -> dict[str, str]:
    """Writes all data through the store, then starts the server; the ids of the experiments."""
    server.folder.mkdir(parents=True)
    store = open_store(f"sqlite:///{server.database}", "mlflow-artifacts:/")
    share = _share(options)
    ids = {
        RUNS: fill_runs(store, RUNS, Catalogue(runs=_SOME_RUNS // share)),
        CURVES: fill_curves(store, CURVES, _CURVES._replace(points=_CURVES.points // share)),
    }
    say("kiseki: the runs and histories are written")
    ids[MANY] = fill_runs(store, MANY, Catalogue(runs=_MANY_RUNS // share))
    store.close()
    server.start()
    server.settle()
    return ids


def _fill_mlflow(server: Server, options: argparse.Namespace, say: Say) -> dict[str, str]:
    """Lets the server make its database, and writes into it; the ids of the experiments."""
    server.start()
    share = _share(options)
    connection = server.connect()
    ids = {name: rest.create_experiment(connection, name) for name in (RUNS, CURVES)}
    sql.fill_runs(server.database, "mlflow", ids[RUNS], Catalogue(runs=_SOME_RUNS // share))
    say("mlflow: the runs are written")
    curves = _MLFLOW_CURVES._replace(points=_MLFLOW_CURVES.points // share)
    for number in range(curves.runs):
        run = rest.create_run(connection, ids[CURVES])
        for metric in range(curves.metrics):
            sql.fill_series(server.database, "mlflow", run, curves.key(metric), curves.points_of(number, metric))
    connection.close()
    server.settle()
    return ids


def _median(values: Sequence[float], **detail: float) -> Measurement:
    return Measurement(value=statistics.median(values), rounds=tuple(values), requests=len(values), detail=detail)


def _attempt(work: Callable[[], dict[str, Measurement]], names: Sequence[str], say: Say) -> dict[str, Measurement]:
    try:
        found = work()
    except Exception as error:
        problem = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        found = {name: Measurement(value=None, problem=problem) for name in names}
    for name, one in found.items():
        say(f"{name}: {one.value if one.value is None else round(one.value, 1)} {one.problem}")
    return found


def _kiseki(browser: Browser, server: Server, ids: dict[str, str], rounds: int, say: Say) -> dict[str, Measurement]:
    origin = f"http://{HOST}:{server.port}"
    runs_page = f"{origin}/experiments/{ids[RUNS]}"

    def first() -> dict[str, Measurement]:
        arrivals = [_arrival(browser, f"{origin}/experiments", "document.querySelector('main a[href*=experiments]')")]
        return {"script": _median([one.script_kilobytes for one in arrivals])}

    def runs() -> dict[str, Measurement]:
        arrivals = [_arrival(browser, runs_page, _ROWS) for _ in range(rounds)]
        return {
            "paint": _median([one.first_paint for one in arrivals]),
            "rows": _median([one.content for one in arrivals]),
            "runs script": _median([one.script_kilobytes for one in arrivals]),
        }

    def frames() -> dict[str, Measurement]:
        with fresh_page(browser) as page:
            arrive(page, runs_page, _ROWS)
            page.wait_for_timeout(5_000)
            found = [scroll(page, 700, 500, turns=300, pixels=120) for _ in range(min(rounds, 3))]
        task = statistics.median(one.longest_task for one in found)
        count = statistics.median(one.frames for one in found)
        return {"scroll": _median([one.longest_frame for one in found], **{"longest task ms": task, "frames": count})}

    def curves() -> dict[str, Measurement]:
        clicks, opened = [], []
        for _ in range(rounds):
            with fresh_page(browser) as page:
                arrive(page, f"{origin}/experiments/{ids[CURVES]}?first=50", _ROWS)
                page.wait_for_timeout(1_000)
                clicks.append(click(page, "document.querySelectorAll('[role=tab]')[1]", _COLOURED))
            opened.append(
                _arrival(browser, f"{origin}/experiments/{ids[CURVES]}?first=50&tab=charts", _COLOURED).content
            )
        return {"pixels": _median(clicks), "charts page": _median(opened)}

    def many() -> dict[str, Measurement]:
        times = []
        for _ in range(rounds):
            with fresh_page(browser) as page:
                link = f"document.querySelector('a[href$=\"experiments/{ids[MANY]}\"]')"
                arrive(page, f"{origin}/experiments", link)
                page.wait_for_timeout(1_000)
                times.append(click(page, link, _ROWS))
        return {"click to rows": _median(times)}

    found = _attempt(first, ["script"], say)
    found |= _attempt(runs, ["paint", "rows", "runs script"], say)
    found |= _attempt(frames, ["scroll"], say)
    found |= _attempt(curves, ["pixels", "charts page"], say)
    return found | _attempt(many, ["click to rows"], say)


def _mlflow(browser: Browser, server: Server, ids: dict[str, str], rounds: int, say: Say) -> dict[str, Measurement]:
    origin = f"http://{HOST}:{server.port}"
    runs_page = f"{origin}/#/experiments/{ids[RUNS]}/runs?compareRunsMode=TABLE"
    charts_page = f"{origin}/#/experiments/{ids[CURVES]}/runs?compareRunsMode=CHART"

    def first() -> dict[str, Measurement]:
        with fresh_page(browser) as page:
            found = arrive(page, origin + "/#/experiments", "document.body.innerText.length > 100")
        return {"script": _median([found.script_kilobytes])}

    def runs() -> dict[str, Measurement]:
        arrivals = [_arrival(browser, runs_page, _MLFLOW_ROWS) for _ in range(rounds)]
        return {
            "paint": _median([one.first_paint for one in arrivals]),
            "rows": _median([one.content for one in arrivals]),
            "runs script": _median([one.script_kilobytes for one in arrivals]),
        }

    def curves() -> dict[str, Measurement]:
        opened = [_arrival(browser, charts_page, _MLFLOW_CURVES_DRAWN).content for _ in range(rounds)]
        scale = f"50 × 4 × {_MLFLOW_CURVES.points:,}"
        return {"charts page": dataclasses.replace(_median(opened), scale=scale)}

    found = _attempt(first, ["script"], say)
    found |= _attempt(runs, ["paint", "rows", "runs script"], say)
    return found | _attempt(curves, ["charts page"], say)


def _arrival(browser: Browser, address: str, ready: str) -> Arrival:
    with fresh_page(browser) as page:
        return arrive(page, address, ready)


def _figures(measured: dict[str, dict[str, Measurement]]) -> Iterator[Figure]:
    lines: list[tuple[str, str, str, tuple[Target, ...]]] = [
        ("script", "script for the first page, as sent", "kB", (Target(bound=250),)),
        ("runs script", "script for the runs page, as sent", "kB", ()),
        ("paint", "first contentful paint of the runs page, 10,000 runs", "ms", (Target(bound=800),)),
        ("rows", "runs page of 10,000 runs: address to rows", "ms", ()),
        ("scroll", "10,000 runs in the table: longest frame while scrolling", "ms", (Target(bound=50),)),
        ("pixels", "50 runs × 4 metrics × 100,000 points: click to pixels", "ms", (Target(bound=1500),)),
        ("charts page", "the same: address to pixels", "ms", ()),
        ("click to rows", "run table of 100,000 runs: click to rows", "ms", (Target(bound=700),)),
    ]
    for key, name, unit, targets in lines:
        found = {peer: figures[key] for peer, figures in measured.items() if key in figures}
        yield Figure(scenario="ui", name=name, unit=unit, higher_is_better=False, measurements=found, targets=targets)


if __name__ == "__main__":
    sys.exit(main())
