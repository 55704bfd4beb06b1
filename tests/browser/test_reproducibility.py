"""How a run came about, whether it was reproduced, and what differs between it and another one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from bench.ui_browser import PHONE
from tests.browser.access import BEYOND, axe, violations
from tests.browser.captured import CAUSE, LEFT_OUT, PROBLEM, capture, new_run, reproduce, tag
from tests.browser.conftest import Visits
from tests.browser.listing import rows
from tests.browser.texts import Texts
from tests.faults.server import Target


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server on which each test has an experiment of its own."""
    with Target(tmp_path_factory.mktemp("reproducibility")) as running:
        yield running
        running.check()


@pytest.fixture(scope="module")
def script() -> str:
    """The script of axe-core."""
    return axe()


def check_access(page: Page, script: str) -> None:
    """Fails where somebody would be left out, on a wide screen or a phone."""
    assert not violations(page, script, "everything")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate(BEYOND) == []


def test_a_run_shows_how_it_came_about(server: Target, visit: Visits, texts: Texts, language: str, script: str) -> None:
    experiment = server.new_experiment()
    run = new_run(server, experiment, "slower", 0.25)
    capture(server, run)
    page = visit(server, f"/runs/{run}", theme="dark" if language == "ja" else "light")
    page.get_by_role("tab", name=texts("run.reproducibility")).click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("python train.py --data 'two words.csv'")
    expect(main.get_by_role("link", name="https://github.com/ann/flowers.git")).to_have_attribute(
        "href", "https://github.com/ann/flowers"
    )
    expect(page.get_by_role("alert")).to_contain_text(PROBLEM)
    changed = page.get_by_role("region", name="train.py", exact=True)
    expect(changed).to_contain_text("RATE = 0.01  # slower")
    head = page.get_by_role("button", name=re.compile(r"^train\.py"))
    head.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "false")
    expect(changed).to_have_count(0)
    expect(page.get_by_role("region", name="notes/学習.md", exact=True)).to_contain_text("遅くした。")
    expect(page.get_by_role("row").filter(has_text="weights.bin")).to_contain_text(LEFT_OUT)
    page.get_by_role("searchbox", name=texts("reproducibility.searchPackages")).fill("scikit")
    packages = page.get_by_role("region", name=texts("reproducibility.packages"), exact=True)
    expect(packages.get_by_role("row").filter(has_text="scikit-learn")).to_contain_text("1.5.2")
    expect(packages.get_by_role("row").filter(has_text="numpy")).to_have_count(0)
    expect(main).to_contain_text(f"kiseki reproduce {run}")
    expect(main).to_contain_text(texts("reproducibility.seedIs", "7"))
    expect(main).to_contain_text("NVIDIA A100-SXM4-40GB")
    expect(main).to_contain_text("flowers.csv")
    with page.expect_download() as download:
        packages.get_by_role("link", name=texts("common.download")).click()
    assert download.value.path().read_text() == "numpy==2.1.0\n"
    check_access(page, script)


def test_a_run_of_another_client_says_how_the_next_one_is_captured(
    server: Target, visit: Visits, texts: Texts, language: str, script: str
) -> None:
    run = server.new_run(server.new_experiment())
    page = visit(server, f"/runs/{run}?tab=reproducibility")
    expect(page.get_by_role("heading", name=texts("reproducibility.noneTitle"))).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("kiseki.start_run()")
    check_access(page, script)


