"""Pages that are open while a run trains, and while the server goes and comes back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.listing import at_step, grid, main_link, names, rows
from tests.browser.texts import Texts
from tests.faults.server import Target
from tests.wire.server import metric

_TRAINING = """
import sys
import kiseki
kiseki.set_tracking_uri(sys.argv[1])
kiseki.set_experiment(experiment_id=sys.argv[2])
with kiseki.start_run(run_name="training"):
    for line in sys.stdin:
        step = int(line)
        kiseki.log_metric("loss", 1 / (1 + step), step=step)
        print(step, flush=True)
"""


class Training:
    """A script in a process of its own that logs a step whenever it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def step(self, number: int) -> None:
        """Returns once the step is logged."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        assert int(self._process.stdout.readline()) == number

    def end(self) -> None:
        """Lets the run finish."""
        self._process.communicate(timeout=60)
        assert self._process.returncode == 0


@contextmanager
def training(server: Target, experiment: str) -> Iterator[Training]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KISEKI_", "MLFLOW_"))}
    with subprocess.Popen(
        [sys.executable, "-c", _TRAINING, server.uri, experiment],
        env=kept,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Training(process)
        finally:
            process.kill()


def test_a_run_that_trains_grows_on_screen(server: Target, visit: Visits, texts: Texts, language: str) -> None:
    experiment = server.new_experiment()
    page = visit(server, f"/experiments/{experiment}")
    expect(page.get_by_text(texts("runs.emptyTitle"))).to_be_visible()
    page.evaluate("window.notReloaded = true")
    with training(server, experiment) as script:
        script.step(0)
        expect(names(page, texts)).to_have_text(["training"])
        row = rows(page, texts).first
        expect(row).to_contain_text(texts("common.status.RUNNING"))
        expect(grid(page, texts).get_by_role("columnheader").filter(has_text="loss")).to_be_visible()
        for step in (1, 3):
            script.step(step)
            expect(row.get_by_role("gridcell").filter(has_text=re.compile(rf"^{1 / (1 + step)}$"))).to_be_visible()
        run = visit(server, page.url.removeprefix(server.uri))
        names(run, texts).first.click()
        cell = run.get_by_role("row").filter(has_text="loss")
        expect(at_step(cell, 3)).to_be_visible()
        run.evaluate("window.notReloaded = true")
        script.step(7)
        expect(at_step(cell, 7)).to_be_visible()
        expect(cell).to_contain_text("0.125")
        script.end()
    expect(row).to_contain_text(texts("common.status.FINISHED"))
    expect(run.get_by_role("main")).to_contain_text(texts("common.status.FINISHED"))
    assert page.evaluate("window.notReloaded")
    assert run.evaluate("window.notReloaded")


def test_a_new_experiment_appears_in_the_list(server: Target, visit: Visits, texts: Texts) -> None:
    page = visit(server, "/experiments")
    expect(page.get_by_role("link", name="Default")).to_be_visible()
    name = server.unique("later")
    server.post("experiments/create", name=name).ok()
    expect(page.get_by_role("link", name=name)).to_be_visible()


def test_a_server_that_is_gone_leaves_what_is_shown_and_comes_back(
    server: Target, visit: Visits, texts: Texts, language: str
) -> None:
    experiment = server.new_experiment()
    run = server.new_run(experiment, run_name="before")
    server.post("runs/log-batch", run_id=run, metrics=[metric("loss", 0.5)]).ok()
    page = visit(server, f"/experiments/{experiment}")
    visit.watch.expect("console error: Failed to load resource")
    expect(names(page, texts)).to_have_text(["before"])
    page.evaluate("window.notReloaded = true")
    lost = page.get_by_text(texts("common.serverLost"))
    expect(lost).to_be_hidden()
    server.end(signal.SIGKILL)
    expect(lost).to_be_visible()
    expect(names(page, texts)).to_have_text(["before"])
    # What was not there before says that the server is gone, and how it goes on.
    main_link(page, texts, "common.settings").click()
    main_link(page, texts, "common.experiments").click()
    expect(page.get_by_role("main")).not_to_be_empty()
    page.go_back()
    page.go_back()
    expect(names(page, texts)).to_have_text(["before"])
    with server:
        expect(lost).to_be_hidden()
        server.new_run(experiment, run_name="after")
        expect(names(page, texts).filter(has_text="after")).to_be_visible()
        expect(names(page, texts).filter(has_text="before")).to_be_visible()
        assert page.evaluate("window.notReloaded")


def test_a_page_that_is_opened_while_the_server_is_gone_goes_on_by_itself(
    server: Target, visit: Visits, texts: Texts
) -> None:
    experiment = server.new_experiment()
    server.new_run(experiment, run_name="here")
    page = visit(server, "/experiments")
    visit.watch.expect("console error: Failed to load resource")
    # The page that was asked for may have been on its way.
    visit.watch.expect("console error: TypeError: Failed to fetch dynamically imported module")
    expect(page.get_by_role("link", name="Default")).to_be_visible()
    name = server.experiment(experiment)["name"]
    link = page.get_by_role("link", name=name)
    expect(link).to_be_visible()
    server.end(signal.SIGKILL)
    link.click()
    expect(page.get_by_text(texts("common.serverLost"))).to_be_visible()
    with server:
        expect(names(page, texts)).to_have_text(["here"])
        expect(page.get_by_text(texts("common.serverLost"))).to_be_hidden()