def test_runs_of_one_process_show_the_capture_of_its_first_run(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    first, second = (new_run(server, experiment, name, 0.5) for name in ("first", "second"))
    capture(server, first)
    tag(server, second, **{"kiseki.capture": first})
    page = visit(server, f"/runs/{second}?tab=reproducibility")
    expect(page.get_by_role("main")).to_contain_text("two words.csv")
    page.get_by_role("link", name=texts("reproducibility.firstOfProcess")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("first")
    # What was captured goes with the artifacts of a run that is deleted for good.
    tag(server, second, **{"kiseki.capture": "0" * 32})
    page.goto(f"{server.uri}/runs/{second}?tab=reproducibility")
    visit.watch.expect("console error: Failed to load resource.* 404")
    expect(page.get_by_role("heading", name=texts("reproducibility.goneTitle"))).to_be_visible()


def test_a_reproduction_and_its_original_lead_to_each_other(server: Target, visit: Visits, texts: Texts) -> None:
    experiment = server.new_experiment()
    original, again = new_run(server, experiment, "original", 0.25), new_run(server, experiment, "again", 0.31)
    reproduce(server, original, again, "diverged")
    diverged = texts("reproducibility.verdicts.diverged")
    page = visit(server, f"/experiments/{experiment}")
    row = rows(page, texts).filter(has=page.get_by_role("link", name="original", exact=True))
    mark = row.get_by_role("img", name=texts("reproducibility.reproducedAs", diverged), exact=True)
    expect(mark).to_be_visible()
    row.get_by_role("link").click()
    page.get_by_role("link", name=texts("reproducibility.seeReproduction")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("again")
    page.get_by_role("tab", name=texts("run.reproducibility")).click()
    verdict = page.get_by_role("region", name=texts("reproducibility.reproduces", "original"), exact=True)
    expect(verdict).to_contain_text(diverged)
    expect(verdict.get_by_role("row").filter(has_text="loss")).to_contain_text("17")
    expect(verdict.get_by_role("row").filter(has_text="accuracy")).to_contain_text("NaN")
    expect(verdict).to_contain_text("model/model.pkl")
    expect(verdict.get_by_role("listitem").filter(has_text=CAUSE)).to_contain_text(
        texts("reproducibility.causeKinds.package")
    )
    verdict.get_by_role("link", name=texts("reproducibility.seeOriginal")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("original")


def test_a_comparison_says_what_changed_and_what_it_did(
    server: Target, visit: Visits, texts: Texts, language: str, script: str
) -> None:
    experiment = server.new_experiment()
    before = new_run(server, experiment, "before", 0.25)
    after = new_run(server, experiment, "after", 0.31, rate="0.02", data="digest2")
    alike = new_run(server, experiment, "alike", 0.25)
    for run in (before, alike):
        capture(server, run)
    capture(server, after, packages={"numpy": "2.2.0"})
    page = visit(server, f"/compare?runs={before},{after},{alike}")
    page.get_by_role("tab", name=texts("compare.changes")).click()
    pair = page.get_by_role("region", name=texts("compare.pair", "before", "after"), exact=True)
    packages = pair.get_by_role("group", name=texts("reproducibility.kinds.packages"), exact=True)
    expect(packages.get_by_role("row").filter(has_text="numpy")).to_have_text(re.compile(r"numpy\s*2\.1\.0\s*2\.2\.0"))
    expect(pair.get_by_role("row").filter(has_text="rate")).to_have_text(re.compile(r"rate\s*0\.01\s*0\.02"))
    expect(pair.get_by_role("row").filter(has_text="flowers.csv")).to_contain_text("digest2")
    loss = pair.get_by_role("row").filter(has_text="loss")
    expect(loss).to_contain_text("+24 %")
    expect(loss).to_contain_text(texts("reproducibility.worse"))
    expect(page.get_by_role("region", name=texts("compare.pair", "before", "alike"), exact=True)).to_contain_text(
        texts("reproducibility.nothingChanged")
    )
    check_access(page, script)


def test_the_tree_of_a_run_leads_to_what_differs(
    server: Target, visit: Visits, texts: Texts, language: str, script: str
) -> None:
    experiment = server.new_experiment()
    parent, original, again, fork = (
        new_run(server, experiment, name, 0.25, rate=rate)
        for name, rate in (("parent", "0.01"), ("original", "0.01"), ("again", "0.01"), ("fork", "0.5"))
    )
    for run in (parent, original, fork):
        capture(server, run)
    capture(server, again, packages={"numpy": "2.2.0"})
    tag(server, original, **{"mlflow.parentRunId": parent})
    tag(server, fork, **{"kiseki.forkedFrom": original})
    reproduce(server, original, again, "within_tolerance")
    page = visit(server, f"/runs/{fork}?tab=family")
    tree = page.get_by_role("list", name=texts("reproducibility.family"), exact=True)
    of_original = tree.get_by_role("listitem").filter(has_text="parent").get_by_role("listitem").filter(has_text="fork")
    expect(of_original.first).to_contain_text("original")
    expect(tree.get_by_text("fork", exact=True)).to_have_attribute("aria-current", "page")
    one_param = texts("reproducibility.counts.params", 1)
    expect(tree.get_by_role("link", name=texts("reproducibility.edge", "original", "fork", one_param))).to_be_visible()
    nothing = texts("reproducibility.nothingDiffers")
    expect(tree.get_by_role("link", name=texts("reproducibility.edge", "parent", "original", nothing))).to_be_visible()
    check_access(page, script)
    one_package = texts("reproducibility.counts.packages", 1)
    tree.get_by_role("link", name=texts("reproducibility.edge", "original", "again", one_package)).click()
    pair = page.get_by_role("region", name=texts("compare.pair", "original", "again"), exact=True)
    expect(pair.get_by_role("row").filter(has_text="numpy")).to_contain_text("2.2.0")
    page.goto(f"{server.uri}/experiments/{experiment}?tab=tree")
    expect(tree.get_by_role("link", name=texts("reproducibility.edge", "original", "fork", one_param))).to_be_visible()
